//! The mutation `restoreTenantMember`.

use std::sync::Arc;

use entity::id::TenantMembershipId;
use migration::catalog::Permission;
use serde_json::json;

use super::come_back;
use super::store::{self, Ended};
use crate::access::Scope;
use crate::access_change::{Attempt, Call, Outcome, Subjects};
use crate::audit::Record;
use crate::error::{Code, Error};
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::request::Request;
use crate::tenancy::deletion::payload::{RestorePayload, Restores};
use crate::tenancy::tenant_membership::{TenantMembership, tenant_memberships_by_id};

#[derive(Clone, Default)]
struct RestoreTenantMemberInput {
    membership: Option<TenantMembershipId>,
    call: Call,
}

impl InputObject for RestoreTenantMemberInput {
    const NAME: &'static str = "RestoreTenantMemberInput";
    const DESCRIPTION: &'static str = "Which membership in the tenant to restore.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("tenantMembershipId", "The membership: one that has ended.", |into: &mut Self, Id(id)| {
                into.membership = Some(id);
            })
            .embed(Call::fields(), |into| &mut into.call)
    }
}

struct RestoreTenantMember;

impl Restores for RestoreTenantMember {
    const PAYLOAD: &'static str = "RestoreTenantMemberPayload";
    const DESCRIPTION: &'static str = "What came of `restoreTenantMember`.";
    const FIELD: &'static str = "tenantMembership";
    type Thing = TenantMembership;
}

/// Adds `restoreTenantMember`.
pub(in crate::tenancy::deletion) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(
            "restoreTenantMember",
            "Brings somebody back who was removed from the tenant, into the organizations, roles and teams that they were in; API keys come back revoked. What \
             is in the way is reported all at once, and then nothing comes back. Needs the permission `members.remove` in the tenant, and everything that \
             they get back.",
            restore_tenant_member,
        )
        .asks(Permission::MembersRemove)
}

async fn restore_tenant_member(
    request: Request,
    arguments: Arc<InputArgument<RestoreTenantMemberInput>>,
) -> Result<Option<Arc<RestorePayload<RestoreTenantMember>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.membership else { return Err(Error::bad_input("`input.tenantMembershipId` is required")) };
    let attempt = Attempt::begin(&request, &input.call, RestoreTenantMember::PAYLOAD, Scope::Tenant).await?;
    attempt.writer.require(Permission::MembersRemove, Scope::Tenant).await?;
    let missing = || Error::client(Code::NotFound, "nobody was removed from the tenant who had this membership");
    let ended = store::ended(&attempt.writer, id).await?.ok_or_else(missing)?;
    let outcome = restore(attempt, id, &ended).await?;
    let thing = if outcome.is_written() { tenant_memberships_by_id(request, vec![id]).await?.remove(&id) } else { None };
    Ok(Some(Arc::new(RestorePayload { thing, outcome })))
}

async fn restore(mut attempt: Attempt, id: TenantMembershipId, ended: &Ended) -> Result<Outcome, Error> {
    attempt.watch(Subjects::Users(vec![ended.user])).await?;
    let writer = &attempt.writer;
    let revived = match come_back(writer, ended.deletion).await? {
        Ok(revived) => revived,
        Err(report) => return attempt.refuse(report).await,
    };
    let holding = writer.holdings(&[ended.user]).await?.remove(&ended.user).unwrap_or_default();
    writer.require_held(&holding.as_gift())?;
    let mut back = revived.counts();
    back["userId"] = json!(ended.user);
    back["deletionId"] = json!(ended.deletion);
    writer.audit(Record::of("tenant_member.restore", id).after(back)).await?;
    attempt.finish().await
}
