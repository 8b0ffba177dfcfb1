//! A permission that a developer role holds.

use crate::id::{DeveloperRoleId, PermissionId};
use crate::prelude::*;

/// A row of `developer_role_permissions`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "developer_role_permissions")]
pub struct Model {
    /// The role.
    #[sea_orm(primary_key, auto_increment = false)]
    pub developer_role_id: DeveloperRoleId,
    /// The permission.
    #[sea_orm(primary_key, auto_increment = false)]
    pub permission_id: PermissionId,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed; kept by the database.
    pub updated_at: DateTimeUtc,
    /// The role.
    #[sea_orm(belongs_to, from = "developer_role_id", to = "id")]
    pub developer_role: BelongsTo<super::developer_role::Entity>,
    /// The permission.
    #[sea_orm(belongs_to, from = "permission_id", to = "id")]
    pub permission: BelongsTo<super::permission::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
