//! The mutation `moveTeam`.

use std::sync::Arc;

use entity::id::TeamId;
use migration::catalog::Permission;
use serde_json::json;

use super::payload::{TeamMutation, TeamPayload};
use super::{Endowment, TargetTeam, store, validate};
use crate::access::Gift;
use crate::access_change::{Attempt, Call, Subjects};
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Change, Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::request::Request;
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
struct MoveTeamInput {
    team: Option<TeamId>,
    parent: Change<Id<TeamId>>,
    call: Call,
}

impl InputObject for MoveTeamInput {
    const NAME: &'static str = "MoveTeamInput";
    const DESCRIPTION: &'static str = "Which team to move, and where to. The teams below it go with it.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("teamId", "The team.", |into: &mut Self, Id(id)| into.team = Some(id))
            .field(
                "parentTeamId",
                "The team of the same organization that it becomes a part of; null: it goes to the top. It must be sent, if only as null.",
                |into, parent| into.parent = parent,
            )
            .embed(Call::fields(), |into| &mut into.call)
    }
}

struct MoveTeam;

impl TeamMutation for MoveTeam {
    const PAYLOAD: &'static str = "MoveTeamPayload";
    const DESCRIPTION: &'static str = "What came of `moveTeam`.";
}

/// Adds `moveTeam`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "moveTeam",
        "Makes a team a part of another. Its members, and those of the teams below it, have what the teams above it are given: you must \
         hold what they gain. Needs the permission `teams.manage` in its organization.",
        move_team,
    ).asks(Permission::TeamsManage)
}

async fn move_team(
    request: Request,
    arguments: Arc<InputArgument<MoveTeamInput>>,
) -> Result<Option<Arc<TeamPayload<MoveTeam>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.team else { return Err(Error::bad_input("`input.teamId` is required")) };
    let (mut attempt, before) = TargetTeam::open(&request, &input.call, MoveTeam::PAYLOAD, id, Permission::TeamsManage).await?;
    let Change::Set(parent) = &input.parent else {
        return Err(Error::bad_input("`input.parentTeamId` is required: send null to move the team to the top"));
    };
    let parent = parent.map(|Id(parent)| parent);
    let errors = match parent {
        Some(parent) => unfit(&attempt, &before, parent).await?,
        None => Vec::new(),
    };
    if !errors.is_empty() {
        return TeamPayload::of(request, None, attempt.refuse(errors).await?).await;
    }
    if parent != before.parent {
        move_there(&mut attempt, &before, parent).await?;
    }
    TeamPayload::of(request, Some(id), attempt.finish().await?).await
}

/// Why the team cannot be a part of that one.
async fn unfit(attempt: &Attempt, team: &TargetTeam, parent: TeamId) -> Result<Vec<Arc<UserError>>, Error> {
    let writer = &attempt.writer;
    match store::lock(writer, parent).await? {
        Some(parent) if parent.organization == team.organization && writer.may(Permission::TeamsRead, parent.scope()).await? => {
            writer.require(Permission::TeamsManage, parent.scope()).await?;
        }
        _ => return Ok(vec![validate::no_such_parent()]),
    }
    let above = store::ancestry(writer, parent).await?;
    if above.contains(&team.id) {
        let message = "a team cannot be a part of itself, nor of a team below it";
        return Ok(vec![UserError::at(&["parentTeamId"], UserErrorCode::Invalid, message)]);
    }
    let height = store::family(writer, team.id).await?.last().map_or(1, |lowest| lowest.depth);
    Ok(if above.len() + height > validate::DEEPEST { vec![validate::too_deep()] } else { Vec::new() })
}

async fn move_there(attempt: &mut Attempt, before: &TargetTeam, parent: Option<TeamId>) -> Result<(), Error> {
    let old = above(attempt, before.parent).await?;
    let new = above(attempt, parent).await?;
    let gained: Vec<TeamId> = new.iter().filter(|team| !old.contains(team)).copied().collect();
    let lost: Vec<TeamId> = old.iter().filter(|team| !new.contains(team)).copied().collect();
    let sheet = attempt.writer.role_sheet().await?;
    let given = Endowment::of(&attempt.writer, &sheet, &gained).await?.allowed;
    // What the teams left behind kept out comes back.
    let freed = Endowment::of(&attempt.writer, &sheet, &lost).await?.denied;
    attempt.writer.require_held(&Gift::of(before.place(), given.union(freed)))?;
    attempt.watch(Subjects::MembersOf(vec![before.id])).await?;
    store::update(&attempt.writer, &TargetTeam { parent, ..before.clone() }).await?;
    let record = Record::of("team.move", before.id)
        .within(before.organization)
        .before(json!({ "parentTeamId": before.parent }))
        .after(json!({ "parentTeamId": parent }));
    attempt.writer.audit(record).await
}

async fn above(attempt: &Attempt, parent: Option<TeamId>) -> Result<Vec<TeamId>, Error> {
    match parent {
        Some(parent) => store::ancestry(&attempt.writer, parent).await,
        None => Ok(Vec::new()),
    }
}
