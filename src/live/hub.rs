//! Who listens in this process, and the handing out of what the feed reads.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use entity::id::{SessionId, TenantId};
use rustc_hash::FxHashMap;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, watch};

use super::{Event, Position, Settings, Topic, feed};
use crate::database::Database;
use crate::error::{Code, Error};

/// A listener that cannot begin in this time has no database.
const PATIENCE: Duration = Duration::from_secs(5);
/// Events that are over are looked for this often.
const UPKEEP: Duration = Duration::from_secs(3_600);

/// The subscriptions of one process. Cheap to clone.
#[derive(Clone)]
pub struct Live(Arc<Shared>);

pub(super) struct Shared {
    pub database: Database,
    pub settings: Settings,
    listeners: Mutex<Listeners>,
    next: AtomicU64,
    is_fed: AtomicBool,
    has_begun: watch::Sender<bool>,
    is_stopping: watch::Sender<bool>,
    places: Arc<Semaphore>,
    reading: Semaphore,
}

#[derive(Default)]
struct Listeners {
    /// Everything up to here was handed out.
    position: Position,
    of_tenants: FxHashMap<TenantId, HashMap<u64, Listener>>,
}

struct Listener {
    topic: Topic,
    /// By which it was begun; an API key has none.
    session: Option<SessionId>,
    queue: mpsc::Sender<Arc<Event>>,
    signals: Arc<Signals>,
}

/// What a subscription is told beside its events.
#[derive(Debug, Default)]
struct Signals {
    /// Something happened by which it may have ended.
    doubt: Notify,
    is_behind: AtomicBool,
}

/// A subscription's place in the hub, until it is dropped.
pub struct Registration {
    /// The last event that was handed out before it came: all later ones come to it.
    pub position: Position,
    live: Live,
    tenant: TenantId,
    key: u64,
    queue: mpsc::Receiver<Arc<Event>>,
    signals: Arc<Signals>,
    stopping: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
}

/// What comes to a subscription.
#[derive(Debug)]
pub enum Heard {
    /// Events, the oldest first.
    Events(Vec<Arc<Event>>),
    /// It is to be looked at whether it still holds.
    Doubt,
    /// The process stops.
    Stopping,
}

impl Live {
    /// Nobody listens yet, and nothing is read before somebody does.
    #[must_use]
    pub fn new(database: Database, settings: Settings) -> Self {
        Self(Arc::new(Shared {
            database,
            settings,
            listeners: Mutex::default(),
            next: AtomicU64::new(0),
            is_fed: AtomicBool::new(false),
            has_begun: watch::Sender::new(false),
            is_stopping: watch::Sender::new(false),
            places: Arc::new(Semaphore::new(settings.subscriptions)),
            reading: Semaphore::new(settings.reading),
        }))
    }

    /// How events are handed out.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// From now on all events of the tenant about the topic come to the answer.
    pub async fn register(&self, tenant: TenantId, session: Option<SessionId>, topic: Topic) -> Result<Registration, Error> {
        let place = Arc::clone(&self.0.places).try_acquire_owned().map_err(|_| {
            Error::client(Code::SubscriptionLimitExceeded, "the server has as many subscriptions as it may have: try again later")
        })?;
        if !self.0.is_fed.swap(true, Ordering::Relaxed) {
            tokio::spawn(feed::run(Arc::downgrade(&self.0)));
        }
        let mut has_begun = self.0.has_begun.subscribe();
        let begun = tokio::time::timeout(PATIENCE, has_begun.wait_for(|begun| *begun)).await;
        if !matches!(begun, Ok(Ok(_))) {
            return Err(Error::Unavailable("nothing can be listened to yet".into()));
        }
        let (sender, queue) = mpsc::channel(self.0.settings.waiting);
        let signals = Arc::<Signals>::default();
        let key = self.0.next.fetch_add(1, Ordering::Relaxed);
        let mut listeners = self.0.listeners();
        let listener = Listener { topic, session, queue: sender, signals: Arc::clone(&signals) };
        listeners.of_tenants.entry(tenant).or_default().insert(key, listener);
        let stopping = self.0.is_stopping.subscribe();
        Ok(Registration { position: listeners.position, live: self.clone(), tenant, key, queue, signals, stopping, _place: place })
    }

    /// A turn to read: subscriptions take few connections at a time.
    pub async fn turn(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        self.0.reading.acquire().await.ok()
    }

