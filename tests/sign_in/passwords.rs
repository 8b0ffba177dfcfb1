//! Passwords: proven, guessed, changed, chosen anew.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{PASSWORD, done, events, give_password, letters, mailed_token, refused, send, sign_in};
use crate::world::{World, identity};

const WHO: &str = "{ viewer { user { displayName } tenant { slug } } }";

#[tokio::test]
async fn a_password_opens_a_session_at_home_and_nothing_secret_is_stored() {
    let world = World::demo().await;
    let email = give_password(&world, "owner").await;
    let token = sign_in(&world, &format!("  {} ", email.to_uppercase()), PASSWORD).await;
    assert!(token.starts_with("ts_"), "{token}");
    let answer = world.ask(&token, WHO, Value::Null).await;
    assert_eq!(answer.data()["viewer"]["tenant"]["slug"], "larkspur");
    let stored = world.value("select string_agg(row::text, ' ') from sessions row").await.unwrap();
    assert!(!stored.contains(&token[3..]), "the token itself is stored nowhere");
    let user = identity("owner").user_id;
    let row = format!("select failed_login_attempts = 0 and last_login_at is not null from users where id = '{user}'");
    assert_eq!(world.value(&row).await.as_deref(), Some("true"));
    assert_eq!(events(&world, &token).await, ["sign_in.succeed"]);
}

