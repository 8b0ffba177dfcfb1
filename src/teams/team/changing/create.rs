//! The mutation `createTeam`.

use std::sync::Arc;

use entity::id::{OrganizationId, TeamId};
use migration::catalog::Permission;
use serde_json::json;

use super::payload::{TeamMutation, TeamPayload};
use super::store::{self, Refused};
use super::{TargetTeam, validate};
use crate::access::Scope;
use crate::access_change::{Attempt, Call};
use crate::audit::Record;
use crate::clock;
use crate::error::{Code, Error};
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::idempotency::{self, Taken};
use crate::request::Request;
use crate::tenancy::organization::is_living;

const OPERATION: &str = "createTeam";

#[derive(Clone, Default)]
struct CreateTeamInput {
    organization: Option<OrganizationId>,
    name: String,
    description: Option<String>,
    parent: Option<TeamId>,
    idempotency_key: Option<String>,
    call: Call,
}

impl InputObject for CreateTeamInput {
    const NAME: &'static str = "CreateTeamInput";
    const DESCRIPTION: &'static str = "The team to make. It has no members at first.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("organizationId", "Where.", |into: &mut Self, Id(id)| into.organization = Some(id))
            .field("name", "Its name: unique in the organization, upper and lower case alike.", |into, name| into.name = name)
            .field("description", "What it is for.", |into, description| into.description = description)
            .field(
                "parentTeamId",
                "The team of the same organization that it is a part of; left out: none.",
                |into, parent: Option<Id<_>>| {
                    into.parent = parent.map(|Id(id)| id);
                },
            )
            .field("idempotencyKey", idempotency::DESCRIPTION, |into, key| into.idempotency_key = key)
            .embed(Call::fields(), |into| &mut into.call)
    }
}

struct CreateTeam;

impl TeamMutation for CreateTeam {
    const PAYLOAD: &'static str = "CreateTeamPayload";
    const DESCRIPTION: &'static str = "What came of `createTeam`.";
}

/// Adds `createTeam`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(OPERATION, "Makes a team. Needs the permission `teams.manage` in the organization.", create_team)
        .asks(Permission::TeamsManage)
}

async fn create_team(
    request: Request,
    arguments: Arc<InputArgument<CreateTeamInput>>,
) -> Result<Option<Arc<TeamPayload<CreateTeam>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(organization) = input.organization else { return Err(Error::bad_input("`input.organizationId` is required")) };
    let mut errors = Vec::new();
    let mut new = TargetTeam {
        id: clock::new_id(),
        organization,
        name: validate::name(&input.name, &mut errors),
        description: validate::description(input.description.as_deref().unwrap_or_default(), &mut errors),
        parent: input.parent,
    };
    errors.extend(idempotency::complaint(input.idempotency_key.as_deref()));
    let scope = Scope::Organization(organization);
    let attempt = Attempt::begin(&request, &input.call, CreateTeam::PAYLOAD, scope).await?;
    let writer = &attempt.writer;
    if !writer.may(Permission::OrganizationRead, scope).await? || !is_living(writer, organization).await? {
        return Err(Error::client(Code::NotFound, "there is no such organization, or you may not know of it"));
    }
    writer.require(Permission::TeamsManage, scope).await?;
    if errors.is_empty() {
        let sent = json!([organization, input.name, input.description, input.parent]);
        match writer.take_key(OPERATION, input.idempotency_key.as_deref(), &sent, new.id).await? {
            Taken::Now => {}
            Taken::Before(earlier) => {
                new.id = earlier;
                return TeamPayload::of(request, Some(new.id), attempt.refuse(Vec::new()).await?).await;
            }
            Taken::ForAnotherInput => errors.push(idempotency::reused()),
        }
    }
    if let Some(parent) = new.parent {
        match store::lock(writer, parent).await? {
            Some(parent) if parent.organization == organization && writer.may(Permission::TeamsRead, parent.scope()).await? => {
                if store::ancestry(writer, parent.id).await?.len() >= validate::DEEPEST {
                    errors.push(validate::too_deep());
                }
            }
            _ => errors.push(validate::no_such_parent()),
        }
    }
    if errors.is_empty() && store::insert(writer, &new).await? == Some(Refused::NameTaken) {
        errors.push(validate::name_taken());
    }
    if !errors.is_empty() {
        return TeamPayload::of(request, None, attempt.refuse(errors).await?).await;
    }
    let made = json!({ "name": new.name, "description": new.description, "parentTeamId": new.parent });
    writer.audit(Record::of("team.create", new.id).within(organization).after(made)).await?;
    TeamPayload::of(request, Some(new.id), attempt.finish().await?).await
}
