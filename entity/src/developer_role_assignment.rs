//! A developer role assigned to one of the platform's staff.

use crate::id::{DeveloperRoleAssignmentId, DeveloperRoleId, UserId};
use crate::prelude::*;

/// A row of `developer_role_assignments`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "developer_role_assignments")]
pub struct Model {
    /// Identifies the assignment.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DeveloperRoleAssignmentId,
    /// Its place in lists; made by the database, and never shown.
    pub index_id: i64,
    /// The person.
    pub user_id: UserId,
    /// The role.
    pub developer_role_id: DeveloperRoleId,
    /// Who assigned it.
    pub assigned_by_user_id: Option<UserId>,
    /// When it was assigned.
    pub assigned_at: DateTimeUtc,
    /// When it ends by itself.
    pub expires_at: Option<DateTimeUtc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTimeUtc>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed; kept by the database.
    pub updated_at: DateTimeUtc,
    /// The person.
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<super::user::Entity>,
    /// The role.
    #[sea_orm(belongs_to, from = "developer_role_id", to = "id")]
    pub developer_role: BelongsTo<super::developer_role::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
