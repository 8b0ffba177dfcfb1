//! The mutation `removeTenantMember`.

use std::sync::Arc;

use entity::deletion::DeletionKind;
use entity::id::{DeletionId, TenantMembershipId};
use migration::catalog::{BaseRole, Permission};
use serde_json::json;

use super::store::{self, Member};
use crate::access::{Gift, Place, Scope};
use crate::access_change::{Attempt, Call, Outcome, Subjects, outcome_fields};
use crate::audit::Record;
use crate::clock;
use crate::error::{Code, Error};
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, Object, ObjectType};
use crate::request::Request;
use crate::tenancy::deletion::Entry;
use crate::user_error::{UserError, UserErrorCode};

const PAYLOAD: &str = "RemoveTenantMemberPayload";

#[derive(Clone, Default)]
struct RemoveTenantMemberInput {
    membership: Option<TenantMembershipId>,
    call: Call,
}

impl InputObject for RemoveTenantMemberInput {
    const NAME: &'static str = "RemoveTenantMemberInput";
    const DESCRIPTION: &'static str = "Whom to remove from the tenant.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("tenantMembershipId", "The membership in the tenant.", |into: &mut Self, Id(id)| into.membership = Some(id))
            .embed(Call::fields(), |into| &mut into.call)
    }
}

struct RemoveTenantMemberPayload {
    ended: Option<Id<TenantMembershipId>>,
    deletion: Option<Id<DeletionId>>,
    outcome: Outcome,
}

impl Object for RemoveTenantMemberPayload {
    fn name() -> &'static str {
        PAYLOAD
    }

    fn table() -> ObjectType<Self> {
        let payload = ObjectType::<Self>::new("What came of `removeTenantMember`.")
            .field(
                "endedTenantMembershipId",
                "The membership that has ended: keep it, to restore it. Null where there are user errors, and after a dry run.",
                |payload: &Self| &payload.ended,
            )
            .field("deletionId", "The deletion, as the audit log names it; null where there is none.", |payload| &payload.deletion);
        outcome_fields(payload, |payload| &payload.outcome)
    }
}

/// Adds `removeTenantMember`.
pub(in crate::tenancy::deletion) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(
            "removeTenantMember",
            "Removes somebody from the tenant, and from all of its organizations, with all roles, teams, overrides, grants and API keys that they have \
             there; `restoreTenantMember` brings exactly these back. Not while they own an organization, or are the only owner of the tenant. Needs the \
             permission `members.remove` in the tenant, and everything that their place in the tenant gives.",
            remove_tenant_member,
        )
        .asks(Permission::MembersRemove)
}

fn not_found() -> Error {
    Error::client(Code::NotFound, "there is no such member of the tenant, or you may not know of them")
}

async fn remove_tenant_member(
    request: Request,
    arguments: Arc<InputArgument<RemoveTenantMemberInput>>,
) -> Result<Option<Arc<RemoveTenantMemberPayload>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.membership else { return Err(Error::bad_input("`input.tenantMembershipId` is required")) };
    let attempt = Attempt::begin(&request, &input.call, PAYLOAD, Scope::Tenant).await?;
    attempt.writer.require(Permission::MembersRemove, Scope::Tenant).await?;
    let member = store::member(&attempt.writer, id).await?.ok_or_else(not_found)?;
    // Nobody removes somebody who has more: it could not be given back.
    let (book, sheet) = (attempt.writer.roles().await?, attempt.writer.role_sheet().await?);
    let role = BaseRole::from_key(member.role.as_str()).and_then(|role| book.base(role));
    if let Some(role) = role {
        attempt.writer.require_held(&Gift::of(Place::Everywhere, sheet.allowed_by(role.id)))?;
    }
    let deletion: DeletionId = clock::new_id();
    let outcome = remove(attempt, id, &member, deletion).await?;
    let is_written = outcome.is_written();
    let (ended, deletion) = (is_written.then_some(Id(id)), is_written.then_some(Id(deletion)));
    Ok(Some(Arc::new(RemoveTenantMemberPayload { ended, deletion, outcome })))
}

async fn remove(mut attempt: Attempt, id: TenantMembershipId, member: &Member, deletion: DeletionId) -> Result<Outcome, Error> {
    if let Some(error) = stays(member) {
        return attempt.refuse(vec![error]).await;
    }
    attempt.watch(Subjects::Users(vec![member.user])).await?;
    let writer = &attempt.writer;
    let counts = store::end(writer, member.user, deletion).await?.ok_or_else(not_found)?;
    Entry::of(deletion, DeletionKind::TenantMembership, id).counting(counts.clone()).list(writer).await?;
    let mut gone = counts;
    gone["userId"] = json!(member.user);
    gone["role"] = json!(member.role.as_str());
    gone["deletionId"] = json!(deletion);
    writer.audit(Record::of("tenant_member.remove", id).before(gone)).await?;
    attempt.finish().await
}

/// Why somebody cannot go, if they cannot.
fn stays(member: &Member) -> Option<Arc<UserError>> {
    let at = ["tenantMembershipId"];
    if !member.owns.is_empty() {
        let message = format!("they own {}: hand that over, or delete it first", member.owns.join(", "));
        return Some(UserError::at(&at, UserErrorCode::IsOwner, message));
    }
    let message = "they are the only owner of the tenant: name another one first";
    member.is_last_owner.then(|| UserError::at(&at, UserErrorCode::IsOwner, message))
}
