//! The one table of what can be permitted: in this code, in the database, and in the schema's guards.

mod base_role;
mod definitions;

pub use base_role::BaseRole;
pub use definitions::PERMISSIONS;

/// One thing that somebody may be permitted to do. The discriminant is its bit in an access set; bits are
/// never reused, so a new permission is added at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "each is described in `PERMISSIONS`, where its readers look")]
pub enum Permission {
    TenantRead,
    TenantUpdate,
    OrganizationRead,
    OrganizationCreate,
    OrganizationUpdate,
    OrganizationDelete,
    OrganizationTransfer,
    MembersRead,
    MembersInvite,
    MembersUpdate,
    MembersRemove,
    MembersSuspend,
    RolesRead,
    RolesManage,
    RolesAssign,
    TeamsRead,
    TeamsManage,
    GrantsManage,
    AccessExplain,
    BillingRead,
    BillingManage,
    ProductsRead,
    ProductsManage,
    SubscriptionsRead,
    AuditRead,
    AuditExport,
    ApiKeysRead,
    ApiKeysManage,
    DocumentsManage,
    WebhooksRead,
    WebhooksManage,
    InvitationsRead,
    UsersContact,
    BusinessesRead,
    BusinessesUpdate,
    DocumentsRead,
    UsersImpersonate,
    BusinessesCreate,
    BusinessesDelete,
    BusinessesVerify,
    BusinessesFinancials,
}

/// A permission as it is described to those who read the schema.
#[derive(Debug, Clone, Copy)]
pub struct PermissionDefinition {
    /// Which permission this is.
    pub permission: Permission,
    /// Its name everywhere outside this code: `members.invite`.
    pub key: &'static str,
    /// What is acted on: the key's first half.
    pub resource: &'static str,
    /// What is done to it: the key's second half.
    pub action: &'static str,
    /// What its holder may do, in one sentence.
    pub description: &'static str,
    /// The feature of a plan without which it is never granted, not even to an owner.
    pub required_feature: Option<&'static str>,
    /// The lowest base role that holds it; all above hold it too.
    pub lowest_role: BaseRole,
}

/// The identifier of the permission with bit 0, less one: a version 7 UUID of the time zero.
const FIRST_ID: u128 = 0x0000_0000_0000_7000_8000_0000_0000_0000;

impl Permission {
    /// Its bit in an access set.
    #[must_use]
    pub const fn bit(self) -> u32 {
        self as u32
    }

    /// All that is said about it.
    #[must_use]
    pub const fn definition(self) -> &'static PermissionDefinition {
        &PERMISSIONS[self as usize]
    }

    /// Its name everywhere outside this code: `members.invite`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        self.definition().key
    }

    /// The permission of that name, if there is one.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        PERMISSIONS.iter().find(|definition| definition.key == key).map(|definition| definition.permission)
    }

    /// Its identifier, a UUID as a number. The same in every database, so that rules may be copied between
    /// them: `00000000-0000-7000-8000-0000000000NN` with the bit plus one.
    #[must_use]
    pub const fn id(self) -> u128 {
        FIRST_ID + self as u128 + 1
    }

    /// The permission with that identifier, if there is one.
    #[must_use]
    pub fn from_id(id: u128) -> Option<Self> {
        let index = usize::try_from(id.checked_sub(FIRST_ID + 1)?).ok()?;
        PERMISSIONS.get(index).map(|definition| definition.permission)
    }
}

#[cfg(test)]
mod tests {
    use super::{BaseRole, PERMISSIONS, Permission};
    use std::collections::HashSet;

    #[test]
    fn the_table_is_in_the_order_of_bits() {
        for (index, definition) in PERMISSIONS.iter().enumerate() {
            assert_eq!(definition.permission as usize, index, "{}", definition.key);
        }
        assert!(PERMISSIONS.len() <= 64, "an access set is one word");
    }

    #[test]
    fn keys_are_unique_and_made_of_resource_and_action() {
        let keys: HashSet<_> = PERMISSIONS.iter().map(|definition| definition.key).collect();
        assert_eq!(keys.len(), PERMISSIONS.len());
        for definition in &PERMISSIONS {
            assert_eq!(definition.key, format!("{}.{}", definition.resource, definition.action));
        }
    }

    #[test]
    fn keys_and_identifiers_lead_back() {
        for definition in &PERMISSIONS {
            let permission = definition.permission;
            assert_eq!(Permission::from_key(permission.key()), Some(permission));
            assert_eq!(Permission::from_id(permission.id()), Some(permission));
        }
        assert_eq!(Permission::TenantRead.id(), 0x7000_8000_0000_0000_0001);
        assert_eq!(Permission::from_key("members"), None);
        assert_eq!(Permission::from_id(0), None);
        assert_eq!(Permission::from_id(u128::MAX), None);
    }

    #[test]
    fn each_base_role_holds_all_that_the_next_lower_one_holds() {
        for pair in BaseRole::ALL.windows(2) {
            let (higher, lower) = (pair[0].permissions(), pair[1].permissions());
            assert!(lower.iter().all(|permission| higher.contains(permission)));
        }
        assert_eq!(BaseRole::Owner.permissions().len(), PERMISSIONS.len());
    }

    #[test]
    fn a_plain_member_reads_no_billing() {
        for role in [BaseRole::Member, BaseRole::Readonly] {
            assert!(!role.permissions().contains(&Permission::BillingRead));
        }
        assert!(BaseRole::Manager.permissions().contains(&Permission::BillingRead));
    }

    #[test]
    fn the_base_roles_keep_their_rights() {
        let counts = BaseRole::ALL.map(|role| (role.key(), role.permissions().len()));
        assert_eq!(counts, [("owner", 41), ("admin", 37), ("manager", 17), ("member", 9), ("readonly", 9)]);
    }
}
