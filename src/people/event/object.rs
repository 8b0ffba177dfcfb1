//! The type `UserEvent`.

use chrono::{DateTime, Utc};
use entity::id::{UserEventId, UserId};

use crate::graph::{Id, Json, Object, ObjectType};
use crate::people::user::users_by_id;

/// Something that happened to an account.
#[derive(Debug)]
pub struct UserEvent {
    /// Its id.
    pub id: UserEventId,
    /// Its place in time.
    pub index_id: i64,
    /// To whose account.
    pub user: Option<UserId>,
    /// What happened.
    pub kind: String,
    /// Where it came from.
    pub ip_address: Option<String>,
    /// What the client called itself.
    pub user_agent: Option<String>,
    /// What else there is to say.
    pub metadata: Json,
    /// The request that made it.
    pub request_id: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl Object for UserEvent {
    fn name() -> &'static str {
        "UserEvent"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("Something that happened to somebody's account: a sign-in, good or bad, or a change of how they sign in.")
            .computed("id", "The id of the event.", |event| Id(event.id))
            .one("user", "To whose account it happened; null where that is nobody of your tenant any more.", users_by_id, |event| event.user)
            .field(
                "type",
                "What happened: `account.sign_up`, `sign_in.succeed`, `sign_in.fail`, `sign_in.challenge`, `session.sign_out`, \
                 `session.revoke`, `address.verify`, `password.change`, `password.request_reset`, `password.reset`, \
                 `second_factor.enable`, `second_factor.disable`, `recovery_code.use`, `recovery_code.replace`, `impersonation.begin`, \
                 `impersonation.end`. More may come.",
                |event| &event.kind,
            )
            .field("ipAddress", "The address that the request came from.", |event| &event.ip_address)
            .field("userAgent", "What the client called itself.", |event| &event.user_agent)
            .field("metadata", "What else there is to say of it, such as `sessionId`.", |event| &event.metadata)
            .field("requestId", "The id of the request, as its answer's header `x-request-id` has it.", |event| &event.request_id)
            .field("createdAt", "When.", |event| &event.created_at)
    }
}
