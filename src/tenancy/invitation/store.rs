//! Every statement that reads invitations.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use entity::id::{InvitationId, OrganizationId, RoleId, TeamId, UserId};
use entity::invitation::InvitationStatus;
use entity::organization_membership::OrganizationRole;
use migration::catalog::Permission;
use uuid::Uuid;

use super::{Invitation, InvitationArguments, InvitationState, ReceivedInvitation};
use crate::access::{Role, Scope};
use crate::database::{Binds, COLUMNS, FromRow, Row, Wanted, contains};
use crate::error::Error;
use crate::graph::Connection;
use crate::page::{Listed, ListsBelow, Order, Page};
use crate::request::Request;
use crate::roles::role::roles_by_id;
use crate::teams::team::{Team, visible_teams};

/// The newest first.
const ORDER: Order = Order { tag: 'i', key: None, index_id: "invitation.index_id", descending: true };

impl FromRow for Invitation {
    const WANTED: &'static [Wanted] = &[
        Wanted("invitation.id", &[]),
        Wanted("invitation.index_id", &[]),
        Wanted("invitation.organization_id", &[]),
        Wanted("invitation.email", &["email"]),
        Wanted("invitation.role", &["role"]),
        Wanted("invitation.status", &["status"]),
        Wanted("invitation.expires_at <= now()", &["status"]),
        Wanted("invitation.invited_by_user_id", &["invitedBy"]),
        Wanted("invitation.accepted_by_user_id", &["acceptedBy"]),
        Wanted("invitation.sent_at", &["sentAt"]),
        Wanted("invitation.resent_count", &["resentCount"]),
        Wanted("invitation.expires_at", &["expiresAt"]),
        Wanted("invitation.answered_at", &["answeredAt"]),
        Wanted("invitation.created_at", &["createdAt"]),
        Wanted("invitation.updated_at", &["updatedAt"]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        let (id, index_id) = (row.column::<Uuid>()?.into(), row.column()?);
        let (organization, email) = (row.column::<Uuid>()?.into(), row.column()?);
        let role = row.member(OrganizationRole::as_str)?;
        let (status, is_late) = (row.member(InvitationStatus::as_str)?, row.column()?);
        let state = match (status, is_late) {
            (InvitationStatus::Pending, true) => InvitationState::Expired,
            (InvitationStatus::Pending, false) => InvitationState::Pending,
            (InvitationStatus::Accepted, _) => InvitationState::Accepted,
            (InvitationStatus::Declined, _) => InvitationState::Declined,
            (InvitationStatus::Revoked, _) => InvitationState::Revoked,
        };
        Ok(Self {
            id,
            index_id,
            organization,
            email,
            role,
            state,
            invited_by: row.column::<Uuid>()?.into(),
            accepted_by: row.column::<Option<Uuid>>()?.map(UserId::from),
            sent_at: row.column()?,
            resent_count: row.column()?,
            expires_at: row.column()?,
            answered_at: row.column()?,
            created_at: row.column()?,
            updated_at: row.column()?,
        })
    }
}

impl Listed for Invitation {
    fn index_id(&self) -> i64 {
        self.index_id
    }
}

/// Invitations of living organizations, whoever may see them.
pub(super) async fn written_invitations(
    request: Request,
    ids: Vec<InvitationId>,
) -> Result<HashMap<InvitationId, Arc<Invitation>>, Error> {
    let ids: Vec<Uuid> = ids.into_iter().map(InvitationId::uuid).collect();
    let sql = format!(
        "select {COLUMNS} from invitations invitation
        join organizations organization
            on organization.tenant_id = $1 and organization.id = invitation.organization_id and organization.deleted_at is null
        where invitation.tenant_id = $1 and invitation.id = any($2)"
    );
    let rows: Vec<Invitation> = request.reader().await?.objects(sql, Binds::of([ids.into()])).await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}

/// The invitations among these that the caller may know of.
pub(super) async fn visible_invitations(
    request: Request,
    ids: Vec<InvitationId>,
) -> Result<HashMap<InvitationId, Arc<Invitation>>, Error> {
    let mut rows = written_invitations(request.clone(), ids).await?;
    let (ids, scopes): (Vec<InvitationId>, Vec<Scope>) =
        rows.values().map(|row| (row.id, Scope::Organization(row.organization))).unzip();
    let visible = request.reader().await?.may_each(Permission::InvitationsRead, &scopes).await?;
    for (id, _) in ids.into_iter().zip(visible).filter(|(_, visible)| !visible) {
        rows.remove(&id);
    }
    Ok(rows)
}

