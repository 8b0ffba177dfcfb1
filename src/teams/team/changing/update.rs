//! The mutation `updateTeam`.

use std::sync::Arc;

use entity::id::TeamId;
use migration::catalog::Permission;
use serde_json::json;

use super::payload::{TeamMutation, TeamPayload};
use super::store::{self, Refused};
use super::{TargetTeam, validate};
use crate::access_change::Call;
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::request::Request;

#[derive(Clone, Default)]
struct UpdateTeamInput {
    team: Option<TeamId>,
    name: Option<String>,
    description: Option<String>,
    call: Call,
}

impl InputObject for UpdateTeamInput {
    const NAME: &'static str = "UpdateTeamInput";
    const DESCRIPTION: &'static str = "What to change about a team. What is left out stays as it is.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("teamId", "The team.", |into: &mut Self, Id(id)| into.team = Some(id))
            .field("name", "Its new name: unique in the organization, upper and lower case alike.", |into, name| into.name = name)
            .field("description", "What it is for from now on.", |into, description| into.description = description)
            .embed(Call::fields(), |into| &mut into.call)
    }
}

struct UpdateTeam;

impl TeamMutation for UpdateTeam {
    const PAYLOAD: &'static str = "UpdateTeamPayload";
    const DESCRIPTION: &'static str = "What came of `updateTeam`.";
}

/// Adds `updateTeam`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "updateTeam",
        "Changes what is said of a team. Needs the permission `teams.manage` in its organization. `moveTeam` changes its parent.",
        update_team,
    ).asks(Permission::TeamsManage)
}

async fn update_team(
    request: Request,
    arguments: Arc<InputArgument<UpdateTeamInput>>,
) -> Result<Option<Arc<TeamPayload<UpdateTeam>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.team else { return Err(Error::bad_input("`input.teamId` is required")) };
    let mut errors = Vec::new();
    let name = input.name.as_deref().map(|name| validate::name(name, &mut errors));
    let description = input.description.as_deref().map(|description| validate::description(description, &mut errors));
    let (attempt, before) = TargetTeam::open(&request, &input.call, UpdateTeam::PAYLOAD, id, Permission::TeamsManage).await?;
    let after = TargetTeam {
        name: name.unwrap_or_else(|| before.name.clone()),
        description: description.unwrap_or_else(|| before.description.clone()),
        ..before.clone()
    };
    if errors.is_empty() && after != before {
        if store::update(&attempt.writer, &after).await? == Some(Refused::NameTaken) {
            errors.push(validate::name_taken());
        } else {
            let said = |team: &TargetTeam| json!({ "name": team.name, "description": team.description });
            let record = Record::of("team.update", id).within(before.organization).before(said(&before)).after(said(&after));
            attempt.writer.audit(record).await?;
        }
    }
    if !errors.is_empty() {
        return TeamPayload::of(request, None, attempt.refuse(errors).await?).await;
    }
    TeamPayload::of(request, Some(id), attempt.finish().await?).await
}
