//! The type `Deletion`.

use chrono::{DateTime, Utc};
use entity::audit_log::ActorType;
use entity::deletion::DeletionKind;
use entity::id::{self, DeletionId, OrganizationId, UserId};
use entity::join;
use uuid::Uuid;

use crate::graph::{AnyId, Enumeration, Id, Json, Object, ObjectType};
use crate::people::user::users_by_id;

/// One deletion that can be undone.
#[derive(Debug)]
pub struct Deletion {
    /// Its id.
    pub id: DeletionId,
    /// Its place in time.
    pub index_id: i64,
    /// What kind of thing was deleted.
    pub kind: DeletionKind,
    /// What was deleted.
    pub resource: Uuid,
    /// In which organization.
    pub organization: Option<OrganizationId>,
    /// What it was called.
    pub name: Option<String>,
    /// How much went with it.
    pub counts: Json,
    /// What kind of actor deleted it.
    pub actor_type: Option<ActorType>,
    /// Who deleted it.
    pub actor: Option<UserId>,
    /// When.
    pub deleted_at: DateTime<Utc>,
    /// Until when it can be restored.
    pub restorable_until: DateTime<Utc>,
}

impl Object for Deletion {
    fn name() -> &'static str {
        "Deletion"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("Something that was deleted, with all that hung on it, and can be restored.")
            .computed("id", "The id of the deletion, as the audit log names it.", |deletion| Id(deletion.id))
            .field("kind", "What kind of thing was deleted.", |deletion| &deletion.kind)
            .computed("resourceId", "The id of what was deleted: restore it by this.", |deletion| {
                let kind = deletion.kind.as_str();
                AnyId(join(id::prefix(kind).unwrap_or(kind), deletion.resource))
            })
            .computed("organizationId", "The organization that it was in; null where it was in none.", |deletion| {
                deletion.organization.map(Id)
            })
            .field("name", "What it is called; of a membership or an account: what the person is called.", |deletion| {
                &deletion.name
            })
            .field("counts", "How much went with it: numbers of members, roles, grants, and so on.", |deletion| &deletion.counts)
            .field("actorType", "What kind of actor deleted it; null where nobody noted it.", |deletion| &deletion.actor_type)
            .one("deletedBy", "Who deleted it; null where that is an API key, or nobody of your tenant.", users_by_id, |deletion| {
                deletion.actor.filter(|_| deletion.actor_type != Some(ActorType::ApiKey))
            })
            .field("deletedAt", "When it was deleted.", |deletion| &deletion.deleted_at)
            .field("restorableUntil", "Until when it can be restored; after that it is taken away for good.", |deletion| {
                &deletion.restorable_until
            })
    }
}

impl Enumeration for DeletionKind {
    const NAME: &'static str = "DeletionKind";
    const DESCRIPTION: &'static str = "What kind of thing was deleted.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Organization, "ORGANIZATION", "An organization: `restoreOrganization` brings it back."),
        (Self::OrganizationMembership, "ORGANIZATION_MEMBERSHIP", "Somebody's place in an organization: `restoreMember`."),
        (Self::Team, "TEAM", "A team, and those below it: `restoreTeam`."),
        (Self::Role, "ROLE", "A role: `restoreRole`."),
        (Self::Business, "BUSINESS", "A business: `restoreBusiness`."),
        (Self::TenantMembership, "TENANT_MEMBERSHIP", "Somebody's place in the tenant: `restoreTenantMember`."),
        (Self::User, "USER", "An account, everywhere: the platform's staff brings it back by `restoreUser`."),
    ];
}
