//! The statements that gather rules: those that a whole tenant shares, and those about some of its people.

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::id::{MemberRoleId, OrganizationId, RoleId, TenantMembershipId, UserId};
use entity::subscription::SubscriptionStatus;
use migration::catalog::{BaseRole, Permission};
use uuid::Uuid;

use super::effect_of;
use crate::access::billing::Payment;
use crate::access::book::TenantBook;
use crate::access::origin::{Grantee, TeamPath};
use crate::access::profile::Seat;
use crate::access::question::Resource;
use crate::access::rule::{Grant, Override};
use crate::access::{Presence, Subject, When};
use crate::database::{FromRow, Row, Transaction, Wanted};
use crate::error::Error;

/// One thing that speaks of a user.
#[derive(Clone, Debug)]
pub(in crate::access) enum Fact {
    /// The user owns the organization.
    Owner(OrganizationId),
    /// The user is a member there.
    Seat(OrganizationId, Seat),
    /// The user has a role, there or in the whole tenant, perhaps for a time.
    Role { assignment: MemberRoleId, organization: Option<OrganizationId>, role: RoleId, expires_at: Option<DateTime<Utc>> },
    /// A permission of the user is overridden, perhaps for a time.
    Override(Override, Option<DateTime<Utc>>),
    /// The user belongs to a team there, or to one below it.
    Team(OrganizationId, TeamPath),
    /// Such a team has a role.
    TeamRole(OrganizationId, TeamPath, RoleId),
    /// Something was granted to the member, or to such a team.
    Grant(Grant),
}

/// All that speaks of some people, in one statement: every branch has the columns of [`Line`], in their order.
const FACTS: &str = "
    with recursive place as (
        select member.tenant_membership_id as member_id, member.id as place_id, member.team_id as member_of,
            team.id as team_id, team.organization_id, team.parent_team_id
        from team_members member
        join teams team on team.tenant_id = $1 and team.id = member.team_id and team.deleted_at is null
        where member.tenant_id = $1 and member.tenant_membership_id = any($3)
        union
        select place.member_id, place.place_id, place.member_of, parent.id, parent.organization_id, parent.parent_team_id
        from place
        join teams parent on parent.tenant_id = $1 and parent.id = place.parent_team_id and parent.deleted_at is null
    )
    select {columns} from (
        select 'owner' as kind, organization.owner_id as about, organization.id as organization_id, null::uuid as id,
            null::text as word, null::text as status, null::uuid as role_id, null::uuid as permission_id, null::integer as priority,
            null::text as conditions, null::timestamptz as expires_at, null::text as resource_type, null::uuid as resource_id,
            null::uuid as place_id, null::uuid as member_of, null::uuid as team_id
        from organizations organization
        where organization.tenant_id = $1 and organization.owner_id = any($2) and organization.deleted_at is null
        union all
        select 'seat', membership.user_id, membership.organization_id, membership.id, membership.role, membership.status,
            null, null, null, null, null, null, null, null, null, null
        from organization_memberships membership
        where membership.tenant_id = $1 and membership.user_id = any($2) and membership.deleted_at is null
        union all
        select 'role', assignment.tenant_membership_id, assignment.organization_id, assignment.id, null, null,
            assignment.role_id, null, null, null, assignment.expires_at, null, null, null, null, null
        from member_roles assignment
        where assignment.tenant_id = $1 and assignment.tenant_membership_id = any($3)
            and assignment.revoked_at is null and assignment.deleted_at is null
            and (assignment.expires_at is null or assignment.expires_at > $4)
        union all
        select 'override', exception.tenant_membership_id, exception.organization_id, exception.id, exception.effect, null,
            null, exception.permission_id, exception.priority, exception.conditions::text, exception.expires_at, null, null, null, null, null
        from member_permission_overrides exception
        where exception.tenant_id = $1 and exception.tenant_membership_id = any($3) and exception.deleted_at is null
            and (exception.expires_at is null or exception.expires_at > $4)
        union all
        select 'team', place.member_id, place.organization_id, null, null, null,
            null, null, null, null, null, null, null, place.place_id, place.member_of, place.team_id
        from place
        union all
        select 'team role', place.member_id, place.organization_id, null, null, null,
            held.role_id, null, null, null, null, null, null, place.place_id, place.member_of, place.team_id
        from place
        join team_roles held on held.tenant_id = $1 and held.team_id = place.team_id
        union all
        select 'grant', given.tenant_membership_id, null, given.id, given.effect, null,
            null, given.permission_id, null, given.conditions::text, given.expires_at, given.resource_type, given.resource_id, null, null, null
        from resource_grants given
        where given.tenant_id = $1 and given.tenant_membership_id = any($3) and given.deleted_at is null
            and (given.expires_at is null or given.expires_at > $4)
        union all
        select 'grant', place.member_id, null, given.id, given.effect, null,
            null, given.permission_id, null, given.conditions::text, given.expires_at, given.resource_type, given.resource_id,
            place.place_id, place.member_of, place.team_id
        from place
        join resource_grants given on given.tenant_id = $1 and given.team_id = place.team_id and given.deleted_at is null
            and (given.expires_at is null or given.expires_at > $4)
    ) line";

