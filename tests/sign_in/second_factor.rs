//! The second factor: enrolled, asked for, answered once, left again.

use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use super::{PASSWORD, done, events, give_password, letters, refused, send, sign_in};
use crate::world::World;

const STATE: &str = "{ viewer { secondFactor { isEnabled recoveryCodesLeft } } }";

/// What the app of this secret shows so many steps from now.
fn code(secret: &str, steps: i64) -> String {
    let totp = Builder::new().with_secret(Secret::try_from_base32(secret).unwrap()).with_account_name("test").build().unwrap();
    let time = tenantry::clock::now().timestamp() + 30 * steps;
    totp.generate(time.try_into().unwrap()).to_string()
}

/// Enrols and confirms; the secret, and the codes for emergencies.
async fn enable(world: &World, session: &str) -> (String, Vec<String>) {
    let answer = send(world, Some(session), "enrolSecondFactor", json!({ "password": PASSWORD })).await;
    let secret = done(&answer)["secret"].as_str().unwrap().to_owned();
    let url = answer.data()["it"]["otpauthUrl"].as_str().unwrap();
    assert!(url.starts_with("otpauth://totp/") && url.contains(&format!("secret={secret}")), "{url}");
    let wrong = send(world, Some(session), "confirmSecondFactor", json!({ "code": "000000" })).await;
    assert_eq!(refused(&wrong), (json!(["code"]), "WRONG_CREDENTIALS".to_owned()));
    let answer = send(world, Some(session), "confirmSecondFactor", json!({ "code": code(&secret, -1) })).await;
    let codes: Vec<String> = serde_json::from_value(done(&answer)["recoveryCodes"].clone()).unwrap();
    assert_eq!(codes.len(), 10);
    (secret, codes)
}

