//! An identity provider on this machine: it publishes keys, signs tokens, and counts who asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};
use tenantry::gateway::Settings;
use tenantry::{clock, issuer};
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use crate::world::World;

/// A key for tests alone.
const RSA: &str = "MIIEpAIBAAKCAQEA76AN7dNmOUXvM+6Ec6EJ+0UuHTL9GUQp5MYRdHX5PDeK8+9j4hXpPKbhXAhijSuoNIV92lDPa/PMGL5jU3rEL4ztI843MsogC+ge6k2J\
    HgdidjrsvoUKrKPtKWguIkBA3Z/31ywxNfSE/NY72frqJFgbZAjCBwYlUE1QPmcO6/sKSeathquVeFM07ArBawNNpgs967Ru/SKcOwjQ1HY5nxaXzSv+1iBL\
    mphwCFVNBa8Qv/NX1OhKvMjQbjDK1N/Z2tEcmzzEcaRydGLKgXoWSauGH5drQ9QkcAFva8ewhy+3HW1kkcapxbL3e2STplgBbmsfQXNKfbWxkgFf+u802QID\
    AQABAoIBAAJjfsQM8DcjBkncR1vPjQXhKDRQZJi+rClnRo0EmzU2wLGNZI+K7vS6HU4Rg377V+LHJQx63f3KM+ctaFgl5a8A1AEq057JCEWqHOXHxlWYlqpi\
    9xFv9NMTUsBvtQxbG4fCCe0jjVgyTZbndqMF1uqWv2t8EV1oefvUEM2AcZQCsI8w8AMDCu/+24L74H+QLmT4r90zBGY1Xk7kRJvg0uurhKhp+ZM13E05rWXr\
    P5tMXD8Fl0L4RwEYDMZXKs/uBlvkweJd6SYA7/UFEAH9fafrTOCZgZIJCZPY9+oAhGoibb21UOI3W9Kq23+B2XTeSJRwMTNshKbzyxd+42HD6XECgYEA/pSY\
    6ZDGYQ9NCkkCWeK1T0HXyGZyAI87rv5RdUzRSiawT+4YWa5VPg5MmELfFtbm+e2GCT7GrfWWWdSl8b+2mULKo9/D8RJ9yDXQKu7pKz8OjXepXSMtKdsE7b0r\
    080Apvv0ibGXy71d33wNjwb8Xx0UrDcNCXlC71gHU0HIkXECgYEA8PYb75MwrJ17uOVVceQolmgWdeAWW3dZS3nZdzJgGHiiwp2ytnBk/As8K0P1lt9kwEh1\
    IZBaNsPP+lMYZayMhm0afqB7L+rQ7ZBAfB771tBwWJ6i3Ylqq2fa8ui2gkMWLfkOKtG4R/jQ23FI08h1VnAwLAkWymBgpoUGr611pekCgYEA9IAGtBtlS4aE\
    eSJRbb58X5hfA4rQZpUpvxFlboDOaKbroniLTmZOXAEjswBWffr7boGev3ZZHm3FbpT6o0l6t4scT3LzHq6huw1j1jgKHIy9D0Ujld3Y3GALRcDvPMWgoL9O\
    xoeXwAcpByB/bSRKcZbead+dV8HsdS5YKq/9TyECgYAxCGO25KTK+2DpxwEUI/F+ab/oTKlAA5FQIoN2FfIoCKRWJfDv3v8tqrubskCPavX9isELC2zQKBhy\
    P+Z/ChWuZRU3H0DyBz5smSYGG+fzVocGAYHywrvKFWAgfeplp3Ej+cJARFzTiHY3sV24etoltL6Yt2DD3cjNGdS6evmtwQKBgQCZTIopU0JnOZNwaFefy20I\
    /480Gy+4DI/COaTvx+Vj3IEHnn9DSuZnDLZM/SrmcGNXwWGIFuaDj5o9bjJZjMG5geVAVy7FSCtBvgIHRRece1t8l5X8vu7MJdZTdIABvxMqCT6u9vleXLuN\
    /KMcJZXwWJysixZaKT74zzSyouOmYg==";
/// The modulus of it, as it is published.
const MODULUS: &str = "76AN7dNmOUXvM-6Ec6EJ-0UuHTL9GUQp5MYRdHX5PDeK8-9j4hXpPKbhXAhijSuoNIV92lDPa_PMGL5jU3rEL4ztI843MsogC-ge6k2JHgdidj\
    rsvoUKrKPtKWguIkBA3Z_31ywxNfSE_NY72frqJFgbZAjCBwYlUE1QPmcO6_sKSeathquVeFM07ArBawNNpgs967Ru_SKcOwjQ1HY5nxaXzSv-\
    1iBLmphwCFVNBa8Qv_NX1OhKvMjQbjDK1N_Z2tEcmzzEcaRydGLKgXoWSauGH5drQ9QkcAFva8ewhy-3HW1kkcapxbL3e2STplgBbmsfQXNKfb\
    WxkgFf-u802Q";

/// For whom its tokens are.
pub const AUDIENCE: &str = "tenantry";

