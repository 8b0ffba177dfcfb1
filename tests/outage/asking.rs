//! One request amid an outage, and all that may come of it.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use serde_json::Value;

/// What is not answered in this time hangs: much longer than any patience of the gateway's own.
const PATIENCE: Duration = Duration::from_secs(90);
/// What may be wrong for a moment.
const PASSING: [&str; 2] = ["UNAVAILABLE", "TIMEOUT"];
/// What nobody outside is to read.
const INSIDE: [&str; 8] = ["panicked", "sqlx", "127.0.0.1", "postgres", "redis", "onnection", "src/", "outbox"];

/// What came of a request.
#[derive(Debug, PartialEq)]
pub enum Came {
    /// `data`, without errors.
    Answer(Value),
    /// It was told that this cannot be done at the moment.
    Refused,
    /// Nobody answered: its process was not there, or died.
    Cut,
}

/// A client.
#[derive(Clone)]
pub struct Client {
    client: reqwest::Client,
    token: String,
}

impl Client {
    pub fn of(token: &str) -> Self {
        Self { client: reqwest::Client::builder().timeout(PATIENCE).build().unwrap(), token: token.to_owned() }
    }

    /// Asks at an address. Whatever comes back must be an answer, or a clear refusal.
    pub async fn ask(&self, address: &str, request: &str, body: &Value) -> Came {
        let asked = self.client.post(format!("http://{address}/graphql")).bearer_auth(&self.token).header("x-request-id", request);
        let read = async {
            let response = asked.json(body).send().await?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            Ok::<_, reqwest::Error>((status, headers, response.text().await?))
        };
        let (status, headers, text) = match read.await {
            Ok(read) => read,
            Err(error) => {
                assert!(!error.is_timeout(), "a request hangs: {error}");
                return Came::Cut;
            }
        };
        assert!(headers[CONTENT_TYPE].to_str().unwrap().starts_with("application/json"), "{status} {text}");
        let answer: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {status} {text}"));
        let Some(errors) = answer.get("errors") else {
            assert_eq!(status, 200, "{text}");
            return Came::Answer(answer["data"].clone());
        };
        for error in errors.as_array().unwrap() {
            let code = error["extensions"]["code"].as_str().unwrap_or("none");
            assert!(PASSING.contains(&code), "{status} {text}");
        }
        assert!(INSIDE.iter().all(|inside| !text.contains(inside)), "{text}");
        if answer.get("data").is_some() {
            // What a mutation has done is told, where only its payload could not be read any more.
            let is_below = |error: &Value| error["path"].as_array().is_some_and(|path| path.len() > 1);
            assert!(status == 200 && errors.as_array().unwrap().iter().all(is_below), "half an answer: {status} {text}");
            return Came::Refused;
        }
        assert_eq!(status, 503, "{text}");
        assert!(headers[RETRY_AFTER].to_str().unwrap().parse::<u32>().unwrap() > 0);
        Came::Refused
    }
}
