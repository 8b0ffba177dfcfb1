//! What one request carries: who asks, one snapshot to read from, and what it has loaded already.

mod paying;
mod proof;
mod reader;
mod services;
mod stranger;
mod writer;

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::Future;
use std::hash::{BuildHasher, Hash};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chrono::{DateTime, Utc};
use entity::id::{ApiKeyId, TenantId};
use migration::catalog::Permission;
use rustc_hash::FxHashMap;
use tokio::sync::{Mutex as AsyncMutex, OnceCell};

use crate::access::{Caller, Context, Presence, Scope};
use crate::budget::Charge;
use crate::database::{CURSOR, Cost, Credential, Mode, Transaction};
use crate::error::{Code, Denial, Error, Reason};
use crate::graph::Object;

pub use reader::{Along, Reader};
pub use services::{Limits, Origin, Services, SignIn};
pub use stranger::Stranger;
pub use writer::Writer;

/// One request. Cheap to clone; all clones share one snapshot and one cache.
#[derive(Clone)]
pub struct Request(Arc<Inner>);

struct Inner {
    id: String,
    services: Arc<Services>,
    credential: Option<Credential>,
    /// The credential, once it has been verified.
    proven: OnceCell<Credential>,
    now: DateTime<Utc>,
    origin: Origin,
    /// What was charged for it; not set: nobody asked for anything.
    charge: OnceLock<Charge>,
    reader: AsyncMutex<Option<Arc<Reader>>>,
    /// The API key that asks, once it has entered.
    api_key: OnceLock<(TenantId, ApiKeyId)>,
    /// For each object type the fields that the plan selects anywhere; not set: all.
    selection: OnceLock<Selection>,
    /// What each loader has loaded.
    loaded: Mutex<FxHashMap<TypeId, Loaded>>,
    /// What transactions that have ended cost.
    spent: Mutex<Cost>,
}

/// What one loader has loaded.
struct Loaded {
    /// A map from its keys to rows.
    rows: Box<dyn Any + Send>,
    /// Held while it loads, so that relations which load side by side do not load the same rows twice.
    loading: Arc<AsyncMutex<()>>,
}

/// By the name of an object type: the names of the fields that are selected on it.
pub type Selection = HashMap<&'static str, Vec<&'static str>>;

impl Request {
    /// A request of somebody, or, without a credential, of nobody.
    #[must_use]
    pub fn new(id: String, services: Arc<Services>, credential: Option<Credential>, now: DateTime<Utc>) -> Self {
        Self::coming_from(Origin::default(), id, services, credential, now)
    }

    /// The same, of which it is known where it came from.
    #[must_use]
    pub fn coming_from(
        origin: Origin,
        id: String,
        services: Arc<Services>,
        credential: Option<Credential>,
        now: DateTime<Utc>,
    ) -> Self {
        Self(Arc::new(Inner {
            id,
            services,
            credential,
            proven: OnceCell::new(),
            now,
            origin,
            charge: OnceLock::new(),
            reader: AsyncMutex::default(),
            api_key: OnceLock::new(),
            selection: OnceLock::new(),
            loaded: Mutex::default(),
            spent: Mutex::default(),
        }))
    }

