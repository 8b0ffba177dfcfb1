//! Invitations: how somebody is asked to join an organization, and answers.

mod arguments;
mod changing;
mod object;
mod received;
mod store;

pub use arguments::InvitationArguments;
pub use changing::mutations;
pub use object::{Invitation, InvitationState};
pub use received::ReceivedInvitation;
pub use store::{invitations_of_organizations, received_invitations};
