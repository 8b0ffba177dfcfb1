//! What somebody may do: one engine, asked by guards, by the filters of lists, by mutations and by other services.
//!
//! What speaks of one user in one tenant is gathered in an [`AccessProfile`], and weighed there once into sets of bits: one for
//! the tenant, one for every organization, and one more for each organization in which the user is somebody. What depends on
//! conditions is weighed when it is asked for, by the same function. A profile is cached under the tenant's access version,
//! which each request reads in the round trip that opens its transaction: what changes anyone's access bumps the version in its
//! own transaction, so a revocation holds from the next request on. What ends by itself ends the profile at that moment.

mod billing;
mod book;
mod caller;
mod condition;
mod decide;
mod digest;
mod explain;
mod explanation;
mod filter;
mod giving;
mod guard;
mod holding;
mod known;
mod mask;
mod origin;
mod permission_set;
mod profile;
mod question;
mod role;
mod rule;
mod store;
mod subject;
mod weigh;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::id::{ApiKeyId, OrganizationId, TenantId, UserId};
use moka::sync::Cache;

use crate::database::Transaction;
use crate::error::Error;
use book::TenantBook;
use guard::{Asked, Depth, answers};

pub use billing::{BillingAccount, BillingState};
pub use caller::{ApiKeyCaller, Caller, Impersonator, Member, Presence, payer_of};
pub use condition::{BadCondition, Condition, DEEPEST_CONDITION, LARGEST_CONDITION};
pub use explanation::{Considered, Explanation, NearestMiss, Outcome, Plan};
pub use filter::{OrganizationFilter, TeamFilter, View};
pub use giving::{Gift, Place, RoleSheet};
pub use holding::{Holding, Level, Levels};
pub use known::Known;
pub use mask::Mask;
pub use origin::{Grantee, RoleRule, RuleOrigin, TeamPath};
pub use permission_set::PermissionSet;
pub use profile::{AccessProfile, reaches_organizations};
pub use question::{Context, Decision, Question, Resource, Scope, Step, Whose};
pub use role::{OwnRule, Role, RoleBook};
pub use rule::When;
pub use subject::Subject;

/// So many organizations and grants of profiles are kept: some hundred megabytes at most.
const CACHED_PLACES: u64 = 500_000;
/// So many roles are kept: a kilobyte or two each.
const CACHED_ROLES: u64 = 100_000;
/// So many books of tenants, and plans of organizations, are kept.
const CACHED: u64 = 50_000;

type ProfileKey = (TenantId, UserId, Option<ApiKeyId>);

/// The engine with its caches. Cheap to clone.
#[derive(Clone)]
pub struct Access {
    /// Of each user, and of each API key apart from its maker.
    profiles: Cache<ProfileKey, Arc<AccessProfile>>,
    roles: Cache<TenantId, Arc<RoleBook>>,
    books: Cache<TenantId, Arc<TenantBook>>,
    /// What an organization's plan leaves, and the access version that this belongs to.
    entitled: Cache<(TenantId, OrganizationId), (i64, PermissionSet)>,
}

impl Default for Access {
    fn default() -> Self {
        let of_profile = |_: &ProfileKey, profile: &Arc<AccessProfile>| profile.weight();
        let of_roles = |_: &TenantId, book: &Arc<RoleBook>| u32::try_from(book.all().len()).unwrap_or(u32::MAX);
        Self {
            profiles: Cache::builder().weigher(of_profile).max_capacity(CACHED_PLACES).build(),
            roles: Cache::builder().weigher(of_roles).max_capacity(CACHED_ROLES).build(),
            books: Cache::new(CACHED),
            entitled: Cache::new(CACHED),
        }
    }
}

// A transaction that writes may see later commits than its access version says, so nothing of it is cached, and nothing
// that was cached is used in it.
impl Access {
    /// The roles of the tenant that was entered, as they stand in this transaction.
    pub async fn roles(&self, transaction: &Transaction, presence: &Presence) -> Result<Arc<RoleBook>, Error> {
        if !transaction.is_snapshot() {
            return store::roles(transaction, presence).await.map(Arc::new);
        }
        if let Some(book) = self.roles.get(&presence.tenant).filter(|book| book.version == presence.access_version) {
            return Ok(book);
        }
        let book = Arc::new(store::roles(transaction, presence).await?);
        self.roles.insert(presence.tenant, Arc::clone(&book));
        Ok(book)
    }

