//! Every statement that changes invitations.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use entity::id::{InvitationId, OrganizationId, RoleId, TeamId, TenantId, TenantMembershipId, UserId};
use entity::invitation::InvitationStatus;
use entity::organization_membership::OrganizationRole;
use entity::tenant::TenantStatus;
use migration::catalog::BaseRole;
use serde_json::{Value, json};
use uuid::Uuid;

use super::offer::Offer;
use super::target::Target;
use crate::access::{Member, PermissionSet, Presence};
use crate::clock;
use crate::database::{FromRow, Row, TokenHash};
use crate::error::Error;
use crate::request::Writer;

/// What an address is to an organization already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Member,
    Suspended,
    Invited,
}

impl FromRow for (String, Standing) {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        let email = row.column()?;
        let standing = match row.column::<&str>()? {
            "active" => Standing::Member,
            "suspended" => Standing::Suspended,
            _ => Standing::Invited,
        };
        Ok((email, standing))
    }
}

/// What these addresses are to a locked organization, those that are nothing left out.
pub(super) async fn standings(
    writer: &Writer,
    organization: OrganizationId,
    emails: &[String],
) -> Result<Vec<(String, Standing)>, Error> {
    const STANDINGS: &str = "
        select person.email, seat.status from users person
        join organization_memberships seat on seat.tenant_id = $1 and seat.organization_id = $2 and seat.user_id = person.id
            and seat.deleted_at is null
        where person.email = any($3) and person.deleted_at is null
        union all
        select invitation.email, 'invited' from invitations invitation
        where invitation.tenant_id = $1 and invitation.organization_id = $2 and invitation.email = any($3)
            and invitation.status = 'pending' and invitation.expires_at > $4";
    let values =
        vec![writer.presence()?.tenant.uuid().into(), organization.uuid().into(), emails.to_vec().into(), writer.now.into()];
    writer.transaction.all(STANDINGS, values).await
}

/// What is known of an invitation before it is made.
pub(super) struct NewInvitation {
    pub id: InvitationId,
    pub email: String,
    pub token_hash: TokenHash,
    pub offer: Offer,
}

/// Makes invitations. Those to the same addresses whose time has passed make room.
pub(super) async fn insert(
    writer: &Writer,
    organization: OrganizationId,
    batch: InvitationId,
    expires_at: DateTime<Utc>,
    new: &[NewInvitation],
) -> Result<(), Error> {
    const MAKE_ROOM: &str = "
        update invitations invitation set status = 'revoked', answered_at = invitation.expires_at
        where (invitation.tenant_id, invitation.organization_id) = ($1, $2) and invitation.email = any($3)
            and invitation.status = 'pending'";
    const INSERT: &str = "
        insert into invitations (tenant_id, id, batch_id, organization_id, email, role, token_hash, expires_at, invited_by_user_id, sent_at)
        select $1, new.id, $3, $2, new.email, new.role, decode(new.token_hash, 'base64'), $4, $5, $6
        from jsonb_to_recordset($7) new(id uuid, email text, role text, token_hash text)";
    let tenant = writer.presence()?.tenant.uuid();
    let emails: Vec<String> = new.iter().map(|invitation| invitation.email.clone()).collect();
    writer.transaction.all::<i64>(MAKE_ROOM, vec![tenant.into(), organization.uuid().into(), emails.into()]).await?;
    let row = |invitation: &NewInvitation| {
        json!({
            "id": invitation.id.uuid(), "email": invitation.email, "role": invitation.offer.role.as_str(),
            "token_hash": STANDARD.encode(invitation.token_hash.bytes()),
        })
    };
    let values = vec![
        tenant.into(),
        organization.uuid().into(),
        batch.uuid().into(),
        expires_at.into(),
        writer.caller.user.uuid().into(),
        writer.now.into(),
        Value::Array(new.iter().map(row).collect()).into(),
    ];
    writer.transaction.all::<i64>(INSERT, values).await?;
    let offers: Vec<(InvitationId, &Offer)> = new.iter().map(|invitation| (invitation.id, &invitation.offer)).collect();
    link(writer, &offers).await
}

