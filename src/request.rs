//! What one request carries: who asks, one snapshot to read from, and what it has loaded already.

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use chrono::{DateTime, Utc};
use entity::id::{OrganizationId, UserId};
use migration::catalog::Permission;
use tokio::sync::{Mutex as AsyncMutex, OnceCell};

use crate::access::{
    Access, AccessProfile, Caller, Context, Decision, Explanation, Gift, Holding, Known, OrganizationFilter, Presence, Question,
    RoleBook, RoleSheet, Scope, TeamFilter, View,
};
use crate::database::{Binds, Child, Cost, Credential, Database, FromRow, Mode, Transaction};
use crate::error::{Code, Denial, Error, Reason};
use crate::graph::Object;

/// The parts of the gateway that every request uses.
#[derive(Clone)]
pub struct Services {
    /// The way to Postgres.
    pub database: Database,
    /// Who may do what.
    pub access: Access,
}

/// Where a request came from, as far as the door can tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The address of the other end of the connection.
    pub ip: Option<IpAddr>,
    /// What the client calls itself, shortened.
    pub user_agent: Option<String>,
}

/// One request. Cheap to clone; all clones share one snapshot and one cache.
#[derive(Clone)]
pub struct Request(Arc<Inner>);

struct Inner {
    id: String,
    services: Services,
    credential: Option<Credential>,
    now: DateTime<Utc>,
    origin: Origin,
    reader: AsyncMutex<Option<Arc<Reader>>>,
    /// For each object type the fields that the plan selects anywhere; not set: all.
    selection: OnceLock<Selection>,
    /// By loader: a map from its keys to rows.
    loaded: Mutex<HashMap<TypeId, Box<dyn Any + Send>>>,
    /// What transactions that have ended cost.
    spent: Mutex<Cost>,
}

/// By the name of an object type: the names of the fields that are selected on it.
pub type Selection = HashMap<&'static str, Vec<&'static str>>;

/// A snapshot of the database, entered by the caller.
pub struct Reader {
    transaction: Transaction,
    /// Who asks.
    pub caller: Caller,
    profile: OnceCell<Arc<AccessProfile>>,
    /// What decisions have asked for so far.
    known: AsyncMutex<Known>,
    context: Context,
    services: Services,
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
    context: Context,
    request: Request,
}

impl Request {
    /// A request of somebody, or, without a credential, of nobody.
    #[must_use]
    pub fn new(id: String, services: Services, credential: Option<Credential>, now: DateTime<Utc>) -> Self {
        Self::coming_from(Origin::default(), id, services, credential, now)
    }

