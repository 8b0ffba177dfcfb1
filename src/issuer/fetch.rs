//! Asking the provider for its keys: over TLS, in bounded time, of bounded size, and nowhere else than it was told.

use std::time::Duration;

use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper::{Request, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Settings;
use super::key::{Key, Published};
use crate::error::Error;

/// The provider has so long to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Keys, and configurations, are smaller.
const LARGEST: usize = 256 * 1024;

/// Where keys come from.
#[derive(Clone, Debug)]
pub(super) struct Source {
    client: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
    issuer: String,
    keys_url: Option<String>,
    allows_plain_localhost: bool,
}

#[derive(Deserialize)]
struct Configuration {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<serde_json::Value>,
}

impl Source {
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        let connector = hyper_rustls::HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().build();
        let source = Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            issuer: settings.issuer.clone(),
            keys_url: settings.keys_url.clone(),
            allows_plain_localhost: settings.allows_plain_localhost,
        };
        for url in [Some(&source.issuer), source.keys_url.as_ref()].into_iter().flatten() {
            source.checked(url).map_err(Error::internal)?;
        }
        Ok(source)
    }

    /// The keys that are published now. Those that are no keys of tokens are left out.
    pub async fn keys(&self) -> Result<Vec<Key>, String> {
        let url = match &self.keys_url {
            Some(url) => url.clone(),
            None => {
                let place = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
                let configuration: Configuration = self.get(&place).await?;
                if configuration.issuer != self.issuer {
                    return Err(format!("{place} is that of another issuer"));
                }
                configuration.jwks_uri
            }
        };
        let set: KeySet = self.get(&url).await?;
        let key = |value| serde_json::from_value::<Published>(value).ok().and_then(Key::of);
        Ok(set.keys.into_iter().filter_map(key).collect())
    }

    async fn get<T: DeserializeOwned>(&self, url: &str) -> Result<T, String> {
        let request = Request::get(self.checked(url)?).header("accept", "application/json").body(Empty::new());
        let request = request.map_err(|error| error.to_string())?;
        let answer = async {
            let response = self.client.request(request).await.map_err(|error| format!("{url}: {error}"))?;
            if !response.status().is_success() {
                return Err(format!("{url} answers {}", response.status()));
            }
            let body = Limited::new(response.into_body(), LARGEST).collect().await;
            body.map(http_body_util::Collected::to_bytes).map_err(|error| format!("{url}: {error}"))
        };
        let body = tokio::time::timeout(PATIENCE, answer).await.map_err(|_| format!("{url} does not answer in time"))??;
        serde_json::from_slice(&body).map_err(|error| format!("{url}: {error}"))
    }

    /// An address that may be asked.
    fn checked(&self, url: &str) -> Result<Uri, String> {
        let uri: Uri = url.parse().map_err(|_| format!("`{url}` is no address"))?;
        let is_local = matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]"));
        match uri.scheme_str() {
            Some("https") => Ok(uri),
            Some("http") if is_local && self.allows_plain_localhost => Ok(uri),
            _ => Err(format!("`{url}` must begin with `https://`")),
        }
    }
}
