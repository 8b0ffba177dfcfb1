//! The mutations `addTeamRole` and `removeTeamRole`.

use std::sync::Arc;

use entity::id::{RoleId, TeamId};
use migration::catalog::Permission;
use serde_json::json;

use super::payload::{TeamMutation, TeamPayload};
use super::{TargetTeam, store};
use crate::access::Gift;
use crate::access_change::{Call, Subjects};
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::request::Request;
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct AddTeamRoleInput(TeamRoleInput);

#[derive(Clone, Default)]
struct RemoveTeamRoleInput(TeamRoleInput);

#[derive(Clone, Default)]
struct TeamRoleInput {
    team: Option<TeamId>,
    role: Option<RoleId>,
    call: Call,
}

impl TeamRoleInput {
    fn fields() -> Fields<Self> {
        Fields::default()
            .field("teamId", "The team.", |into: &mut Self, Id(id)| into.team = Some(id))
            .field("roleId", "The role.", |into, Id(id)| into.role = Some(id))
            .embed(Call::fields(), |into| &mut into.call)
    }

    fn ids(&self) -> Result<(TeamId, RoleId), Error> {
        self.team.zip(self.role).ok_or_else(|| Error::bad_input("`input.teamId` and `input.roleId` are required"))
    }
}

impl InputObject for AddTeamRoleInput {
    const NAME: &'static str = "AddTeamRoleInput";
    const DESCRIPTION: &'static str = "Which role the members of which team get.";

    fn fields() -> Fields<Self> {
        Fields::default().embed(TeamRoleInput::fields(), |into: &mut Self| &mut into.0)
    }
}

impl InputObject for RemoveTeamRoleInput {
    const NAME: &'static str = "RemoveTeamRoleInput";
    const DESCRIPTION: &'static str = "Which role the members of which team have no longer.";

    fn fields() -> Fields<Self> {
        Fields::default().embed(TeamRoleInput::fields(), |into: &mut Self| &mut into.0)
    }
}

struct AddTeamRole;

struct RemoveTeamRole;

impl TeamMutation for AddTeamRole {
    const PAYLOAD: &'static str = "AddTeamRolePayload";
    const DESCRIPTION: &'static str = "What came of `addTeamRole`.";
}

impl TeamMutation for RemoveTeamRole {
    const PAYLOAD: &'static str = "RemoveTeamRolePayload";
    const DESCRIPTION: &'static str = "What came of `removeTeamRole`.";
}

/// Adds `addTeamRole` and `removeTeamRole`.
pub(super) fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(
            "addTeamRole",
            "Gives a role to the members of a team and of the teams below it, in the organization of the team. You must hold what the role \
             gives. Needs the permission `roles.assign` in the organization.",
            add_team_role,
        ).asks(Permission::RolesAssign)
        .root(
            "removeTeamRole",
            "Takes a role from a team. What the role denies its members you must hold. Needs the permission `roles.assign` in the \
             organization.",
            remove_team_role,
        ).asks(Permission::RolesAssign)
}

async fn add_team_role(
    request: Request,
    arguments: Arc<InputArgument<AddTeamRoleInput>>,
) -> Result<Option<Arc<TeamPayload<AddTeamRole>>>, Error> {
    let InputArgument(AddTeamRoleInput(input)) = &*arguments;
    let (id, role) = input.ids()?;
    let (mut attempt, team) = TargetTeam::open(&request, &input.call, AddTeamRole::PAYLOAD, id, Permission::RolesAssign).await?;
    let sheet = attempt.writer.role_sheet().await?;
    if !sheet.contains(role) {
        let error = UserError::at(&["roleId"], UserErrorCode::NotFound, "there is no such role");
        return TeamPayload::of(request, None, attempt.refuse(vec![error]).await?).await;
    }
    attempt.writer.require_held(&Gift::of(team.place(), sheet.allowed_by(role)))?;
    attempt.watch(Subjects::MembersOf(vec![id])).await?;
    if !store::add_role(&attempt.writer, id, role).await? {
        let error = UserError::at(&["roleId"], UserErrorCode::Taken, "the team has this role already");
        return TeamPayload::of(request, None, attempt.refuse(vec![error]).await?).await;
    }
    attempt.writer.audit(Record::of("team.add_role", id).within(team.organization).after(json!({ "roleId": role }))).await?;
    TeamPayload::of(request, Some(id), attempt.finish().await?).await
}

async fn remove_team_role(
    request: Request,
    arguments: Arc<InputArgument<RemoveTeamRoleInput>>,
) -> Result<Option<Arc<TeamPayload<RemoveTeamRole>>>, Error> {
    let InputArgument(RemoveTeamRoleInput(input)) = &*arguments;
    let (id, role) = input.ids()?;
    let (mut attempt, team) = TargetTeam::open(&request, &input.call, RemoveTeamRole::PAYLOAD, id, Permission::RolesAssign).await?;
    attempt.watch(Subjects::MembersOf(vec![id])).await?;
    if !store::remove_role(&attempt.writer, id, role).await? {
        let error = UserError::at(&["roleId"], UserErrorCode::NotFound, "the team does not have this role");
        return TeamPayload::of(request, None, attempt.refuse(vec![error]).await?).await;
    }
    let sheet = attempt.writer.role_sheet().await?;
    attempt.writer.require_held(&Gift::of(team.place(), sheet.denied_by(role)))?;
    attempt.writer.audit(Record::of("team.remove_role", id).within(team.organization).before(json!({ "roleId": role }))).await?;
    TeamPayload::of(request, Some(id), attempt.finish().await?).await
}
