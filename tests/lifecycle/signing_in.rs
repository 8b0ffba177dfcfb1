//! Unpaid bills at sign-in: who gets in, who is told whom to ask.

use serde_json::{Value, json};

use super::{Home, Person};

const PASSWORD: &str = "correct horse battery";

/// Signs in with a password: the token, or the error.
async fn sign_in(home: &Home, person: &Person) -> Result<String, Value> {
    let hash = home.world.gateway.services.passwords.hash(PASSWORD.to_owned()).await.unwrap();
    home.world
        .sql(&format!("update users set password_hash = '{hash}', email_verified_at = now() where id = '{}'", person.id))
        .await;
    let query = "mutation($input: SignInInput!) { signIn(input: $input) { session { token } userErrors { code } } }";
    let body = json!({ "query": query, "variables": { "input": { "email": person.email, "password": PASSWORD } } });
    let answer = home.world.post(None, &body).await;
    match answer.body["data"]["signIn"]["session"]["token"].as_str() {
        Some(token) => Ok(token.to_owned()),
        None => Err(answer.body["errors"][0]["extensions"].clone()),
    }
}

#[tokio::test]
async fn members_of_locked_organizations_alone_are_told_whom_to_ask_and_the_owner_gets_in() {
    let home = Home::build().await;
    assert!(sign_in(&home, &home.member).await.is_ok());
    home.world.sql("update subscriptions set status = 'past_due', past_due_since = now() - interval '15 days'").await;
    assert!(sign_in(&home, &home.member).await.is_ok(), "who may read gets in");
    home.world.sql("update subscriptions set status = 'unpaid'").await;
    for person in [&home.member, &home.admin] {
        let told = sign_in(&home, person).await.unwrap_err();
        assert_eq!(
            (&told["code"], &told["reason"], &told["ownerName"], &told["organizationId"]),
            (&json!("BILLING_LOCKED"), &json!("billing_locked"), &json!("Olga Owner"), &json!(home.id()))
        );
    }
    let written = "select count(*) || ' ' || max(failed_login_attempts) from user_events, users where metadata ->> 'reason' = 'billing_locked'";
    assert!(home.world.value(written).await.unwrap().ends_with(" 0"), "no attempt has failed");
    // A wrong password tells nothing of bills.
    let query = "mutation($input: SignInInput!) { signIn(input: $input) { userErrors { code } } }";
    let body = json!({ "query": query, "variables": { "input": { "email": home.member.email, "password": "wrong" } } });
    assert_eq!(home.world.post(None, &body).await.data()["signIn"]["userErrors"], json!([{ "code": "WRONG_CREDENTIALS" }]));

    let owner = sign_in(&home, &home.owner).await.unwrap();
    let notices = home.world.ask(&owner, "{ viewer { notices { kind action actionLabel } } }", Value::Null).await;
    assert_eq!(
        notices.data()["viewer"]["notices"],
        json!([{ "kind": "LOCKED", "action": "UPDATE_PAYMENT", "actionLabel": "Update payment information" }])
    );
    home.world.sql("update subscriptions set status = 'active', past_due_since = null").await;
    assert!(sign_in(&home, &home.member).await.is_ok(), "what was paid opens at once");
}

#[tokio::test]
async fn whoever_has_something_else_to_do_gets_in() {
    let home = Home::build().await;
    home.world.sql("update subscriptions set status = 'unpaid', past_due_since = now() - interval '60 days'").await;
    assert!(sign_in(&home, &home.manager).await.is_err());
    let ways = [
        (
            "runs the tenant",
            "update tenant_memberships set role = 'manager' where user_id = '{}'",
            "update tenant_memberships set role = 'member' where user_id = '{}'",
        ),
        (
            "works for the platform",
            "update users set user_type = 'developer' where id = '{}'",
            "update users set user_type = 'standard' where id = '{}'",
        ),
        (
            "belongs to nothing",
            "update organization_memberships set status = 'suspended' where user_id = '{}'",
            "update organization_memberships set status = 'active' where user_id = '{}'",
        ),
    ];
    for (way, there, back) in ways {
        let person = home.manager.id.to_string();
        home.world.sql(&there.replace("{}", &person)).await;
        assert!(sign_in(&home, &home.manager).await.is_ok(), "{way}");
        home.world.sql(&back.replace("{}", &person)).await;
        assert!(sign_in(&home, &home.manager).await.is_err(), "{way}");
    }
    let to = json!({ "organizationId": home.id(), "userId": entity::join("user", home.admin.id) });
    assert!(sign_in(&home, &home.admin).await.is_err());
    home.done(&home.owner, "offerOwnership", "", to).await;
    let admin = sign_in(&home, &home.admin).await.expect("who was offered the organization may answer");
    let offers = home.world.ask(&admin, "{ viewer { ownershipOffers { id } } }", Value::Null).await;
    assert_eq!(offers.data()["viewer"]["ownershipOffers"].as_array().map(Vec::len), Some(1));
}
