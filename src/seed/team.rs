//! Teams: a small tree in an organization, and who is in them.

use uuid::Uuid;

use super::{
    draft::Person,
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

/// Builds what customers see.
pub(super) const APPLICATIONS: usize = 2;

/// The team whose members are support agents by being in it.
pub(super) const SUPPORT: usize = 5;

/// The teams of one organization, who is in them, and what they are given.
pub(super) struct Formation {
    /// In the order of the tree.
    pub(super) teams: [Team; TREE.len()],
    pub(super) members: Vec<TeamMember>,
    pub(super) role: TeamRole,
}

/// Forms the teams of an organization of these people: two of three are in one, and the first of each leads it.
pub(super) fn form(generator: &mut Generator, organization: &Organization, people: &[Person], support_agent: Uuid) -> Formation {
    let teams = tree(generator, organization);
    let member = |(place, person): (usize, &Person)| TeamMember {
        tenant_id: organization.tenant_id,
        id: generator.id(),
        team_id: teams[place % TREE.len()].id,
        tenant_membership_id: person.membership_id,
        is_lead: place < TREE.len(),
        created_at: organization.created_at,
    };
    let members = people[..people.len() * 2 / 3].iter().enumerate().map(member).collect();
    let role = TeamRole {
        tenant_id: organization.tenant_id,
        team_id: teams[SUPPORT].id,
        role_id: support_agent,
        created_at: organization.created_at,
    };
    Formation { teams, members, role }
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
