//! A role of the platform's own staff, over all tenants.

use crate::id::DeveloperRoleId;
use crate::prelude::*;

/// A row of `developer_roles`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "developer_roles")]
pub struct Model {
    /// Identifies the role.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DeveloperRoleId,
    /// Its place in lists; made by the database, and never shown.
    pub index_id: i64,
    /// Its name for programs.
    #[sea_orm(unique)]
    pub key: String,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed; kept by the database.
    pub updated_at: DateTimeUtc,
    /// What it holds.
    #[sea_orm(has_many)]
    pub permissions: HasMany<super::developer_role_permission::Entity>,
    /// Who has it.
    #[sea_orm(has_many)]
    pub assignments: HasMany<super::developer_role_assignment::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
