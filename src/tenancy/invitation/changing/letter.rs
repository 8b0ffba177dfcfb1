//! The mail to whoever is invited.

use entity::id::OrganizationId;

use super::store;
use crate::error::Error;
use crate::mail::Message;
use crate::request::Writer;

/// Queues a letter to each address, with the token that accepts its invitation, in the transaction that invites. Where the gateway
/// sends no mail, whoever invites delivers the token.
pub(super) async fn queue(writer: &Writer, organization: OrganizationId, invited: &[(&str, &str)]) -> Result<(), Error> {
    let mail = &writer.request().services().mail;
    if mail.require().is_err() {
        return Ok(());
    }
    let Some((organization, inviter)) = store::names(writer, organization).await? else { return Ok(()) };
    for (email, token) in invited {
        let (organization, inviter) = (organization.clone(), inviter.clone());
        mail.queue(&writer.transaction, email, &Message::Invitation { organization, inviter, token: (*token).to_owned() }).await?;
    }
    Ok(())
}
