//! What people do with their own accounts.

use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use super::stage::{Case, PASSWORD, Person, Stage};

/// What the app of this secret shows so many steps from now.
fn code(secret: &str, steps: i64) -> String {
    let totp = Builder::new().with_secret(Secret::try_from_base32(secret).unwrap()).with_account_name("test").build().unwrap();
    let time = tenantry::clock::now().timestamp() + 30 * steps;
    totp.generate(time.try_into().unwrap()).to_string()
}

/// The secret of a second factor that is still to be confirmed.
async fn enrolled(stage: &Stage, person: &Person) -> String {
    let payload = stage.did(person, "enrolSecondFactor", "secret", json!({ "password": PASSWORD })).await;
    payload["secret"].as_str().unwrap().to_owned()
}

/// Somebody who signs in with a second factor, and its secret.
async fn careful(stage: &Stage) -> (Person, String) {
    let person = stage.person().await;
    let secret = enrolled(stage, &person).await;
    stage.did(&person, "confirmSecondFactor", "", json!({ "code": code(&secret, -1) })).await;
    (person, secret)
}

/// Another session of somebody: `sess_…`
async fn another_session(stage: &Stage, person: &Person) -> String {
    stage.world.token(person.id, Some(stage.tenant)).await;
    let newest = format!("select id from sessions where user_id = '{}' order by index_id desc limit 1", person.id);
    entity::join("sess", stage.world.value(&newest).await.unwrap().parse().unwrap())
}

async fn unverified(stage: &Stage) -> Person {
    let person = stage.person().await;
    stage.world.sql(&format!("update users set email_verified_at = null where id = '{}'", person.id)).await;
    person
}

/// To act as somebody of the tenant.
async fn acting(stage: &Stage) -> Value {
    let tenant = entity::join("ten", stage.tenant);
    json!({ "userId": stage.person().await.user(), "tenantId": tenant, "reason": "ticket 4711" })
}

/// The case of one of these mutations.
pub async fn case(stage: &Stage, mutation: &str) -> Option<Case> {
    let case = match mutation {
        "signUp" => {
            let (name, email) = (stage.word(), format!("{}@new.example", stage.word()));
            let input = json!({ "displayName": name, "email": email, "organizationName": name, "password": PASSWORD });
            Case::of_stranger(mutation, input)
        }
        "signIn" => Case::of_stranger(mutation, json!({ "email": stage.person().await.email, "password": PASSWORD })),
        "answerSignInChallenge" => {
            let (person, secret) = careful(stage).await;
            let input = json!({ "email": person.email, "password": PASSWORD });
            let asked = stage.did_as_stranger("signIn", "challenge { token }", input).await;
            Case::of_stranger(mutation, json!({ "challenge": asked["challenge"]["token"], "code": code(&secret, 0) }))
        }
        "signOut" => stage.person().await.sends(mutation, json!({})),
        "revokeSession" => {
            let person = stage.person().await;
            let session = another_session(stage, &person).await;
            person.sends(mutation, json!({ "sessionId": session }))
        }
        "revokeOtherSessions" => {
            let person = stage.person().await;
            another_session(stage, &person).await;
            person.sends(mutation, json!({}))
        }
        "changePassword" => {
            stage.person().await.sends(mutation, json!({ "currentPassword": PASSWORD, "newPassword": "another good one" }))
        }
        "requestPasswordReset" => Case::of_stranger(mutation, json!({ "email": stage.person().await.email })),
        "resetPassword" => {
            let token = stage.mailed(&stage.person().await, "password_reset").await;
            Case::of_stranger(mutation, json!({ "token": token, "password": "another good one" }))
        }
        "verifyEmail" => {
            let token = stage.mailed(&unverified(stage).await, "email_verification").await;
            Case::of_stranger(mutation, json!({ "token": token }))
        }
        "resendVerification" => Case::of_stranger(mutation, json!({ "email": unverified(stage).await.email })),
        "enrolSecondFactor" => stage.person().await.sends(mutation, json!({ "password": PASSWORD })),
        "confirmSecondFactor" => {
            let person = stage.person().await;
            let secret = enrolled(stage, &person).await;
            person.sends(mutation, json!({ "code": code(&secret, 0) }))
        }
        "disableSecondFactor" | "replaceRecoveryCodes" => {
            let (person, secret) = careful(stage).await;
            person.sends(mutation, json!({ "password": PASSWORD, "code": code(&secret, 0) }))
        }
        "deleteUser" => {
            let person = stage.person().await;
            person.sends(mutation, json!({ "userId": person.user(), "password": PASSWORD }))
        }
        "restoreUser" => {
            let input = json!({ "userId": stage.person().await.user(), "reason": "they asked" });
            stage.did(&stage.developer, "deleteUser", "", input.clone()).await;
            stage.developer.sends(mutation, input)
        }
        "impersonate" => stage.developer.sends(mutation, acting(stage).await),
        "endImpersonation" => {
            let begun = stage.did(&stage.developer, "impersonate", "session { id }", acting(stage).await).await;
            stage.developer.sends(mutation, json!({ "sessionId": begun["session"]["id"] }))
        }
        _ => return None,
    };
    Some(case)
}
