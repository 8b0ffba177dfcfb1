//! A member's place in a team.

use crate::id::{TeamId, TeamMemberId, TenantId, TenantMembershipId};
use crate::prelude::*;

/// A row of `team_members`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "team_members")]
pub struct Model {
    /// The tenant it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Identifies the place.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TeamMemberId,
    /// Its place in lists; made by the database, and never shown.
    pub index_id: i64,
    /// The team.
    pub team_id: TeamId,
    /// The member.
    pub tenant_membership_id: TenantMembershipId,
    /// Whether the member leads the team.
    pub is_lead: bool,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed; kept by the database.
    pub updated_at: DateTimeUtc,
    /// The team.
    #[sea_orm(belongs_to, from = "(tenant_id, team_id)", to = "(tenant_id, id)")]
    pub team: BelongsTo<super::team::Entity>,
    /// The member.
    #[sea_orm(belongs_to, from = "(tenant_id, tenant_membership_id)", to = "(tenant_id, id)")]
    pub tenant_membership: BelongsTo<super::tenant_membership::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
