//! A role that all members of a team have.

use crate::id::{RoleId, TeamId, TenantId};
use crate::prelude::*;

/// A row of `team_roles`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "team_roles")]
pub struct Model {
    /// The tenant it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// The team.
    #[sea_orm(primary_key, auto_increment = false)]
    pub team_id: TeamId,
    /// The role.
    #[sea_orm(primary_key, auto_increment = false)]
    pub role_id: RoleId,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed; kept by the database.
    pub updated_at: DateTimeUtc,
    /// The team.
    #[sea_orm(belongs_to, from = "(tenant_id, team_id)", to = "(tenant_id, id)")]
    pub team: BelongsTo<super::team::Entity>,
    /// The role.
    #[sea_orm(belongs_to, from = "(tenant_id, role_id)", to = "(tenant_id, id)")]
    pub role: BelongsTo<super::role::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
