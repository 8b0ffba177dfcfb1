//! Making invitations: one, or many in one call, of which all are made or none.

use std::collections::BTreeSet;
use std::sync::Arc;

use entity::id::{InvitationId, OrganizationId};
use migration::catalog::Permission;
use serde_json::{Value, json};

use super::offer::{Offer, Terms};
use super::store::{self, NewInvitation, Standing};
use super::{LIFETIME, TOKEN_PREFIX, address, letter};
use crate::access::Scope;
use crate::audit::Record;
use crate::clock;
use crate::database::TokenHash;
use crate::error::Error;
use crate::idempotency::{self, Taken};
use crate::request::{Request, Writer};
use crate::tenancy::organization::{not_found, require_known};
use crate::tenancy::seats;
use crate::user_error::{UserError, UserErrorCode};

/// So many are invited in one call.
pub(super) const MOST: usize = 100;

/// One person to invite, as a client says it.
pub(super) struct Guest<'a> {
    pub email: &'a str,
    pub terms: &'a Terms,
    /// Where in the input it stands.
    pub place: Vec<String>,
}

/// A call that makes invitations.
pub(super) struct Call<'a> {
    pub operation: &'static str,
    pub organization: OrganizationId,
    pub guests: Vec<Guest<'a>>,
    pub idempotency_key: Option<&'a str>,
}

/// What came of it.
#[derive(Default)]
pub(super) struct Issued {
    /// The invitations, with the tokens that accept them: known only now.
    pub invitations: Vec<(InvitationId, Option<String>)>,
    pub user_errors: Vec<Arc<UserError>>,
}

impl Issued {
    fn refused(user_errors: Vec<Arc<UserError>>) -> Self {
        Self { invitations: Vec::new(), user_errors }
    }
}

/// Everything in one transaction: key, checks, invitations, seats. A refusal leaves nothing behind.
pub(super) async fn issue(request: &Request, call: &Call<'_>) -> Result<Issued, Error> {
    let writer = request.writer().await?;
    let organization = call.organization;
    require_known(&writer, organization).await?;
    writer.require(Permission::MembersInvite, Scope::Organization(organization)).await?;
    let mut errors: Vec<Arc<UserError>> = idempotency::complaint(call.idempotency_key).into_iter().collect();
    let guests = checked(call, &mut errors);
    if !errors.is_empty() {
        return Ok(Issued::refused(errors));
    }
    let batch: InvitationId = clock::new_id();
    let sent: Vec<Value> = guests.iter().map(|(email, offer)| json!([email, offer.said()])).collect();
    match writer.take_key(call.operation, call.idempotency_key, &json!([organization, sent]), batch).await? {
        Taken::Now => {}
        Taken::Before(earlier) => {
            let invitations = store::batch(&writer, earlier).await?.into_iter().map(|id| (id, None)).collect();
            return Ok(Issued { invitations, user_errors: Vec::new() });
        }
        Taken::ForAnotherInput => return Ok(Issued::refused(vec![idempotency::reused()])),
    }
    if !seats::lock(&writer, organization).await? {
        return Err(not_found());
    }
    offers_hold(&writer, call, &guests, &mut errors).await?;
    nobody_is_there(&writer, call, &guests, &mut errors).await?;
    if !errors.is_empty() {
        return Ok(Issued::refused(errors));
    }
    write(writer, organization, batch, guests).await
}

