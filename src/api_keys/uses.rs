//! When keys were last used: noted in memory, and written beside the requests, of each key at most once a minute.

mod store;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{ApiKeyId, TenantId};
use tokio::sync::watch;

use crate::database::Database;
use crate::error::Error;

/// What was noted is looked through so often.
const EVERY: Duration = Duration::from_secs(5);
/// A key is written at most so often.
const AT_MOST: TimeDelta = TimeDelta::minutes(1);

/// The uses of one gateway. Cheap to clone; what was not written yet is gone where the process is killed.
#[derive(Clone, Debug, Default)]
pub struct ApiKeyUses {
    noted: Arc<Mutex<HashMap<(TenantId, ApiKeyId), Use>>>,
    /// Dropped with the last clone, which ends the writing.
    _writing: Option<Arc<watch::Sender<()>>>,
}

#[derive(Clone, Copy, Debug)]
struct Use {
    last: DateTime<Utc>,
    written: Option<DateTime<Utc>>,
}

impl ApiKeyUses {
    /// The uses of a gateway, written for as long as somebody has them.
    #[must_use]
    pub fn kept_in(database: Database) -> Self {
        let (writing, mut written) = watch::channel(());
        let uses = Self::default();
        let noted = uses.clone();
        tokio::spawn(async move {
            // Nothing is ever sent: a wait that ends is one for somebody who has gone.
            while tokio::time::timeout(EVERY, written.changed()).await.is_err() {
                if let Err(error) = noted.write(&database, AT_MOST).await {
                    tracing::warn!(%error, "when API keys were last used could not be written");
                }
            }
        });
        Self { _writing: Some(Arc::new(writing)), ..uses }
    }

    /// Notes that a key is used. Nothing waits for it.
    pub fn note(&self, tenant: TenantId, key: ApiKeyId, now: DateTime<Utc>) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.entry((tenant, key)).and_modify(|used| used.last = now.max(used.last)).or_insert(Use { last: now, written: None });
    }

    /// Writes everything that was noted: before the process ends.
    pub async fn flush(&self, database: &Database) -> Result<(), Error> {
        self.write(database, TimeDelta::zero()).await
    }

    /// Writes what was noted of keys that were not written for so long, all in one statement.
    async fn write(&self, database: &Database, at_most: TimeDelta) -> Result<(), Error> {
        let due = self.due(at_most);
        if !due.is_empty() {
            store::write(database, &due).await?;
        }
        Ok(())
    }

    fn due(&self, at_most: TimeDelta) -> Vec<(TenantId, ApiKeyId, DateTime<Utc>)> {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let mut due = Vec::new();
        let newest = noted.values().map(|used| used.last).max();
        noted.retain(|(tenant, key), used| {
            let is_new = used.written.is_none_or(|written| used.last > written);
            if is_new && used.written.is_none_or(|written| used.last - written >= at_most) {
                due.push((*tenant, *key, used.last));
                used.written = Some(used.last);
                return true;
            }
            // What rests is forgotten once nobody could write it too early.
            is_new || used.written.zip(newest).is_some_and(|(written, newest)| newest - written < AT_MOST)
        });
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_once_a_minute_and_its_last_use_is_not_lost() {
        let uses = ApiKeyUses::default();
        let (tenant, key) = (crate::clock::new_id(), crate::clock::new_id());
        let start = crate::clock::now();
        let at = |seconds| start + TimeDelta::seconds(seconds);
        for second in 0..3 {
            uses.note(tenant, key, at(second));
        }
        assert_eq!(uses.due(AT_MOST), [(tenant, key, at(2))]);
        assert_eq!(uses.due(AT_MOST), []);
        uses.note(tenant, key, at(40));
        assert_eq!(uses.due(AT_MOST), []);
        assert_eq!(uses.due(TimeDelta::zero()), [(tenant, key, at(40))]);
        uses.note(tenant, key, at(101));
        assert_eq!(uses.due(AT_MOST), [(tenant, key, at(101))]);
        // A key that rests is forgotten when others are used.
        uses.note(tenant, crate::clock::new_id(), at(300));
        assert_eq!(uses.due(AT_MOST).len(), 1);
        assert_eq!(uses.noted.lock().unwrap().len(), 1);
    }
}