    async fn book(&self, transaction: &Transaction, presence: &Presence, now: DateTime<Utc>) -> Result<Arc<TenantBook>, Error> {
        if !transaction.is_snapshot() {
            return store::book(transaction, presence, now).await.map(Arc::new);
        }
        if let Some(book) = self.books.get(&presence.tenant).filter(|book| book.version == presence.access_version) {
            return Ok(book);
        }
        let book = Arc::new(store::book(transaction, presence, now).await?);
        self.books.insert(presence.tenant, Arc::clone(&book));
        Ok(book)
    }

    /// The rights of the caller in the tenant that was entered. No statement where they are cached, otherwise at most two.
    pub async fn profile(
        &self,
        transaction: &Transaction,
        caller: &Caller,
        now: DateTime<Utc>,
    ) -> Result<Arc<AccessProfile>, Error> {
        let subject = Subject::of_caller(caller);
        let Some(presence) = caller.presence.as_ref().filter(|_| subject.standing.is_ok()) else {
            return Ok(Arc::new(AccessProfile::nothing(caller.presence.as_ref(), subject)));
        };
        // Developer roles are no tenant's, so no access version tells of their changes: each request reads them anew.
        let current = |profile: &Arc<AccessProfile>| {
            let cached = profile.subject();
            cached.is_developer == subject.is_developer && cached.developer == subject.developer && cached.mask == subject.mask
        };
        let key = subject.mask.map(|mask| mask.key);
        if let Some(profile) = self.cached(transaction, presence, (subject.user, key), now).filter(current) {
            return Ok(profile);
        }
        let mut profiles = self.compile(transaction, presence, vec![subject], now).await?;
        profiles.remove(&subject.user).ok_or_else(|| Error::internal("the caller has no profile"))
    }

    /// The rights of anyone in the tenant that was entered. No statement where they are cached, otherwise at most three,
    /// whatever the number of users. Whoever is nothing to the tenant has a profile too, of somebody who may do nothing.
    pub async fn profiles(
        &self,
        transaction: &Transaction,
        presence: &Presence,
        users: &[UserId],
        now: DateTime<Utc>,
    ) -> Result<HashMap<UserId, Arc<AccessProfile>>, Error> {
        let mut profiles = HashMap::with_capacity(users.len());
        let mut unknown = Vec::new();
        for user in users {
            // Whether somebody is a developer, and which one, no access version tells.
            match self.cached(transaction, presence, (*user, None), now).filter(|profile| !profile.subject().is_developer) {
                Some(profile) => drop(profiles.insert(*user, profile)),
                None => unknown.push(*user),
            }
        }
        unknown.sort_unstable();
        unknown.dedup();
        if unknown.is_empty() {
            return Ok(profiles);
        }
        let people = store::people(transaction, presence, &unknown).await?;
        let mut standing = Vec::new();
        for user in unknown {
            let person = people.get(&user);
            let subject = person.map_or_else(|| Subject::stranger(user), |person| Subject::of_person(person, presence, now));
            if subject.standing.is_ok() {
                standing.push(subject);
            } else {
                profiles.insert(user, Arc::new(AccessProfile::nothing(Some(presence), subject)));
            }
        }
        if !standing.is_empty() {
            profiles.extend(self.compile(transaction, presence, standing, now).await?);
        }
        Ok(profiles)
    }

    /// What people of the tenant hold, place by place, as this transaction sees it.
    pub async fn holdings(
        &self,
        transaction: &Transaction,
        presence: &Presence,
        users: &[UserId],
        now: DateTime<Utc>,
    ) -> Result<HashMap<UserId, Holding>, Error> {
        let profiles = self.profiles(transaction, presence, users, now).await?;
        Ok(profiles.into_iter().map(|(user, profile)| (user, profile.holding())).collect())
    }

    fn cached(
        &self,
        transaction: &Transaction,
        presence: &Presence,
        (user, key): (UserId, Option<ApiKeyId>),
        now: DateTime<Utc>,
    ) -> Option<Arc<AccessProfile>> {
        if !transaction.is_snapshot() {
            return None;
        }
        let cached = self.profiles.get(&(presence.tenant, user, key)).filter(|profile| profile.holds(presence, now));
        metrics::counter!("tenantry_profiles_total", "cache" => if cached.is_some() { "hit" } else { "miss" }).increment(1);
        cached
    }