/// Writes which roles and teams are offered.
async fn link(writer: &Writer, offers: &[(InvitationId, &Offer)]) -> Result<(), Error> {
    const ROLES: &str = "
        insert into invitation_roles (tenant_id, invitation_id, role_id) select $1, unnest($2::uuid[]), unnest($3::uuid[])";
    const TEAMS: &str = "
        insert into invitation_teams (tenant_id, invitation_id, team_id) select $1, unnest($2::uuid[]), unnest($3::uuid[])";
    let roles = offers.iter().flat_map(|(id, offer)| offer.roles.iter().map(|role| (id.uuid(), role.uuid()))).unzip();
    let teams = offers.iter().flat_map(|(id, offer)| offer.teams.iter().map(|team| (id.uuid(), team.uuid()))).unzip();
    for (sql, (ids, offered)) in [(ROLES, roles), (TEAMS, teams)] {
        let (ids, offered): (Vec<Uuid>, Vec<Uuid>) = (ids, offered);
        if !ids.is_empty() {
            writer.transaction.all::<i64>(sql, vec![writer.presence()?.tenant.uuid().into(), ids.into(), offered.into()]).await?;
        }
    }
    Ok(())
}

/// The invitations that one call made.
pub(super) async fn batch(writer: &Writer, batch: InvitationId) -> Result<Vec<InvitationId>, Error> {
    const BATCH: &str = "
        select invitation.id from invitations invitation
        where invitation.tenant_id = $1 and invitation.batch_id = $2 order by invitation.index_id";
    let values = vec![writer.presence()?.tenant.uuid().into(), batch.uuid().into()];
    let found: Vec<Uuid> = writer.transaction.all(BATCH, values).await?;
    Ok(found.into_iter().map(Into::into).collect())
}

/// How many of these teams live in the organization. They keep living until the transaction ends.
pub(super) async fn living_teams(writer: &Writer, organization: OrganizationId, teams: &[TeamId]) -> Result<usize, Error> {
    const LIVING: &str = "
        select team.id from teams team
        where team.tenant_id = $1 and team.organization_id = $2 and team.id = any($3) and team.deleted_at is null
        order by team.id for share";
    let teams: Vec<Uuid> = teams.iter().map(|team| team.uuid()).collect();
    let values = vec![writer.presence()?.tenant.uuid().into(), organization.uuid().into(), teams.into()];
    Ok(writer.transaction.all::<Uuid>(LIVING, values).await?.len())
}

/// Where an invitation leads; it never changes.
pub(super) async fn organization(writer: &Writer, id: InvitationId) -> Result<Option<OrganizationId>, Error> {
    const WHERE: &str = "
        select invitation.organization_id from invitations invitation where invitation.tenant_id = $1 and invitation.id = $2";
    let values = vec![writer.presence()?.tenant.uuid().into(), id.uuid().into()];
    Ok(writer.transaction.one::<Uuid>(WHERE, values).await?.map(Into::into))
}

impl FromRow for Target {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            organization: row.column::<Uuid>()?.into(),
            email: row.column()?,
            status: row.member(InvitationStatus::as_str)?,
            expires_at: row.column()?,
            invited_by: row.column::<Uuid>()?.into(),
            offer: Offer {
                role: row.member(OrganizationRole::as_str)?,
                roles: row.column::<Vec<Uuid>>()?.into_iter().map(RoleId::from).collect(),
                teams: row.column::<Vec<Uuid>>()?.into_iter().map(TeamId::from).collect(),
            },
        })
    }
}

/// Locks an invitation, whose organization is locked already.
pub(super) async fn lock(writer: &Writer, id: InvitationId) -> Result<Option<Target>, Error> {
    const LOCK: &str = "
        select invitation.id, invitation.organization_id, invitation.email, invitation.status, invitation.expires_at,
            invitation.invited_by_user_id, invitation.role,
            array(select offered.role_id from invitation_roles offered
                where offered.tenant_id = $1 and offered.invitation_id = invitation.id order by offered.role_id),
            array(select offered.team_id from invitation_teams offered
                where offered.tenant_id = $1 and offered.invitation_id = invitation.id order by offered.team_id)
        from invitations invitation where invitation.tenant_id = $1 and invitation.id = $2 for update of invitation";
    writer.transaction.one(LOCK, vec![writer.presence()?.tenant.uuid().into(), id.uuid().into()]).await
}

