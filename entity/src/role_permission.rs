//! A rule of a role: it allows or denies one permission.

use crate::id::{PermissionId, RoleId, TenantId};
use crate::prelude::*;

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Effect {
    /// It allows, unless something denies.
    Allow,
    /// It denies, whatever allows.
    Deny,
}

impl Effect {
    /// As the database writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

/// A row of `role_permissions`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "role_permissions")]
pub struct Model {
    /// The tenant it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// The role.
    #[sea_orm(primary_key, auto_increment = false)]
    pub role_id: RoleId,
    /// The permission.
    #[sea_orm(primary_key, auto_increment = false)]
    pub permission_id: PermissionId,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// When it applies, as `JSONLogic`; nothing means always.
    pub conditions: Option<JsonValue>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed; kept by the database.
    pub updated_at: DateTimeUtc,
    /// The role.
    #[sea_orm(belongs_to, from = "(tenant_id, role_id)", to = "(tenant_id, id)")]
    pub role: BelongsTo<super::role::Entity>,
    /// The permission.
    #[sea_orm(belongs_to, from = "permission_id", to = "id")]
    pub permission: BelongsTo<super::permission::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
