//! A team of an organization; teams form a tree.

use crate::id::{DeletionId, OrganizationId, TeamId, TenantId};
use crate::prelude::*;

/// A row of `teams`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "teams")]
pub struct Model {
    /// The tenant it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Identifies the team.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TeamId,
    /// Its place in lists; made by the database, and never shown.
    pub index_id: i64,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// Its name, unique in the organization.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The team it is part of.
    pub parent_team_id: Option<TeamId>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed; kept by the database.
    pub updated_at: DateTimeUtc,
    /// When it was deleted, if it was.
    pub deleted_at: Option<DateTimeUtc>,
    /// The deletion that took it down, together with whatever bears the same.
    pub deletion_id: Option<DeletionId>,
    /// Its organization.
    #[sea_orm(belongs_to, from = "(tenant_id, organization_id)", to = "(tenant_id, id)")]
    pub organization: BelongsTo<super::organization::Entity>,
    /// The team it is part of.
    #[sea_orm(
        self_ref,
        relation_enum = "Parent",
        relation_reverse = "Children",
        from = "(tenant_id, parent_team_id)",
        to = "(tenant_id, id)"
    )]
    pub parent: BelongsTo<Option<Entity>>,
    /// Its members.
    #[sea_orm(has_many)]
    pub members: HasMany<super::team_member::Entity>,
    /// Its roles.
    #[sea_orm(has_many)]
    pub roles: HasMany<super::team_role::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
