//! The mutation `removeTeamMember`.

use std::sync::Arc;

use entity::id::TeamMemberId;
use migration::catalog::Permission;
use serde_json::json;

use super::payload::{MemberMutation, MemberPayload};
use super::store;
use super::target::TargetMember;
use crate::access::Gift;
use crate::access_change::{Call, Subjects};
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::request::Request;
use crate::teams::team::{Endowment, ancestry};

#[derive(Clone, Default)]
struct RemoveTeamMemberInput {
    member: Option<TeamMemberId>,
    call: Call,
}

impl InputObject for RemoveTeamMemberInput {
    const NAME: &'static str = "RemoveTeamMemberInput";
    const DESCRIPTION: &'static str = "Who leaves which team.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("teamMemberId", "The place in the team.", |into: &mut Self, Id(id)| into.member = Some(id))
            .embed(Call::fields(), |into| &mut into.call)
    }
}

struct RemoveTeamMember;

impl MemberMutation for RemoveTeamMember {
    const PAYLOAD: &'static str = "RemoveTeamMemberPayload";
    const DESCRIPTION: &'static str = "What came of `removeTeamMember`.";
}

/// Adds `removeTeamMember`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "removeTeamMember",
        "Takes somebody out of a team, who then loses what the team and the teams above it are given. What they deny you must hold. \
         Needs the permission `teams.manage` in the organization of the team.",
        remove_team_member,
    ).asks(Permission::TeamsManage)
}

async fn remove_team_member(
    request: Request,
    arguments: Arc<InputArgument<RemoveTeamMemberInput>>,
) -> Result<Option<Arc<MemberPayload<RemoveTeamMember>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.member else { return Err(Error::bad_input("`input.teamMemberId` is required")) };
    let (mut attempt, member) = TargetMember::open(&request, &input.call, RemoveTeamMember::PAYLOAD, id).await?;
    let sheet = attempt.writer.role_sheet().await?;
    let left = ancestry(&attempt.writer, member.team.id).await?;
    let freed = Endowment::of(&attempt.writer, &sheet, &left).await?.denied;
    attempt.writer.require_held(&Gift::of(member.team.place(), freed))?;
    attempt.watch(Subjects::Users(vec![member.user])).await?;
    store::delete(&attempt.writer, id).await?;
    let was = json!({ "teamId": member.team.id, "userId": member.user, "isLead": member.is_lead });
    attempt.writer.audit(Record::of("team.remove_member", id).within(member.team.organization).before(was)).await?;
    MemberPayload::of(request, (member.team.id, id), attempt.finish().await?).await
}
