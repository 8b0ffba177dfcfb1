//! The mutation `updateTeamMember`.

use std::sync::Arc;

use entity::id::TeamMemberId;
use migration::catalog::Permission;
use serde_json::json;

use super::payload::{MemberMutation, MemberPayload};
use super::store;
use super::target::TargetMember;
use crate::access_change::Call;
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::request::Request;

#[derive(Clone, Default)]
struct UpdateTeamMemberInput {
    member: Option<TeamMemberId>,
    is_lead: bool,
    call: Call,
}

impl InputObject for UpdateTeamMemberInput {
    const NAME: &'static str = "UpdateTeamMemberInput";
    const DESCRIPTION: &'static str = "What to change about somebody's place in a team.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("teamMemberId", "The place in the team.", |into: &mut Self, Id(id)| into.member = Some(id))
            .field("isLead", "Whether the person leads the team from now on.", |into, is_lead| into.is_lead = is_lead)
            .embed(Call::fields(), |into| &mut into.call)
    }
}

struct UpdateTeamMember;

impl MemberMutation for UpdateTeamMember {
    const PAYLOAD: &'static str = "UpdateTeamMemberPayload";
    const DESCRIPTION: &'static str = "What came of `updateTeamMember`.";
}

/// Adds `updateTeamMember`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "updateTeamMember",
        "Says who leads a team. Leading gives no permission. Needs the permission `teams.manage` in the organization of the team.",
        update_team_member,
    ).asks(Permission::TeamsManage)
}

async fn update_team_member(
    request: Request,
    arguments: Arc<InputArgument<UpdateTeamMemberInput>>,
) -> Result<Option<Arc<MemberPayload<UpdateTeamMember>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.member else { return Err(Error::bad_input("`input.teamMemberId` is required")) };
    let (attempt, member) = TargetMember::open(&request, &input.call, UpdateTeamMember::PAYLOAD, id).await?;
    if member.is_lead != input.is_lead {
        store::set_lead(&attempt.writer, id, input.is_lead).await?;
        let record = Record::of("team.update_member", id)
            .within(member.team.organization)
            .before(json!({ "isLead": member.is_lead }))
            .after(json!({ "isLead": input.is_lead }));
        attempt.writer.audit(record).await?;
    }
    MemberPayload::of(request, (member.team.id, member.id), attempt.finish().await?).await
}
