//! The type `Notice`.

use entity::id::{OrganizationId, UserId};

use crate::access::BillingState;
use crate::graph::{Enumeration, Id, Object, ObjectType};
use crate::tenancy::organization::organizations_by_id;

/// Something to tell the caller about an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is about.
    pub kind: NoticeKind,
    /// Where.
    pub organization: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// The name of its owner.
    pub owner_name: String,
    /// May the caller do something about it?
    pub may_pay: bool,
}

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// A payment has failed.
    PaymentOverdue,
    /// Members may read only.
    Restricted,
    /// Members do not get in.
    Locked,
}

/// What helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NoticeAction {
    UpdatePayment,
    ContactOwner,
}

impl NoticeKind {
    /// What is to be told of an organization that stands so with its bills; `None`: nothing.
    #[must_use]
    pub fn of(state: BillingState) -> Option<Self> {
        match state {
            BillingState::Grace => Some(Self::PaymentOverdue),
            BillingState::Restricted => Some(Self::Restricted),
            BillingState::Locked => Some(Self::Locked),
            BillingState::None
            | BillingState::Provisioning
            | BillingState::Trialing
            | BillingState::Active
            | BillingState::Ended => None,
        }
    }
}

impl Notice {
    /// Is it for this caller? While all is as before, it is for those who can do something about it.
    #[must_use]
    pub fn concerns(user: UserId, owner: UserId, may_pay: bool, kind: NoticeKind) -> bool {
        match kind {
            NoticeKind::PaymentOverdue => may_pay || user == owner,
            NoticeKind::Restricted | NoticeKind::Locked => true,
        }
    }

    fn action(&self) -> NoticeAction {
        if self.may_pay { NoticeAction::UpdatePayment } else { NoticeAction::ContactOwner }
    }

    fn action_label(&self) -> String {
        match self.action() {
            NoticeAction::UpdatePayment => "Update payment information".to_owned(),
            NoticeAction::ContactOwner => format!("Contact {}", self.owner_name),
        }
    }

    fn message(&self) -> String {
        let Self { organization_name: name, owner_name: owner, .. } = self;
        match (self.kind, self.may_pay) {
            (NoticeKind::PaymentOverdue, _) => format!("A payment of {name} has failed. Everything works as before for now."),
            (NoticeKind::Restricted, true) => format!("{name} is past due: its members can only read until the bill is paid."),
            (NoticeKind::Restricted, false) => {
                format!("{name} is past due, and can only be read. Contact {owner} to resolve billing.")
            }
            (NoticeKind::Locked, true) => format!("{name} is past due: nobody but you gets in until the bill is paid."),
            (NoticeKind::Locked, false) => format!("{name} is past due. Contact {owner} to resolve billing."),
        }
    }
}

impl Object for Notice {
    fn name() -> &'static str {
        "Notice"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("Something that you should know about one of your organizations: show it as a banner.")
            .field("kind", "What it is about.", |notice: &Self| &notice.kind)
            .computed("message", "What to tell, for people.", Self::message)
            .computed("organizationId", "Which organization.", |notice| Id(notice.organization))
            .field("organizationName", "Its name.", |notice| &notice.organization_name)
            .one("organization", "The organization; null where it is locked for you.", organizations_by_id, |notice| {
                notice.organization
            })
            .computed("action", "What helps, for programs.", Self::action)
            .computed("actionLabel", "What helps, for people: the text of a button.", Self::action_label)
    }
}

impl Enumeration for NoticeKind {
    const NAME: &'static str = "NoticeKind";
    const DESCRIPTION: &'static str = "What a notice is about.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::PaymentOverdue, "PAYMENT_OVERDUE", "A payment has failed; everything works as before. For those who can pay."),
        (Self::Restricted, "RESTRICTED", "A payment is missing: everybody but the owner may only read."),
        (Self::Locked, "LOCKED", "A payment is missing for long: nobody but the owner gets in."),
    ];
}

impl Enumeration for NoticeAction {
    const NAME: &'static str = "NoticeAction";
    const DESCRIPTION: &'static str = "What helps against what a notice tells.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::UpdatePayment, "UPDATE_PAYMENT", "Update the payment information of the organization."),
        (Self::ContactOwner, "CONTACT_OWNER", "Ask the owner to pay."),
    ];
}
