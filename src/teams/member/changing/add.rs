//! The mutation `addTeamMember`.

use std::sync::Arc;

use entity::id::{TeamId, UserId};
use migration::catalog::Permission;
use serde_json::json;

use super::payload::{MemberMutation, MemberPayload};
use super::store::{self, NewPlace};
use crate::access::Gift;
use crate::access_change::{Call, Subjects};
use crate::audit::Record;
use crate::clock;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::idempotency::{self, Taken};
use crate::request::Request;
use crate::teams::team::{Endowment, TargetTeam, ancestry};
use crate::user_error::{UserError, UserErrorCode};

const OPERATION: &str = "addTeamMember";

#[derive(Clone, Default)]
struct AddTeamMemberInput {
    team: Option<TeamId>,
    user: Option<UserId>,
    is_lead: bool,
    idempotency_key: Option<String>,
    call: Call,
}

impl InputObject for AddTeamMemberInput {
    const NAME: &'static str = "AddTeamMemberInput";
    const DESCRIPTION: &'static str = "Who joins which team.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("teamId", "The team.", |into: &mut Self, Id(id)| into.team = Some(id))
            .field("userId", "The person: a member of the organization of the team.", |into, Id(id)| into.user = Some(id))
            .field("isLead", "Whether the person leads the team; left out: no.", |into, is_lead: Option<bool>| {
                into.is_lead = is_lead.unwrap_or_default();
            })
            .field("idempotencyKey", idempotency::DESCRIPTION, |into, key| into.idempotency_key = key)
            .embed(Call::fields(), |into| &mut into.call)
    }
}

struct AddTeamMember;

impl MemberMutation for AddTeamMember {
    const PAYLOAD: &'static str = "AddTeamMemberPayload";
    const DESCRIPTION: &'static str = "What came of `addTeamMember`.";
}

/// Adds `addTeamMember`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        OPERATION,
        "Puts somebody into a team, who then has what the team and the teams above it are given: you must hold that. Needs the permission \
         `teams.manage` in the organization of the team.",
        add_team_member,
    ).asks(Permission::TeamsManage)
}

async fn add_team_member(
    request: Request,
    arguments: Arc<InputArgument<AddTeamMemberInput>>,
) -> Result<Option<Arc<MemberPayload<AddTeamMember>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some((id, user)) = input.team.zip(input.user) else {
        return Err(Error::bad_input("`input.teamId` and `input.userId` are required"));
    };
    let mut errors: Vec<Arc<UserError>> = idempotency::complaint(input.idempotency_key.as_deref()).into_iter().collect();
    let (mut attempt, team) = TargetTeam::open(&request, &input.call, AddTeamMember::PAYLOAD, id, Permission::TeamsManage).await?;
    let place = clock::new_id();
    if errors.is_empty() {
        let sent = json!([id, user, input.is_lead]);
        match attempt.writer.take_key(OPERATION, input.idempotency_key.as_deref(), &sent, place).await? {
            Taken::Now => {}
            Taken::Before(earlier) => return MemberPayload::of(request, (id, earlier), attempt.refuse(Vec::new()).await?).await,
            Taken::ForAnotherInput => errors.push(idempotency::reused()),
        }
    }
    let membership = store::membership(&attempt.writer, team.organization, user).await?;
    if membership.is_none() {
        let message = "this is nobody who belongs to the organization of the team";
        errors.push(UserError::at(&["userId"], UserErrorCode::NotFound, message));
    }
    if let Some(membership) = membership.filter(|_| errors.is_empty()) {
        let sheet = attempt.writer.role_sheet().await?;
        let given = Endowment::of(&attempt.writer, &sheet, &ancestry(&attempt.writer, id).await?).await?.allowed;
        attempt.writer.require_held(&Gift::of(team.place(), given))?;
        attempt.watch(Subjects::Users(vec![user])).await?;
        let new = NewPlace { id: place, team: id, membership, is_lead: input.is_lead };
        if !store::insert(&attempt.writer, &new).await? {
            errors.push(UserError::at(&["userId"], UserErrorCode::Taken, "this person is in the team already"));
        }
    }
    if !errors.is_empty() {
        return Ok(Some(MemberPayload::refused(attempt.refuse(errors).await?)));
    }
    let joined = json!({ "teamId": id, "userId": user, "isLead": input.is_lead });
    attempt.writer.audit(Record::of("team.add_member", place).within(team.organization).after(joined)).await?;
    MemberPayload::of(request, (id, place), attempt.finish().await?).await
}