/// Gives a locked invitation a new token and a new time.
pub(super) async fn resend(
    writer: &Writer,
    id: InvitationId,
    token_hash: &TokenHash,
    expires_at: DateTime<Utc>,
) -> Result<(), Error> {
    const RESEND: &str = "
        update invitations invitation set token_hash = $3, expires_at = $4, sent_at = $5, invited_by_user_id = $6,
            resent_count = invitation.resent_count + 1
        where (invitation.tenant_id, invitation.id) = ($1, $2)";
    let values = vec![
        writer.presence()?.tenant.uuid().into(),
        id.uuid().into(),
        token_hash.bytes().to_vec().into(),
        expires_at.into(),
        writer.now.into(),
        writer.caller.user.uuid().into(),
    ];
    writer.transaction.all::<i64>(RESEND, values).await?;
    Ok(())
}

/// Writes what a locked invitation offers from now on, and that the caller answers for it.
pub(super) async fn update(writer: &Writer, id: InvitationId, offer: &Offer) -> Result<(), Error> {
    const UPDATE: &str = "
        update invitations invitation set role = $3, invited_by_user_id = $4
        where (invitation.tenant_id, invitation.id) = ($1, $2)";
    const NO_ROLES: &str = "delete from invitation_roles offered where (offered.tenant_id, offered.invitation_id) = ($1, $2)";
    const NO_TEAMS: &str = "delete from invitation_teams offered where (offered.tenant_id, offered.invitation_id) = ($1, $2)";
    let key = vec![writer.presence()?.tenant.uuid().into(), id.uuid().into()];
    let mut values = key.clone();
    values.extend([offer.role.as_str().into(), writer.caller.user.uuid().into()]);
    writer.transaction.all::<i64>(UPDATE, values).await?;
    writer.transaction.all::<i64>(NO_ROLES, key.clone()).await?;
    writer.transaction.all::<i64>(NO_TEAMS, key).await?;
    link(writer, &[(id, offer)]).await
}

/// Ends a locked invitation.
pub(super) async fn answer(writer: &Writer, id: InvitationId, status: InvitationStatus) -> Result<(), Error> {
    const ANSWER: &str = "
        update invitations invitation set status = $3, answered_at = $4, accepted_by_user_id = $5
        where (invitation.tenant_id, invitation.id) = ($1, $2) and invitation.status = 'pending'";
    let accepted_by = (status == InvitationStatus::Accepted).then_some(writer.caller.user.uuid());
    let values = vec![
        writer.presence()?.tenant.uuid().into(),
        id.uuid().into(),
        status.as_str().into(),
        writer.now.into(),
        accepted_by.into(),
    ];
    writer.transaction.all::<i64>(ANSWER, values).await?;
    Ok(())
}

/// A tenant, and what is in it.
pub(super) struct Place {
    pub tenant: TenantId,
    pub invitation: InvitationId,
}

impl FromRow for Place {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { tenant: row.column::<Uuid>()?.into(), invitation: row.column::<Uuid>()?.into() })
    }
}

/// The invitation of a token, in whichever tenant.
pub(super) async fn by_token(writer: &Writer, token: &TokenHash) -> Result<Option<Place>, Error> {
    const BY_TOKEN: &str = "select found.tenant_id, found.id from tenantry_invitation($1) found";
    writer.transaction.one(BY_TOKEN, vec![token.bytes().to_vec().into()]).await
}

/// An invitation to the proven address of the caller, in whichever tenant.
pub(super) async fn received(writer: &Writer, id: InvitationId) -> Result<Option<Place>, Error> {
    const RECEIVED: &str = "select found.tenant_id, found.id from tenantry_received_invitations() found where found.id = $1";
    writer.transaction.one(RECEIVED, vec![id.uuid().into()]).await
}

struct Entered(TenantStatus, i64, Option<Member>);

impl FromRow for Entered {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        let (status, version) = (row.member(TenantStatus::as_str)?, row.column()?);
        let (id, role, is_active) = (row.column::<Option<Uuid>>()?, row.column::<Option<&str>>()?, row.column::<Option<bool>>()?);
        let role = role.and_then(BaseRole::from_key);
        let member = id.zip(role).map(|(id, role)| Member {
            id: TenantMembershipId::from(id),
            role,
            is_active: is_active.unwrap_or_default(),
        });
        Ok(Self(status, version, member))
    }
}

