//! Quotas, and `setTenantQuota`.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{House, audited, done, refused, send};

async fn set(house: &House, metric: &str, limit: i64) -> crate::world::Answer {
    let input = json!({ "tenantId": house.id(), "metric": metric, "limit": limit, "reason": "a test" });
    send(&house.world, &house.staff, "setTenantQuota", "quota { metric limit used }", input).await
}

async fn quota(house: &House, metric: &str) -> Option<(i64, i64)> {
    let sql = format!(
        "select usage || ' ' || quota_limit from tenant_quotas where metric = '{metric}' and tenant_id = '{}'",
        house.tenant
    );
    let stored: Option<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_optional(&house.world.pool).await.unwrap();
    stored.map(|text| {
        let (used, limit) = text.split_once(' ').unwrap();
        (used.parse().unwrap(), limit.parse().unwrap())
    })
}

#[tokio::test]
async fn a_quota_that_is_set_begins_with_what_there_is() {
    let house = House::build().await;
    let House { world, owner, .. } = &house;
    for name in ["First", "Second"] {
        done(&send(world, owner, "createOrganization", "", json!({ "name": name })).await);
    }
    assert_eq!(quota(&house, "organizations").await, None, "what has no quota has no limit");
    let answer = set(&house, "ORGANIZATIONS", 3).await;
    assert_eq!(done(&answer)["quota"], json!({ "metric": "ORGANIZATIONS", "limit": "3", "used": "2" }));
    assert_eq!(done(&set(&house, "MEMBERS", 10).await)["quota"]["used"], "3");
    done(&send(world, owner, "createOrganization", "", json!({ "name": "Third" })).await);
    let over = send(world, owner, "createOrganization", "", json!({ "name": "Fourth" })).await;
    assert_eq!(refused(&over), (Value::Null, "QUOTA_EXCEEDED".to_owned()));
    let message = over.data()["it"]["userErrors"][0]["message"].as_str().unwrap();
    assert!(message.contains("has 3 organizations, and may have 3"), "used and limit are told: {message}");
    // Less than there is: it stays, and nothing is added.
    done(&set(&house, "ORGANIZATIONS", 1).await);
    assert_eq!(quota(&house, "organizations").await, Some((3, 1)));
    assert_eq!(refused(&set(&house, "ORGANIZATIONS", -1).await), (json!(["limit"]), "INVALID".to_owned()));
    let seen = world.ask(owner, "{ tenant { quotas { metric limit used } } }", Value::Null).await;
    let shown =
        json!([{ "metric": "MEMBERS", "limit": "10", "used": "3" }, { "metric": "ORGANIZATIONS", "limit": "1", "used": "3" }]);
    assert_eq!(seen.data()["tenant"]["quotas"], shown);
    let log = audited(world, &house.id()).await;
    assert_eq!(log.iter().filter(|action| *action == "tenant.set_quota").count(), 3);
}

#[tokio::test]
async fn quotas_are_set_by_the_platforms_staff_alone() {
    let house = House::build().await;
    let input = json!({ "tenantId": house.id(), "metric": "MEMBERS", "limit": 1_000, "reason": "we want more" });
    for token in [&house.owner, &house.admin, &house.member] {
        assert_eq!(send(&house.world, token, "setTenantQuota", "", input.clone()).await.codes(), ["FORBIDDEN"]);
    }
    assert_eq!(quota(&house, "members").await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_that_is_set_while_many_take_counts_each_of_them() {
    let house = House::build().await;
    let House { world, owner, .. } = &house;
    let create =
        async |number: usize| send(world, owner, "createOrganization", "", json!({ "name": format!("Rush {number}") })).await;
    let (answers, set) = tokio::join!(join_all((0..30).map(create)), async {
        tokio::task::yield_now().await;
        set(&house, "ORGANIZATIONS", 12).await
    });
    done(&set);
    let made = answers.iter().filter(|answer| answer.data()["it"]["userErrors"] == json!([])).count();
    let living: i64 = world.value("select count(*) from organizations").await.unwrap().parse().unwrap();
    let (used, limit) = quota(&house, "organizations").await.unwrap();
    assert_eq!((i64::try_from(made).unwrap(), used, limit), (living, living, 12), "used is what there is");
    // Those who came before the limit may be more than it: after it nobody goes over.
    assert!(living >= 12);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_sign_up_for_the_last_places_of_a_tenant_as_many_get_in_as_there_are() {
    let house = House::build().await;
    let world = &house.world;
    let settings = json!({ "tenantId": house.id(), "settings": { "selfServiceSignUp": true } });
    done(&send(world, &house.owner, "updateTenant", "", settings).await);
    done(&set(&house, "MEMBERS", 3 + 4).await);
    let slug = world.value("select slug from tenants").await.unwrap();
    let sign_up = async |number: usize| {
        let query = "mutation($input: SignUpInput!) { it: signUp(input: $input) { userErrors { field code } } }";
        let input = json!({ "email": format!("p{number}@new.example"), "password": "correct horse battery", "displayName": "P",
            "organizationName": format!("Place {number}"), "tenantSlug": slug });
        world.post(None, &json!({ "query": query, "variables": { "input": input } })).await
    };
    let answers = join_all((0..10).map(sign_up)).await;
    let made = answers.iter().filter(|answer| answer.data()["it"]["userErrors"] == json!([])).count();
    let full = answers.iter().filter(|answer| answer.data()["it"]["userErrors"][0]["code"] == "QUOTA_EXCEEDED").count();
    assert_eq!((made, full), (4, 6));
    assert_eq!(quota(&house, "members").await, Some((7, 7)));
    let people = world.value("select count(*) from users where email like '%@new.example'").await;
    assert_eq!(people.as_deref(), Some("4"), "of those who did not get in nothing is left");
}
