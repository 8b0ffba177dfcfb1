//! Where an operation puts what its client is to get.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

/// Who takes nothing for so long is gone.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
/// Messages that wait to be sent, all operations of a connection together: few, so that what was allowed is sent soon.
pub(super) const WAITING: usize = 4;

/// What a client gets.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outgoing {
    /// An answer as it is, and where to go on after it.
    Next { body: Vec<u8>, cursor: Option<String> },
    /// Nothing comes any more, for these reasons: an object with `errors`.
    Refused { body: Vec<u8> },
    /// Nothing comes any more.
    Complete,
    /// The process stops: the client is to come again.
    Interrupted,
}

/// Tells an operation from others on its connection, those that had the same id before it included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub id: Arc<str>,
    pub number: u64,
}

/// Where an operation puts its messages.
#[derive(Clone, Debug)]
pub(super) struct Outlet {
    pub key: Key,
    pub sender: mpsc::Sender<(Key, Outgoing)>,
}

/// The client has gone, or takes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gone;

impl Outlet {
    /// Puts a message, and waits until there is room for it.
    pub async fn put(&self, outgoing: Outgoing) -> Result<(), Gone> {
        self.sender.send_timeout((self.key.clone(), outgoing), PATIENCE).await.map_err(|_| Gone)
    }

    /// Waits until nobody takes any more.
    pub async fn gone(&self) {
        self.sender.closed().await;
    }
}