    async fn compile(
        &self,
        transaction: &Transaction,
        presence: &Presence,
        subjects: Vec<Subject>,
        now: DateTime<Utc>,
    ) -> Result<HashMap<UserId, Arc<AccessProfile>>, Error> {
        // Side by side, so that what answers in columns goes to Postgres together.
        let (roles, book, mut facts) = tokio::try_join!(
            self.roles(transaction, presence),
            self.book(transaction, presence, now),
            store::facts(transaction, presence, &subjects, now),
        )?;
        let mut profiles = HashMap::with_capacity(subjects.len());
        for subject in subjects {
            let facts = facts.remove(&subject.user).unwrap_or_default();
            let profile = AccessProfile::compile(Arc::clone(&roles), Arc::clone(&book), presence, subject, facts, now);
            let profile = Arc::new(profile);
            if transaction.is_snapshot() {
                self.profiles.insert((presence.tenant, subject.user, subject.mask.map(|mask| mask.key)), Arc::clone(&profile));
            }
            profiles.insert(subject.user, profile);
        }
        Ok(profiles)
    }

    /// Answers many questions about anyone of the tenant, in their order, each in its own circumstances. Beside the profiles one
    /// statement for all organizations, and one more where conditions speak of people.
    pub async fn decide_each<'a>(
        &self,
        transaction: &Transaction,
        presence: &Presence,
        caller: &Caller,
        questions: impl Iterator<Item = (Whose, &'a Question, &'a Context)> + Clone,
    ) -> Result<Vec<Decision>, Error> {
        // One moment holds for all of them: the time of a request, or the one that it asks about.
        let Some(now) = questions.clone().map(|(_, _, context)| context.time).max() else { return Ok(Vec::new()) };
        let whose = questions.clone().map(|(whose, ..)| whose);
        let profiles = self.profiles_of(transaction, presence, caller, whose, now).await?;
        let asked = |(whose, question, context)| Ok(Asked { profile: profiles.get(whose)?, question, context });
        let asked = questions.map(asked).collect::<Result<Vec<Asked<'_>>, Error>>()?;
        let mut known = Known::default();
        self.learn(transaction, presence, &asked, Depth::Existence, &mut known).await?;
        Ok(answers(&asked, &known))
    }

    /// The rights of the caller, of people, or of both.
    async fn profiles_of(
        &self,
        transaction: &Transaction,
        presence: &Presence,
        caller: &Caller,
        whose: impl IntoIterator<Item = Whose>,
        now: DateTime<Utc>,
    ) -> Result<Profiles, Error> {
        let (mut users, mut caller_asks) = (Vec::new(), false);
        for whose in whose {
            match whose {
                Whose::Caller => caller_asks = true,
                Whose::Person(user) => users.push(user),
            }
        }
        let caller = if caller_asks { Some(self.profile(transaction, caller, now).await?) } else { None };
        let people = if users.is_empty() { HashMap::new() } else { self.profiles(transaction, presence, &users, now).await? };
        Ok(Profiles { caller, people })
    }
}

/// The rights of all whom questions are about.
struct Profiles {
    caller: Option<Arc<AccessProfile>>,
    people: HashMap<UserId, Arc<AccessProfile>>,
}

impl Profiles {
    fn get(&self, whose: Whose) -> Result<&AccessProfile, Error> {
        let profile = match whose {
            Whose::Caller => self.caller.as_ref(),
            Whose::Person(user) => self.people.get(&user),
        };
        profile.map(|profile| &**profile).ok_or_else(|| Error::internal("somebody has no profile"))
    }
}

#[cfg(test)]
mod tests {
    use migration::catalog::PERMISSIONS;

    /// Lists are filtered by rules alone: a plan that lacked the feature would have to be known for every row.
    #[test]
    fn no_permission_that_lists_needs_a_feature() {
        for key in ["organization.read", "members.read", "teams.read", "roles.read", "products.read", "subscriptions.read"] {
            let definition = PERMISSIONS.iter().find(|definition| definition.key == key).unwrap();
            assert_eq!(definition.required_feature, None, "{key}");
        }
    }
}
