//! Which invitations a list shows.

use super::InvitationState;
use crate::graph::{Arguments, Fields, InputObject, InputOf};

/// Filter of a list of invitations.
#[derive(Clone, Debug, Default)]
pub struct InvitationArguments {
    /// Which ones.
    pub filter: InvitationFilter,
}

/// Which invitations a list shows; conditions are all to be met.
#[derive(Clone, Debug, Default)]
pub struct InvitationFilter {
    /// Of which this became.
    pub state: Option<InvitationState>,
    /// To addresses that contain this.
    pub email: Option<String>,
}

impl Arguments for InvitationArguments {
    fn fields() -> Fields<Self> {
        Fields::default().field("filter", "Which ones; all where it is left out.", |into: &mut Self, filter: Option<InputOf<_>>| {
            into.filter = filter.map(|InputOf(filter)| filter).unwrap_or_default();
        })
    }
}

impl InputObject for InvitationFilter {
    const NAME: &'static str = "InvitationFilter";
    const DESCRIPTION: &'static str = "Which invitations a list shows. Conditions are all to be met.";

    fn fields() -> Fields<Self> {
        Fields::default().field("status", "Of which this became.", |into: &mut Self, state| into.state = state).field(
            "email",
            "To addresses that contain this, upper and lower case alike.",
            |into, email| into.email = email,
        )
    }
}
