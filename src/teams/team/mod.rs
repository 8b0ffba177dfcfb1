//! Teams: a tree in each organization. What a team's roles and grants give, its members have, and those of the teams below it.

mod changing;
mod list;
mod object;
mod query;
mod store;

pub use changing::{Endowment, TargetTeam, ancestry, mutations};
pub use list::TeamArguments;
pub use object::Team;
pub use query::queries;
pub use store::{
    teams_by_id, teams_of_memberships, teams_of_organizations, teams_of_tenant_memberships, teams_of_users, visible_teams,
};
