//! The resource of a grant: its type as the database names it, and its id as clients write it.

use entity::id::{
    OrganizationId, OrganizationMembershipId, ProductId, ResourceGrantId, RoleId, SubscriptionId, TeamId, TenantId,
    TenantMembershipId, UserId,
};
use uuid::Uuid;

/// The types of ours, by the prefixes of their ids. Customers have resources of their own, whose type is the prefix itself.
const KNOWN: [(&str, &str); 10] = [
    (TenantId::PREFIX, "tenant"),
    (OrganizationId::PREFIX, "organization"),
    (OrganizationMembershipId::PREFIX, "organization_membership"),
    (TenantMembershipId::PREFIX, "tenant_membership"),
    (UserId::PREFIX, "user"),
    (TeamId::PREFIX, "team"),
    (RoleId::PREFIX, "role"),
    (ResourceGrantId::PREFIX, "resource_grant"),
    (ProductId::PREFIX, "product"),
    (SubscriptionId::PREFIX, "subscription"),
];

/// A single thing that something is granted on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Resource {
    /// Its type.
    pub kind: String,
    /// Its id, without the type.
    pub id: Uuid,
}

impl Resource {
    /// The resource of an id such as `org_…`; `None` where the text is none.
    pub fn from_id(text: &str) -> Option<Self> {
        let (prefix, id) = entity::split(text)?;
        let kind = KNOWN.iter().find(|(known, _)| *known == prefix).map_or(prefix, |(_, kind)| kind);
        Some(Self { kind: kind.to_owned(), id })
    }

    /// Its id as clients write it.
    pub fn to_id(&self) -> String {
        let prefix = KNOWN.iter().find(|(_, kind)| *kind == self.kind).map_or(self.kind.as_str(), |(prefix, _)| prefix);
        let suffix = ResourceGrantId::from(self.id).to_string();
        format!("{prefix}{}", &suffix[ResourceGrantId::PREFIX.len()..])
    }
}
