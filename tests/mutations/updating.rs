//! `updateOrganization`.

use serde_json::{Value, json};

use super::{everything, organization, payload, send, user_errors};
use crate::world::World;

#[tokio::test]
async fn what_is_sent_changes_what_is_left_out_stays_and_null_takes_away() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    let id = organization(&world, "Northgate Robotics").await;
    let update = async |input: Value| {
        let mut whole = json!({ "organizationId": id });
        whole.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
        let answer = send(&world, &token, "updateOrganization", whole).await;
        assert_eq!(user_errors(&answer), []);
        let mut organization = payload(&answer)["organization"].clone();
        let verified = organization["domainVerifiedAt"].is_string();
        organization.as_object_mut().unwrap().retain(|key, _| ["name", "domain", "billingEmail"].contains(&key.as_str()));
        (organization, verified, payload(&answer)["clientMutationId"].clone())
    };
    let (domain, email) = ("northgate-robotics.example", "billing@northgate-robotics.example");
    assert_eq!(
        update(json!({ "name": "  Northgate Automation ", "clientMutationId": "a1" })).await,
        (json!({ "name": "Northgate Automation", "domain": domain, "billingEmail": email }), true, json!("a1"))
    );
    // A new domain is not proven by the old one's proof.
    assert_eq!(
        update(json!({ "domain": "Automation.Example." })).await,
        (json!({ "name": "Northgate Automation", "domain": "automation.example", "billingEmail": email }), false, Value::Null)
    );
    assert_eq!(
        update(json!({ "billingEmail": "bills@automation.example", "name": null })).await.0,
        json!({ "name": "Northgate Automation", "domain": "automation.example", "billingEmail": "bills@automation.example" })
    );
    assert_eq!(
        update(json!({ "domain": null, "billingEmail": null })).await.0,
        json!({ "name": "Northgate Automation", "domain": null, "billingEmail": null })
    );
    let unchanged = everything(&world).await;
    update(json!({})).await;
    assert_eq!(everything(&world).await, unchanged, "a change of nothing writes nothing");
    let read = world.ask(&token, "query($id: ID!) { organization(id: $id) { name domain } }", json!({ "id": id })).await;
    assert_eq!(
        read.data()["organization"],
        json!({ "name": "Northgate Automation", "domain": null }),
        "it is written, not only said"
    );
}

#[tokio::test]
async fn a_domain_that_is_sent_as_it_was_keeps_its_proof() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    let id = organization(&world, "Northgate Robotics").await;
    let input = json!({ "organizationId": id, "domain": "northgate-robotics.example", "name": "Northgate" });
    let answer = send(&world, &token, "updateOrganization", input).await;
    assert!(payload(&answer)["organization"]["domainVerifiedAt"].is_string(), "{:#}", answer.body);
}

#[tokio::test]
async fn what_the_user_can_mend_is_said_field_by_field_and_nothing_is_written() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    let id = organization(&world, "Northgate Robotics").await;
    let before = everything(&world).await;
    let long = "x".repeat(64);
    let very_long = [long.as_str(); 4].join(".");
    for (input, expected) in [
        (json!({ "name": "   " }), vec![("name", "INVALID")]),
        (json!({ "name": "n".repeat(201) }), vec![("name", "TOO_LONG")]),
        (json!({ "name": "Bluefin Logistics" }), vec![("name", "TAKEN")]),
        (json!({ "name": "bluefin LOGISTICS" }), vec![("name", "TAKEN")]),
        (json!({ "domain": "nodot" }), vec![("domain", "INVALID")]),
        (json!({ "domain": "a..b" }), vec![("domain", "INVALID")]),
        (json!({ "domain": "-a.example" }), vec![("domain", "INVALID")]),
        (json!({ "domain": format!("{long}.example") }), vec![("domain", "INVALID")]),
        (json!({ "domain": format!("{very_long}.example") }), vec![("domain", "TOO_LONG")]),
        (json!({ "billingEmail": "nobody" }), vec![("billingEmail", "INVALID")]),
        (
            json!({ "name": "", "domain": "", "billingEmail": "" }),
            vec![("name", "INVALID"), ("domain", "INVALID"), ("billingEmail", "INVALID")],
        ),
    ] {
        let mut whole = json!({ "organizationId": id });
        whole.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
        let answer = send(&world, &token, "updateOrganization", whole).await;
        let expected: Vec<_> = expected.into_iter().map(|(field, code)| (json!([field]), code.to_owned())).collect();
        assert_eq!(user_errors(&answer), expected, "{input}");
    }
    assert_eq!(everything(&world).await, before);
}

#[tokio::test]
async fn two_hundred_characters_of_any_script_are_a_name() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    let id = organization(&world, "Northgate Robotics").await;
    let name = "é".repeat(200);
    let answer = send(&world, &token, "updateOrganization", json!({ "organizationId": id, "name": name })).await;
    assert_eq!(payload(&answer)["organization"]["name"], name);
}