/// A page of the invitations to each organization. That the caller may see them, the guard of the field has decided.
pub async fn invitations_of_organizations(
    request: Request,
    organizations: Vec<OrganizationId>,
    page: Page<InvitationArguments>,
) -> Result<Vec<Arc<Connection<Invitation>>>, Error> {
    let mut binds = Binds::new();
    let mut rows = "invitations invitation where invitation.tenant_id = $1 and invitation.organization_id = parent.id".to_owned();
    let filter = &page.arguments.filter;
    if let Some(state) = filter.state {
        rows += match state {
            InvitationState::Pending => " and invitation.status = 'pending' and invitation.expires_at > now()",
            InvitationState::Expired => " and invitation.status = 'pending' and invitation.expires_at <= now()",
            InvitationState::Accepted => " and invitation.status = 'accepted'",
            InvitationState::Declined => " and invitation.status = 'declined'",
            InvitationState::Revoked => " and invitation.status = 'revoked'",
        };
    }
    if let Some(email) = &filter.email {
        rows += &format!(" and invitation.email like {}", binds.bind(contains(&email.to_lowercase())));
    }
    let keys = organizations.into_iter().map(OrganizationId::uuid).collect();
    ListsBelow { parents: "", rows, order: ORDER }.load(&*request.reader().await?, keys, binds, &page).await
}

/// What invitations offer, by their ids.
struct Offered(Uuid, Uuid);

impl FromRow for Offered {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self(row.column()?, row.column()?))
    }
}

async fn offered(request: &Request, sql: &'static str, invitations: &[InvitationId]) -> Result<Vec<Offered>, Error> {
    let ids: Vec<Uuid> = invitations.iter().map(|id| id.uuid()).collect();
    request.reader().await?.all(sql, Binds::of([ids.into()])).await
}

/// For each invitation what it offers, of what was found.
fn of_each<I, T>(invitations: &[InvitationId], offered: &[Offered], found: &HashMap<I, Arc<T>>) -> Vec<Vec<Arc<T>>>
where
    I: From<Uuid> + Hash + Eq,
{
    let of = |id: &InvitationId| {
        let its = offered.iter().filter(|Offered(invitation, _)| *invitation == id.uuid());
        its.filter_map(|Offered(_, thing)| found.get(&I::from(*thing)).cloned()).collect()
    };
    invitations.iter().map(of).collect()
}

/// The roles that each of these invitations offers.
pub(super) async fn offered_roles(
    request: Request,
    invitations: Vec<InvitationId>,
    _: Arc<()>,
) -> Result<Vec<Vec<Arc<Role>>>, Error> {
    const ROLES: &str = "
        select offered.invitation_id, offered.role_id from invitation_roles offered
        where offered.tenant_id = $1 and offered.invitation_id = any($2) order by offered.role_id";
    let offered = offered(&request, ROLES, &invitations).await?;
    let roles = roles_by_id(request, offered.iter().map(|Offered(_, role)| RoleId::from(*role)).collect()).await?;
    Ok(of_each(&invitations, &offered, &roles))
}

/// The teams that each of these invitations offers, of those that the caller may see.
pub(super) async fn offered_teams(
    request: Request,
    invitations: Vec<InvitationId>,
    _: Arc<()>,
) -> Result<Vec<Vec<Arc<Team>>>, Error> {
    const TEAMS: &str = "
        select offered.invitation_id, offered.team_id from invitation_teams offered
        where offered.tenant_id = $1 and offered.invitation_id = any($2) order by offered.team_id";
    let offered = offered(&request, TEAMS, &invitations).await?;
    let teams = visible_teams(request, offered.iter().map(|Offered(_, team)| TeamId::from(*team)).collect()).await?;
    Ok(of_each(&invitations, &offered, &teams))
}

impl FromRow for ReceivedInvitation {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            tenant_name: row.column()?,
            organization_name: row.column()?,
            invited_by_name: row.column()?,
            role: row.member(OrganizationRole::as_str)?,
            sent_at: row.column()?,
            expires_at: row.column()?,
        })
    }
}

/// The invitations that the caller can answer, in every tenant; for each parent the same.
pub async fn received_invitations(
    request: Request,
    parents: Vec<()>,
    _: Arc<()>,
) -> Result<Vec<Vec<Arc<ReceivedInvitation>>>, Error> {
    // Of the caller's user the function knows by itself.
    const RECEIVED: &str = "
        select received.id, received.tenant_name, received.organization_name, received.invited_by_name, received.role,
            received.sent_at, received.expires_at
        from tenantry_received_invitations() received where $1::uuid is not null";
    let reader = request.reader().await?;
    let rows: Vec<ReceivedInvitation> =
        if reader.caller.person().is_some() { reader.all_of_caller(RECEIVED).await? } else { Vec::new() };
    let rows: Vec<_> = rows.into_iter().map(Arc::new).collect();
    Ok(vec![rows; parents.len()])
}
