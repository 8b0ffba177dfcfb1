//! Teams: a small tree in each of the larger organizations, and who is in them.

use uuid::Uuid;

use super::tenant::Scene;
use crate::seed::{
    SeedError,
    generator::Generator,
    record::{Organization, Team, TeamMember, TeamRole},
};

/// One team of the tree; its parent stands before it.
struct Branch {
    name: &'static str,
    description: &'static str,
    parent: Option<usize>,
}

const TREE: [Branch; 6] = [
    Branch { name: "Engineering", description: "Builds and runs the product.", parent: None },
    Branch { name: "Platform", description: "Keeps everything running that others build on.", parent: Some(0) },
    Branch { name: "Applications", description: "Builds what customers see.", parent: Some(0) },
    Branch { name: "Reliability", description: "Is woken up at night.", parent: Some(1) },
    Branch { name: "Customer Success", description: "Looks after customers.", parent: None },
    Branch { name: "Support", description: "Answers the telephone.", parent: Some(4) },
];

/// The team whose members are support agents by being in it.
const SUPPORT: usize = 5;

/// Smaller organizations have no teams.
const LEAST_MEMBERS: usize = 18;

/// Forms the teams of a tenant.
pub(super) fn form(generator: &mut Generator, scene: &mut Scene) -> Result<(), SeedError> {
    let role_id = scene.roles.id("support_agent")?;
    for number in 0..scene.seats.len() {
        if scene.seats[number].len() < LEAST_MEMBERS {
            continue;
        }
        let teams = tree(generator, &scene.draft.organizations[number]);
        let members = members(generator, scene, number, &teams);
        scene.draft.team_roles.push(TeamRole {
            tenant_id: scene.tenant.id,
            team_id: teams[SUPPORT].id,
            role_id,
            created_at: teams[SUPPORT].created_at,
        });
        scene.draft.team_members.extend(members);
        scene.draft.teams.extend(teams);
    }
    Ok(())
}

fn tree(generator: &mut Generator, organization: &Organization) -> [Team; TREE.len()] {
    let ids: [Uuid; TREE.len()] = std::array::from_fn(|_| generator.id());
    std::array::from_fn(|number| Team {
        tenant_id: organization.tenant_id,
        id: ids[number],
        organization_id: organization.id,
        name: TREE[number].name,
        description: TREE[number].description,
        parent_team_id: TREE[number].parent.map(|parent| ids[parent]),
        created_at: organization.created_at,
    })
}

/// Two of three members are in a team; the first of each team leads it.
fn members(generator: &mut Generator, scene: &Scene, number: usize, teams: &[Team; TREE.len()]) -> Vec<TeamMember> {
    let seats = &scene.seats[number];
    seats[..seats.len() * 2 / 3]
        .iter()
        .enumerate()
        .map(|(place, person)| TeamMember {
            tenant_id: scene.tenant.id,
            id: generator.id(),
            team_id: teams[place % TREE.len()].id,
            tenant_membership_id: scene.people[*person].membership_id,
            is_lead: place < TREE.len(),
            created_at: teams[0].created_at,
        })
        .collect()
}
