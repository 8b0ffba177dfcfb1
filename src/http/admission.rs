//! Who is let in: a bounded number of requests at a time. What comes beyond is told so at once instead of waiting in a line
//! that only grows: those inside stay fast, and whoever was refused knows when to come again.

use std::sync::Arc;

use axum::http::HeaderMap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::answer::Refusal;
use super::concurrency::{Concurrency, Place};
use super::live::Places;
use super::log::{Came, Logged};
use super::settings::Settings;
use crate::database::Credential;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::request::Request;
use crate::{clock, identity};

/// Bytes of large bodies in memory at a time, in KiB.
const LARGE_BODIES: usize = 64 * 1024;
/// Bodies up to so many KiB are not counted: what connections buffer anyway.
const SMALL_BODY: usize = 16;

/// The door of one gateway.
#[derive(Debug)]
pub struct Door {
    /// How it is set up.
    pub settings: Settings,
    running: Arc<Concurrency>,
    bodies: Arc<Semaphore>,
    /// What stays open.
    pub(super) live: Places,
}

impl Door {
    /// A door with nobody inside.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let running = Arc::new(Concurrency::new(settings.running));
        // One body of the largest size always fits.
        let bodies = Arc::new(Semaphore::new(LARGE_BODIES.max(settings.body / 1024 + 1)));
        let live = Places::new(settings.live);
        Self { settings, running, bodies, live }
    }

    /// A place among those that run, until it is dropped.
    fn enter(&self) -> Result<Place, Error> {
        self.running.enter().ok_or_else(|| Error::Unavailable("too many requests run".into()))
    }

    /// Room for a body, which may be as large as it says, or as bodies may be; nothing for a small one.
    pub(super) fn room(&self, length: Option<usize>) -> Result<Option<OwnedSemaphorePermit>, Error> {
        let kibibytes = length.unwrap_or(self.settings.body).min(self.settings.body) / 1024;
        if kibibytes <= SMALL_BODY {
            return Ok(None);
        }
        let permits = u32::try_from(kibibytes).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.bodies).try_acquire_many_owned(permits);
        room.map(Some).map_err(|_| Error::Unavailable("too many large bodies are being read".into()))
    }

    /// Waits until nothing stays open any more.
    pub async fn all_closed(&self) {
        self.live.empty().await;
    }

    /// How many sockets and event streams are open.
    pub(super) fn open(&self) -> usize {
        self.live.open()
    }

    /// How many requests run.
    pub(super) fn running(&self) -> usize {
        self.running.running()
    }

    /// How many may run at present.
    pub(super) fn limit(&self) -> usize {
        self.running.limit()
    }
}

/// Answers a request that was read, as one of a bounded number and in a bounded time, and notes what it cost.
pub(super) async fn run<T>(
    gateway: &Gateway,
    Came { id, origin }: Came,
    headers: &HeaderMap,
    logged: &mut Logged,
    answer: impl AsyncFnOnce(Request, &Place) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let place = gateway.door.enter()?;
    let credential = identity::credential(headers)?;
    logged.caller = credential.as_ref().map_or("anonymous", |credential| match credential {
        Credential::Session(_) => "session",
        Credential::Impersonation(_) => "impersonation",
        Credential::ApiKey(_) => "api_key",
        Credential::Token(_) | Credential::Identity(_) => "identity",
        Credential::Nobody => "anonymous",
    });
    let request = Request::coming_from(origin, id, gateway.services.clone(), credential, clock::now());
    let outcome = tokio::time::timeout(gateway.door.settings.patience, answer(request.clone(), &place)).await;
    let cost = request.forget().await;
    (logged.statements, logged.database) = (cost.statements, cost.time);
    if let Some((tenant, key)) = request.api_key() {
        gateway.api_key_uses.note(tenant, key, request.now());
        logged.api_key = Some(key);
    }
    outcome.unwrap_or(Err(Error::Timeout.into()))
}
