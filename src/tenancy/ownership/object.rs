//! The type `OwnershipOffer`.

use chrono::{DateTime, Utc};
use entity::id::{OrganizationId, OwnershipTransferId, UserId};
use entity::ownership_transfer::TransferStatus;

use crate::access::Scope;
use crate::graph::{Enumeration, Id, Object, ObjectType};
use crate::people::user::users_by_id;
use crate::tenancy::organization::organizations_by_id;

/// An offer of an organization's ownership.
#[derive(Debug)]
pub struct OwnershipOffer {
    /// Its id.
    pub id: OwnershipTransferId,
    /// What is offered.
    pub organization: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// Who owned it when it was offered.
    pub from: UserId,
    /// To whom.
    pub to: UserId,
    /// By whom.
    pub offered_by: UserId,
    /// What became of it.
    pub status: TransferStatus,
    /// Does the platform's staff offer it?
    pub is_rescue: bool,
    /// Until when it can be accepted.
    pub expires_at: DateTime<Utc>,
    /// When it was answered or taken back.
    pub answered_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl Object for OwnershipOffer {
    fn name() -> &'static str {
        "OwnershipOffer"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("An organization that is offered to one of its members. Nothing changes until they accept.")
            .scope(|offer| Scope::Organization(offer.organization))
            .computed("id", "Its id.", |offer: &Self| Id(offer.id))
            .field("organizationName", "The name of the organization.", |offer| &offer.organization_name)
            .one("organization", "What is offered; null where it is locked for its members.", organizations_by_id, |offer| {
                offer.organization
            })
            .one("from", "Who owned it when it was offered.", users_by_id, |offer| offer.from)
            .one("to", "To whom it is offered.", users_by_id, |offer| offer.to)
            .one("offeredBy", "Who offers it; null where it is the platform's staff.", users_by_id, |offer| {
                (!offer.is_rescue).then_some(offer.offered_by)
            })
            .field("status", "What became of it.", |offer| &offer.status)
            .field("isRescue", "Does the platform's staff offer it, because the owner is gone?", |offer| &offer.is_rescue)
            .field("expiresAt", "Until when it can be accepted.", |offer| &offer.expires_at)
            .field("answeredAt", "When it was accepted, declined or withdrawn.", |offer| &offer.answered_at)
            .field("createdAt", "When it was made.", |offer| &offer.created_at)
    }
}

impl Enumeration for TransferStatus {
    const NAME: &'static str = "OwnershipOfferStatus";
    const DESCRIPTION: &'static str = "What became of an offer of ownership.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Offered, "OFFERED", "It waits for an answer."),
        (Self::Accepted, "ACCEPTED", "The organization has changed hands."),
        (Self::Declined, "DECLINED", "The person does not want it."),
        (Self::Withdrawn, "WITHDRAWN", "It was taken back."),
        (Self::Expired, "EXPIRED", "Its time has passed."),
    ];
}
