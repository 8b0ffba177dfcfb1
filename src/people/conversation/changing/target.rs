//! The conversation that a mutation is about: the caller's own, and locked.

use entity::conversation::ConversationStatus;
use entity::id::ConversationId;

use super::store;
use crate::error::{Code, Error};
use crate::request::{Request, Writer};

/// A conversation as it is stored, locked until the transaction ends.
pub(super) struct Target {
    pub status: ConversationStatus,
}

impl Target {
    /// Opens the transaction of a mutation about a conversation of the caller's.
    pub async fn open(request: &Request, id: ConversationId) -> Result<(Writer, Self), Error> {
        let writer = open(request).await?;
        let status = store::lock(&writer, id).await?.ok_or_else(not_found)?;
        Ok((writer, Self { status }))
    }
}

/// Opens the transaction of somebody who may have conversations: a member of the tenant in good standing, and no API key.
pub(super) async fn open(request: &Request) -> Result<Writer, Error> {
    let writer = request.writer().await?;
    writer.caller.require_person()?;
    if writer.presence()?.member.is_none() || writer.caller.standing().is_err() {
        return Err(Error::client(Code::Forbidden, "conversations are for active members of the tenant"));
    }
    Ok(writer)
}

fn not_found() -> Error {
    Error::client(Code::NotFound, "you have no such conversation in this tenant")
}
