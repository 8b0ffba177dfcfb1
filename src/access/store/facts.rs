//! The statements about people and organizations that a decision asks for beyond rules.

use std::collections::HashMap;
use std::sync::Arc;

use entity::id::{DeveloperRoleAssignmentId, OrganizationId, TeamId, UserId};
use entity::subscription::SubscriptionStatus;
use migration::catalog::{BaseRole, Permission};
use serde_json::Value;
use uuid::Uuid;

use crate::access::Presence;
use crate::access::billing::BillingAccount;
use crate::access::caller::Member;
use crate::access::explanation::Plan;
use crate::access::known::OrganizationFacts;
use crate::access::subject::Person;
use crate::database::{FromRow, Row, Transaction};
use crate::error::{Detail, Error};

/// People whom the tenant knows, and the platform's own staff, whom it does not.
const PEOPLE: &str = "
    select asked.id, coalesce(person.email, developer.email), coalesce(person.email_verified_at, developer.email_verified_at) is not null,
        coalesce(person.display_name, developer.display_name), developer.user_id is not null,
        coalesce(person.is_active and person.deleted_at is null, developer.is_active),
        coalesce(person.locked_until, developer.locked_until),
        member.id, member.role, member.status, array_remove(developer.assignment_ids, null), array_remove(developer.permission_ids, null)
    from unnest($2::uuid[]) asked(id)
    left join users person on person.id = asked.id and $1::uuid = any(person.tenant_ids)
    left join tenant_memberships member on member.tenant_id = $1 and member.user_id = asked.id and member.deleted_at is null
    left join lateral tenantry_developer(
        case when person.id is null or person.user_type = 'developer' then asked.id end) developer on true
    where person.id is not null or developer.user_id is not null";

/// What is stored about some people: one statement. Absent: they are nothing to the tenant.
pub(in crate::access) async fn people(
    transaction: &Transaction,
    presence: &Presence,
    users: &[UserId],
) -> Result<HashMap<UserId, Arc<Person>>, Error> {
    let users: Vec<Uuid> = users.iter().map(|user| user.uuid()).collect();
    let people: Vec<Person> = transaction.all(PEOPLE, vec![presence.tenant.uuid().into(), users.into()]).await?;
    Ok(people.into_iter().map(|person| (person.user, Arc::new(person))).collect())
}

impl FromRow for Person {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        let user = row.column::<Uuid>()?.into();
        let (email, email_verified, display_name) = (row.column()?, row.column()?, row.column()?);
        let (is_developer, is_active, locked_until) = (row.column()?, row.column()?, row.column()?);
        let member: Option<Uuid> = row.column()?;
        let role: Option<&str> = row.column()?;
        let status: Option<&str> = row.column()?;
        let assignments: Vec<Uuid> = row.column::<Option<_>>()?.unwrap_or_default();
        let permissions: Vec<Uuid> = row.column::<Option<_>>()?.unwrap_or_default();
        let developer = assignments.into_iter().zip(permissions).filter_map(|(assignment, permission)| {
            Some((DeveloperRoleAssignmentId::from(assignment), Permission::from_id(permission.as_u128())?))
        });
        Ok(Self {
            user,
            email,
            email_verified,
            display_name,
            is_developer,
            is_active,
            locked_until,
            member: member.map(|id| Member {
                id: id.into(),
                // Postgres stores nothing else; were it otherwise, the lowest role is the safe reading.
                role: role.and_then(BaseRole::from_key).unwrap_or(BaseRole::Readonly),
                is_active: status == Some("active"),
            }),
            developer: developer.collect(),
        })
    }
}

/// Living organizations with their owners, and what decides their plan: the living subscription or the one that ended last.
/// Where it gives nothing, the plan `free` is in effect, if the tenant has one.
const ORGANIZATIONS: &str = "
    select organization.id, organization.name, organization.domain, organization.metadata::text, organization.owner_id,
        owner.display_name, account.key, account.status, account.past_due_since, account.grace_until,
        case when account.status in ('trialing', 'active', 'past_due', 'unpaid') then account.features else free.features end
    from organizations organization
    left join users owner on owner.id = organization.owner_id and $1::uuid = any(owner.tenant_ids)
    left join lateral (
        select product.key, subscription.status, subscription.past_due_since, subscription.grace_until,
            array(select feature.key from jsonb_each(product.features) feature where feature.value = 'true') as features
        from subscriptions subscription
        join products product on product.tenant_id = $1 and product.id = subscription.product_id
        where subscription.tenant_id = $1 and subscription.organization_id = organization.id
            and subscription.product_type = 'plan' and subscription.deleted_at is null
        order by subscription.status in ('canceled', 'incomplete_expired'), subscription.index_id desc
        limit 1) account on true
    left join (
        select array(select feature.key from jsonb_each(product.features) feature where feature.value = 'true') as features
        from products product
        where product.tenant_id = $1 and product.key = 'free' and product.organization_id is null and product.type = 'plan'
            and product.is_current and product.deleted_at is null) free on true
    where organization.tenant_id = $1 and organization.deleted_at is null";

