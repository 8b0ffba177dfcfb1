//! Signing in and signing up: passwords, sessions, mail, second factors.

mod addresses;
mod issuer;
mod passwords;
mod provider;
mod records;
mod second_factor;
mod sessions;
mod signing_up;
mod webhooks;

use serde_json::{Value, json};

use crate::world::{Answer, World, identity};

/// A password that nobody tries first.
const PASSWORD: &str = "correct horse battery";

/// Sends a mutation with its input, as somebody or as nobody.
async fn send(world: &World, token: Option<&str>, mutation: &str, input: Value) -> Answer {
    let name = mutation[..1].to_uppercase() + &mutation[1..];
    let shown = match mutation {
        "signIn" => "session { id token expiresAt } challenge { token expiresAt } ",
        "answerSignInChallenge" => "session { token } ",
        "enrolSecondFactor" => "secret otpauthUrl ",
        "confirmSecondFactor" | "replaceRecoveryCodes" => "recoveryCodes ",
        "revokeOtherSessions" => "revokedCount ",
        _ => "",
    };
    let query = format!(
        "mutation($input: {name}Input!) {{ it: {mutation}(input: $input) {{ {shown}userErrors {{ field code message }} clientMutationId }} }}"
    );
    world.post(token, &json!({ "query": query, "variables": { "input": input } })).await
}

/// The payload of an answer without errors of either kind.
fn done(answer: &Answer) -> &Value {
    let payload = &answer.data()["it"];
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    payload
}

/// Field and code of the only user error.
fn refused(answer: &Answer) -> (Value, String) {
    let errors = answer.data()["it"]["userErrors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    (errors[0]["field"].clone(), errors[0]["code"].as_str().unwrap().to_owned())
}

/// Gives one of the demo people a password, as `resetPassword` would.
async fn give_password(world: &World, key: &str) -> String {
    let hash = world.gateway.services.passwords.hash(PASSWORD.to_owned()).await.unwrap();
    let user = identity(key).user_id;
    world.sql(&format!("update users set password_hash = '{hash}', email_verified_at = now() where id = '{user}'")).await;
    world.value(&format!("select email from users where id = '{user}'")).await.unwrap()
}

/// Signs in, and gives the token.
async fn sign_in(world: &World, email: &str, password: &str) -> String {
    let answer = send(world, None, "signIn", json!({ "email": email, "password": password })).await;
    done(&answer)["session"]["token"].as_str().unwrap_or_else(|| panic!("no session: {:#}", answer.body)).to_owned()
}

/// Letters to an address, the newest first, as the mailbox of development shows them.
async fn letters(world: &World, email: &str) -> Vec<Value> {
    let response = world.client().get(world.url("/dev/mailbox.json")).send().await.unwrap();
    let all: Vec<Value> = response.json().await.unwrap();
    all.into_iter().filter(|letter| letter["to"] == email).collect()
}

/// The token in the newest letter of a kind.
async fn mailed_token(world: &World, email: &str, kind: &str) -> String {
    let letters = letters(world, email).await;
    let letter = letters.iter().find(|letter| letter["kind"] == kind).unwrap_or_else(|| panic!("no letter: {letters:#?}"));
    letter["link"].as_str().unwrap().split_once("?token=").unwrap().1.to_owned()
}

/// The types of a person's events, the newest first.
async fn events(world: &World, token: &str) -> Vec<String> {
    let answer = world.ask(token, "{ viewer { events(first: 50) { nodes { type } } } }", Value::Null).await;
    let nodes = answer.data()["viewer"]["events"]["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["type"].as_str().unwrap().to_owned()).collect()
}
