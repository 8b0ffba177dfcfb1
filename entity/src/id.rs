//! The identifiers of everything that has one. A prefix is part of the public contract: it never changes.

use crate::typed_id::typed_id;

typed_id!(
    /// Identifies a tenant.
    TenantId, "ten"
);
typed_id!(
    /// Identifies a person.
    UserId, "user"
);
typed_id!(
    /// Identifies a one-time token.
    UserTokenId, "utok"
);
typed_id!(
    /// Identifies a session.
    SessionId, "sess"
);
typed_id!(
    /// Identifies a person's membership in a tenant.
    TenantMembershipId, "tmem"
);
typed_id!(
    /// Identifies an organization.
    OrganizationId, "org"
);
typed_id!(
    /// Identifies a person's membership in an organization.
    OrganizationMembershipId, "mem"
);
typed_id!(
    /// Identifies an invitation to an organization.
    InvitationId, "inv"
);
typed_id!(
    /// Identifies an offer of an organization's ownership.
    OwnershipTransferId, "otr"
);
typed_id!(
    /// Identifies a permission of the catalog.
    PermissionId, "perm"
);
typed_id!(
    /// Identifies a role.
    RoleId, "role"
);
typed_id!(
    /// Identifies the assignment of a role to a member.
    MemberRoleId, "mrole"
);
typed_id!(
    /// Identifies an override of one member's permission.
    PermissionOverrideId, "povr"
);
typed_id!(
    /// Identifies a team.
    TeamId, "team"
);
typed_id!(
    /// Identifies somebody's place in a team.
    TeamMemberId, "tmbr"
);
typed_id!(
    /// Identifies a grant on a single resource.
    ResourceGrantId, "grant"
);
typed_id!(
    /// Identifies one version of a product.
    ProductId, "prod"
);
typed_id!(
    /// Identifies a subscription.
    SubscriptionId, "sub"
);
typed_id!(
    /// Identifies a role of the platform's staff.
    DeveloperRoleId, "drole"
);
typed_id!(
    /// Identifies the assignment of a role to one of the platform's staff.
    DeveloperRoleAssignmentId, "dasg"
);
typed_id!(
    /// Identifies a registered GraphQL document.
    PersistedDocumentId, "pdoc"
);
typed_id!(
    /// Identifies an entry of the audit log.
    AuditLogEntryId, "audit"
);
typed_id!(
    /// Identifies an event: it is the id of the audit log's entry, where a mutation caused it.
    EventId, "evt"
);
typed_id!(
    /// Identifies an API key.
    ApiKeyId, "key"
);
typed_id!(
    /// Identifies everything that one deletion took down together.
    DeletionId, "del"
);

typed_id!(
    /// Identifies a mail that waits to leave.
    EmailId, "mail"
);
typed_id!(
    /// Identifies an event of a person: a sign-in, a change of a password.
    UserEventId, "uevt"
);

typed_id!(
    /// Identifies a question for a second factor.
    ChallengeId, "chal"
);

typed_id!(
    /// Identifies a business of an organization.
    BusinessId, "biz"
);

typed_id!(
    /// Identifies a conversation of one person.
    ConversationId, "conv"
);
typed_id!(
    /// Identifies a message of a conversation.
    MessageId, "msg"
);

/// The name of the entity that a prefix identifies; `None` for prefixes that are not ours.
#[must_use]
pub fn kind(prefix: &str) -> Option<&'static str> {
    KINDS.iter().find(|(known, _)| *known == prefix).map(|(_, kind)| *kind)
}

/// The prefix of the identifiers of an entity of that name; `None` for names that are not ours.
#[must_use]
pub fn prefix(kind: &str) -> Option<&'static str> {
    KINDS.iter().find(|(_, known)| *known == kind).map(|(prefix, _)| *prefix)
}

/// Each prefix with the name of its entity, as grants on a resource name it.
const KINDS: [(&str, &str); 31] = [
    (TenantId::PREFIX, "tenant"),
    (UserId::PREFIX, "user"),
    (UserTokenId::PREFIX, "user_token"),
    (SessionId::PREFIX, "session"),
    (TenantMembershipId::PREFIX, "tenant_membership"),
    (OrganizationId::PREFIX, "organization"),
    (OrganizationMembershipId::PREFIX, "organization_membership"),
    (InvitationId::PREFIX, "invitation"),
    (OwnershipTransferId::PREFIX, "ownership_transfer"),
    (PermissionId::PREFIX, "permission"),
    (RoleId::PREFIX, "role"),
    (MemberRoleId::PREFIX, "member_role"),
    (PermissionOverrideId::PREFIX, "permission_override"),
    (TeamId::PREFIX, "team"),
    (TeamMemberId::PREFIX, "team_member"),
    (ResourceGrantId::PREFIX, "resource_grant"),
    (ProductId::PREFIX, "product"),
    (SubscriptionId::PREFIX, "subscription"),
    (DeveloperRoleId::PREFIX, "developer_role"),
    (DeveloperRoleAssignmentId::PREFIX, "developer_role_assignment"),
    (PersistedDocumentId::PREFIX, "persisted_document"),
    (AuditLogEntryId::PREFIX, "audit_log_entry"),
    (EventId::PREFIX, "event"),
    (ApiKeyId::PREFIX, "api_key"),
    (EmailId::PREFIX, "email"),
    (UserEventId::PREFIX, "user_event"),
    (ChallengeId::PREFIX, "sign_in_challenge"),
    (BusinessId::PREFIX, "business"),
    (ConversationId::PREFIX, "conversation"),
    (MessageId::PREFIX, "message"),
    (DeletionId::PREFIX, "deletion"),
];