/// Addresses and offers in their normal form.
fn checked(call: &Call<'_>, errors: &mut Vec<Arc<UserError>>) -> Vec<(String, Offer)> {
    if call.guests.is_empty() || call.guests.len() > MOST {
        let message = format!("invite 1 to {MOST} people in one call");
        errors.push(UserError::at(&["invitations"], UserErrorCode::Invalid, message));
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let mut guests = Vec::with_capacity(call.guests.len());
    for guest in &call.guests {
        let place: Vec<&str> = guest.place.iter().map(String::as_str).collect();
        let at_email = [&place[..], &["email"]].concat();
        let offer = guest.terms.offer(None, &place, errors);
        match address::normalised(guest.email) {
            None => errors.push(UserError::at(&at_email, UserErrorCode::Invalid, "an e-mail address looks like `ada@example.com`")),
            Some(email) if !seen.insert(email.clone()) => {
                errors.push(UserError::at(&at_email, UserErrorCode::Taken, "this address is invited twice in one call"));
            }
            Some(email) => guests.push((email, offer)),
        }
    }
    guests
}

/// Everything that is offered exists, and is the caller's to give: looked at once for all.
async fn offers_hold(
    writer: &Writer,
    call: &Call<'_>,
    guests: &[(String, Offer)],
    errors: &mut Vec<Arc<UserError>>,
) -> Result<(), Error> {
    let sheet = writer.role_sheet().await?;
    let mut held: Vec<&Offer> = Vec::new();
    for (guest, (_, offer)) in call.guests.iter().zip(guests) {
        // Many are offered the same.
        if held.contains(&offer) {
            continue;
        }
        let place: Vec<&str> = guest.place.iter().map(String::as_str).collect();
        let missing = offer.missing(writer, &sheet, call.organization, &place).await?;
        if missing.is_empty() {
            offer.require_of_caller(writer, &sheet, call.organization).await?;
        }
        errors.extend(missing);
        held.push(offer);
    }
    Ok(())
}

/// Nobody is invited who is a member, or invited already.
async fn nobody_is_there(
    writer: &Writer,
    call: &Call<'_>,
    guests: &[(String, Offer)],
    errors: &mut Vec<Arc<UserError>>,
) -> Result<(), Error> {
    let emails: Vec<String> = guests.iter().map(|(email, _)| email.clone()).collect();
    for (email, standing) in store::standings(writer, call.organization, &emails).await? {
        let guest = guests.iter().position(|(guest, _)| *guest == email).and_then(|place| call.guests.get(place));
        let Some(guest) = guest else { continue };
        let place: Vec<&str> = guest.place.iter().map(String::as_str).chain(["email"]).collect();
        let message = match standing {
            Standing::Member => "this person is a member of the organization already",
            Standing::Suspended => "this person is a member who is suspended: reactivate the membership",
            Standing::Invited => "this person is invited already: `resendInvitation` sends it again",
        };
        errors.push(UserError::at(&place, UserErrorCode::Taken, message));
    }
    Ok(())
}

async fn write(
    writer: Writer,
    organization: OrganizationId,
    batch: InvitationId,
    guests: Vec<(String, Offer)>,
) -> Result<Issued, Error> {
    let expires_at = writer.now + LIFETIME;
    let mut issued = Issued::default();
    let mut new = Vec::with_capacity(guests.len());
    for (email, offer) in guests {
        let (id, token) = (clock::new_id(), clock::secret(TOKEN_PREFIX));
        new.push(NewInvitation { id, email, token_hash: TokenHash::of(&token), offer });
        issued.invitations.push((id, Some(token)));
    }
    store::insert(&writer, organization, batch, expires_at, &new).await?;
    if let Some(full) = seats::settle(&writer, organization).await? {
        writer.roll_back().await?;
        return Ok(Issued::refused(vec![full]));
    }
    for invitation in &new {
        let mut said = invitation.offer.said();
        said["email"] = json!(invitation.email);
        said["expiresAt"] = json!(expires_at);
        writer.audit(Record::of("invitation.create", invitation.id).within(organization).after(said)).await?;
    }
    let tokens = issued.invitations.iter().filter_map(|(_, token)| token.as_deref());
    let invited: Vec<(&str, &str)> = new.iter().map(|invitation| invitation.email.as_str()).zip(tokens).collect();
    letter::queue(&writer, organization, &invited).await?;
    writer.commit().await?;
    Ok(issued)
}