/// What there is about some people of the tenant: one statement, whatever their number.
pub(in crate::access) async fn facts(
    transaction: &Transaction,
    presence: &Presence,
    subjects: &[Subject],
    now: DateTime<Utc>,
) -> Result<HashMap<UserId, Vec<Fact>>, Error> {
    let users: Vec<Uuid> = subjects.iter().map(|subject| subject.user.uuid()).collect();
    let member = |subject: &Subject| Some((subject.member?.id.uuid(), subject.user));
    let members: HashMap<Uuid, UserId> = subjects.iter().filter_map(member).collect();
    let memberships: Vec<Uuid> = members.keys().copied().collect();
    let values = vec![presence.tenant.uuid().into(), users.into(), memberships.into(), now.into()];
    let mut facts: HashMap<UserId, Vec<Fact>> = HashMap::with_capacity(subjects.len());
    for Line { about, fact } in transaction.all::<Line>(FACTS, values).await? {
        let user = members.get(&about).copied().unwrap_or_else(|| about.into());
        if let Some(fact) = fact {
            facts.entry(user).or_default().push(fact);
        }
    }
    Ok(facts)
}

struct Line {
    /// A user, or a membership in the tenant.
    about: Uuid,
    /// Absent: about a permission that only a later release knows.
    fact: Option<Fact>,
}

impl FromRow for Line {
    const WANTED: &'static [Wanted] = &[
        Wanted("line.kind", &[]),
        Wanted("line.about", &[]),
        Wanted("line.organization_id", &[]),
        Wanted("line.id", &[]),
        Wanted("line.word", &[]),
        Wanted("line.status", &[]),
        Wanted("line.role_id", &[]),
        Wanted("line.permission_id", &[]),
        Wanted("line.priority", &[]),
        Wanted("line.conditions", &[]),
        Wanted("line.expires_at", &[]),
        Wanted("line.resource_type", &[]),
        Wanted("line.resource_id", &[]),
        Wanted("line.place_id", &[]),
        Wanted("line.member_of", &[]),
        Wanted("line.team_id", &[]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        let kind: &str = row.column()?;
        let about: Uuid = row.column()?;
        let organization: Option<OrganizationId> = row.column::<Option<Uuid>>()?.map(Into::into);
        let id: Option<Uuid> = row.column()?;
        let word: Option<&str> = row.column()?;
        let status: Option<&str> = row.column()?;
        let role: Option<RoleId> = row.column::<Option<Uuid>>()?.map(Into::into);
        let permission = row.column::<Option<Uuid>>()?.and_then(|id| Permission::from_id(id.as_u128()));
        let priority: Option<i32> = row.column()?;
        let conditions: Option<&str> = row.column()?;
        let expires_at: Option<DateTime<Utc>> = row.column()?;
        let resource = resource(row)?;
        let (place, member_of, team): (Option<Uuid>, Option<Uuid>, Option<Uuid>) = (row.column()?, row.column()?, row.column()?);
        let path = place.zip(member_of).zip(team).map(|((place, member_of), team)| TeamPath {
            place: place.into(),
            member_of: member_of.into(),
            team: team.into(),
        });
        let effect = effect_of(word.unwrap_or_default());
        let fact = match (kind, organization, id, path) {
            ("owner", Some(organization), ..) => Some(Fact::Owner(organization)),
            ("seat", Some(organization), Some(id), _) => {
                let role = word.and_then(BaseRole::from_key).unwrap_or(BaseRole::Readonly);
                Some(Fact::Seat(organization, Seat { id: id.into(), role, is_active: status == Some("active") }))
            }
            ("role", organization, Some(id), _) => {
                role.map(|role| Fact::Role { assignment: id.into(), organization, role, expires_at })
            }
            ("override", organization, Some(id), _) => permission.map(|permission| {
                let (priority, when) = (priority.unwrap_or_default(), When::of_text(conditions));
                Fact::Override(Override { id: id.into(), organization, permission, effect, priority, when }, expires_at)
            }),
            ("team", Some(organization), _, Some(path)) => Some(Fact::Team(organization, path)),
            ("team role", Some(organization), _, Some(path)) => role.map(|role| Fact::TeamRole(organization, path, role)),
            ("grant", _, Some(id), path) => permission.zip(resource).map(|(permission, resource)| {
                let grantee = path.map_or_else(|| Grantee::Member(TenantMembershipId::from(about)), Grantee::Team);
                let when = When::of_text(conditions);
                Fact::Grant(Grant { id: id.into(), grantee, resource, permission, effect, when, expires_at })
            }),
            _ => return Err(Error::internal("a rule of no known kind")),
        };
        Ok(Self { about, fact })
    }
}

