//! The roles that a tenant has made for itself, beside the five that every tenant has.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use migration::catalog::Permission;
use uuid::Uuid;

use super::{
    SeedError,
    copy::Writer,
    generator::Generator,
    record::{Role, RolePermission},
};

/// A role of a tenant's own making. Its parent stands before it, or is a system role.
struct Custom {
    key: &'static str,
    name: &'static str,
    description: &'static str,
    parent: &'static str,
    allows: &'static [Permission],
    denies: &'static [Permission],
}

/// A tenant's roles by their keys.
pub(super) struct Roles {
    ids: HashMap<String, Uuid>,
}

const CUSTOM: [Custom; 5] = [
    Custom {
        key: "billing_admin",
        name: "Billing admin",
        description: "Looks after plans, seats and invoices, and nothing else.",
        parent: "member",
        allows: &[Permission::BillingRead, Permission::BillingManage],
        denies: &[],
    },
    Custom {
        key: "support_agent",
        name: "Support agent",
        description: "Sees who is invited, and helps people in.",
        parent: "readonly",
        allows: &[Permission::MembersInvite, Permission::InvitationsRead],
        denies: &[],
    },
    Custom {
        key: "auditor",
        name: "Auditor",
        description: "Reads the audit log and the books, and cannot touch either.",
        parent: "billing_admin",
        allows: &[Permission::AuditRead, Permission::AuditExport],
        denies: &[Permission::BillingManage],
    },
    Custom {
        key: "contractor",
        name: "Contractor",
        description: "Works here for a while, without everybody's e-mail address.",
        parent: "member",
        allows: &[],
        denies: &[Permission::UsersContact],
    },
    Custom {
        key: "integrator",
        name: "Integrator",
        description: "Connects other systems: keys, webhooks and documents.",
        parent: "member",
        allows: &[
            Permission::ApiKeysRead,
            Permission::ApiKeysManage,
            Permission::WebhooksRead,
            Permission::WebhooksManage,
            Permission::DocumentsManage,
        ],
        denies: &[],
    },
];

// === impl Roles ===

impl Roles {
    /// Writes the first so many of the custom roles; the tenant is there, and so are its system roles.
    pub(super) async fn write(
        writer: &mut Writer<'_>,
        generator: &mut Generator,
        tenant_id: Uuid,
        count: usize,
        at: DateTime<Utc>,
    ) -> Result<Self, SeedError> {
        let mut roles = Self::of_the_system(writer, tenant_id).await?;
        let (mut rows, mut permissions) = (Vec::new(), Vec::new());
        for custom in CUSTOM.iter().take(count) {
            let row = custom.row(tenant_id, generator.id(), roles.id(custom.parent)?, at);
            roles.ids.insert(custom.key.to_owned(), row.id);
            permissions.extend(custom.permissions(&row));
            rows.push(row);
        }
        writer.write(&rows).await?;
        writer.write(&permissions).await?;
        Ok(roles)
    }

    /// The identifier of a role.
    pub(super) fn id(&self, key: &'static str) -> Result<Uuid, SeedError> {
        self.ids.get(key).copied().ok_or(SeedError::RoleMissing { key })
    }

    async fn of_the_system(writer: &mut Writer<'_>, tenant_id: Uuid) -> Result<Self, SeedError> {
        let ids = sqlx::query_as::<_, (String, Uuid)>("select key, id from roles where tenant_id = $1 and is_system")
            .bind(tenant_id)
            .fetch_all(writer.connection())
            .await?;
        Ok(Self { ids: ids.into_iter().collect() })
    }
}

// === impl Custom ===

impl Custom {
    fn row(&self, tenant_id: Uuid, id: Uuid, parent_role_id: Uuid, at: DateTime<Utc>) -> Role {
        Role { tenant_id, id, key: self.key, name: self.name, description: self.description, parent_role_id, created_at: at }
    }

    fn permissions(&self, role: &Role) -> impl Iterator<Item = RolePermission> {
        let (tenant_id, role_id, created_at) = (role.tenant_id, role.id, role.created_at);
        let allows = self.allows.iter().map(|permission| (permission, "allow"));
        let denies = self.denies.iter().map(|permission| (permission, "deny"));
        allows.chain(denies).map(move |(permission, effect)| RolePermission {
            tenant_id,
            role_id,
            permission_id: Uuid::from_u128(permission.id()),
            effect,
            created_at,
        })
    }
}
