//! Teams of the demo's larger organizations, and what is decided there for single people and single resources.

use chrono::{DateTime, TimeDelta, Utc};
use migration::catalog::Permission;

use super::tenant::Scene;
use crate::seed::{
    SeedError,
    draft::Person,
    exception::{Grant, Grantee, Override},
    generator::Generator,
    team,
};

/// Smaller organizations have no teams.
const LEAST_MEMBERS: usize = 18;

/// Seats of the organization that everybody looks at first: its plain member, and one of the crowd who leaves soon.
const MEMBER: usize = 3;
const LEAVING: usize = 9;

/// Forms the teams of a tenant, and makes the exceptions in the first organization that has some.
pub(super) fn make(generator: &mut Generator, scene: &mut Scene, now: DateTime<Utc>) -> Result<(), SeedError> {
    let support_agent = scene.roles.id("support_agent")?;
    let mut first = None;
    for number in 0..scene.seats.len() {
        let people: Vec<Person> = scene.seats[number].iter().map(|person| scene.people[*person]).collect();
        if people.len() < LEAST_MEMBERS {
            continue;
        }
        let organization = &scene.draft.organizations[number];
        let formation = team::form(generator, organization, &people, support_agent);
        let teams = formation.teams.each_ref().map(|team| team.id);
        first.get_or_insert((organization.id, organization.owner_id, people, teams));
        scene.draft.adopt(formation);
    }
    let Some((organization, owner, people, teams)) = first else { return Ok(()) };
    let tenant_id = scene.tenant.id;
    let created_at = now - TimeDelta::days(30);
    let mut special = |seat: usize, permission, effect, reason, expires_at| Override {
        tenant_id,
        id: generator.id(),
        tenant_membership_id: people[seat].membership_id,
        organization_id: Some(organization),
        permission,
        effect,
        reason,
        expires_at,
        created_by: owner,
        created_at,
    };
    scene.draft.overrides.extend([
        special(MEMBER, Permission::InvitationsRead, "allow", "helps with hiring", Some(now + TimeDelta::days(45))),
        special(LEAVING, Permission::BillingManage, "deny", "leaves at the end of the quarter", None),
    ]);
    let mut grant = |resource, grantee, permission| Grant {
        tenant_id,
        id: generator.id(),
        resource,
        grantee,
        permission,
        granted_by: owner,
        created_at,
    };
    scene.draft.grants.extend([
        grant(("team", teams[team::APPLICATIONS]), Grantee::Member(people[MEMBER].membership_id), Permission::TeamsManage),
        grant(("organization", organization), Grantee::Team(teams[team::SUPPORT]), Permission::BillingRead),
    ]);
    Ok(())
}
