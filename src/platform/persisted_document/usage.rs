//! How often documents are run: counted in memory, and written down every few seconds and when the gateway stops.
//!
//! A request does not wait for its count. What a process counted since it last wrote is lost where it is killed, and nothing else.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use entity::id::{PersistedDocumentId, TenantId};

use super::store;
use crate::database::Database;
use crate::error::Error;

/// So long a count is only in memory.
const PAUSE: Duration = Duration::from_secs(2);
/// So many documents are counted between two times of writing; of further ones, the calls are not. A tenant has hundreds.
const MOST: usize = 100_000;

/// Which document, and on which day.
type Key = (TenantId, PersistedDocumentId, NaiveDate);

/// The calls of one document on one day that have not been written down.
#[derive(Clone, Debug)]
pub(super) struct Count {
    pub tenant: TenantId,
    pub document: PersistedDocumentId,
    pub calls: i64,
    pub last_used_at: DateTime<Utc>,
}

/// The counts of one gateway. Cheap to clone; all clones count together.
#[derive(Clone, Debug, Default)]
pub struct Usage(Arc<Mutex<HashMap<Key, Count>>>);

impl Usage {
    /// Begins to count. Made inside a runtime; ends when all clones are gone.
    #[must_use]
    pub fn start(database: Database) -> Self {
        let usage = Self::default();
        let counts = Arc::downgrade(&usage.0);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(PAUSE).await;
                let Some(counts) = counts.upgrade() else { break };
                if let Err(error) = Self(counts).write_down(&database).await {
                    tracing::warn!(%error, "the use of documents could not be written down yet");
                }
            }
        });
        usage
    }

    /// Counts one call.
    pub fn count(&self, tenant: TenantId, document: PersistedDocumentId, now: DateTime<Utc>) {
        self.add(Count { tenant, document, calls: 1, last_used_at: now });
    }

    fn add(&self, count: Count) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = counts.len() >= MOST;
        match counts.entry((count.tenant, count.document, count.last_used_at.date_naive())) {
            Entry::Occupied(mut counted) => {
                let counted = counted.get_mut();
                counted.calls += count.calls;
                counted.last_used_at = counted.last_used_at.max(count.last_used_at);
            }
            Entry::Vacant(place) if !is_full => drop(place.insert(count)),
            Entry::Vacant(_) => {}
        }
    }

    /// Writes down what was counted since the last time; where that fails, it is kept for the next.
    pub async fn write_down(&self, database: &Database) -> Result<(), Error> {
        let counts: Vec<Count> = {
            let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *counts).into_values().collect()
        };
        if counts.is_empty() {
            return Ok(());
        }
        let written = store::count(database, &counts).await;
        if written.is_err() {
            for count in counts {
                self.add(count);
            }
        }
        written
    }
}
