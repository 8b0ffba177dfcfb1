//! A permission of the catalog, the same in every tenant.

use crate::id::PermissionId;
use crate::prelude::*;

/// A row of `permissions`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "permissions")]
pub struct Model {
    /// Identifies the permission; the same in every database.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PermissionId,
    /// Its name: `members.invite`.
    #[sea_orm(unique)]
    pub key: String,
    /// What is acted on.
    pub resource: String,
    /// What is done to it.
    pub action: String,
    /// What its holder may do.
    pub description: String,
    /// The plan feature without which it is never granted.
    pub required_feature: Option<String>,
    /// Whether it is on its way out.
    pub is_deprecated: bool,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed; kept by the database.
    pub updated_at: DateTimeUtc,
    /// The roles that say something about it.
    #[sea_orm(has_many)]
    pub roles: HasMany<super::role_permission::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
