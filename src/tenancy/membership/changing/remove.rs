//! The mutation `removeMember`, and what it shares with leaving.

use std::sync::Arc;

use entity::deletion::DeletionKind;
use entity::id::{DeletionId, TeamId};
use migration::catalog::Permission;
use serde_json::json;

use super::payload::{MembershipInput, MembershipMutation, MembershipPayload, NamesMembership};
use super::store;
use super::target::{Before, Target};
use crate::access_change::{Attempt, Outcome};
use crate::audit::Record;
use crate::clock;
use crate::error::Error;
use crate::graph::{InputArgument, Mutation, ObjectType};
use crate::request::Request;
use crate::tenancy::deletion::Entry;

#[derive(Clone, Default)]
struct RemoveMember;

impl MembershipMutation for RemoveMember {
    const PAYLOAD: &'static str = "RemoveMemberPayload";
    const DESCRIPTION: &'static str = "What came of `removeMember`.";
    const ENDS: bool = true;
}

impl NamesMembership for RemoveMember {
    const INPUT: &'static str = "RemoveMemberInput";
    const SAYS: &'static str = "Whom to remove.";
}

/// Adds `removeMember`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "removeMember",
        "Removes a member from an organization, with the roles, teams, overrides and grants that they have there; in the tenant they stay. What a denial \
         kept out you must hold, if it comes back. Needs the permission `members.remove` there. The owner cannot be removed.",
        remove_member,
    )
}

async fn remove_member(
    request: Request,
    arguments: Arc<InputArgument<MembershipInput<RemoveMember>>>,
) -> Result<Option<Arc<MembershipPayload<RemoveMember>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.membership else { return Err(Error::bad_input("`input.membershipId` is required")) };
    let (attempt, target) = Target::open(&request, &input.call, RemoveMember::PAYLOAD, id, Permission::MembersRemove).await?;
    let outcome = end(attempt, &target, "member.remove", "be removed").await?;
    MembershipPayload::of(request, id, outcome).await
}

/// Ends a membership with all that hangs on it.
pub(super) async fn end(mut attempt: Attempt, target: &Target, action: &'static str, what: &str) -> Result<Outcome, Error> {
    if let Some(error) = target.owner_stays(what) {
        return attempt.refuse(vec![error]).await;
    }
    let before = Before::of(&mut attempt, target).await?;
    let deletion: DeletionId = clock::new_id();
    let taken = store::remove(&attempt.writer, target, deletion).await?;
    before.require_gain_held(&attempt, target).await?;
    let teams: Vec<TeamId> = taken.teams.into_iter().map(TeamId::from).collect();
    let mut gone = target.said();
    gone["deletionId"] = json!(deletion);
    gone["roles"] = json!(taken.roles);
    gone["overrides"] = json!(taken.overrides);
    gone["grants"] = json!(taken.grants);
    gone["teamIds"] = json!(teams);
    let counts = json!({ "roles": taken.roles, "overrides": taken.overrides, "grants": taken.grants, "places": teams.len() });
    let entry = Entry::of(deletion, DeletionKind::OrganizationMembership, target.id).within(target.organization);
    entry.counting(counts).list(&attempt.writer).await?;
    attempt.writer.audit(Record::of(action, target.id).within(target.organization).before(gone)).await?;
    attempt.finish().await
}
