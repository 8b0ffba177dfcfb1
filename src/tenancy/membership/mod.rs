//! Memberships: who belongs to an organization, and as what.

mod arguments;
mod changing;
mod object;
mod store;

pub use arguments::MembershipArguments;
pub use changing::mutations;
pub use object::{OrganizationMemberRole, OrganizationMembership};
pub use store::{
    MembershipSource, members_of_organizations, memberships_by_id, memberships_of_caller, memberships_of_sources,
    memberships_of_users,
};
