//! Who sees what: the identities of the demo, the base roles, and people whose standing has ended.

mod agreement;
mod authzen;
mod chains;
mod conditions;
mod exceptions;
mod explaining;
mod filtering;
mod gate;
mod keys;
mod processes;
mod questions;
mod reference;
mod revocation;
mod setting;

use migration::catalog::{BaseRole, Permission};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tenantry::schema;

use crate::people::Script;
use crate::world::{Answer, World, identity};

/// Every list and every organization that somebody sees.
const EVERYTHING: &str = "{ viewer { user { id email } tenants { slug } }
    organizations(first: 100) { totalCount nodes { id name billingEmail members(first: 1) { totalCount } subscription { status } } }
    roles(first: 1) { totalCount } products(first: 1) { totalCount } }";

#[tokio::test]
async fn a_readonly_member_gets_null_and_one_error_for_the_billing_email_and_everything_else() {
    let world = World::demo().await;
    let token = world.act_as("readonly").await;
    let query = r#"{ organizations(filter: { name: "Acorn" }) { nodes { id name billingEmail owner { displayName } members { totalCount } } } }"#;
    let answer = world.ask(&token, query, Value::Null).await;
    assert_eq!(answer.status, StatusCode::OK);
    let organization = &answer.body["data"]["organizations"]["nodes"][0];
    assert_eq!(organization["name"], "Acorn & Ash Bakery");
    assert_eq!(organization["billingEmail"], Value::Null);
    assert!(organization["owner"]["displayName"].is_string());
    assert_eq!(organization["members"]["totalCount"], 9);
    let errors = answer.body["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert_eq!(errors[0]["path"], json!(["organizations", "nodes", 0, "billingEmail"]));
    let expected = json!({
        "code": "FORBIDDEN",
        "permission": "billing.read",
        "organizationId": organization["id"],
        "reason": "missing_permission",
    });
    assert_eq!(errors[0]["extensions"], expected);
}

#[tokio::test]
async fn each_identity_sees_its_own_part_of_the_demo() {
    let world = World::demo().await;
    let mut seen = Vec::new();
    for key in ["owner", "admin", "manager", "member", "readonly", "outsider", "developer"] {
        let answer = world.ask(&world.act_as(key).await, EVERYTHING, Value::Null).await;
        let data = &answer.body["data"];
        let organizations = &data["organizations"];
        let nodes = organizations["nodes"].as_array().unwrap();
        assert_eq!(organizations["totalCount"], nodes.len(), "{key}: the total counts what is shown");
        assert!(nodes.iter().all(|node| node["members"].is_object()), "{key} reads members where it reads the organization");
        assert!(data["viewer"]["user"]["email"].is_string(), "{key} sees its own address");
        // A denied e-mail is an error; one that was never given is not.
        let denied = answer.codes().len();
        seen.push((
            key,
            nodes.len(),
            denied,
            data["roles"]["totalCount"].clone(),
            data["viewer"]["tenants"].as_array().unwrap().len(),
        ));
    }
    let expected = [
        // One organization is locked to everybody but its owner and developers.
        ("owner", 25, 0, json!(10), 2),
        ("admin", 5, 0, json!(10), 1),
        // A tenant-wide support agent, whose role is a kind of `readonly`, sees every organization; bills only as a manager.
        ("manager", 25, 20, json!(10), 2),
        // Billing admin of one, and there alone.
        ("member", 5, 4, json!(10), 1),
        ("readonly", 5, 5, json!(10), 1),
        ("outsider", 3, 2, json!(10), 1),
        ("developer", 26, 0, json!(10), 0),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn each_base_role_sees_exactly_the_guarded_fields_that_its_table_names() {
    let world = World::empty().await;
    let mut script = Script::default();
    let tenant = script.tenant("Table");
    let owner = script.user("Owner");
    script.member(tenant, owner, BaseRole::Member);
    let organization = script.organization(tenant, "Table", owner);
    let plan = script.plan(tenant, "pro");
    script.subscription(tenant, organization, plan);
    script.add("update organizations set stripe_customer_id = 'cus_1'");
    let mut people = vec![(BaseRole::Owner, owner)];
    for role in [BaseRole::Admin, BaseRole::Manager, BaseRole::Member, BaseRole::Readonly] {
        let user = script.user(role.name());
        script.member(tenant, user, BaseRole::Readonly);
        script.seat(tenant, organization, user, role);
        people.push((role, user));
    }
    script.add(&format!(
        "insert into ownership_transfers (tenant_id, id, organization_id, from_user_id, to_user_id, offered_by_user_id, expires_at)
        values ('{tenant}', gen_random_uuid(), '{organization}', '{owner}', '{}', '{owner}', now() + interval '1 day')",
        people[1].1
    ));
    script.run(&world).await;

    let tables = schema::tables().unwrap();
    let guarded: Vec<(&str, Permission)> =
        tables.fields("Organization").filter_map(|field| field.guard.map(|permission| (field.name, permission))).collect();
    assert!(guarded.len() >= 7, "the guarded fields of an organization were found");
    let selection: Vec<String> = tables
        .fields("Organization")
        .filter(|field| field.guard.is_some())
        .map(|field| if field.is_leaf() { field.name.to_owned() } else { format!("{} {{ __typename }}", field.name) })
        .collect();
    let query = format!("{{ organizations {{ nodes {{ {} }} }} }}", selection.join(" "));
    for (role, user) in people {
        let answer = world.ask(&world.token(user, Some(tenant)).await, &query, Value::Null).await;
        let organization = &answer.body["data"]["organizations"]["nodes"][0];
        for (field, permission) in &guarded {
            let may = role.permissions().contains(permission);
            assert_eq!(!organization[field].is_null(), may, "{role:?} and `{field}`: {:#}", answer.body);
        }
    }
}

#[tokio::test]
async fn a_developer_reads_any_tenant_and_changes_none() {
    let world = World::demo().await;
    let token = world.act_as("developer").await;
    for key in ["owner", "outsider"] {
        let tenant = entity::id::TenantId::from(identity(key).tenant_id).to_string();
        let switch = "mutation($tenant: ID!) { switchTenant(input: { tenantId: $tenant, reason: \"a ticket\" }) { viewer { tenant { id } } userErrors { code } } }";
        let switched = world.ask(&token, switch, json!({ "tenant": tenant })).await;
        assert_eq!(switched.data()["switchTenant"]["viewer"]["tenant"]["id"], tenant, "{:#}", switched.body);
        let seen = world.ask(&token, EVERYTHING, Value::Null).await;
        let organizations = seen.data()["organizations"]["nodes"].as_array().unwrap();
        assert!(organizations.len() >= 8 && organizations.iter().all(|node| node["members"]["totalCount"].as_u64() >= Some(5)));
        let update =
            "mutation($id: ID!) { updateOrganization(input: { organizationId: $id, name: \"Mine\" }) { userErrors { code } } }";
        let refused = world.ask(&token, update, json!({ "id": organizations[0]["id"] })).await;
        assert_eq!(refused.codes(), ["FORBIDDEN"]);
        assert_eq!(refused.body["errors"][0]["extensions"]["permission"], "organization.update");
        let create = "mutation { createOrganization(input: { name: \"Mine\" }) { userErrors { code } } }";
        assert_eq!(world.ask(&token, create, Value::Null).await.codes(), ["FORBIDDEN"]);
    }
    assert_eq!(world.value("select count(*) from organizations where name = 'Mine'").await.as_deref(), Some("0"));
}

#[tokio::test]
async fn nothing_of_a_suspended_or_churned_tenant_is_seen() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    for status in ["suspended", "churned"] {
        world.sql(&format!("update tenants set status = '{status}' where slug = 'larkspur'")).await;
        let answer = world.ask(&token, EVERYTHING, Value::Null).await;
        let data = &answer.body["data"];
        assert_eq!((&data["organizations"], &data["roles"], &data["products"]), (&Value::Null, &Value::Null, &Value::Null));
        assert_eq!(answer.codes(), ["TENANT_SUSPENDED"; 3]);
    }
    // It is still there to be left, and to be seen in one's list of tenants.
    let answer = world.ask(&token, "{ viewer { tenant { slug status } tenants { slug } } }", Value::Null).await;
    assert_eq!(answer.data()["viewer"]["tenant"], json!({ "slug": "larkspur", "status": "CHURNED" }));
}

#[tokio::test]
async fn a_suspended_membership_in_the_tenant_closes_all_of_it() {
    let world = World::demo().await;
    let token = world.act_as("admin").await;
    let user = identity("admin").user_id;
    world.sql(&format!("update tenant_memberships set status = 'suspended' where user_id = '{user}'")).await;
    assert_closed(&world.ask(&token, EVERYTHING, Value::Null).await, "membership_suspended");
}

#[tokio::test]
async fn a_locked_or_deactivated_user_sees_nothing_of_the_tenant() {
    for change in ["locked_until = now() + interval '1 hour'", "is_active = false"] {
        let world = World::demo().await;
        let token = world.act_as("owner").await;
        world.sql(&format!("update users set {change} where id = '{}'", identity("owner").user_id)).await;
        assert_closed(&world.ask(&token, EVERYTHING, Value::Null).await, "user_inactive");
        let create = "mutation { createOrganization(input: { name: \"Mine\" }) { userErrors { code } } }";
        assert_eq!(world.ask(&token, create, Value::Null).await.codes(), ["FORBIDDEN"], "{change}");
    }
}

#[tokio::test]
async fn a_lock_that_has_passed_holds_no_longer() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    world
        .sql(&format!("update users set locked_until = now() - interval '1 second' where id = '{}'", identity("owner").user_id))
        .await;
    assert_eq!(world.ask(&token, EVERYTHING, Value::Null).await.data()["organizations"]["totalCount"], 25);
}

#[tokio::test]
async fn whose_session_was_ended_or_has_expired_or_whose_account_was_deleted_is_told_to_sign_in_again() {
    let world = World::demo().await;
    for change in ["sessions set revoked_at = now()", "sessions set expires_at = now()", "users set deleted_at = now()"] {
        let token = world.act_as("owner").await;
        assert_eq!(world.ask(&token, EVERYTHING, Value::Null).await.data()["organizations"]["totalCount"], 25);
        world.sql(&format!("update {change}")).await;
        let answer = world.ask(&token, EVERYTHING, Value::Null).await;
        assert_eq!((answer.status, answer.codes()), (StatusCode::UNAUTHORIZED, vec!["UNAUTHENTICATED"]), "{change}");
        assert_eq!(answer.body.get("data"), None);
    }
}

/// The answer to [`EVERYTHING`] where nothing may be seen, for this reason.
fn assert_closed(answer: &Answer, reason: &str) {
    let data = &answer.body["data"];
    assert_eq!(data["organizations"], json!({ "totalCount": 0, "nodes": [] }), "{reason}");
    assert_eq!((&data["roles"], &data["products"]), (&Value::Null, &Value::Null), "{reason}");
    let errors = answer.body["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 2, "{errors:#?}");
    for error in errors {
        assert_eq!((&error["extensions"]["code"], &error["extensions"]["reason"]), (&json!("FORBIDDEN"), &json!(reason)));
    }
}
