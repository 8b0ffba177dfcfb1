//! Tokens of an identity provider: those that hold, and all the others.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::StatusCode;
use ring::hmac;
use serde_json::{Value, json};

use super::provider::{AUDIENCE, Provider, SigningKey, unsigned};
use crate::world::{World, identity};

const WHO: &str = "{ viewer { user { displayName } tenant { slug } } }";
const LONG: Duration = Duration::from_secs(3_600);

/// Gives one of the demo people, and its tenant, names at the provider.
async fn link(world: &World, key: &str) {
    let demo = identity(key);
    world.sql(&format!("update users set clerk_user_id = 'user_at_{key}' where id = '{}'", demo.user_id)).await;
    world.sql(&format!("update tenants set clerk_org_id = 'org_at_{key}' where id = '{}'", demo.tenant_id)).await;
}

async fn status(world: &World, token: &str) -> StatusCode {
    let answer = world.ask(token, WHO, Value::Null).await;
    if answer.status == StatusCode::UNAUTHORIZED {
        assert_eq!(answer.codes(), ["UNAUTHENTICATED"]);
    }
    answer.status
}

#[tokio::test]
async fn a_token_that_holds_is_its_person_in_its_tenant() {
    let keys = [SigningKey::rsa("rsa"), SigningKey::p256("p256"), SigningKey::ed25519("ed")];
    let provider = Provider::with(&keys.each_ref()).await;
    let world = provider.world(LONG, LONG).await;
    link(&world, "owner").await;
    let claims = provider.claims("user_at_owner");
    for key in &keys {
        let answer = world.ask(&key.token(&claims), WHO, Value::Null).await;
        assert_eq!(answer.data()["viewer"]["tenant"]["slug"], "larkspur", "{}", key.id);
    }
    assert_eq!(provider.asked(), 1, "the keys are kept");
    let with = |changes: &[(&str, Value)]| {
        let mut claims = claims.clone();
        for (name, value) in changes {
            claims[*name] = value.clone();
        }
        keys[0].token(&claims)
    };
    for token in [
        with(&[("org_id", json!("org_at_owner"))]),
        with(&[("o", json!({ "id": "org_at_owner" })), ("aud", json!(["somebody", AUDIENCE]))]),
        with(&[("aud", Value::Null), ("azp", json!(AUDIENCE))]),
        with(&[("exp", json!(tenantry::clock::now().timestamp() - 20))]),
        with(&[("nbf", json!(tenantry::clock::now().timestamp() + 20))]),
    ] {
        assert_eq!(world.ask(&token, WHO, Value::Null).await.data()["viewer"]["tenant"]["slug"], "larkspur");
    }
    link(&world, "outsider").await;
    let elsewhere = world.ask(&with(&[("org_id", json!("org_at_outsider"))]), WHO, Value::Null).await;
    assert_eq!(elsewhere.data()["viewer"]["tenant"], Value::Null, "nobody is where it does not belong");
    let rename =
        "mutation { updateOrganization(input: { id: \"org_01h455vb4pex5vsknk084sn02q\", name: \"x\" }) { userErrors { code } } }";
    assert_ne!(
        world.ask(&keys[0].token(&claims), rename, Value::Null).await.codes(),
        ["UNAUTHENTICATED"],
        "mutations take it, too"
    );
    let out = world.ask(&keys[0].token(&claims), "mutation { signOut(input: {}) { userErrors { code } } }", Value::Null).await;
    assert_eq!(out.codes(), ["FORBIDDEN"], "its session is the provider's");
}