    /// Its id: what leads from an answer to the log.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// When the request came.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.0.now
    }

    /// The circumstances that conditions of rules can speak of.
    #[must_use]
    pub fn context(&self) -> Context {
        Context { ip: self.0.origin.ip, time: self.0.now, supposed_time: None, resource_properties: None }
    }

    /// Where it came from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.0.origin
    }

    /// Has somebody signed in? Whether the credential holds shows when it is used.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.0.credential.is_none()
    }

    /// Does a program ask, with an API key? Whether the key holds shows when it is used.
    #[must_use]
    pub fn is_by_api_key(&self) -> bool {
        matches!(self.0.credential, Some(Credential::ApiKey(_)))
    }

    /// The API key that has asked, and its tenant; `None` where it did not hold, or nobody looked yet.
    #[must_use]
    pub fn api_key(&self) -> Option<(TenantId, ApiKeyId)> {
        self.0.api_key.get().copied()
    }

    /// Says which fields the plan selects, so that columns nobody asks for stay where they are.
    pub fn select(&self, mut selection: Selection) {
        if selection.keys().any(|name| *name == "PageInfo" || name.ends_with("Edge")) {
            for fields in selection.values_mut() {
                fields.push(CURSOR);
            }
            selection.insert(CURSOR, vec![CURSOR]);
        }
        // A request has one plan.
        let _ = self.0.selection.set(selection);
    }

    /// Is this field selected anywhere on this object type?
    #[must_use]
    pub fn selects(&self, object: &str, field: &str) -> bool {
        self.0.selection.get().is_none_or(|selection| selection.get(object).is_some_and(|fields| fields.contains(&field)))
    }

    /// What every request uses.
    #[must_use]
    pub fn services(&self) -> &Services {
        &self.0.services
    }

    /// The snapshot of this request; opened when it is first needed.
    pub async fn reader(&self) -> Result<Arc<Reader>, Error> {
        let credential = self.credential().await?;
        let mut reader = self.0.reader.lock().await;
        if let Some(reader) = &*reader {
            return Ok(Arc::clone(reader));
        }
        let (transaction, entered) = Transaction::open(&self.0.services.database, credential, Mode::Read).await?;
        let opened = Arc::new(self.reading(transaction, self.caller(entered)?));
        *reader = Some(Arc::clone(&opened));
        Ok(opened)
    }

    /// Reads upon what is known of the caller, in one statement that checks it; see [`Transaction::presume`]. Nothing comes of
    /// it where nothing is known.
    pub async fn presume(&self) {
        let presumed =
            self.0.credential.as_ref().and_then(|credential| Transaction::presume(&self.0.services.database, credential));
        let Some((transaction, entered)) = presumed else { return };
        // Whoever was refused last time may be let in now.
        let Ok(caller) = self.caller(Some(entered)) else { return };
        let mut reader = self.0.reader.lock().await;
        // Whoever has entered already need not be presumed.
        reader.get_or_insert_with(|| Arc::new(self.reading(transaction, caller)));
    }

    /// Is everything that was read true of the caller? Where it is not, it is forgotten, and is to be read again.
    pub async fn holds(&self) -> Result<bool, Error> {
        let reader = self.0.reader.lock().await.clone();
        let holds = match reader {
            Some(reader) => reader.transaction.holds().await?,
            None => true,
        };
        if !holds {
            self.forget().await;
        }
        Ok(holds)
    }

    /// How many statements the snapshot has taken to read, beside that which opened it.
    pub async fn reads(&self) -> u32 {
        let reader = self.0.reader.lock().await;
        reader.as_ref().map_or(0, |reader| reader.transaction.cost().statements.saturating_sub(1))
    }

    fn reading(&self, transaction: Transaction, caller: Caller) -> Reader {
        Reader {
            transaction,
            caller,
            profile: OnceCell::new(),
            known: AsyncMutex::default(),
            context: self.context(),
            services: Arc::clone(&self.0.services),
            request: Arc::downgrade(&self.0),
        }
    }

    /// A transaction to write in. What was read before is forgotten, so that a payload shows what was written. Whoever is in a
    /// tenant that is closed is refused.
    pub async fn writer(&self) -> Result<Writer, Error> {
        let writer = self.personal_writer().await?;
        writer.require_open_tenant().await?;
        Ok(writer)
    }

    /// The same for what people do about themselves, in whichever tenant they are, and in none: how they sign in, where they go.
    pub async fn personal_writer(&self) -> Result<Writer, Error> {
        let credential = self.credential().await?;
        // The snapshot is given back first: a request never holds two connections, so a full pool cannot deadlock.
        self.forget().await;
        let services = &self.0.services;
        let (transaction, entered) = Transaction::open(&services.database, credential, Mode::Write).await?;
        let caller = self.caller(entered)?;
        self.write_as(transaction, caller).await
    }

    /// A transaction of nobody, for those who are about to prove who they are.
    pub async fn stranger(&self) -> Result<Stranger, Error> {
        self.forget().await;
        let (transaction, _) = Transaction::open(&self.0.services.database, &Credential::Nobody, Mode::Write).await?;
        Ok(Stranger { transaction, now: self.0.now, request: self.clone() })
    }

    /// The same for a mutation that changes who may do what: the only one of its tenant at a time. So what it checks still
    /// holds when it commits, whoever else gives and takes at that moment.
    pub async fn access_writer(&self) -> Result<Writer, Error> {
        let credential = self.credential().await?;
        self.forget().await;
        let (transaction, entered) = Transaction::open(&self.0.services.database, credential, Mode::Write).await?;
        let mut caller = self.caller(entered)?;
        if let Some(tenant) = caller.presence.as_ref().map(|presence| presence.tenant) {
            caller = Caller::new(transaction.take_turn(tenant, credential).await?)?;
            if caller.presence.as_ref().is_none_or(|presence| presence.tenant != tenant) {
                return Err(Error::client(Code::Conflict, "your session has left the tenant in this moment: try again"));
            }
        }
        let writer = self.write_as(transaction, caller).await?;
        writer.require_open_tenant().await?;
        Ok(writer)
    }

    async fn write_as(&self, transaction: Transaction, caller: Caller) -> Result<Writer, Error> {
        let services = &self.0.services;
        let profile = services.access.profile(&transaction, &caller, self.0.now).await?;
        Ok(Writer {
            transaction,
            caller,
            now: self.0.now,
            profile,
            context: self.context(),
            request: self.clone(),
            permitted: AtomicBool::new(false),
        })
    }

    /// Answers a guard for all rows of a level; `None`: all may.
    pub async fn decide(&self, permission: Permission, scopes: &[Scope]) -> Result<Option<Vec<Option<Denial>>>, Error> {
        if self.is_anonymous() {
            let denial = Denial { permission, organization: None, reason: Reason::NotSignedIn, detail: None };
            return Ok(Some(vec![Some(denial); scopes.len()]));
        }
        self.reader().await?.denials(permission, scopes).await
    }

    /// The row of each key; a key that this request has asked for before costs nothing.
    pub async fn load_one<K, T, L, F, S>(&self, load: &L, keys: Vec<Option<K>>) -> Result<Vec<Option<Arc<T>>>, Error>
    where
        K: Hash + Eq + Clone + Send + Sync + 'static,
        T: Send + Sync + 'static,
        L: Fn(Self, Vec<K>) -> F + Send + Sync + 'static,
        F: Future<Output = Result<HashMap<K, Arc<T>, S>, Error>> + Send,
        S: BuildHasher + Send,
    {
        let loading = self.known::<K, T, L, _>(|_, loading| Arc::clone(loading));
        let alone = loading.lock().await;
        let missing = self.known::<K, T, L, _>(|known, _| {
            let mut missing: Vec<K> = Vec::new();
            for key in keys.iter().flatten() {
                if let Entry::Vacant(unknown) = known.entry(key.clone()) {
                    missing.push(key.clone());
                    unknown.insert(None);
                }
            }
            missing
        });
        if !missing.is_empty() {
            match load(self.clone(), missing.clone()).await {
                Ok(found) => {
                    self.known::<K, T, L, _>(|known, _| known.extend(found.into_iter().map(|(key, row)| (key, Some(row)))));
                }
                Err(error) => {
                    self.known::<K, T, L, _>(|known, _| missing.iter().for_each(|key| drop(known.remove(key))));
                    return Err(error);
                }
            }
        }
        drop(alone);
        Ok(self.known::<K, T, L, _>(|known, _| keys.iter().map(|key| known.get(key.as_ref()?).cloned().flatten()).collect()))
    }

    fn known<K: Send + 'static, T: Send + Sync + 'static, L: 'static, R>(
        &self,
        with: impl FnOnce(&mut FxHashMap<K, Option<Arc<T>>>, &Arc<AsyncMutex<()>>) -> R,
    ) -> R {
        let mut loaded = self.0.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let Loaded { rows, loading } = loaded
            .entry(TypeId::of::<L>())
            .or_insert_with(|| Loaded { rows: Box::new(FxHashMap::<K, Option<Arc<T>>>::default()), loading: Arc::default() });
        match rows.downcast_mut() {
            Some(known) => with(known, loading),
            // A loader has one type of key and of row, so this cannot be; a map that is forgotten is still right.
            None => with(&mut FxHashMap::default(), loading),
        }
    }

    /// Ends the snapshot, without waiting for Postgres, and says what the request has cost so far.
    pub async fn forget(&self) -> Cost {
        let reader = self.0.reader.lock().await.take();
        self.0.loaded.lock().unwrap_or_else(PoisonError::into_inner).clear();
        if let Some(reader) = reader.and_then(Arc::into_inner) {
            self.spend(reader.transaction.finish());
        }
        *self.0.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the request has cost up to here, the end of its snapshot included.
    pub async fn cost(&self) -> Cost {
        let mut cost = *self.0.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reader) = &*self.0.reader.lock().await {
            cost.add(reader.transaction.whole_cost());
        }
        cost
    }

    fn spend(&self, cost: Cost) {
        self.0.spent.lock().unwrap_or_else(PoisonError::into_inner).add(cost);
    }
}

impl Inner {
    /// The selected fields of an object type; `None`: all.
    fn fields<T: Object>(&self) -> Option<&[&'static str]> {
        let selection = self.selection.get()?;
        // Of a type of which only cursors are selected, the plan has no rows.
        Some(selection.get(T::name()).or(selection.get(CURSOR)).map_or(&[], Vec::as_slice))
    }
}

fn tenant_of(caller: &Caller) -> Result<&Presence, Error> {
    caller.presence.as_ref().ok_or_else(|| Error::bad_input("choose a tenant first (`switchTenant`)"))
}
