//! The types `DeveloperRole` and `DeveloperRoleAssignment`.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::id::{DeveloperRoleAssignmentId, DeveloperRoleId, PermissionId, UserId};

use super::store::{assignments, assignments_by_id, roles_by_id};
use crate::graph::{Id, Object, ObjectType};
use crate::roles::permission::Permission;

/// A role of the platform's own staff.
#[derive(Debug)]
pub struct DeveloperRole {
    /// Its id.
    pub id: DeveloperRoleId,
    /// Its place in time.
    pub index_id: i64,
    /// Its name in programs.
    pub key: String,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it permits.
    pub permissions: Vec<PermissionId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A developer role that somebody has, or had.
#[derive(Debug)]
pub struct DeveloperRoleAssignment {
    /// Its id.
    pub id: DeveloperRoleAssignmentId,
    /// Its place in time.
    pub index_id: i64,
    /// Which role.
    pub role: DeveloperRoleId,
    /// Whose.
    pub user: UserId,
    /// What that developer is called.
    pub display_name: Option<String>,
    /// Since when.
    pub assigned_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was taken back.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Object for DeveloperRole {
    fn name() -> &'static str {
        "DeveloperRole"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What the platform's own staff may do, in every tenant. Only developers see it.")
            .node(|role| role.id, roles_by_id)
            .field("key", "Its name in programs.", |role| &role.key)
            .field("name", "Its name for people.", |role| &role.name)
            .field("description", "What it is for.", |role| &role.description)
            .field("createdAt", "When it was made.", |role| &role.created_at)
            .field("updatedAt", "When it was last changed.", |role| &role.updated_at)
            .inline_many("permissions", "What it permits, in every tenant.", |role| -> Vec<Arc<Permission>> {
                Permission::among(&role.permissions)
            })
            .connection("assignments", "Who has it, or had it, the oldest first.", assignments, |role| role.id)
    }
}

impl Object for DeveloperRoleAssignment {
    fn name() -> &'static str {
        "DeveloperRoleAssignment"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("A developer role that one of the platform's staff has, or had.")
            .node(|assignment| assignment.id, assignments_by_id)
            .computed("userId", "The id of the developer.", |assignment| Id(assignment.user))
            .field("displayName", "What the developer is called.", |assignment| &assignment.display_name)
            .field("assignedAt", "Since when.", |assignment| &assignment.assigned_at)
            .field("expiresAt", "When it ends by itself; null where it does not.", |assignment| &assignment.expires_at)
            .field("revokedAt", "When it was taken back; null where it was not.", |assignment| &assignment.revoked_at)
            .one("role", "Which role.", roles_by_id, |assignment| assignment.role)
    }
}
