//! Signatures of webhooks, as Standard Webhooks and Svix have them: <https://www.standardwebhooks.com>.

use std::str::FromStr;
use std::sync::Arc;

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use ring::hmac;

use crate::error::Error;

/// By so much the sender's clock may differ, and so long may a message have been on its way: an older one may be somebody else's,
/// who has overheard it.
const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// Secrets that both sides know. With several, any of them signs: so that they can be replaced.
#[derive(Clone)]
pub struct WebhookSecret(Arc<[hmac::Key]>);

/// A message whose signature holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookMessage {
    /// Its id: the same for each attempt to send it.
    pub id: String,
    /// When this attempt was made.
    pub sent_at: DateTime<Utc>,
}

/// Nobody's business.
impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("WebhookSecret(…)")
    }
}

impl FromStr for WebhookSecret {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let key = |text: &str| {
            let bytes = STANDARD.decode(text.trim().trim_start_matches("whsec_")).ok().filter(|bytes| bytes.len() >= 16);
            bytes.map(|bytes| hmac::Key::new(hmac::HMAC_SHA256, &bytes))
        };
        let keys: Option<Vec<_>> = text.split(',').map(key).collect();
        keys.map(|keys| Self(keys.into())).ok_or_else(|| "the secret of a webhook looks like `whsec_…`".to_owned())
    }
}

impl WebhookSecret {
    /// The message that these headers and this body are; refused where its signature does not hold.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8], now: DateTime<Utc>) -> Result<WebhookMessage, Error> {
        let refused = || Error::unauthenticated("the signature of the webhook does not hold");
        let header = |name: &str| {
            let value = headers.get(format!("webhook-{name}")).or_else(|| headers.get(format!("svix-{name}")));
            value.and_then(|value| value.to_str().ok()).ok_or_else(refused)
        };
        let (id, timestamp, signatures) = (header("id")?, header("timestamp")?, header("signature")?);
        let sent_at = timestamp.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0)).ok_or_else(refused)?;
        if (now - sent_at).abs() > TOLERANCE {
            return Err(Error::unauthenticated("the webhook was sent too long ago, or a clock is wrong"));
        }
        let signed = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat();
        let holds = signatures.split(' ').filter_map(|signature| signature.strip_prefix("v1,")).any(|signature| {
            let signature = STANDARD.decode(signature).unwrap_or_default();
            // In constant time.
            self.0.iter().any(|key| hmac::verify(key, &signed, &signature).is_ok())
        });
        if holds { Ok(WebhookMessage { id: id.to_owned(), sent_at }) } else { Err(refused()) }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;
    use chrono::{DateTime, TimeDelta};

    use super::WebhookSecret;

    /// The example of the specification's libraries.
    #[test]
    fn the_signature_is_that_of_the_specification() {
        let secret: WebhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap();
        let body = br#"{"test": 2432232314}"#;
        let sent_at = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
        let headers = |prefix: &str, signature: &str| {
            let mut headers = HeaderMap::new();
            for (name, value) in [("id", "msg_p5jXN8AQM9LWM0D4loKWxJek"), ("timestamp", "1614265330"), ("signature", signature)] {
                headers.insert(axum::http::HeaderName::try_from(format!("{prefix}-{name}")).unwrap(), value.parse().unwrap());
            }
            headers
        };
        let right = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,other v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        for prefix in ["webhook", "svix"] {
            let message = secret.verify(&headers(prefix, right), body, sent_at).unwrap();
            assert_eq!(message.id, "msg_p5jXN8AQM9LWM0D4loKWxJek");
        }
        assert!(secret.verify(&headers("svix", right), b"{}", sent_at).is_err());
        assert!(secret.verify(&headers("svix", "v1,"), body, sent_at).is_err());
        assert!(secret.verify(&headers("svix", right), body, sent_at + TimeDelta::minutes(6)).is_err());
        assert!(secret.verify(&headers("svix", right), body, sent_at - TimeDelta::minutes(6)).is_err());
        assert!(secret.verify(&HeaderMap::new(), body, sent_at).is_err());
    }
}
