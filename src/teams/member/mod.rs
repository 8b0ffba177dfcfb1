//! Places in teams: who is in a team, and who leads it.

mod arguments;
mod changing;
mod object;
mod store;

pub use arguments::TeamMemberArguments;
pub use changing::mutations;
pub use object::TeamMember;
pub use store::{members_of_teams, team_members_by_id};
