//! The mutation `deleteTeam`.

use std::sync::Arc;

use entity::deletion::DeletionKind;
use entity::id::{DeletionId, TeamId};
use migration::catalog::Permission;
use serde_json::json;

use super::{Endowment, TargetTeam, store};
use crate::access::{Gift, Scope};
use crate::access_change::{Call, Outcome, Subjects, outcome_fields};
use crate::audit::Record;
use crate::clock;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, Object, ObjectType};
use crate::request::Request;
use crate::tenancy::deletion::Entry;

const PAYLOAD: &str = "DeleteTeamPayload";

#[derive(Clone, Default)]
struct DeleteTeamInput {
    team: Option<TeamId>,
    call: Call,
}

impl InputObject for DeleteTeamInput {
    const NAME: &'static str = "DeleteTeamInput";
    const DESCRIPTION: &'static str = "Which team to delete. The teams below it go with it.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("teamId", "The team.", |into: &mut Self, Id(id)| into.team = Some(id))
            .embed(Call::fields(), |into| &mut into.call)
    }
}

struct DeleteTeamPayload {
    deleted: Vec<Id<TeamId>>,
    outcome: Outcome,
}

impl Object for DeleteTeamPayload {
    fn name() -> &'static str {
        PAYLOAD
    }

    fn table() -> ObjectType<Self> {
        let payload = ObjectType::<Self>::new("What came of `deleteTeam`.").field(
            "deletedTeamIds",
            "The ids of the team and of those below it, which went with it; of a dry run: those that would go.",
            |payload: &Self| &payload.deleted,
        );
        outcome_fields(payload, |payload| &payload.outcome)
    }
}

/// Adds `deleteTeam`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "deleteTeam",
        "Deletes a team with the teams below it, and the grants to them and on them. Their members lose what they had by them; what the \
         teams denied them you must hold. Needs the permission `teams.manage` in its organization.",
        delete_team,
    ).asks(Permission::TeamsManage)
}

async fn delete_team(
    request: Request,
    arguments: Arc<InputArgument<DeleteTeamInput>>,
) -> Result<Option<Arc<DeleteTeamPayload>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.team else { return Err(Error::bad_input("`input.teamId` is required")) };
    let (mut attempt, team) = TargetTeam::open(&request, &input.call, PAYLOAD, id, Permission::TeamsManage).await?;
    let family: Vec<TeamId> = store::family(&attempt.writer, id).await?.into_iter().map(|team| team.id).collect();
    for below in &family {
        attempt.writer.require(Permission::TeamsManage, Scope::Team(team.organization, *below)).await?;
    }
    // Whoever was in one of them leaves those above, too.
    let mut left = store::ancestry(&attempt.writer, id).await?;
    left.extend(&family);
    let sheet = attempt.writer.role_sheet().await?;
    let freed = Endowment::of(&attempt.writer, &sheet, &left).await?.denied;
    attempt.writer.require_held(&Gift::of(team.place(), freed))?;
    attempt.watch(Subjects::MembersOf(vec![id])).await?;
    let deletion: DeletionId = clock::new_id();
    let grants = store::delete(&attempt.writer, &family, deletion).await?;
    let gone = json!({
        "name": team.name, "description": team.description, "parentTeamId": team.parent, "teamIds": family, "grants": grants,
        "deletionId": deletion,
    });
    let counts = json!({ "teams": family.len(), "grants": grants });
    let entry = Entry::of(deletion, DeletionKind::Team, id).within(team.organization).called(&team.name);
    entry.counting(counts).list(&attempt.writer).await?;
    attempt.writer.audit(Record::of("team.delete", id).within(team.organization).before(gone)).await?;
    let outcome = attempt.finish().await?;
    Ok(Some(Arc::new(DeleteTeamPayload { deleted: family.into_iter().map(Id).collect(), outcome })))
}
