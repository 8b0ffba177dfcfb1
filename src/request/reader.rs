//! The snapshot that a request reads from, and what its caller may see in it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Weak};

use entity::id::{OrganizationId, UserId};
use migration::catalog::Permission;
use tokio::sync::{Mutex as AsyncMutex, OnceCell};

use super::{Inner, Request, Services, tenant_of};
use crate::access::{
    AccessProfile, Caller, Context, Decision, Explanation, Known, OrganizationFilter, Question, RoleBook, Scope, TeamFilter, View,
    Whose,
};
use crate::database::{Binds, ByKey, Child, FromRow, Transaction};
use crate::error::{Denial, Error, Reason};
use crate::graph::Object;

/// A snapshot of the database, entered by the caller.
pub struct Reader {
    pub(super) transaction: Transaction,
    /// Who asks.
    pub caller: Caller,
    pub(super) profile: OnceCell<Arc<AccessProfile>>,
    /// What decisions have asked for so far.
    pub(super) known: AsyncMutex<Known>,
    pub(super) context: Context,
    pub(super) services: Arc<Services>,
    pub(super) request: Weak<Inner>,
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

impl Reader {
    /// The transaction of the snapshot, for what belongs to no room.
    #[must_use]
    pub fn transaction(&self) -> &Transaction {
        &self.transaction
    }

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
        let fields = request.as_ref().and_then(|request| request.fields::<T>());
        self.transaction.selected(sql, binds.after(presence.tenant.uuid().into()), fields).await
    }

    /// The same. Where a field is selected on them, the rows to which it leads come in the same statement, and are known when
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

    /// The same with further values, which follow the user.
    pub async fn own<T: FromRow>(&self, sql: impl Into<Cow<'static, str>>, binds: Binds) -> Result<Vec<T>, Error> {
        self.transaction.all(sql, binds.after(self.caller.user.uuid().into())).await
    }

    /// The same for rows of an object type: only the columns that its selected fields need.
    pub async fn own_objects<T: FromRow + Object>(&self, sql: String, binds: Binds) -> Result<Vec<T>, Error> {
        let request = self.request.upgrade();
        let fields = request.as_ref().and_then(|request| request.fields::<T>());
        self.transaction.selected(sql, binds.after(self.caller.user.uuid().into()), fields).await
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
        Ok(self.denial(permission, scope).await?.is_none())
    }

    /// Why the caller may not do this here; `None` where it may.
    pub async fn denial(&self, permission: Permission, scope: Scope) -> Result<Option<Denial>, Error> {
        Ok(self.denials(permission, &[scope]).await?.and_then(|denials| denials.into_iter().flatten().next()))
    }

    /// Refuses whoever is in a tenant that is closed: to leave lists empty would look as if there were nothing.
    async fn require_open_tenant(&self) -> Result<(), Error> {
        match (&self.caller.presence, self.caller.standing()) {
            (Some(presence), Err(Reason::TenantInactive)) => {
                Err(self.services.access.closed(&self.transaction, presence).await?.into())
            }
            _ => Ok(()),
        }
    }

    /// In which organizations may the caller do this?
    pub async fn organizations(&self, permission: Permission) -> Result<OrganizationFilter, Error> {
        self.require_open_tenant().await?;
        let profile = self.profile().await?;
        let Some(view) = self.view(&self.context) else { return Ok(OrganizationFilter::Only(Vec::new())) };
        let mut known = self.known.lock().await;
        self.services.access.organizations(view, &profile, permission, &mut known).await
    }

    /// About which teams of these organizations may the caller do this?
    pub async fn teams(&self, permission: Permission, organizations: &[OrganizationId]) -> Result<TeamFilter, Error> {
        self.require_open_tenant().await?;
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
    pub async fn decide_many(&self, questions: &[(Whose, Question)], context: &Context) -> Result<Vec<Decision>, Error> {
        let presence = tenant_of(&self.caller)?;
        let questions = questions.iter().map(|(whose, question)| (*whose, question, context));
        self.services.access.decide_each(&self.transaction, presence, &self.caller, questions).await
    }

    /// Answers such questions, each in its own circumstances.
    pub async fn decide_each(&self, questions: &[(Whose, Question, Context)]) -> Result<Vec<Decision>, Error> {
        let presence = tenant_of(&self.caller)?;
        let questions = questions.iter().map(|(whose, question, context)| (*whose, question, context));
        self.services.access.decide_each(&self.transaction, presence, &self.caller, questions).await
    }

    /// Answers a question about anyone in the caller's tenant, and says why.
    pub async fn explain(&self, whose: Whose, question: &Question, context: &Context) -> Result<Explanation, Error> {
        let presence = tenant_of(&self.caller)?;
        self.services.access.explain(&self.transaction, presence, &self.caller, whose, question, context).await
    }

    /// The roles of the caller's tenant.
    pub async fn roles(&self) -> Result<Option<Arc<RoleBook>>, Error> {
        match &self.caller.presence {
            Some(presence) => self.services.access.roles(&self.transaction, presence).await.map(Some),
            None => Ok(None),
        }
    }
}