#[tokio::test]
async fn what_is_invisible_is_not_found_and_what_is_visible_is_forbidden_with_the_permission() {
    let world = World::demo().await;
    let before = everything(&world).await;
    let nowhere = "org_01h455vb4pex5vsknk084sn02q";
    let (acorn, bluefin) = (organization(&world, "Acorn & Ash Bakery").await, organization(&world, "Bluefin Logistics").await);
    // `readonly` sits in Acorn, and does not know of Bluefin.
    let readonly = world.act_as("readonly").await;
    let attempt = async |token: &str, input: Value| {
        let answer = send(&world, token, "updateOrganization", input).await;
        assert_eq!(answer.body["data"]["it"], Value::Null);
        let error = &answer.body["errors"][0];
        assert_eq!(error["path"], json!(["it"]));
        (error["extensions"]["code"].clone(), error["extensions"]["permission"].clone(), error["message"].clone())
    };
    let invisible = attempt(&readonly, json!({ "organizationId": bluefin, "name": "Mine" })).await;
    assert_eq!((&invisible.0, &invisible.1), (&json!("NOT_FOUND"), &Value::Null));
    assert_eq!(invisible, attempt(&readonly, json!({ "organizationId": nowhere, "name": "Mine" })).await);
    // Not even what is wrong with the input is told about it.
    assert_eq!(invisible, attempt(&readonly, json!({ "organizationId": bluefin, "name": "" })).await);
    let visible = attempt(&readonly, json!({ "organizationId": acorn, "name": "Mine" })).await;
    assert_eq!((visible.0, visible.1), (json!("FORBIDDEN"), json!("organization.update")));
    let manager = world.act_as("manager").await;
    let visible = attempt(&manager, json!({ "organizationId": acorn, "billingEmail": "me@acorn.example" })).await;
    assert_eq!((visible.0, visible.1), (json!("FORBIDDEN"), json!("organization.update")));
    assert_eq!(everything(&world).await, before);
}

#[tokio::test]
async fn the_billing_email_needs_a_permission_of_its_own() {
    let world = World::demo().await;
    world
        .sql("insert into roles (tenant_id, id, key, name) select id, gen_random_uuid(), 'no_bills', 'No bills' from tenants")
        .await;
    world
        .sql(
            "insert into role_permissions (tenant_id, role_id, permission_id, effect)
                select role.tenant_id, role.id, permission.id, 'deny' from roles role, permissions permission
                where role.key = 'no_bills' and permission.key = 'billing.manage';
            insert into member_roles (tenant_id, id, tenant_membership_id, role_id)
                select member.tenant_id, gen_random_uuid(), member.id, role.id
                from tenant_memberships member join roles role using (tenant_id) join users person on person.id = member.user_id
                where person.display_name = 'Adam Admin' and role.key = 'no_bills'",
        )
        .await;
    let token = world.act_as("admin").await;
    let id = organization(&world, "Bluefin Logistics").await;
    let input = json!({ "organizationId": id, "name": "Bluefin", "billingEmail": "me@bluefin.example" });
    let refused = send(&world, &token, "updateOrganization", input).await;
    assert_eq!(refused.codes(), ["FORBIDDEN"]);
    assert_eq!(refused.body["errors"][0]["extensions"]["permission"], "billing.manage");
    let allowed = send(&world, &token, "updateOrganization", json!({ "organizationId": id, "domain": "bluefin.example" })).await;
    assert_eq!(payload(&allowed)["organization"]["name"], "Bluefin Logistics", "nothing of the refused change is there");
}

#[tokio::test]
async fn the_name_of_a_deleted_organization_is_free_and_itself_is_not_found() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    let (bluefin, acorn) = (organization(&world, "Bluefin Logistics").await, organization(&world, "Acorn & Ash Bakery").await);
    world.sql("update organizations set deleted_at = now() where name = 'Bluefin Logistics'").await;
    let gone = send(&world, &token, "updateOrganization", json!({ "organizationId": bluefin, "name": "Back" })).await;
    assert_eq!(gone.codes(), ["NOT_FOUND"]);
    let renamed = send(&world, &token, "updateOrganization", json!({ "organizationId": acorn, "name": "Bluefin Logistics" })).await;
    assert_eq!(payload(&renamed)["organization"]["name"], "Bluefin Logistics");
}

#[tokio::test]
async fn of_many_who_want_the_same_name_one_gets_it() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    let ids = sqlx::query_scalar::<_, uuid::Uuid>("select id from organizations where tenant_id = $1 limit 12")
        .bind(crate::world::identity("owner").tenant_id)
        .fetch_all(&world.pool)
        .await
        .unwrap();
    let renaming = ids.into_iter().map(|id| {
        let id = entity::id::OrganizationId::from(id).to_string();
        send(&world, &token, "updateOrganization", json!({ "organizationId": id, "name": "Wanted" }))
    });
    let answers = futures_util::future::join_all(renaming).await;
    let refused = answers.iter().filter(|answer| user_errors(answer) == [(json!(["name"]), "TAKEN".to_owned())]).count();
    assert_eq!(refused, 11);
    assert_eq!(world.value("select count(*) from organizations where name = 'Wanted'").await.as_deref(), Some("1"));
}