/// Proves the password, and gives the question.
async fn challenge(world: &World, email: &str) -> String {
    let answer = send(world, None, "signIn", json!({ "email": email, "password": PASSWORD })).await;
    let payload = done(&answer);
    assert_eq!(payload["session"], Value::Null);
    payload["challenge"]["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn signing_in_takes_the_code_and_each_code_holds_once() {
    let world = World::demo().await;
    let email = give_password(&world, "owner").await;
    let session = sign_in(&world, &email, PASSWORD).await;
    let wrong = send(&world, Some(&session), "enrolSecondFactor", json!({ "password": "wrong" })).await;
    assert_eq!(refused(&wrong).0, json!(["password"]));
    let (secret, _) = enable(&world, &session).await;
    let stored = world.value("select encode(secret, 'escape') from second_factors").await.unwrap();
    assert!(!stored.contains(&secret), "the secret is sealed");
    let state = world.ask(&session, STATE, Value::Null).await;
    assert_eq!(state.data()["viewer"]["secondFactor"], json!({ "isEnabled": true, "recoveryCodesLeft": 10 }));

    let answer = async |challenge: &str, code: String| {
        send(&world, None, "answerSignInChallenge", json!({ "challenge": challenge, "code": code })).await
    };
    let question = challenge(&world, &email).await;
    assert_eq!(refused(&answer(&question, code(&secret, -1)).await).0, json!(["code"]), "it confirmed the factor: used");
    let now = code(&secret, 0);
    let opened = answer(&question, now.clone()).await;
    let second = done(&opened)["session"]["token"].as_str().unwrap().to_owned();
    assert_eq!(refused(&answer(&question, code(&secret, 1)).await).0, json!(["challenge"]), "a question is answered once");
    let again = challenge(&world, &email).await;
    assert_eq!(refused(&answer(&again, now).await).0, json!(["code"]), "a code that was overheard is worth nothing");
    let kinds = events(&world, &second).await;
    assert!(["second_factor.enable", "sign_in.challenge", "sign_in.fail"].iter().all(|kind| kinds.contains(&(*kind).to_owned())));
    assert_eq!(letters(&world, &email).await[0]["kind"], "second_factor_changed");
    assert_eq!(
        world.value("select count(*) from users where failed_login_attempts > 0").await.as_deref(),
        Some("1"),
        "the open question counts"
    );
}

#[tokio::test]
async fn codes_are_not_guessed_and_questions_do_not_wait_for_ever() {
    let world = World::demo().await;
    let email = give_password(&world, "owner").await;
    let session = sign_in(&world, &email, PASSWORD).await;
    let (secret, _) = enable(&world, &session).await;
    let question = challenge(&world, &email).await;
    let answer = async |challenge: &str, code: &str| {
        send(&world, None, "answerSignInChallenge", json!({ "challenge": challenge, "code": code })).await
    };
    for _ in 0..5 {
        assert_eq!(refused(&answer(&question, "000000").await).0, json!(["code"]));
    }
    assert_eq!(refused(&answer(&question, &code(&secret, 0)).await).0, json!(["challenge"]), "five guesses end it");
    let late = challenge(&world, &email).await;
    world.sql("update sign_in_challenges set expires_at = now()").await;
    assert_eq!(refused(&answer(&late, &code(&secret, 0)).await).0, json!(["challenge"]));
    for _ in 0..3 {
        challenge(&world, &email).await;
    }
    let locked = send(&world, None, "signIn", json!({ "email": email, "password": PASSWORD })).await;
    assert_eq!(refused(&locked).1, "WRONG_CREDENTIALS", "questions without an answer are failures, too");
}

#[tokio::test]
async fn codes_for_emergencies_hold_once_and_the_factor_is_left_with_both_proofs() {
    let world = World::demo().await;
    let email = give_password(&world, "owner").await;
    let session = sign_in(&world, &email, PASSWORD).await;
    let (secret, codes) = enable(&world, &session).await;
    let again = send(&world, Some(&session), "enrolSecondFactor", json!({ "password": PASSWORD })).await;
    assert_eq!(refused(&again).1, "ALREADY_DONE");
    let stored = world.value("select string_agg(encode(code_hash, 'escape'), ' ') from recovery_codes").await.unwrap();
    assert!(!stored.contains(&codes[0]));
    let answer = async |recovery_code: &str| {
        let question = challenge(&world, &email).await;
        send(&world, None, "answerSignInChallenge", json!({ "challenge": question, "recoveryCode": recovery_code })).await
    };
    done(&answer(&codes[0].to_uppercase()).await);
    assert_eq!(refused(&answer(&codes[0]).await).0, json!(["code"]));
    let state = world.ask(&session, STATE, Value::Null).await;
    assert_eq!(state.data()["viewer"]["secondFactor"]["recoveryCodesLeft"], 9);
    let input = json!({ "password": PASSWORD, "recoveryCode": codes[1] });
    let replaced = send(&world, Some(&session), "replaceRecoveryCodes", input).await;
    let new: Vec<String> = serde_json::from_value(done(&replaced)["recoveryCodes"].clone()).unwrap();
    assert_eq!(refused(&answer(&codes[2]).await).0, json!(["code"]), "the old ones are gone");
    let disable = async |password: &str, code: &str| {
        send(&world, Some(&session), "disableSecondFactor", json!({ "password": password, "code": code })).await
    };
    assert_eq!(refused(&disable("wrong", &code(&secret, 0)).await).0, json!(["password"]));
    assert_eq!(refused(&disable(PASSWORD, "000000").await).0, json!(["code"]));
    done(&disable(PASSWORD, &code(&secret, 0)).await);
    sign_in(&world, &email, PASSWORD).await;
    assert_eq!(world.value("select count(*) from recovery_codes").await.as_deref(), Some("0"), "{new:?}");
    let both = send(&world, Some(&session), "disableSecondFactor", json!({ "password": PASSWORD })).await;
    assert_eq!(both.codes(), ["BAD_USER_INPUT"]);
}