/// What is published, and whether anybody answers at all.
struct Published {
    issuer: String,
    keys: Mutex<Vec<Value>>,
    is_down: Mutex<bool>,
    asked: AtomicUsize,
}

/// The provider.
pub struct Provider {
    /// Its name, which is its address.
    pub issuer: String,
    published: Arc<Published>,
}

/// A key that signs, with its name.
pub struct SigningKey {
    pub id: &'static str,
    kind: Kind,
}

enum Kind {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    pub fn rsa(id: &'static str) -> Self {
        Self { id, kind: Kind::Rsa(RsaKeyPair::from_der(&STANDARD.decode(RSA).unwrap()).unwrap()) }
    }

    pub fn p256(id: &'static str) -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        Self {
            id,
            kind: Kind::P256(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap()),
        }
    }

    pub fn ed25519(id: &'static str) -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self { id, kind: Kind::Ed25519(Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap()) }
    }

    /// As it is published.
    pub fn published(&self) -> Value {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match &self.kind {
            Kind::Rsa(_) => json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.id, "n": MODULUS, "e": "AQAB" }),
            Kind::P256(pair) => {
                let point = pair.public_key().as_ref();
                json!({ "kty": "EC", "crv": "P-256", "kid": self.id, "x": encode(&point[1..33]), "y": encode(&point[33..]) })
            }
            Kind::Ed25519(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": self.id, "x": encode(pair.public_key().as_ref()) })
            }
        }
    }

    fn algorithm(&self) -> &'static str {
        match &self.kind {
            Kind::Rsa(_) => "RS256",
            Kind::P256(_) => "ES256",
            Kind::Ed25519(_) => "EdDSA",
        }
    }

    fn sign(&self, text: &[u8]) -> Vec<u8> {
        match &self.kind {
            Kind::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature).unwrap();
                signature
            }
            Kind::P256(pair) => pair.sign(&SystemRandom::new(), text).unwrap().as_ref().to_vec(),
            Kind::Ed25519(pair) => pair.sign(text).as_ref().to_vec(),
        }
    }

    /// A token that says this.
    pub fn token(&self, claims: &Value) -> String {
        self.token_with(&json!({ "alg": self.algorithm(), "typ": "JWT", "kid": self.id }), claims)
    }

    /// The same under another header.
    pub fn token_with(&self, header: &Value, claims: &Value) -> String {
        let signed = unsigned(header, claims);
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(self.sign(signed.as_bytes())))
    }
}

/// What is signed of a token.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", encode(header), encode(claims))
}

impl Provider {
    /// A provider that publishes these keys.
    pub async fn with(keys: &[&SigningKey]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let published = Arc::new(Published {
            issuer: issuer.clone(),
            keys: Mutex::default(),
            is_down: Mutex::default(),
            asked: AtomicUsize::new(0),
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(configuration))
            .route("/keys", get(key_set))
            .with_state(published.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let provider = Self { issuer, published };
        provider.publish(keys).await;
        provider
    }

    /// Publishes these keys, and no others any more.
    pub async fn publish(&self, keys: &[&SigningKey]) {
        *self.published.keys.lock().await = keys.iter().map(|key| key.published()).collect();
    }

    /// Answers nobody, or everybody again.
    pub async fn be_down(&self, is_down: bool) {
        *self.published.is_down.lock().await = is_down;
    }

    /// How often its keys were asked for.
    pub fn asked(&self) -> usize {
        self.published.asked.load(Ordering::SeqCst)
    }

    /// A gateway that trusts it.
    pub async fn world(&self, refresh: Duration, rest: Duration) -> World {
        let settings = issuer::Settings { refresh, rest, ..issuer::Settings::new(&self.issuer, vec![AUDIENCE.to_owned()]) };
        World::behind(|gateway| Settings { issuer: Some(settings), ..gateway }).await
    }

    /// What its tokens say of a person.
    pub fn claims(&self, subject: &str) -> Value {
        let now = clock::now().timestamp();
        json!({ "iss": self.issuer, "aud": AUDIENCE, "sub": subject, "iat": now, "nbf": now, "exp": now + 60 })
    }
}

async fn configuration(State(published): State<Arc<Published>>) -> Result<Json<Value>, StatusCode> {
    if *published.is_down.lock().await {
        return Err(StatusCode::BAD_GATEWAY);
    }
    Ok(Json(json!({ "issuer": published.issuer, "jwks_uri": format!("{}/keys", published.issuer) })))
}

async fn key_set(State(published): State<Arc<Published>>) -> Result<Json<Value>, StatusCode> {
    published.asked.fetch_add(1, Ordering::SeqCst);
    if *published.is_down.lock().await {
        return Err(StatusCode::BAD_GATEWAY);
    }
    // Whatever else stands among them.
    let mut keys = vec![json!({ "kty": "oct", "kid": "shared", "k": "c2VjcmV0" }), json!("rubbish")];
    keys.extend(published.keys.lock().await.iter().cloned());
    Ok(Json(json!({ "keys": keys })))
}
