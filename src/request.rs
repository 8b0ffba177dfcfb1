//! What one request carries: who asks, one snapshot to read from, and what it has loaded already.

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::Future;
use std::hash::{BuildHasher, Hash};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use chrono::{DateTime, Utc};
use migration::catalog::Permission;
use rustc_hash::FxHashMap;
use tokio::sync::{Mutex as AsyncMutex, OnceCell};

use crate::access::{self, Access, AccessProfile, Caller, Presence, RoleBook, Scope};
use crate::database::{Binds, ByKey, CURSOR, Cost, Credential, Database, FromRow, Mode, Transaction};
use crate::error::{Denial, Error, Reason};
use crate::graph::Object;

/// The parts of the gateway that every request uses.
#[derive(Clone)]
pub struct Services {
    /// The way to Postgres.
    pub database: Database,
    /// Who may do what.
    pub access: Access,
}

/// One request. Cheap to clone; all clones share one snapshot and one cache.
#[derive(Clone)]
pub struct Request(Arc<Inner>);

struct Inner {
    id: String,
    services: Services,
    credential: Option<Credential>,
    now: DateTime<Utc>,
    reader: AsyncMutex<Option<Arc<Reader>>>,
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

/// A snapshot of the database, entered by the caller.
pub struct Reader {
    transaction: Transaction,
    /// Who asks.
    pub caller: Caller,
    profile: OnceCell<Arc<AccessProfile>>,
    services: Services,
    now: DateTime<Utc>,
    request: Weak<Inner>,
}

/// A transaction of one mutation, entered by the caller.
pub struct Writer {
    /// Where statements run.
    pub transaction: Transaction,
    /// Who asks.
    pub caller: Caller,
    /// When.
    pub now: DateTime<Utc>,
    profile: Arc<AccessProfile>,
    request: Request,
}

impl Request {
    /// A request of somebody, or, without a credential, of nobody.
    #[must_use]
    pub fn new(id: String, services: Services, credential: Option<Credential>, now: DateTime<Utc>) -> Self {
        Self(Arc::new(Inner {
            id,
            services,
            credential,
            now,
            reader: AsyncMutex::default(),
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

    /// Has somebody signed in? Whether the credential holds shows when it is used.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.0.credential.is_none()
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

    /// The snapshot of this request; opened when it is first needed.
    pub async fn reader(&self) -> Result<Arc<Reader>, Error> {
        let Some(credential) = &self.0.credential else { return Err(Error::unauthenticated("sign in first: send a bearer token")) };
        let mut reader = self.0.reader.lock().await;
        if let Some(reader) = &*reader {
            return Ok(Arc::clone(reader));
        }
        let (transaction, entered) = Transaction::open(&self.0.services.database, credential, Mode::Read).await?;
        let opened = Arc::new(Reader {
            transaction,
            caller: Caller::new(entered)?,
            profile: OnceCell::new(),
            services: self.0.services.clone(),
            now: self.0.now,
            request: Arc::downgrade(&self.0),
        });
        *reader = Some(Arc::clone(&opened));
        Ok(opened)
    }

    /// A transaction to write in. What was read before is forgotten, so that a payload shows what was written.
    pub async fn writer(&self) -> Result<Writer, Error> {
        let Some(credential) = &self.0.credential else { return Err(Error::unauthenticated("sign in first: send a bearer token")) };
        // The snapshot is given back first: a request never holds two connections, so a full pool cannot deadlock.
        self.forget().await;
        let services = &self.0.services;
        let (transaction, entered) = Transaction::open(&services.database, credential, Mode::Write).await?;
        let caller = Caller::new(entered)?;
        let profile = services.access.profile_for_writing(&transaction, &caller, self.0.now).await?;
        Ok(Writer { transaction, caller, now: self.0.now, profile, request: self.clone() })
    }

    /// Answers a guard for all rows of a level; `None`: all may.
    pub async fn decide(&self, permission: Permission, scopes: &[Scope]) -> Result<Option<Vec<Option<Denial>>>, Error> {
        if self.is_anonymous() {
            let denial = Denial { permission, organization: None, reason: Reason::NotSignedIn };
            return Ok(Some(vec![Some(denial); scopes.len()]));
        }
        let reader = self.reader().await?;
        let profile = reader.profile().await?;
        Ok(access::decide(&profile, &reader.caller, permission, scopes))
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
            cost.add(reader.transaction.cost());
            cost.statements += 1;
        }
        cost
    }

    fn spend(&self, cost: Cost) {
        self.0.spent.lock().unwrap_or_else(PoisonError::into_inner).add(cost);
    }
}

/// A field whose rows come along with those of its parents.
pub struct Along<C, K> {
    /// The field.
    pub field: &'static str,
    /// The column that leads to them.
    pub column: &'static str,
    /// Their key.
    pub key: fn(&C) -> K,
}

impl Inner {
    /// The selected fields of an object type; `None`: all.
    fn fields<T: Object>(&self) -> Option<&[&'static str]> {
        let selection = self.selection.get()?;
        // Of a type of which only cursors are selected, the plan has no rows.
        Some(selection.get(T::name()).or(selection.get(CURSOR)).map_or(&[], Vec::as_slice))
    }
}

impl Reader {
    /// All rows of a statement that begins with the tenant: `$1` is the caller's tenant, `binds` follow.
    pub async fn all<T: FromRow>(&self, sql: impl Into<Cow<'static, str>>, binds: Binds) -> Result<Vec<T>, Error> {
        match &self.caller.presence {
            Some(presence) => self.transaction.all(sql, binds.after(presence.tenant.uuid().into())).await,
            None => Ok(Vec::new()),
        }
    }

    /// The same, for rows of an object type: only the columns that its selected fields need.
    pub async fn objects<T: FromRow + Object>(&self, sql: impl Into<Cow<'static, str>>, binds: Binds) -> Result<Vec<T>, Error> {
        let Some(presence) = &self.caller.presence else { return Ok(Vec::new()) };
        let request = self.request.upgrade();
        let fields = request.as_ref().and_then(|request| request.fields::<T>());
        self.transaction.selected(sql, binds.after(presence.tenant.uuid().into()), fields).await
    }

    /// The same. Where `field` is selected on them, the rows to which it leads come in the same statement, and are known when
    /// this loader is asked for them: one round trip less. Right for loaders that add no check of their own.
    pub async fn objects_along<T, C, K, L>(&self, sql: String, binds: Binds, along: Along<C, K>, _: &L) -> Result<Vec<T>, Error>
    where
        T: FromRow + Object,
        C: ByKey + Object,
        K: Hash + Eq + Send + 'static,
        L: 'static,
    {
        let request = self.request.upgrade();
        let (Some(presence), Some(request)) = (&self.caller.presence, request) else { return self.objects(sql, binds).await };
        let fields = request.fields::<T>();
        if !fields.is_some_and(|fields| fields.contains(&along.field)) {
            return self.objects(sql, binds).await;
        }
        let values = binds.after(presence.tenant.uuid().into());
        let (rows, found) = self.transaction.selected_along(&sql, values, fields, along.column, request.fields::<C>()).await?;
        let found: Vec<C> = found;
        Request(request).known::<K, C, L, _>(|known, _| {
            for row in found {
                known.entry((along.key)(&row)).or_insert_with(|| Some(Arc::new(row)));
            }
        });
        Ok(rows)
    }

    /// All rows of a statement about the caller across tenants: `$1` is the caller's user.
    pub async fn all_of_caller<T: FromRow>(&self, sql: impl Into<Cow<'static, str>>) -> Result<Vec<T>, Error> {
        self.transaction.all(sql, vec![self.caller.user.uuid().into()]).await
    }

    /// What the caller may do.
    pub async fn profile(&self) -> Result<Arc<AccessProfile>, Error> {
        self.profile.get_or_try_init(|| self.services.access.profile(&self.transaction, &self.caller, self.now)).await.cloned()
    }

    /// The roles of the caller's tenant.
    pub async fn roles(&self) -> Result<Option<Arc<RoleBook>>, Error> {
        match &self.caller.presence {
            Some(presence) => self.services.access.roles(&self.transaction, presence).await.map(Some),
            None => Ok(None),
        }
    }
}

impl Writer {
    /// The tenant to write in, for callers that are in one.
    pub fn presence(&self) -> Result<&Presence, Error> {
        self.caller.presence.as_ref().ok_or_else(|| Error::bad_input("choose a tenant first (`switchTenant`)"))
    }

    /// Refuses what the caller may not do here.
    pub fn require(&self, permission: Permission, scope: Scope) -> Result<(), Error> {
        match access::decide(&self.profile, &self.caller, permission, &[scope])
            .and_then(|denials| denials.into_iter().flatten().next())
        {
            Some(denial) => Err(denial.into()),
            None => Ok(()),
        }
    }

    /// May the caller do this here?
    #[must_use]
    pub fn may(&self, permission: Permission, scope: Scope) -> bool {
        self.require(permission, scope).is_ok()
    }

    /// Makes everything that was written last.
    pub async fn commit(self) -> Result<(), Error> {
        let cost = self.transaction.commit().await?;
        self.request.spend(cost);
        Ok(())
    }
}
