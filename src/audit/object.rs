//! The type `AuditLogEntry`.

use chrono::{DateTime, Utc};
use entity::audit_log::ActorType;
use entity::id::{self, ApiKeyId, AuditLogEntryId, OrganizationId, UserId};
use entity::join;
use uuid::Uuid;

use crate::api_keys::visible_api_keys;
use crate::graph::{AnyId, Enumeration, Id, Json, Object, ObjectType};
use crate::people::user::users_by_id;
use crate::tenancy::organization::organizations_by_id;

/// One change, as it was written down.
#[derive(Debug)]
pub struct AuditLogEntry {
    /// Its id.
    pub id: AuditLogEntryId,
    /// Its place in time.
    pub index_id: i64,
    /// What kind of actor made it.
    pub actor_type: ActorType,
    /// Who made it; where that is an API key, it is no user's id.
    pub actor: UserId,
    /// Who of the platform's staff acted as that person.
    pub impersonator: Option<UserId>,
    /// What that one is called.
    pub impersonator_name: Option<String>,
    /// What was done.
    pub action: String,
    /// What kind of thing it was done to.
    pub resource_type: String,
    /// What it was done to.
    pub resource: Uuid,
    /// In which organization.
    pub organization: Option<OrganizationId>,
    /// What it was, and what it is.
    pub changes: Json,
    /// Where it came from.
    pub ip_address: Option<String>,
    /// What the client called itself.
    pub user_agent: Option<String>,
    /// The request that made it.
    pub request_id: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl Object for AuditLogEntry {
    fn name() -> &'static str {
        "AuditLogEntry"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("One change: who made it, when, and what was different after it.")
            .computed("id", "The id of the entry.", |entry| Id(entry.id))
            .field("actorType", "What kind of actor made the change.", |entry| &entry.actor_type)
            .one("actor", "Who made the change; null where that is an API key, or nobody of your tenant.", users_by_id, |entry| {
                entry.actor
            })
            .one(
                "apiKey",
                "The API key that made the change; null where a person did, or where you may not know of it.",
                visible_api_keys,
                |entry| (entry.actor_type == ActorType::ApiKey).then(|| ApiKeyId::from(entry.actor.uuid())),
            )
            .computed(
                "impersonatorId",
                "The one of the platform's staff who made the change acting as `actor`; null where the actor made it themselves.",
                |entry| entry.impersonator.map(Id),
            )
            .field("impersonatorName", "What that one is called.", |entry| &entry.impersonator_name)
            .field("action", "What was done, such as `role.assign`.", |entry| &entry.action)
            .field("resourceType", "What kind of thing it was done to, such as `role`.", |entry| &entry.resource_type)
            .computed("resourceId", "The id of what it was done to.", |entry| {
                AnyId(join(id::prefix(&entry.resource_type).unwrap_or(&entry.resource_type), entry.resource))
            })
            .one(
                "organization",
                "The organization it was done in; null where it was done in the tenant, or where you may not know of it.",
                organizations_by_id,
                |entry| entry.organization,
            )
            .field("changes", "`before` and `after`: what was different. Null on a side where there was nothing.", |entry| {
                &entry.changes
            })
            .field("ipAddress", "The address that the request came from.", |entry| &entry.ip_address)
            .field("userAgent", "What the client called itself.", |entry| &entry.user_agent)
            .field(
                "requestId",
                "The id of the request, as its answer's header `x-request-id` and the server's log have it.",
                |entry| &entry.request_id,
            )
            .field("createdAt", "When.", |entry| &entry.created_at)
    }
}

impl Enumeration for ActorType {
    const NAME: &'static str = "ActorType";
    const DESCRIPTION: &'static str = "What kind of actor makes a change.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::User, "USER", "One of the tenant's people."),
        (Self::Developer, "DEVELOPER", "One of the staff of the platform itself."),
        (Self::ApiKey, "API_KEY", "A program with an API key."),
    ];
}
