//! Mail: what is sent when, what waits, and that nothing leaves before it is committed.

use std::sync::Arc;

use serde_json::{Value, json};
use tenantry::gateway::Settings;
use tenantry::mail;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

use super::{PASSWORD, done, letters, mailed_token, refused, send, sign_in};
use crate::world::World;

#[tokio::test]
async fn a_mail_that_was_lost_is_sent_again_and_the_mailbox_shows_it() {
    let world = World::demo().await;
    let input =
        json!({ "email": "eve@example.com", "password": PASSWORD, "displayName": "<b>Eve</b>", "organizationName": "E & E" });
    done(&send(&world, None, "signUp", input).await);
    for email in ["eve@example.com", "nobody@example.com"] {
        done(&send(&world, None, "resendVerification", json!({ "email": email })).await);
    }
    assert_eq!(letters(&world, "eve@example.com").await.len(), 2);
    assert_eq!(letters(&world, "nobody@example.com").await.len(), 0);
    let page = world.client().get(world.url("/dev/mailbox")).send().await.unwrap();
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let page = page.text().await.unwrap();
    assert!(page.contains("Hello &lt;b&gt;Eve&lt;/b&gt;") && !page.contains("<b>Eve"), "{page}");
    done(
        &send(&world, None, "verifyEmail", json!({ "token": mailed_token(&world, "eve@example.com", "verify_address").await }))
            .await,
    );
    done(&send(&world, None, "resendVerification", json!({ "email": "eve@example.com" })).await);
    assert_eq!(letters(&world, "eve@example.com").await.len(), 2, "there is nothing to prove any more");
    sign_in(&world, "eve@example.com", PASSWORD).await;
}

#[tokio::test]
async fn a_token_holds_for_its_time_and_its_purpose() {
    let world = World::demo().await;
    let input = json!({ "email": "eve@example.com", "password": PASSWORD, "displayName": "Eve", "organizationName": "E" });
    done(&send(&world, None, "signUp", input).await);
    let token = mailed_token(&world, "eve@example.com", "verify_address").await;
    let reset = send(&world, None, "resetPassword", json!({ "token": token, "password": "another good one" })).await;
    assert_eq!(refused(&reset).0, json!(["token"]), "it proves an address, and nothing else");
    world.sql("update user_tokens set expires_at = now()").await;
    assert_eq!(refused(&send(&world, None, "verifyEmail", json!({ "token": token })).await).0, json!(["token"]));
    let stored = world.value("select string_agg(row::text, ' ') from user_tokens row").await.unwrap();
    let waiting = world.value("select string_agg(encode(sealed, 'escape'), ' ') from emails").await.unwrap();
    assert!(!stored.contains(&token[3..]) && !waiting.contains(&token[3..]), "neither the token nor the mail is stored in plain");
}

#[tokio::test]
async fn there_is_no_mailbox_for_customers_and_without_a_key_no_mail() {
    let world = World::behind(|settings| Settings { mode: tenantry::gateway::Mode::Production, keys: None, ..settings }).await;
    for path in ["/dev/mailbox", "/dev/mailbox.json"] {
        assert_eq!(world.client().get(world.url(path)).send().await.unwrap().status(), 404);
    }
    let answer = send(&world, None, "requestPasswordReset", json!({ "email": "eve@example.com" })).await;
    assert_eq!(answer.codes(), ["UNAVAILABLE"]);
    assert_eq!(answer.body["data"]["it"], Value::Null);
}

/// A server of mail that takes everything in, once it has refused so many.
async fn post_office(refusals: usize) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let received: Arc<Mutex<Vec<String>>> = Arc::default();
    let taken = received.clone();
    tokio::spawn(async move {
        let left = Arc::new(Mutex::new(refusals));
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, taken.clone(), left.clone()));
        }
    });
    (port, received)
}

/// As much of SMTP as a client needs.
async fn converse(stream: TcpStream, received: Arc<Mutex<Vec<String>>>, refusals: Arc<Mutex<usize>>) {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 test\r\n").await.unwrap();
    let mut letter: Option<String> = None;
    while let Ok(Some(line)) = lines.next_line().await {
        let reply = match (&mut letter, line.as_str()) {
            (Some(text), ".") => {
                received.lock().await.push(std::mem::take(text));
                letter = None;
                "250 taken\r\n"
            }
            (Some(text), line) => {
                text.push_str(line);
                text.push('\n');
                continue;
            }
            (None, line) if line.starts_with("MAIL") => {
                let mut left = refusals.lock().await;
                if *left > 0 {
                    *left -= 1;
                    "451 later\r\n"
                } else {
                    "250 go on\r\n"
                }
            }
            (None, "DATA") => {
                letter = Some(String::new());
                "354 go on\r\n"
            }
            (None, "QUIT") => break,
            (None, _) => "250 go on\r\n",
        };
        if writer.write_all(reply.as_bytes()).await.is_err() {
            break;
        }
    }
}

#[tokio::test]
async fn mail_leaves_by_smtp_is_tried_again_and_is_forgotten_then() {
    let (port, received) = post_office(1).await;
    let from = "Tenantry <hello@example.com>".to_owned();
    let world = World::behind(|settings| Settings {
        mode: tenantry::gateway::Mode::Production,
        mail: mail::Settings {
            smtp_url: Some(format!("smtp://127.0.0.1:{port}")),
            from,
            app_url: "https://app.example.com/".to_owned(),
        },
        ..settings
    })
    .await;
    let services = &world.gateway.services;
    // Two workers, as two processes have them: each mail leaves once.
    services.mail.start(&services.database);
    services.mail.start(&services.database);
    let email = super::give_password(&world, "owner").await;
    done(&send(&world, None, "requestPasswordReset", json!({ "email": email })).await);
    let wait = async |condition: &str| {
        for _ in 0..200 {
            if world.value(condition).await.as_deref() == Some("true") {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("never: {condition}\n{:?}", world.value("select string_agg(row::text, ' ') from emails row").await);
    };
    wait("select bool_and(error is not null and attempts = 1 and sent_at is null and failed_at is null) from emails").await;
    assert_eq!(received.lock().await.len(), 0);
    world.sql("update emails set next_attempt_at = now()").await;
    wait("select bool_and(sent_at is not null and attempts = 2 and sealed is null) from emails").await;
    let received = received.lock().await;
    assert_eq!(received.len(), 1);
    let text = received[0].replace("=\n", "").replace("=3D", "=");
    assert!(
        text.contains("From: Tenantry <hello@example.com>") || text.contains("From: \"Tenantry\" <hello@example.com>"),
        "{text}"
    );
    assert!(text.contains(&format!("To: {email}")) && text.contains("Subject: Choose a new password"), "{text}");
    assert!(text.contains("https://app.example.com/reset-password?token=tr_"), "{text}");
    assert!(text.contains("text/plain") && text.contains("text/html"), "{text}");
}
