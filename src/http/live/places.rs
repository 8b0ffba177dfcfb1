//! Places for what stays open: so many in all, so many of one caller.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use entity::id::UserId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Settings;
use crate::error::{Code, Error};

/// Whose places are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::http) enum Who {
    /// Somebody who has signed in.
    User(UserId),
    /// Everybody else behind one address.
    Address(Option<IpAddr>),
}

/// The places of one process.
#[derive(Clone, Debug)]
pub(in crate::http) struct Places {
    all: Arc<Semaphore>,
    taken: Arc<Mutex<HashMap<Who, usize>>>,
    settings: Settings,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
}

/// One of a caller's places, until it is dropped.
#[derive(Debug)]
pub(super) struct OwnPlace {
    who: Who,
    taken: Arc<Mutex<HashMap<Who, usize>>>,
}

impl Places {
    pub fn new(settings: Settings) -> Self {
        Self { all: Arc::new(Semaphore::new(settings.connections)), taken: Arc::default(), settings }
    }

    /// A place for whoever comes.
    pub(super) fn enter(&self) -> Result<Place, Error> {
        let permit = Arc::clone(&self.all).try_acquire_owned();
        permit
            .map(|permit| Place { _permit: permit })
            .map_err(|_| Error::Unavailable("too many sockets and streams are open".into()))
    }

    /// One of the places of a caller, now that it is known who it is.
    pub(super) fn enter_as(&self, who: Who) -> Result<OwnPlace, Error> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(who).or_default();
        if *count >= self.settings.of_caller {
            let message = format!("you have {count} sockets and streams open, which is as many as you may: close one");
            return Err(Error::client(Code::SubscriptionLimitExceeded, message));
        }
        *count += 1;
        Ok(OwnPlace { who, taken: Arc::clone(&self.taken) })
    }

    /// How many are taken.
    pub fn open(&self) -> usize {
        self.settings.connections.saturating_sub(self.all.available_permits())
    }

    /// Waits until all have gone.
    pub async fn empty(&self) {
        let everybody = u32::try_from(self.settings.connections).unwrap_or(u32::MAX);
        drop(self.all.acquire_many(everybody).await);
    }
}

impl Drop for OwnPlace {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.who) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.who);
            }
        }
    }
}