    /// Ends all subscriptions, and tells those who carry them.
    pub fn stop(&self) {
        self.0.is_stopping.send_replace(true);
    }

    /// Is the process to stop?
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        *self.0.is_stopping.borrow()
    }

    /// Waits until the process is to stop.
    pub async fn stopped(&self) {
        // The sender is here, so there is no other end of it.
        let _ = self.0.is_stopping.subscribe().wait_for(|stopping| *stopping).await;
    }

    /// How many subscriptions there are.
    #[must_use]
    pub fn subscriptions(&self) -> usize {
        self.0.settings.subscriptions.saturating_sub(self.0.places.available_permits())
    }

    /// Takes away what is over, and makes room for what the audit log is to hold, for as long as the process lives.
    pub async fn keep_up(self) {
        let Shared { database, settings, .. } = &*self.0;
        loop {
            match database.purge_outbox(settings.retention).await {
                Ok(0) => {}
                Ok(purged) => tracing::info!(purged, "events that are over were taken away"),
                Err(error) => tracing::warn!(%error, "events that are over were not taken away"),
            }
            tokio::time::sleep(UPKEEP).await;
            if let Err(error) = database.ensure_audit_partitions().await {
                tracing::warn!(%error, "partitions of the audit log could not be made");
            }
        }
    }
}

impl Shared {
    /// Listening has begun, and goes on from here.
    pub fn begin_at(&self, position: Position) {
        self.listeners().position = position;
        self.has_begun.send_replace(true);
    }

    /// Hands an event out. A queue that is full is closed: whoever has it comes back, and asks from where it was.
    pub fn hand_out(&self, event: &Arc<Event>) {
        let mut listeners = self.listeners();
        listeners.position = event.position;
        let Some(of_tenant) = listeners.of_tenants.get_mut(&event.tenant) else { return };
        of_tenant.retain(|_, listener| {
            if !listener.topic.is_of(event) {
                if event.changes_access() {
                    listener.signals.doubt.notify_one();
                }
                return true;
            }
            match listener.queue.try_send(Arc::clone(event)) {
                Ok(()) => true,
                Err(TrySendError::Closed(_)) => false,
                Err(TrySendError::Full(_)) => {
                    metrics::counter!("tenantry_live_closed_total", "reason" => "slow").increment(1);
                    listener.signals.is_behind.store(true, Ordering::Relaxed);
                    listener.signals.doubt.notify_one();
                    false
                }
            }
        });
    }

    /// A session was changed: what it carries may have ended.
    pub fn doubt_session(&self, session: SessionId) {
        for listener in self.listeners().of_tenants.values().flat_map(HashMap::values) {
            if listener.session == Some(session) {
                listener.signals.doubt.notify_one();
            }
        }
    }

    /// Bells may have been missed: all is to be looked at.
    pub fn doubt_all(&self) {
        for listener in self.listeners().of_tenants.values().flat_map(HashMap::values) {
            listener.signals.doubt.notify_one();
        }
    }

    fn listeners(&self) -> MutexGuard<'_, Listeners> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registration {
    /// What comes next; doubts come by themselves after a while. Fails where the subscription was too slow.
    pub async fn heard(&mut self) -> Result<Heard, Error> {
        if self.signals.is_behind.load(Ordering::Relaxed) {
            return Err(Error::client(
                Code::SlowConsumer,
                "events came faster than they were taken: subscribe again, with `after` as the last cursor that you have seen",
            ));
        }
        let recheck = self.live.0.settings.recheck;
        let mut events = Vec::new();
        tokio::select! {
            biased;
            _ = self.stopping.wait_for(|stopping| *stopping) => return Ok(Heard::Stopping),
            count = self.queue.recv_many(&mut events, TOGETHER) => if count > 0 { return Ok(Heard::Events(events)) },
            () = self.signals.doubt.notified() => {}
            () = tokio::time::sleep(recheck) => {}
        }
        Ok(Heard::Doubt)
    }

    /// Has something come to be looked at?
    pub fn doubt(&self) {
        self.signals.doubt.notify_one();
    }
}

/// Events that share one snapshot.
const TOGETHER: usize = 32;

impl Drop for Registration {
    fn drop(&mut self) {
        let mut listeners = self.live.0.listeners();
        if let Some(of_tenant) = listeners.of_tenants.get_mut(&self.tenant) {
            of_tenant.remove(&self.key);
            if of_tenant.is_empty() {
                listeners.of_tenants.remove(&self.tenant);
            }
        }
    }
}
