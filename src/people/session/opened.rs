//! What whoever has proven who it is gets: the token of a new session, shown this once.

use chrono::{DateTime, Utc};
use entity::id::{SessionId, UserId};
use serde_json::json;

use super::device::device;
use super::lockout::lockout;
use super::store;
use crate::clock;
use crate::database::{SESSION_PREFIX, TokenHash};
use crate::error::{Denial, Error};
use crate::graph::{Id, Object, ObjectType};
use crate::people::event::Happened;
use crate::request::Stranger;

/// A session that has just begun.
#[derive(Debug)]
pub(in crate::people) struct OpenedSession {
    id: SessionId,
    token: String,
    expires_at: DateTime<Utc>,
}

/// What comes of beginning one.
#[derive(Debug)]
pub(super) enum Begun {
    /// It has begun.
    Session(OpenedSession),
    /// The account has ended meanwhile.
    Ended,
    /// The person would find nothing but locked organizations. What was written down of it is to be committed.
    LockedOut(Denial),
}

impl OpenedSession {
    /// One that was written down.
    pub fn new(id: SessionId, token: String, expires_at: DateTime<Utc>) -> Self {
        Self { id, token, expires_at }
    }

    /// Begins a session of somebody who has proven to be this person.
    pub(super) async fn begin(stranger: &Stranger, user: UserId) -> Result<Begun, Error> {
        if let Some(denial) = lockout(stranger, user).await? {
            return Ok(Begun::LockedOut(denial));
        }
        let request = stranger.request();
        let opened = Self {
            id: clock::new_id(),
            token: clock::secret(SESSION_PREFIX),
            expires_at: stranger.now + request.services().sign_in.session,
        };
        let origin = request.origin();
        let new = store::NewSession {
            id: opened.id,
            token_hash: TokenHash::of(&opened.token),
            expires_at: opened.expires_at,
            ip: origin.ip.map(|ip| ip.to_string()),
            device: origin.user_agent.as_deref().and_then(device),
            user_agent: origin.user_agent.clone(),
        };
        if !store::begin(stranger, user, new).await? {
            return Ok(Begun::Ended);
        }
        Happened::SignedIn.with(json!({ "sessionId": opened.id }), user, &stranger.transaction, request).await?;
        Ok(Begun::Session(opened))
    }
}

impl Object for OpenedSession {
    fn name() -> &'static str {
        "OpenedSession"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("A session that has just begun.")
            .computed("id", "The id of the session.", |session| Id(session.id))
            .field(
                "token",
                "What proves who you are from now on: send it as `Authorization: Bearer …`. It is shown this once, and stored nowhere.",
                |session| &session.token,
            )
            .field("expiresAt", "When the session ends by itself.", |session| &session.expires_at)
    }
}
