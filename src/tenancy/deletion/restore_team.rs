//! The mutation `restoreTeam`.

use std::sync::Arc;

use entity::id::TeamId;
use migration::catalog::Permission;
use serde_json::json;

use super::conflict::Conflict;
use super::payload::{RestorePayload, Restores};
use super::store;
use crate::access::{Gift, Place, Scope};
use crate::access_change::{Attempt, Call, Outcome, Subjects};
use crate::audit::Record;
use crate::error::{Code, Error};
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::request::Request;
use crate::teams::team::{Endowment, Team, ancestry, visible_teams};
use crate::tenancy::organization::require_known;

#[derive(Clone, Default)]
struct RestoreTeamInput {
    team: Option<TeamId>,
    call: Call,
}

impl InputObject for RestoreTeamInput {
    const NAME: &'static str = "RestoreTeamInput";
    const DESCRIPTION: &'static str = "Which team to restore.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field(
                "teamId",
                "The team: one that was deleted. Those that went with it come back, too.",
                |into: &mut Self, Id(id)| {
                    into.team = Some(id);
                },
            )
            .embed(Call::fields(), |into| &mut into.call)
    }
}

struct RestoreTeam;

impl Restores for RestoreTeam {
    const PAYLOAD: &'static str = "RestoreTeamPayload";
    const DESCRIPTION: &'static str = "What came of `restoreTeam`.";
    const FIELD: &'static str = "team";
    type Thing = Team;
}

/// Adds `restoreTeam`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "restoreTeam",
        "Brings a deleted team back, with the teams and the grants that went with it, and with those of its members who are still there. Needs the \
         permission `teams.manage` in its organization, and everything that the teams and those above them give, held there.",
        restore_team,
    )
    .asks(Permission::TeamsManage)
}

fn no_such_team() -> Error {
    Error::client(Code::NotFound, "there is no such team that was deleted, or you may not know of it")
}

async fn restore_team(
    request: Request,
    arguments: Arc<InputArgument<RestoreTeamInput>>,
) -> Result<Option<Arc<RestorePayload<RestoreTeam>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.team else { return Err(Error::bad_input("`input.teamId` is required")) };
    let mut attempt = Attempt::begin(&request, &input.call, RestoreTeam::PAYLOAD, Scope::Tenant).await?;
    let writer = &attempt.writer;
    let deleted = store::deleted_team(writer, id).await?.ok_or_else(no_such_team)?;
    let organization = deleted.organization.ok_or_else(no_such_team)?;
    require_known(writer, organization).await.map_err(|error| match error.code() {
        Code::NotFound => no_such_team(),
        _ => error,
    })?;
    let scope = Scope::Organization(organization);
    if let Err(refused) = writer.require(Permission::TeamsManage, scope).await {
        let knows = writer.may(Permission::TeamsRead, scope).await?;
        return Err(if knows { refused } else { no_such_team() });
    }
    attempt.within(scope);
    let outcome = restore(attempt, id, organization, &deleted).await?;
    let thing = if outcome.is_written() { visible_teams(request, vec![id]).await?.remove(&id) } else { None };
    Ok(Some(Arc::new(RestorePayload { thing, outcome })))
}

async fn restore(
    mut attempt: Attempt,
    id: TeamId,
    organization: entity::id::OrganizationId,
    deleted: &store::Deleted,
) -> Result<Outcome, Error> {
    let report = store::conflicts(&attempt.writer, deleted.deletion).await?;
    if !report.is_empty() {
        return attempt.refuse(report.iter().map(Conflict::told).collect()).await;
    }
    let family = store::teams(&attempt.writer, deleted.deletion).await?;
    attempt.watch(Subjects::MembersOf(family.clone())).await?;
    let writer = &attempt.writer;
    let revived = store::revive(writer, deleted.deletion).await?;
    // Their members get what these teams and those above them give, as if they were put into them.
    let mut teams = family.clone();
    for team in &family {
        teams.extend(ancestry(writer, *team).await?);
    }
    teams.sort_unstable();
    teams.dedup();
    let sheet = writer.role_sheet().await?;
    let given = Endowment::of(writer, &sheet, &teams).await?.allowed;
    writer.require_held(&Gift::of(Place::Organization(organization), given))?;
    let back = json!({ "teamIds": family, "grants": revived.grants, "deletionId": deleted.deletion });
    writer.audit(Record::of("team.restore", id).within(organization).after(back)).await?;
    attempt.finish().await
}