/// The kinds that are asked about often are not allocated.
fn resource(row: &mut Row<'_>) -> Result<Option<Resource>, Error> {
    let kind: Option<&str> = row.column()?;
    let id: Option<Uuid> = row.column()?;
    let kind = kind.map(|kind| match kind {
        "organization" => Cow::Borrowed("organization"),
        "team" => Cow::Borrowed("team"),
        "tenant" => Cow::Borrowed("tenant"),
        other => Cow::Owned(other.to_owned()),
    });
    Ok(kind.zip(id).map(|(kind, id)| Resource { kind, id }))
}

/// What all of the tenant shares; `$2` is the time.
const BOOK: &str = "
    select {columns} from (
        select 'troubled' as kind, subscription.organization_id as id, subscription.status as word, subscription.past_due_since as since,
            subscription.grace_until as until, null::uuid as role_id, null::uuid as permission_id, null::text as conditions,
            null::text as resource_type, null::uuid as resource_id
        from subscriptions subscription
        where subscription.tenant_id = $1 and subscription.product_type = 'plan'
            and subscription.status in ('past_due', 'unpaid', 'paused') and subscription.deleted_at is null
        union all
        select 'grant', given.id, given.effect, null, given.expires_at, given.role_id, given.permission_id, given.conditions::text,
            given.resource_type, given.resource_id
        from resource_grants given
        where given.tenant_id = $1 and given.role_id is not null and given.deleted_at is null
            and (given.expires_at is null or given.expires_at > $2)
        union all
        select 'feature', null, feature.key, null, null, null, null, null, null, null
        from tenants tenant cross join jsonb_each(tenant.features) feature
        where tenant.id = $1 and feature.value = 'true'
    ) line";

/// What all of the tenant shares: one statement.
pub(in crate::access) async fn book(
    transaction: &Transaction,
    presence: &Presence,
    now: DateTime<Utc>,
) -> Result<TenantBook, Error> {
    let (mut troubled, mut grants, mut features) = (Vec::new(), Vec::new(), Vec::new());
    for entry in transaction.all(BOOK, vec![presence.tenant.uuid().into(), now.into()]).await? {
        match entry {
            Entry::Troubled(organization, payment) => troubled.push((organization, payment)),
            Entry::Grant(grant) => grants.extend(grant),
            Entry::Feature(feature) => features.push(feature),
        }
    }
    Ok(TenantBook::new(presence.access_version, troubled, grants, &features))
}

enum Entry {
    Troubled(OrganizationId, Payment),
    /// Absent: about a permission that only a later release knows.
    Grant(Option<Grant>),
    Feature(String),
}

impl FromRow for Entry {
    const WANTED: &'static [Wanted] = &[
        Wanted("line.kind", &[]),
        Wanted("line.id", &[]),
        Wanted("line.word", &[]),
        Wanted("line.since", &[]),
        Wanted("line.until", &[]),
        Wanted("line.role_id", &[]),
        Wanted("line.permission_id", &[]),
        Wanted("line.conditions", &[]),
        Wanted("line.resource_type", &[]),
        Wanted("line.resource_id", &[]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        let kind: &str = row.column()?;
        let id: Option<Uuid> = row.column()?;
        let word: &str = row.column()?;
        let since: Option<DateTime<Utc>> = row.column()?;
        let until: Option<DateTime<Utc>> = row.column()?;
        let role: Option<RoleId> = row.column::<Option<Uuid>>()?.map(Into::into);
        let permission = row.column::<Option<Uuid>>()?.and_then(|id| Permission::from_id(id.as_u128()));
        let conditions: Option<&str> = row.column()?;
        let resource = resource(row)?;
        match (kind, id, role, resource) {
            ("troubled", Some(organization), ..) => {
                // The statement names three; were there another, the strictest is the safe reading.
                let status = match word {
                    "past_due" => SubscriptionStatus::PastDue,
                    "paused" => SubscriptionStatus::Paused,
                    _ => SubscriptionStatus::Unpaid,
                };
                Ok(Self::Troubled(organization.into(), Payment { status, past_due_since: since, grace_until: until }))
            }
            ("grant", Some(id), Some(role), Some(resource)) => Ok(Self::Grant(permission.map(|permission| Grant {
                id: id.into(),
                grantee: Grantee::Role(role),
                resource,
                permission,
                effect: effect_of(word),
                when: When::of_text(conditions),
                expires_at: until,
            }))),
            ("feature", ..) => Ok(Self::Feature(word.to_owned())),
            _ => Err(Error::internal("an entry of no known kind")),
        }
    }
}