#[tokio::test]
async fn whatever_is_wrong_the_answer_is_the_same() {
    let world = World::demo().await;
    let email = give_password(&world, "owner").await;
    let unverified = give_password(&world, "admin").await;
    world.sql(&format!("update users set email_verified_at = null where email = '{unverified}'")).await;
    let inactive = give_password(&world, "manager").await;
    world.sql(&format!("update users set is_active = false where email = '{inactive}'")).await;
    let without = world.value(&format!("select email from users where id = '{}'", identity("outsider").user_id)).await.unwrap();
    let wrong = "not the password";
    let mut answers = Vec::new();
    for (email, password) in [
        (email.as_str(), wrong),
        ("nobody@example.com", wrong),
        ("no address at all", wrong),
        (&unverified, PASSWORD),
        (&inactive, PASSWORD),
        (&without, wrong),
        (&without, ""),
    ] {
        let answer = send(&world, None, "signIn", json!({ "email": email, "password": password })).await;
        assert_eq!(refused(&answer), (Value::Null, "WRONG_CREDENTIALS".to_owned()), "{email}");
        answers.push(answer.data().clone());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    let token = sign_in(&world, &email, PASSWORD).await;
    assert_eq!(events(&world, &token).await, ["sign_in.succeed", "sign_in.fail"]);
}

#[tokio::test]
async fn five_failures_lock_signing_in_longer_each_time_and_disturb_no_session() {
    let world = World::demo().await;
    let email = give_password(&world, "owner").await;
    let session = sign_in(&world, &email, PASSWORD).await;
    let locked =
        "select round(extract(epoch from sign_in_locked_until - now()) / 60) from users where sign_in_locked_until is not null";
    let version = "select sum(version) from access_versions";
    let before = world.value(version).await;
    for attempt in 1..=5 {
        assert_eq!(world.value(&format!("select count(*) from ({locked}) l")).await.as_deref(), Some("0"), "attempt {attempt}");
        send(&world, None, "signIn", json!({ "email": email, "password": "wrong" })).await;
    }
    assert_eq!(world.value(locked).await.as_deref(), Some("1"));
    let answer = send(&world, None, "signIn", json!({ "email": email, "password": PASSWORD })).await;
    assert_eq!(refused(&answer).1, "WRONG_CREDENTIALS", "the right password is refused, too");
    for minutes in ["2", "4", "8", "16", "32", "60", "60"] {
        world
            .sql("update users set sign_in_locked_until = now() - interval '1 second' where sign_in_locked_until is not null")
            .await;
        send(&world, None, "signIn", json!({ "email": email, "password": "wrong" })).await;
        assert_eq!(world.value(locked).await.as_deref(), Some(minutes));
    }
    assert_eq!(world.ask(&session, WHO, Value::Null).await.status, StatusCode::OK, "who is in stays in");
    assert_eq!(world.value(version).await, before, "and nobody's access was looked at anew");
    world.sql("update users set sign_in_locked_until = now() - interval '1 second' where sign_in_locked_until is not null").await;
    sign_in(&world, &email, PASSWORD).await;
    assert_eq!(world.value("select count(*) from users where failed_login_attempts > 0").await.as_deref(), Some("0"));
}

#[tokio::test]
async fn guesses_side_by_side_are_no_more_than_one_after_the_other() {
    let world = std::sync::Arc::new(World::demo().await);
    let email = give_password(&world, "owner").await;
    let mut guesses = JoinSet::new();
    for _ in 0..20 {
        let (world, email) = (world.clone(), email.clone());
        guesses.spawn(async move { send(&world, None, "signIn", json!({ "email": email, "password": "a guess" })).await });
    }
    for answer in guesses.join_all().await {
        // Some may be told to come again: passwords are compared a few at a time.
        if answer.codes() != ["UNAVAILABLE"] {
            assert_eq!(refused(&answer).1, "WRONG_CREDENTIALS");
        }
    }
    let compared = "select count(*) between 1 and 5 from user_events where metadata ->> 'reason' = 'password'";
    assert_eq!(world.value(compared).await.as_deref(), Some("true"), "the others were not admitted");
    let counted = "select max(failed_login_attempts) <= 5 from users";
    assert_eq!(world.value(counted).await.as_deref(), Some("true"));
}

#[tokio::test]
async fn a_hash_of_other_parameters_is_made_anew() {
    let world = World::demo().await;
    let email = give_password(&world, "owner").await;
    let weak = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$";
    let hash = argon2_weak(PASSWORD);
    assert!(hash.starts_with(weak), "{hash}");
    world.sql(&format!("update users set password_hash = '{hash}' where email = '{email}'")).await;
    sign_in(&world, &email, PASSWORD).await;
    let stored = world.value(&format!("select password_hash from users where email = '{email}'")).await.unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    sign_in(&world, &email, PASSWORD).await;
}

/// A hash with less memory than is asked for today.
fn argon2_weak(password: &str) -> String {
    use argon2::password_hash::PasswordHasher as _;
    use argon2::password_hash::phc::PasswordHash;
    let params = argon2::Params::new(64, 1, 1, None).unwrap();
    let hasher = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let hash: PasswordHash = hasher.hash_password_with_salt(password.as_bytes(), b"somesaltsomesalt").unwrap();
    hash.to_string()
}

#[tokio::test]
async fn a_password_is_changed_by_whoever_knows_it_and_ends_the_other_sessions() {
    let world = World::demo().await;
    let email = give_password(&world, "owner").await;
    let (here, elsewhere) = (sign_in(&world, &email, PASSWORD).await, sign_in(&world, &email, PASSWORD).await);
    let change = async |current: &str, new: &str| {
        send(&world, Some(&here), "changePassword", json!({ "currentPassword": current, "newPassword": new })).await
    };
    assert_eq!(refused(&change("wrong", "another good one").await), (json!(["currentPassword"]), "WRONG_CREDENTIALS".to_owned()));
    for bad in ["short", "password1", &"long".repeat(33)] {
        assert_eq!(refused(&change(PASSWORD, bad).await).0, json!(["newPassword"]), "{bad}");
    }
    done(&change(PASSWORD, "another good one").await);
    assert_eq!(world.ask(&here, WHO, Value::Null).await.status, StatusCode::OK);
    assert_eq!(world.ask(&elsewhere, WHO, Value::Null).await.status, StatusCode::UNAUTHORIZED);
    let answer = send(&world, None, "signIn", json!({ "email": email, "password": PASSWORD })).await;
    assert_eq!(refused(&answer).1, "WRONG_CREDENTIALS");
    sign_in(&world, &email, "another good one").await;
    assert_eq!(letters(&world, &email).await[0]["kind"], "password_changed");
    assert!(events(&world, &here).await.contains(&"password.change".to_owned()));
}

#[tokio::test]
async fn a_password_is_chosen_anew_by_whoever_reads_the_mail_once() {
    let world = World::demo().await;
    let email = give_password(&world, "owner").await;
    let session = sign_in(&world, &email, PASSWORD).await;
    for _ in 0..6 {
        send(&world, None, "signIn", json!({ "email": email, "password": "wrong" })).await;
    }
    let known = send(&world, None, "requestPasswordReset", json!({ "email": email })).await;
    let unknown = send(&world, None, "requestPasswordReset", json!({ "email": "nobody@example.com" })).await;
    assert_eq!(done(&known), done(&unknown));
    assert_eq!(letters(&world, "nobody@example.com").await, Vec::<Value>::new());
    let token = mailed_token(&world, &email, "reset_password").await;
    let reset = async |token: &str, password: &str| {
        send(&world, None, "resetPassword", json!({ "token": token, "password": password })).await
    };
    assert_eq!(refused(&reset(&token, "short").await).0, json!(["password"]));
    assert_eq!(refused(&reset("tr_rubbish", "another good one").await), (json!(["token"]), "INVALID".to_owned()));
    done(&reset(&token, "another good one").await);
    assert_eq!(refused(&reset(&token, "yet another one").await).0, json!(["token"]), "a token holds once");
    assert_eq!(world.ask(&session, WHO, Value::Null).await.status, StatusCode::UNAUTHORIZED, "all sessions have ended");
    let session = sign_in(&world, &email, "another good one").await;
    assert!(events(&world, &session).await.contains(&"password.reset".to_owned()));

    send(&world, None, "requestPasswordReset", json!({ "email": email })).await;
    let late = mailed_token(&world, &email, "reset_password").await;
    world.sql("update user_tokens set expires_at = now() where used_at is null").await;
    assert_eq!(refused(&reset(&late, "too late for this").await).0, json!(["token"]));
    for _ in 0..8 {
        done(&send(&world, None, "requestPasswordReset", json!({ "email": email })).await);
    }
    let count = letters(&world, &email).await.iter().filter(|letter| letter["kind"] == "reset_password").count();
    assert_eq!(count, 5, "nobody's mailbox is flooded");
}

#[tokio::test]
async fn the_role_of_the_gateway_cannot_read_hashes_nor_list_people() {
    let world = World::demo().await;
    give_password(&world, "owner").await;
    let mut connection = world.pool.acquire().await.unwrap();
    sqlx::raw_sql("set role tenantry_app").execute(&mut *connection).await.unwrap();
    for secret in [
        "select password_hash from users",
        "select * from users",
        "select failed_login_attempts from users",
        "select sealed from emails",
    ] {
        let denied = sqlx::raw_sql(secret).execute(&mut *connection).await.unwrap_err();
        assert_eq!(denied.as_database_error().unwrap().code().as_deref(), Some("42501"), "{secret}");
    }
    let seen: i64 = sqlx::query_scalar("select count(id) from users").fetch_one(&mut *connection).await.unwrap();
    assert_eq!(seen, 0, "nobody is seen by nobody");
    sqlx::raw_sql("reset role").execute(&mut *connection).await.unwrap();
}
