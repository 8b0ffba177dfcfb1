//! Signing up: everything is made together, and nobody learns who has an account.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{PASSWORD, done, events, letters, mailed_token, refused, send, sign_in};
use crate::world::World;

fn ada() -> Value {
    json!({
        "email": "Ada@Example.com", "password": PASSWORD, "displayName": "Ada", "organizationName": "Analytical Engines",
        "brand": "larkspur", "leadSource": "fair", "utmSource": "s", "utmMedium": "m", "utmCampaign": "c",
    })
}

#[tokio::test]
async fn whoever_signs_up_owns_an_organization_in_a_tenant_of_its_own() {
    let world = World::demo().await;
    let answer = send(&world, None, "signUp", ada()).await;
    assert_eq!(done(&answer), &json!({ "userErrors": [], "clientMutationId": null }));
    let early = send(&world, None, "signIn", json!({ "email": "ada@example.com", "password": PASSWORD })).await;
    assert_eq!(refused(&early).1, "WRONG_CREDENTIALS", "the address is not proven yet");
    let token = mailed_token(&world, "ada@example.com", "verify_address").await;
    done(&send(&world, None, "verifyEmail", json!({ "token": token })).await);
    assert_eq!(
        refused(&send(&world, None, "verifyEmail", json!({ "token": token })).await).0,
        json!(["token"]),
        "a token holds once"
    );

    let session = sign_in(&world, "ada@example.com", PASSWORD).await;
    let query = "{ viewer { user { displayName email emailVerifiedAt } tenant { slug name status brand }
        memberships { nodes { role organization { name owner { displayName } viewerCan(permissions: [\"organization.delete\"]) } } } } }";
    let answer = world.ask(&session, query, Value::Null).await;
    let viewer = &answer.data()["viewer"];
    assert_eq!((&viewer["user"]["displayName"], &viewer["user"]["email"]), (&json!("Ada"), &json!("ada@example.com")));
    let tenant = json!({ "slug": "analytical-engines", "name": "Analytical Engines", "status": "TRIAL", "brand": "larkspur" });
    assert_eq!(viewer["tenant"], tenant);
    let organization = &viewer["memberships"]["nodes"][0];
    assert_eq!((&organization["role"], &organization["organization"]["owner"]["displayName"]), (&json!("OWNER"), &json!("Ada")));
    assert_eq!(events(&world, &session).await, ["sign_in.succeed", "address.verify", "sign_in.fail", "account.sign_up"]);

    let attribution = "select concat_ws(' ', brand, lead_source, utm_source, utm_medium, utm_campaign) from users where email = 'ada@example.com'";
    assert_eq!(world.value(attribution).await.as_deref(), Some("larkspur fair s m c"));
    let anchors = "select count(*) from billing_profiles join organizations using (tenant_id) where organization_id = organizations.id and name = 'Analytical Engines'";
    assert_eq!(world.value(anchors).await.as_deref(), Some("1"), "the billing anchor");
    let log = world.ask(&session, "{ auditLog { nodes { action actor { displayName } } } }", Value::Null).await;
    let actions: Vec<&str> =
        log.data()["auditLog"]["nodes"].as_array().unwrap().iter().map(|node| node["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["address.verify", "organization.create", "tenant_membership.create", "tenant.create", "account.sign_up"]);
}

#[tokio::test]
async fn an_address_with_an_account_gets_the_same_answer_and_a_mail_that_says_so() {
    let world = World::demo().await;
    let known = world.value("select email from users where user_type = 'standard' order by email limit 1").await.unwrap();
    let everything =
        "select md5(concat((select count(*) from users), (select count(*) from tenants), (select count(*) from organizations),
        (select string_agg(row::text, '' order by id) from users row)))";
    let before = world.value(everything).await;
    let mut input = ada();
    input["email"] = json!(known);
    let answer = send(&world, None, "signUp", input).await;
    assert_eq!(world.value(everything).await, before, "nothing was made, and nothing changed");
    let unknown = send(&world, None, "signUp", ada()).await;
    assert_eq!(done(&answer), done(&unknown));
    let letters = letters(&world, &known).await;
    assert_eq!(letters.iter().map(|letter| letter["kind"].as_str().unwrap()).collect::<Vec<_>>(), ["account_exists"]);
}

#[tokio::test]
async fn an_address_that_was_never_proven_signs_up_again_and_the_last_password_counts() {
    let world = World::demo().await;
    done(&send(&world, None, "signUp", ada()).await);
    let mut again = ada();
    again["password"] = json!("another good one");
    done(&send(&world, None, "signUp", again).await);
    assert_eq!(world.value("select count(*) from organizations where name = 'Analytical Engines'").await.as_deref(), Some("1"));
    let token = mailed_token(&world, "ada@example.com", "verify_address").await;
    done(&send(&world, None, "verifyEmail", json!({ "token": token })).await);
    let old = send(&world, None, "signIn", json!({ "email": "ada@example.com", "password": PASSWORD })).await;
    assert_eq!(refused(&old).1, "WRONG_CREDENTIALS");
    sign_in(&world, "ada@example.com", "another good one").await;
}

#[tokio::test]
async fn a_tenant_is_joined_where_it_lets_people_in_and_nowhere_else() {
    let world = World::demo().await;
    let mut input = ada();
    input["tenantSlug"] = json!("larkspur");
    assert_eq!(refused(&send(&world, None, "signUp", input.clone()).await), (json!(["tenantSlug"]), "NOT_FOUND".to_owned()));
    world.sql("update tenants set settings = '{\"selfServiceSignUp\": true}' where slug = 'larkspur'").await;
    let taken = world
        .value(
            "select organizations.name from organizations join tenants on tenants.id = tenant_id where slug = 'larkspur' limit 1",
        )
        .await
        .unwrap();
    let known = world.value("select email from users where user_type = 'standard' limit 1").await.unwrap();
    for email in [known.as_str(), "ada@example.com"] {
        let mut input = input.clone();
        (input["organizationName"], input["email"]) = (json!(taken.to_uppercase()), json!(email));
        let refused = refused(&send(&world, None, "signUp", input).await);
        assert_eq!(refused, (json!(["organizationName"]), "TAKEN".to_owned()), "whether the address is known or not");
    }
    assert_eq!(
        world.value("select count(*) from users where email = 'ada@example.com'").await.as_deref(),
        Some("0"),
        "nothing is left of it"
    );
    done(&send(&world, None, "signUp", input).await);
    let token = mailed_token(&world, "ada@example.com", "verify_address").await;
    done(&send(&world, None, "verifyEmail", json!({ "token": token })).await);
    let session = sign_in(&world, "ada@example.com", PASSWORD).await;
    let answer = world.ask(&session, "{ tenant { slug } organizations { nodes { name } } }", Value::Null).await;
    assert_eq!(
        answer.data(),
        &json!({ "tenant": { "slug": "larkspur" }, "organizations": { "nodes": [{ "name": "Analytical Engines" }] } })
    );
    world.sql("update tenants set status = 'suspended' where slug = 'larkspur'").await;
    let mut other = ada();
    (other["email"], other["tenantSlug"]) = (json!("bob@example.com"), json!("larkspur"));
    assert_eq!(refused(&send(&world, None, "signUp", other).await).0, json!(["tenantSlug"]));
}

#[tokio::test]
async fn what_is_wrong_is_said_field_by_field() {
    let world = World::demo().await;
    let answer = send(
        &world,
        None,
        "signUp",
        json!({ "email": "no address", "password": "password", "displayName": " ", "organizationName": "x".repeat(201), "utmSource": "y".repeat(201) }),
    )
    .await;
    let errors = answer.data()["it"]["userErrors"].as_array().unwrap();
    let fields: Vec<&str> = errors.iter().map(|error| error["field"][0].as_str().unwrap()).collect();
    assert_eq!(fields, ["email", "password", "displayName", "organizationName", "utmSource"]);
}

#[tokio::test]
async fn ten_at_once_with_one_address_and_with_one_name_make_one_and_ten() {
    let world = std::sync::Arc::new(World::demo().await);
    for same in ["email", "organizationName"] {
        let mut attempts = JoinSet::new();
        for number in 0..10 {
            let world = world.clone();
            let mut input = ada();
            match same {
                "email" => input["organizationName"] = json!(format!("Organization {number}")),
                _ => input["email"] = json!(format!("ada{number}@example.com")),
            }
            attempts.spawn(async move { send(&world, None, "signUp", input).await });
        }
        for answer in attempts.join_all().await {
            done(&answer);
        }
    }
    assert_eq!(world.value("select count(*) from users where email = 'ada@example.com'").await.as_deref(), Some("1"));
    assert_eq!(world.value("select count(*) from organizations where name like 'Organization %'").await.as_deref(), Some("1"));
    assert_eq!(
        world.value("select count(distinct slug) from tenants where name = 'Analytical Engines'").await.as_deref(),
        Some("10")
    );
}