/// What is stored about these organizations, or about all: one statement. Absent: there is no such organization.
pub(in crate::access) async fn organizations(
    transaction: &Transaction,
    presence: &Presence,
    organizations: Option<&[OrganizationId]>,
) -> Result<HashMap<OrganizationId, Arc<OrganizationFacts>>, Error> {
    let tenant = presence.tenant.uuid().into();
    // Two texts, because a plan that fits both would read all of the tenant for the sake of one.
    let facts: Vec<OrganizationFacts> = match organizations {
        None => transaction.all(ORGANIZATIONS, vec![tenant]).await?,
        Some(ids) => {
            let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
            transaction.all(format!("{ORGANIZATIONS} and organization.id = any($2)"), vec![tenant, ids.into()]).await?
        }
    };
    Ok(facts.into_iter().map(|facts| (facts.id, Arc::new(facts))).collect())
}

impl FromRow for OrganizationFacts {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        let id = row.column::<Uuid>()?.into();
        let (name, domain) = (row.column()?, row.column()?);
        let metadata: &str = row.column()?;
        let owner = row.column::<Uuid>()?.into();
        let owner_name: Option<&str> = row.column()?;
        let plan: Option<String> = row.column()?;
        let status: Option<&str> = row.column()?;
        let (past_due_since, grace_until) = (row.column()?, row.column()?);
        let account = match (plan, status) {
            (Some(plan), Some(status)) => {
                let status = super::member_of(status, SubscriptionStatus::as_str)?;
                // The time is that of the question, which is put in there.
                Some(BillingAccount { plan, status, past_due_since, grace_until, now: chrono::DateTime::UNIX_EPOCH })
            }
            _ => None,
        };
        Ok(Self {
            id,
            name,
            domain,
            metadata: serde_json::from_str(metadata).unwrap_or(Value::Null),
            owner,
            owner_name: owner_name.unwrap_or("its owner").into(),
            account,
            features: row.column::<Option<_>>()?.unwrap_or_default(),
        })
    }
}

/// Living teams among these, or of these organizations, and where each belongs.
const TEAMS: &str = "
    select team.id, team.organization_id from teams team
    where team.tenant_id = $1 and team.deleted_at is null and team.organization_id = any($2)
        and (team.id = any($3) or team.organization_id = any($4))";

/// The living teams of `organizations` that are among `ids` or belong to one of `all_of`: one statement.
pub(in crate::access) async fn teams(
    transaction: &Transaction,
    presence: &Presence,
    organizations: &[OrganizationId],
    ids: Vec<Uuid>,
    all_of: &[OrganizationId],
) -> Result<Vec<(TeamId, OrganizationId)>, Error> {
    let uuids = |ids: &[OrganizationId]| -> Vec<Uuid> { ids.iter().map(|id| id.uuid()).collect() };
    let values = vec![presence.tenant.uuid().into(), uuids(organizations).into(), ids.into(), uuids(all_of).into()];
    let rows: Vec<Pair> = transaction.all(TEAMS, values).await?;
    Ok(rows.into_iter().map(|Pair(team, organization)| (team.into(), organization.into())).collect())
}

struct Pair(Uuid, Uuid);

impl FromRow for Pair {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self(row.column()?, row.column()?))
    }
}

/// The cheapest plan on offer with a feature.
const PLAN: &str = "
    select product.key, product.name from products product
    where product.tenant_id = $1 and product.type = 'plan' and product.organization_id is null and product.is_current
        and product.is_public and product.deleted_at is null and product.features -> $2 = 'true'
    order by coalesce(product.price_monthly_minor, product.price_yearly_minor / 12, product.price_fixed_minor, 0), product.index_id
    limit 1";

/// The cheapest plan on offer that has a feature.
pub(in crate::access) async fn plan_with(
    transaction: &Transaction,
    presence: &Presence,
    feature: &'static str,
) -> Result<Option<Plan>, Error> {
    transaction.one(PLAN, vec![presence.tenant.uuid().into(), feature.into()]).await
}

impl FromRow for Plan {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { key: row.column()?, name: row.column()? })
    }
}

struct Owner(UserId, Arc<str>);

impl FromRow for Owner {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self(row.column::<Uuid>()?.into(), row.column::<&str>()?.into()))
    }
}

/// The owner of the tenant: of several the longest-standing; none where nobody is.
pub async fn tenant_owner(transaction: &Transaction, presence: &Presence) -> Result<Option<Detail>, Error> {
    const OWNER: &str = "
        select person.id, person.display_name from tenant_memberships member
        join users person on person.id = member.user_id and person.deleted_at is null
        where member.tenant_id = $1 and member.role = 'owner' and member.status = 'active' and member.deleted_at is null
        order by member.index_id limit 1";
    let owner: Option<Owner> = transaction.one(OWNER, vec![presence.tenant.uuid().into()]).await?;
    Ok(owner.map(|Owner(id, name)| Detail::Owner { id, name }))
}
