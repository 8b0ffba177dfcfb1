//! A role of a tenant: a named set of rules, which may build on a parent's.

use crate::id::{DeletionId, RoleId, TenantId};
use crate::prelude::*;

/// A row of `roles`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "roles")]
pub struct Model {
    /// The tenant it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Identifies the role.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RoleId,
    /// Its place in lists; made by the database, and never shown.
    pub index_id: i64,
    /// Its name for programs, unique in the tenant.
    pub key: String,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Whether it is a base role, the same in every tenant and unchangeable.
    pub is_system: bool,
    /// The role whose rules it builds on.
    pub parent_role_id: Option<RoleId>,
    /// Whether it gives anything.
    pub is_active: bool,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed; kept by the database.
    pub updated_at: DateTimeUtc,
    /// When it was deleted, if it was.
    pub deleted_at: Option<DateTimeUtc>,
    /// The deletion that took it down, together with whatever bears the same.
    pub deletion_id: Option<DeletionId>,
    /// Its tenant.
    #[sea_orm(belongs_to, from = "tenant_id", to = "id")]
    pub tenant: BelongsTo<super::tenant::Entity>,
    /// The role whose rules it builds on.
    #[sea_orm(
        self_ref,
        relation_enum = "Parent",
        relation_reverse = "Children",
        from = "(tenant_id, parent_role_id)",
        to = "(tenant_id, id)"
    )]
    pub parent: BelongsTo<Option<Entity>>,
    /// Its rules.
    #[sea_orm(has_many)]
    pub permissions: HasMany<super::role_permission::Entity>,
    /// Its assignments.
    #[sea_orm(has_many)]
    pub members: HasMany<super::member_role::Entity>,
    /// The teams that have it.
    #[sea_orm(has_many)]
    pub teams: HasMany<super::team_role::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
