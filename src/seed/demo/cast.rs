//! The seven people of the demo, each of whom sees something different.

use uuid::Uuid;

use super::fixed;

/// Somebody as whom the demo can be explored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// Its name for programs.
    pub key: &'static str,
    /// Its name for people: the user's display name.
    pub label: &'static str,
    /// What is special about it, in one sentence.
    pub description: &'static str,
    /// The user.
    pub user_id: Uuid,
    /// The tenant in which it begins.
    pub tenant_id: Uuid,
}

/// Everybody as whom the demo can be explored.
pub const IDENTITIES: [Identity; 7] = [
    Identity {
        key: "owner",
        label: "Olivia Owner",
        description: "Owns the tenant and six of its organizations, and sees everything in it.",
        user_id: OWNER,
        tenant_id: FIRST_TENANT,
    },
    Identity {
        key: "admin",
        label: "Adam Admin",
        description: "Runs five organizations from day to day, and is a plain member of the tenant.",
        user_id: ADMIN,
        tenant_id: FIRST_TENANT,
    },
    Identity {
        key: "manager",
        label: "Mia Manager",
        description: "Looks after the people of five organizations, and sees their billing.",
        user_id: MANAGER,
        tenant_id: FIRST_TENANT,
    },
    Identity {
        key: "member",
        label: "Max Member",
        description: "Works in five organizations, and is billing admin of one of them.",
        user_id: MEMBER,
        tenant_id: FIRST_TENANT,
    },
    Identity {
        key: "readonly",
        label: "Rita Readonly",
        description: "Looks at five organizations and changes nothing.",
        user_id: READONLY,
        tenant_id: FIRST_TENANT,
    },
    Identity {
        key: "outsider",
        label: "Oscar Outsider",
        description: "Belongs to another tenant: nothing of the first exists for him.",
        user_id: OUTSIDER,
        tenant_id: SECOND_TENANT,
    },
    Identity {
        key: "developer",
        label: "Dana Developer",
        description: "Supports the platform: belongs to no tenant, reads in all of them.",
        user_id: DEVELOPER,
        tenant_id: FIRST_TENANT,
    },
];

pub(super) const FIRST_TENANT: Uuid = fixed(0x10);
pub(super) const SECOND_TENANT: Uuid = fixed(0x11);
pub(super) const THIRD_TENANT: Uuid = fixed(0x12);

pub(super) const OWNER: Uuid = fixed(1);
pub(super) const ADMIN: Uuid = fixed(2);
pub(super) const MANAGER: Uuid = fixed(3);
pub(super) const MEMBER: Uuid = fixed(4);
pub(super) const READONLY: Uuid = fixed(5);
pub(super) const OUTSIDER: Uuid = fixed(6);
pub(super) const DEVELOPER: Uuid = fixed(7);

/// What somebody of the cast is in one tenant.
pub(super) struct Part {
    pub(super) user_id: Uuid,
    pub(super) is_primary: bool,
    pub(super) tenant_role: &'static str,
    /// The organizations that it owns, by their places in the blueprint.
    pub(super) owns: &'static [usize],
    /// The organizations in which it has `role`.
    pub(super) sits: &'static [usize],
    pub(super) role: &'static str,
}

/// The cast of the first tenant. All of them meet in its first organization.
pub(super) const FIRST_CAST: [Part; 5] = [
    Part { user_id: OWNER, is_primary: true, tenant_role: "owner", owns: &[0, 3, 6, 9, 12, 17], sits: &[4, 8], role: "member" },
    Part { user_id: ADMIN, is_primary: true, tenant_role: "member", owns: &[], sits: &[0, 1, 2, 5, 8], role: "admin" },
    Part { user_id: MANAGER, is_primary: true, tenant_role: "member", owns: &[], sits: &[0, 1, 4, 7, 13], role: "manager" },
    Part { user_id: MEMBER, is_primary: true, tenant_role: "member", owns: &[], sits: &[0, 2, 3, 5, 10], role: "member" },
    Part { user_id: READONLY, is_primary: true, tenant_role: "readonly", owns: &[], sits: &[0, 1, 3, 6, 11], role: "readonly" },
];

/// The cast of the second tenant. Mia has a second home there, so that she can change tenants.
pub(super) const SECOND_CAST: [Part; 2] = [
    Part { user_id: OUTSIDER, is_primary: true, tenant_role: "member", owns: &[2], sits: &[0, 1], role: "member" },
    Part { user_id: MANAGER, is_primary: false, tenant_role: "member", owns: &[], sits: &[0], role: "readonly" },
];

/// The cast of the third tenant, where Olivia owns nothing.
pub(super) const THIRD_CAST: [Part; 1] =
    [Part { user_id: OWNER, is_primary: false, tenant_role: "member", owns: &[], sits: &[1], role: "member" }];

// === impl Identity ===

impl Identity {
    /// The e-mail address: the first name, at the place that the identity belongs to.
    pub(super) fn email(&self) -> String {
        let first = self.label.split(' ').next().unwrap_or(self.key);
        let place = match self.key {
            "developer" => "tenantry",
            "outsider" => "tidewater",
            _ => "larkspur",
        };
        format!("{}@{place}.example", first.to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::{FIRST_CAST, IDENTITIES};
    use std::collections::HashSet;

    #[test]
    fn no_two_identities_share_a_key_a_user_or_an_address() {
        let keys: HashSet<_> = IDENTITIES.iter().map(|identity| identity.key).collect();
        let users: HashSet<_> = IDENTITIES.iter().map(|identity| identity.user_id).collect();
        let emails: HashSet<_> = IDENTITIES.iter().map(super::Identity::email).collect();
        assert_eq!((keys.len(), users.len(), emails.len()), (7, 7, 7));
        assert!(users.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn the_cast_of_the_first_tenant_meets_in_its_first_organization() {
        assert!(FIRST_CAST.iter().all(|part| part.owns.contains(&0) || part.sits.contains(&0)));
    }
}