#[tokio::test]
async fn every_other_token_is_refused() {
    let (key, other) = (SigningKey::rsa("rsa"), SigningKey::p256("p256"));
    let provider = Provider::with(&[&key, &other]).await;
    let world = provider.world(LONG, LONG).await;
    link(&world, "owner").await;
    let claims = provider.claims("user_at_owner");
    assert_eq!(status(&world, &key.token(&claims)).await, StatusCode::OK);
    let now = tenantry::clock::now().timestamp();
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        key.token(&claims)
    };
    let header = |header: Value| key.token_with(&header, &claims);
    let stranger = SigningKey::p256("rsa");
    let none = unsigned(&json!({ "alg": "none", "kid": "rsa" }), &claims);
    // The public key as a shared secret: as it is published, and its modulus.
    let published = key.published();
    let confused = |secret: &[u8]| {
        let signed = unsigned(&json!({ "alg": "HS256", "kid": "rsa" }), &claims);
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
    };
    let modulus = URL_SAFE_NO_PAD.decode(published["n"].as_str().unwrap()).unwrap();
    let brought = SigningKey::ed25519("brought");
    let bringing = |name: &str, value: Value| {
        let mut header = json!({ "alg": "EdDSA", "kid": "rsa" });
        header[name] = value;
        brought.token_with(&header, &claims)
    };
    let valid = key.token(&claims);
    let mut tampered = valid.clone().into_bytes();
    let middle = valid.find('.').unwrap() + 10;
    tampered[middle] = if tampered[middle] == b'A' { b'B' } else { b'A' };
    for (what, token) in [
        ("expired", with("exp", json!(now - 40))),
        ("without an end", with("exp", Value::Null)),
        ("not yet valid", with("nbf", json!(now + 40))),
        ("issued in the future", with("iat", json!(now + 40))),
        ("another audience", with("aud", json!("somebody"))),
        ("other audiences", with("aud", json!(["somebody", "else"]))),
        ("no audience", with("aud", Value::Null)),
        ("another issuer", with("iss", json!("https://evil.example.com"))),
        ("nearly the issuer", with("iss", json!(format!("{}/", provider.issuer)))),
        ("no issuer", with("iss", Value::Null)),
        ("nobody", with("sub", json!(""))),
        ("somebody unknown", with("sub", json!("user_at_nowhere"))),
        ("alg none, without a signature", format!("{none}.")),
        ("alg none, with one", format!("{none}.{}", valid.rsplit('.').next().unwrap())),
        ("HS256 with the modulus", confused(&modulus)),
        ("HS256 with the published key", confused(published.to_string().as_bytes())),
        ("HS256 with the shared key", {
            let signed = unsigned(&json!({ "alg": "HS256", "kid": "shared" }), &claims);
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"secret"), signed.as_bytes());
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
        }),
        ("another algorithm than the key is for", header(json!({ "alg": "RS512", "kid": "rsa" }))),
        ("the key of another", header(json!({ "alg": "RS256", "kid": "p256" }))),
        ("an unknown key", header(json!({ "alg": "RS256", "kid": "unknown" }))),
        ("no key, where there are two", header(json!({ "alg": "RS256" }))),
        ("a stranger's key under a known name", stranger.token(&claims)),
        ("a key that it brings along", bringing("jwk", brought.published())),
        ("a place of keys", bringing("jku", json!(format!("{}/keys", provider.issuer)))),
        ("a place of certificates", bringing("x5u", json!("https://evil.example.com/certificate"))),
        ("certificates", bringing("x5c", json!(["MIIB"]))),
        ("something that must be understood", header(json!({ "alg": "RS256", "kid": "rsa", "crit": ["exp"] }))),
        ("something else than a token", header(json!({ "alg": "RS256", "kid": "rsa", "typ": "dpop+jwt" }))),
        ("tampered", String::from_utf8(tampered).unwrap()),
        ("cut off", valid[..valid.len() - 8].to_owned()),
        ("rubbish", "ey.ey.ey".to_owned()),
        ("too long", format!("ey.{}.x", "A".repeat(9_000))),
    ] {
        assert_eq!(status(&world, &token).await, StatusCode::UNAUTHORIZED, "{what}");
    }
    world.sql("update users set is_active = false where clerk_user_id is not null").await;
    let answer = world.ask(&valid, "{ organizations { totalCount } }", Value::Null).await;
    assert_eq!(answer.data()["organizations"]["totalCount"], 0, "somebody whose account has ended may do nothing");
    world.sql("update users set deleted_at = now() where clerk_user_id is not null").await;
    assert_eq!(status(&world, &valid).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn unknown_keys_are_asked_for_once_in_a_while_and_new_ones_are_found() {
    let (old, new) = (SigningKey::p256("old"), SigningKey::p256("new"));
    let provider = Provider::with(&[&old]).await;
    let world = provider.world(LONG, Duration::from_secs(60)).await;
    link(&world, "owner").await;
    let claims = provider.claims("user_at_owner");
    assert_eq!(status(&world, &old.token(&claims)).await, StatusCode::OK);
    for number in 0..20 {
        let token = old.token_with(&json!({ "alg": "ES256", "kid": format!("made up {number}") }), &claims);
        assert_eq!(status(&world, &token).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(provider.asked(), 1, "within a minute of the first time nobody is asked again");

    let world = provider.world(LONG, Duration::from_millis(1)).await;
    link(&world, "owner").await;
    assert_eq!(status(&world, &old.token(&claims)).await, StatusCode::OK);
    provider.publish(&[&old, &new]).await;
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(status(&world, &new.token(&claims)).await, StatusCode::OK, "a new key is found at once");
}

#[tokio::test]
async fn a_key_that_was_withdrawn_ends_and_a_provider_that_is_down_ends_nothing() {
    let (old, new) = (SigningKey::p256("old"), SigningKey::p256("new"));
    let provider = Provider::with(&[&old]).await;
    provider.be_down(true).await;
    let world = provider.world(Duration::from_millis(1), Duration::from_millis(1)).await;
    link(&world, "owner").await;
    let claims = provider.claims("user_at_owner");
    assert_eq!(status(&world, &old.token(&claims)).await, StatusCode::SERVICE_UNAVAILABLE, "nobody can say whether it holds");
    provider.be_down(false).await;
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(status(&world, &old.token(&claims)).await, StatusCode::OK);
    provider.be_down(true).await;
    for _ in 0..5 {
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert_eq!(status(&world, &old.token(&claims)).await, StatusCode::OK, "known keys go on");
    }
    assert_eq!(status(&world, &new.token(&claims)).await, StatusCode::UNAUTHORIZED);
    provider.publish(&[&new]).await;
    provider.be_down(false).await;
    for _ in 0..200 {
        if status(&world, &old.token(&claims)).await == StatusCode::UNAUTHORIZED {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(status(&world, &old.token(&claims)).await, StatusCode::UNAUTHORIZED, "it was withdrawn");
    assert_eq!(status(&world, &new.token(&claims)).await, StatusCode::OK);
}

#[tokio::test]
async fn without_a_provider_no_token_of_one_holds() {
    let key = SigningKey::p256("key");
    let provider = Provider::with(&[&key]).await;
    let world = World::demo().await;
    link(&world, "owner").await;
    assert_eq!(status(&world, &key.token(&provider.claims("user_at_owner"))).await, StatusCode::UNAUTHORIZED);
}
