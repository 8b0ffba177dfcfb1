//! The statements behind access: the roles of a tenant, and the rules about one user.

use chrono::{DateTime, Utc};
use entity::id::{OrganizationId, RoleId, UserId};
use migration::catalog::{BaseRole, PERMISSIONS};
use uuid::Uuid;

use super::{Member, PermissionSet, Presence, Role, RoleBook};
use crate::database::{FromRow, Row, Transaction};
use crate::error::Error;

/// One thing that says what a user may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// The user owns the organization.
    Owner(OrganizationId),
    /// The user's membership there is suspended.
    Suspended(OrganizationId),
    /// The user is a member there, with this base role.
    Member(OrganizationId, BaseRole),
    /// The user has a role, there or in the whole tenant, perhaps for a time.
    Role { organization: Option<OrganizationId>, role: RoleId, expires_at: Option<DateTime<Utc>> },
}

const ROLES: &str = "
    select role.id, role.index_id, role.key, role.name, role.description, role.is_system, role.parent_role_id, role.is_active,
        role.created_at, role.updated_at,
        array(select rule.permission_id from role_permissions rule where rule.tenant_id = role.tenant_id
            and rule.role_id = role.id and rule.effect = 'allow' and rule.conditions is null),
        array(select rule.permission_id from role_permissions rule where rule.tenant_id = role.tenant_id
            and rule.role_id = role.id and rule.effect = 'allow' and rule.conditions is not null),
        array(select rule.permission_id from role_permissions rule where rule.tenant_id = role.tenant_id
            and rule.role_id = role.id and rule.effect = 'deny')
    from roles role
    where role.tenant_id = $1 and role.deleted_at is null
    order by role.index_id";

/// The living roles of the tenant: one statement.
pub(super) async fn roles(transaction: &Transaction, presence: &Presence) -> Result<RoleBook, Error> {
    let roles = transaction.all(ROLES, vec![presence.tenant.uuid().into()]).await?;
    Ok(RoleBook::new(presence.tenant, presence.access_version, roles))
}

const RULES: &str = "
    select 'owner', organization.id, null, null, null::uuid, null::timestamptz
    from organizations organization
    where organization.tenant_id = $1 and organization.owner_id = $2 and organization.deleted_at is null
    union all
    select 'member', membership.organization_id, membership.role, membership.status, null, null
    from organization_memberships membership
    where membership.tenant_id = $1 and membership.user_id = $2 and membership.deleted_at is null
    union all
    select 'role', assignment.organization_id, null, null, assignment.role_id, assignment.expires_at
    from member_roles assignment
    where assignment.tenant_id = $1 and assignment.tenant_membership_id = $3
        and assignment.revoked_at is null and assignment.deleted_at is null
        and (assignment.expires_at is null or assignment.expires_at > $4)";

/// What there is about one user in the tenant: one statement.
pub(super) async fn rules(
    transaction: &Transaction,
    user: UserId,
    presence: &Presence,
    now: DateTime<Utc>,
) -> Result<Vec<Rule>, Error> {
    let membership = presence.member.map(|member| member.id.uuid());
    transaction.all(RULES, vec![presence.tenant.uuid().into(), user.uuid().into(), membership.into(), now.into()]).await
}

const MEMBERS: &str = "
    select member.user_id, member.id, member.role,
        member.status = 'active' and person.is_active and person.deleted_at is null
            and (person.locked_until is null or person.locked_until <= now())
    from tenant_memberships member join users person on person.id = member.user_id
    where member.tenant_id = $1 and member.user_id = any($2) and member.deleted_at is null";

/// The memberships of some people in the tenant: one statement.
pub(super) async fn members(
    transaction: &Transaction,
    presence: &Presence,
    users: &[UserId],
) -> Result<Vec<(UserId, Member)>, Error> {
    let users: Vec<Uuid> = users.iter().map(|user| user.uuid()).collect();
    transaction.all(MEMBERS, vec![presence.tenant.uuid().into(), users.into()]).await
}

impl FromRow for (UserId, Member) {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        let user = row.column::<Uuid>()?.into();
        let id = row.column::<Uuid>()?.into();
        let role = row.column::<&str>().map(|role| BaseRole::from_key(role).unwrap_or(BaseRole::Readonly))?;
        Ok((user, Member { id, role, is_active: row.column()? }))
    }
}

impl FromRow for Role {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            index_id: row.column()?,
            key: row.column()?,
            name: row.column()?,
            description: row.column()?,
            is_system: row.column()?,
            parent: row.column::<Option<Uuid>>()?.map(RoleId::from),
            is_active: row.column()?,
            created_at: row.column()?,
            updated_at: row.column()?,
            allowed: permissions(&row.column::<Vec<Uuid>>()?),
            allowed_if: permissions(&row.column::<Vec<Uuid>>()?),
            denied: permissions(&row.column::<Vec<Uuid>>()?),
        })
    }
}

impl FromRow for Rule {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        let kind: &str = row.column()?;
        let organization = row.column::<Option<Uuid>>()?.map(OrganizationId::from);
        let base: Option<&str> = row.column()?;
        let status: Option<&str> = row.column()?;
        let role: Option<Uuid> = row.column()?;
        let expires_at = row.column()?;
        match (kind, organization, role) {
            ("owner", Some(organization), _) => Ok(Self::Owner(organization)),
            ("member", Some(organization), _) if status != Some("active") => Ok(Self::Suspended(organization)),
            ("member", Some(organization), _) => {
                Ok(Self::Member(organization, base.and_then(BaseRole::from_key).unwrap_or(BaseRole::Readonly)))
            }
            (_, organization, Some(role)) => Ok(Self::Role { organization, role: role.into(), expires_at }),
            _ => Err(Error::internal("a rule of no known kind")),
        }
    }
}

fn permissions(ids: &[Uuid]) -> PermissionSet {
    PERMISSIONS
        .iter()
        .map(|definition| definition.permission)
        .filter(|permission| ids.contains(&Uuid::from_u128(permission.id())))
        .collect()
}