/// Lets the transaction into the tenant of an invitation, as the only one that changes access there. `None` where the tenant is
/// gone.
pub(super) async fn enter(writer: &Writer, tenant: TenantId) -> Result<Option<Presence>, Error> {
    const TURN: &str = "
        select length(set_config('app.tenant_id', $1, true))::bigint
        from pg_advisory_xact_lock(hashtextextended('access:' || $1, 0))";
    const TENANT: &str = "
        select tenant.status::text, current_version.version, member.id, member.role, member.status = 'active'
        from tenants tenant
        join access_versions current_version on current_version.tenant_id = tenant.id
        left join tenant_memberships member
            on member.tenant_id = tenant.id and member.user_id = $2 and member.deleted_at is null
        where tenant.id = $1 and tenant.deleted_at is null";
    writer.transaction.all::<i64>(TURN, vec![tenant.uuid().to_string().into()]).await?;
    let values = vec![tenant.uuid().into(), writer.caller.user.uuid().into()];
    let entered: Option<Entered> = writer.transaction.one(TENANT, values).await?;
    Ok(entered.map(|Entered(status, access_version, member)| Presence {
        tenant,
        status,
        member,
        access_version,
        developer: PermissionSet::NONE,
    }))
}

/// The address of the caller, and whether it is proven.
pub(super) struct Address {
    pub email: String,
    pub is_verified: bool,
}

impl FromRow for Address {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { email: row.column()?, is_verified: row.column()? })
    }
}

pub(super) async fn address(writer: &Writer) -> Result<Option<Address>, Error> {
    const ADDRESS: &str = "
        select person.email, person.email_verified_at is not null from users person
        where person.id = $1 and person.deleted_at is null";
    writer.transaction.one(ADDRESS, vec![writer.caller.user.uuid().into()]).await
}

/// Gives a newcomer what was offered. What they have already stays as it is.
pub(super) async fn give(writer: &Writer, target: &Target, membership: TenantMembershipId, given_by: UserId) -> Result<(), Error> {
    const ROLES: &str = "
        insert into member_roles (tenant_id, id, tenant_membership_id, organization_id, role_id, assigned_by_user_id, assigned_at)
        select $1, unnest($2::uuid[]), $3, $4, unnest($5::uuid[]), $6, $7 on conflict do nothing";
    const TEAMS: &str = "
        insert into team_members (tenant_id, id, team_id, tenant_membership_id)
        select $1, unnest($2::uuid[]), unnest($4::uuid[]), $3 on conflict do nothing";
    let tenant = writer.presence()?.tenant.uuid();
    let ids = |count: usize| (0..count).map(|_| clock::new_id::<Uuid>()).collect::<Vec<_>>();
    let roles: Vec<Uuid> = target.offer.roles.iter().map(|role| role.uuid()).collect();
    if !roles.is_empty() {
        let values = vec![
            tenant.into(),
            ids(roles.len()).into(),
            membership.uuid().into(),
            target.organization.uuid().into(),
            roles.into(),
            given_by.uuid().into(),
            writer.now.into(),
        ];
        writer.transaction.all::<i64>(ROLES, values).await?;
    }
    let teams: Vec<Uuid> = target.offer.teams.iter().map(|team| team.uuid()).collect();
    if !teams.is_empty() {
        let values = vec![tenant.into(), ids(teams.len()).into(), membership.uuid().into(), teams.into()];
        writer.transaction.all::<i64>(TEAMS, values).await?;
    }
    Ok(())
}

/// Makes the tenant of a newcomer the current one of their session.
pub(super) async fn stay(writer: &Writer) -> Result<(), Error> {
    const STAY: &str = "update sessions session set tenant_id = $1 where session.id = $2 and session.user_id = $3";
    let values = vec![
        writer.presence()?.tenant.uuid().into(),
        writer.caller.require_session()?.uuid().into(),
        writer.caller.user.uuid().into(),
    ];
    writer.transaction.all::<i64>(STAY, values).await?;
    Ok(())
}

struct Names {
    organization: String,
    inviter: String,
}

impl FromRow for Names {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { organization: row.column()?, inviter: row.column()? })
    }
}

/// What the organization and the caller are called.
pub(super) async fn names(writer: &Writer, organization: OrganizationId) -> Result<Option<(String, String)>, Error> {
    const NAMES: &str = "select organization.name, person.display_name from organizations organization
        join users person on person.id = $3
        where organization.tenant_id = $1 and organization.id = $2";
    let values = vec![writer.presence()?.tenant.uuid().into(), organization.uuid().into(), writer.caller.user.uuid().into()];
    let names: Option<Names> = writer.transaction.one(NAMES, values).await?;
    Ok(names.map(|names| (names.organization, names.inviter)))
}
