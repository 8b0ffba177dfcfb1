//! What is known of the provider's keys: asked for when it is needed, kept, and asked for again behind the requests.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Mutex as AsyncMutex;

use super::Settings;
use super::fetch::Source;
use super::key::Key;
use super::token::Token;
use crate::error::Error;

/// Where no key is known at all, the provider is asked this often.
const BEGINNING: Duration = Duration::from_secs(5);

/// The keys of one provider.
#[derive(Debug)]
pub(super) struct Keys {
    source: Source,
    refresh: Duration,
    rest: Duration,
    known: Mutex<Known>,
    /// Held by whoever asks: one at a time.
    asking: AsyncMutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    keys: Arc<[Key]>,
    /// When these keys came.
    since: Option<Instant>,
    /// When they were last asked for, whatever came of it.
    asked: Option<Instant>,
}

impl Keys {
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        Ok(Self {
            source: Source::new(settings)?,
            refresh: settings.refresh,
            rest: settings.rest,
            known: Mutex::default(),
            asking: AsyncMutex::default(),
        })
    }

    /// The key that a token names. Keys that are known go on holding where the provider is out of reach; one that is not known
    /// is asked for, but not too often: anybody can make up names.
    pub async fn find(self: &Arc<Self>, token: &Token<'_>) -> Result<Key, Error> {
        let unknown = || Error::unauthenticated("the token is signed with a key that its issuer does not publish");
        let found = self.known_key(token);
        let since = self.known.lock().unwrap_or_else(PoisonError::into_inner).since;
        if let Some(key) = found {
            if since.is_none_or(|since| since.elapsed() >= self.refresh) && self.may_ask() {
                let keys = Arc::clone(self);
                tokio::spawn(async move { keys.ask().await });
            }
            return Ok(key);
        }
        if self.may_ask() {
            self.ask().await;
        } else {
            // Somebody may be asking at this moment.
            drop(self.asking.lock().await);
        }
        match self.known_key(token) {
            Some(key) => Ok(key),
            None if self.known.lock().unwrap_or_else(PoisonError::into_inner).since.is_none() => {
                Err(Error::Unavailable("the identity provider's keys cannot be reached".into()))
            }
            None => Err(unknown()),
        }
    }

    fn known_key(&self, token: &Token<'_>) -> Option<Key> {
        let keys = Arc::clone(&self.known.lock().unwrap_or_else(PoisonError::into_inner).keys);
        match (&token.key_id, &*keys) {
            (Some(id), keys) => keys.iter().find(|key| key.id.as_ref() == Some(id)).cloned(),
            // A provider with one key need not name it.
            (None, [only]) => Some(only.clone()),
            (None, _) => None,
        }
    }

    /// Takes the leave to ask, where there is one.
    fn may_ask(&self) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = if known.since.is_some() { self.rest } else { BEGINNING.min(self.rest) };
        let may = known.asked.is_none_or(|asked| asked.elapsed() >= rest);
        if may {
            known.asked = Some(Instant::now());
        }
        may
    }

    async fn ask(&self) {
        let _alone = self.asking.lock().await;
        match self.source.keys().await {
            Ok(keys) => {
                let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
                (known.keys, known.since) = (keys.into(), Some(Instant::now()));
            }
            Err(error) => tracing::warn!(error, "the keys of the identity provider could not be read"),
        }
    }
}