    /// The same, of which it is known where it came from.
    #[must_use]
    pub fn coming_from(origin: Origin, id: String, services: Services, credential: Option<Credential>, now: DateTime<Utc>) -> Self {
        Self(Arc::new(Inner {
            id,
            services,
            credential,
            now,
            origin,
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

    /// Where it came from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.0.origin
    }

    /// The circumstances that conditions of rules can speak of.
    #[must_use]
    pub fn context(&self) -> Context {
        Context { ip: self.0.origin.ip, time: self.0.now, resource_properties: None }
    }

    /// Has somebody signed in? Whether the credential holds shows when it is used.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.0.credential.is_none()
    }

    /// Says which fields the plan selects, so that columns nobody asks for stay where they are.
    pub fn select(&self, selection: Selection) {
        // A request has one plan.
        let _ = self.0.selection.set(selection);
    }

    /// Is this field selected anywhere on this object type?
    #[must_use]
    pub fn selects(&self, object: &str, field: &str) -> bool {
        self.0.selection.get().is_none_or(|selection| selection.get(object).is_some_and(|fields| fields.contains(&field)))
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
            known: AsyncMutex::default(),
            context: self.context(),
            services: self.0.services.clone(),
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
        self.write_as(transaction, Caller::new(entered)?).await
    }

    /// The same for a mutation that changes who may do what: the only one of its tenant at a time. So what it checks still
    /// holds when it commits, whoever else gives and takes at that moment.
    pub async fn access_writer(&self) -> Result<Writer, Error> {
        let Some(credential) = &self.0.credential else { return Err(Error::unauthenticated("sign in first: send a bearer token")) };
        self.forget().await;
        let (transaction, entered) = Transaction::open(&self.0.services.database, credential, Mode::Write).await?;
        let mut caller = Caller::new(entered)?;
        if let Some(tenant) = caller.presence.as_ref().map(|presence| presence.tenant) {
            caller = Caller::new(transaction.take_turn(tenant, credential).await?)?;
            if caller.presence.as_ref().is_none_or(|presence| presence.tenant != tenant) {
                return Err(Error::client(Code::Conflict, "your session has left the tenant in this moment: try again"));
            }
        }
        self.write_as(transaction, caller).await
    }

    async fn write_as(&self, transaction: Transaction, caller: Caller) -> Result<Writer, Error> {
        let services = &self.0.services;
        let profile = services.access.profile(&transaction, &caller, self.0.now).await?;
        Ok(Writer { transaction, caller, now: self.0.now, profile, context: self.context(), request: self.clone() })
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
    pub async fn load_one<K, T, L, F>(&self, load: &L, keys: Vec<Option<K>>) -> Result<Vec<Option<Arc<T>>>, Error>
    where
        K: Hash + Eq + Clone + Send + Sync + 'static,
        T: Send + Sync + 'static,
        L: Fn(Self, Vec<K>) -> F + Send + Sync + 'static,
        F: Future<Output = Result<HashMap<K, Arc<T>>, Error>> + Send,
    {
        let missing = self.known::<K, T, L, _>(|known| {
            let mut missing: Vec<K> = Vec::new();
            let mut seen = std::collections::HashSet::new();
            for key in keys.iter().flatten() {
                if !known.contains_key(key) && seen.insert(key) {
                    missing.push(key.clone());
                }
            }
            missing
        });
        if !missing.is_empty() {
            let mut found = load(self.clone(), missing.clone()).await?;
            self.known::<K, T, L, _>(|known| {
                known.extend(missing.into_iter().map(|key| {
                    let row = found.remove(&key);
                    (key, row)
                }));
            });
        }
        Ok(self.known::<K, T, L, _>(|known| keys.iter().map(|key| known.get(key.as_ref()?).cloned().flatten()).collect()))
    }

    fn known<K: Send + 'static, T: Send + Sync + 'static, L: 'static, R>(
        &self,
        with: impl FnOnce(&mut HashMap<K, Option<Arc<T>>>) -> R,
    ) -> R {
        let mut loaded = self.0.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = loaded.entry(TypeId::of::<L>()).or_insert_with(|| Box::new(HashMap::<K, Option<Arc<T>>>::new()));
        match entry.downcast_mut() {
            Some(known) => with(known),
            // A loader has one type of key and of row, so this cannot be; a map that is forgotten is still right.
            None => with(&mut HashMap::new()),
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
        self.selected::<T, T>(sql, binds).await
    }

    /// The same for rows below parents, each with the key of its parent.
    pub async fn children<T: FromRow + Object>(
        &self,
        sql: impl Into<Cow<'static, str>>,
        binds: Binds,
    ) -> Result<Vec<Child<T>>, Error> {
        self.selected::<T, Child<T>>(sql, binds).await
    }

    async fn selected<T: Object, R: FromRow>(&self, sql: impl Into<Cow<'static, str>>, binds: Binds) -> Result<Vec<R>, Error> {
        let Some(presence) = &self.caller.presence else { return Ok(Vec::new()) };
        let request = self.request.upgrade();
        let selection = request.as_ref().and_then(|request| request.selection.get());
        let fields = selection.map(|selection| selection.get(T::name()).map_or(&[][..], Vec::as_slice));
        self.transaction.selected(sql, binds.after(presence.tenant.uuid().into()), fields).await
    }

    /// All rows of a statement about the caller across tenants: `$1` is the caller's user.
    pub async fn all_of_caller<T: FromRow>(&self, sql: impl Into<Cow<'static, str>>) -> Result<Vec<T>, Error> {
        self.transaction.all(sql, vec![self.caller.user.uuid().into()]).await
    }

    /// What the caller may do.
    pub async fn profile(&self) -> Result<Arc<AccessProfile>, Error> {
        let profile = || self.services.access.profile(&self.transaction, &self.caller, self.context.time);
        self.profile.get_or_try_init(profile).await.cloned()
    }

    fn view<'a>(&'a self, context: &'a Context) -> Option<View<'a>> {
        let presence = self.caller.presence.as_ref()?;
        Some(View { transaction: &self.transaction, presence, context })
    }

    /// The denials of a guard, for organizations that are known to be there; `None`: the caller may everywhere.
    pub async fn denials(&self, permission: Permission, scopes: &[Scope]) -> Result<Option<Vec<Option<Denial>>>, Error> {
        let profile = self.profile().await?;
        let mut known = self.known.lock().await;
        self.services.access.guard(self.view(&self.context), &profile, permission, scopes, &mut known).await
    }

    /// May the caller do this, in each of these places? Organizations are known to be there.
    pub async fn may_each(&self, permission: Permission, scopes: &[Scope]) -> Result<Vec<bool>, Error> {
        let denials = self.denials(permission, scopes).await?;
        Ok(denials.map_or_else(|| vec![true; scopes.len()], |denials| denials.iter().map(Option::is_none).collect()))
    }

    /// May the caller do this here?
    pub async fn may(&self, permission: Permission, scope: Scope) -> Result<bool, Error> {
        Ok(self.denials(permission, &[scope]).await?.is_none())
    }

    /// In which organizations may the caller do this?
    pub async fn organizations(&self, permission: Permission) -> Result<OrganizationFilter, Error> {
        let profile = self.profile().await?;
        let Some(view) = self.view(&self.context) else { return Ok(OrganizationFilter::Only(Vec::new())) };
        let mut known = self.known.lock().await;
        self.services.access.organizations(view, &profile, permission, &mut known).await
    }

    /// About which teams of these organizations may the caller do this?
    pub async fn teams(&self, permission: Permission, organizations: &[OrganizationId]) -> Result<TeamFilter, Error> {
        let profile = self.profile().await?;
        let Some(view) = self.view(&self.context) else { return Ok(TeamFilter::default()) };
        let mut known = self.known.lock().await;
        self.services.access.teams(view, &profile, permission, organizations, &mut known).await
    }

    /// The rights of anyone in the caller's tenant, as they are cached.
    pub async fn profiles(&self, users: &[UserId]) -> Result<HashMap<UserId, Arc<AccessProfile>>, Error> {
        let Some(presence) = &self.caller.presence else { return Ok(HashMap::new()) };
        self.services.access.profiles(&self.transaction, presence, users, self.context.time).await
    }

    /// Answers questions about anyone in the caller's tenant.
    pub async fn decide_many(&self, questions: &[(UserId, Question)], context: &Context) -> Result<Vec<Decision>, Error> {
        let presence = tenant_of(&self.caller)?;
        self.services.access.decide_many(&self.transaction, presence, questions, context).await
    }

    /// Answers such questions, each in its own circumstances.
    pub async fn decide_each(&self, questions: &[(UserId, Question, Context)]) -> Result<Vec<Decision>, Error> {
        let presence = tenant_of(&self.caller)?;
        self.services.access.decide_each(&self.transaction, presence, questions).await
    }

    /// Answers a question about anyone in the caller's tenant, and says why.
    pub async fn explain(&self, user: UserId, question: &Question, context: &Context) -> Result<Explanation, Error> {
        let presence = tenant_of(&self.caller)?;
        self.services.access.explain(&self.transaction, presence, user, question, context).await
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
        tenant_of(&self.caller)
    }

    /// The request that writes.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Refuses what the caller may not do here, with the rights that it had when the transaction began.
    pub async fn require(&self, permission: Permission, scope: Scope) -> Result<(), Error> {
        match self.denial(permission, scope).await? {
            Some(denial) => Err(denial.into()),
            None => Ok(()),
        }
    }

    /// Refuses to give what the caller does not hold itself.
    pub fn require_held(&self, gift: &Gift) -> Result<(), Error> {
        gift.require_held(&self.holding())
    }

    /// What the caller holds, place by place.
    #[must_use]
    pub fn holding(&self) -> Holding {
        self.profile.holding(self.now)
    }

    /// What these people hold at this moment, what this transaction has written included.
    pub async fn holdings(&self, users: &[UserId]) -> Result<HashMap<UserId, Holding>, Error> {
        Ok(self.profiles(users).await?.into_iter().map(|(user, profile)| (user, profile.holding(self.now))).collect())
    }

    /// What the roles of the tenant say, as this transaction sees them.
    pub async fn role_sheet(&self) -> Result<RoleSheet, Error> {
        RoleSheet::read(&self.transaction, self.presence()?.tenant).await
    }

    /// May the caller do this here?
    pub async fn may(&self, permission: Permission, scope: Scope) -> Result<bool, Error> {
        Ok(self.denial(permission, scope).await?.is_none())
    }

    async fn denial(&self, permission: Permission, scope: Scope) -> Result<Option<Denial>, Error> {
        let presence = self.caller.presence.as_ref();
        let view = presence.map(|presence| View { transaction: &self.transaction, presence, context: &self.context });
        // What is known in a transaction that writes may change with the next statement: it is not kept.
        let denials = self.access().guard(view, &self.profile, permission, &[scope], &mut Known::default()).await?;
        Ok(denials.and_then(|denials| denials.into_iter().flatten().next()))
    }

    /// Answers questions about anyone in the caller's tenant, as the transaction sees it now: what it has written counts.
    pub async fn decide_many(&self, questions: &[(UserId, Question)]) -> Result<Vec<Decision>, Error> {
        self.access().decide_many(&self.transaction, self.presence()?, questions, &self.context).await
    }

    /// The rights of anyone in the caller's tenant, as the transaction sees them now.
    pub async fn profiles(&self, users: &[UserId]) -> Result<HashMap<UserId, Arc<AccessProfile>>, Error> {
        self.access().profiles(&self.transaction, self.presence()?, users, self.now).await
    }

    /// The roles of the caller's tenant, as the transaction sees them now.
    pub async fn roles(&self) -> Result<Arc<RoleBook>, Error> {
        self.access().roles(&self.transaction, self.presence()?).await
    }

    fn access(&self) -> &Access {
        &self.request.0.services.access
    }

    /// Undoes everything that was written.
    pub async fn roll_back(self) -> Result<(), Error> {
        let cost = self.transaction.roll_back().await?;
        self.request.spend(cost);
        Ok(())
    }

    /// Makes everything that was written last.
    pub async fn commit(self) -> Result<(), Error> {
        let cost = self.transaction.commit().await?;
        self.request.spend(cost);
        Ok(())
    }
}

fn tenant_of(caller: &Caller) -> Result<&Presence, Error> {
    caller.presence.as_ref().ok_or_else(|| Error::bad_input("choose a tenant first (`switchTenant`)"))
}
