//! Organizations with their members, the roles of these, and a subscription.

use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};
use migration::catalog::Permission;
use serde_json::json;
use uuid::Uuid;

use super::people::Layout;
use crate::seed::{
    SeedError,
    draft::{Draft, Person},
    exception::{Grant, Grantee, Override},
    generator::Generator,
    name,
    offer::Product,
    record::{MemberRole, Membership, Organization, Tenant},
    role::Roles,
    subscription::{Status, Subscription},
    team::{self, Formation},
};

/// What the organizations of one tenant stand on.
pub(super) struct Ground {
    pub(super) tenant: Tenant,
    pub(super) layout: Layout,
    pub(super) people: Vec<Person>,
    pub(super) roles: Roles,
    pub(super) plans: [Product; 5],
    pub(super) first_name: usize,
}

/// The roles given beside the base role of a membership, and how often.
const GIVEN: [(usize, &str); 5] =
    [(30, "support_agent"), (25, "billing_admin"), (15, "auditor"), (20, "manager"), (10, "readonly")];

const STATUSES: [(usize, Status); 6] = [
    (74, Status::Active),
    (9, Status::Trialing),
    (6, Status::PastDue),
    (2, Status::Unpaid),
    (2, Status::Paused),
    (7, Status::Canceled),
];

const ROLES: [(usize, &str); 4] = [(4, "admin"), (10, "manager"), (62, "member"), (24, "readonly")];

/// One organization in so many has teams, and an exception of either kind, where it is large enough.
const TEAMS_EVERY: usize = 4;
const LEAST_MEMBERS: usize = 12;

/// Makes the organizations of these numbers.
pub(super) fn batch(
    generator: &mut Generator,
    ground: &Ground,
    numbers: Range<usize>,
    now: DateTime<Utc>,
) -> Result<Draft, SeedError> {
    let mut draft = Draft::default();
    for number in numbers {
        let seats = ground.layout.seats(generator, number);
        let people: Vec<Person> = seats.iter().map(|number| ground.people[*number]).collect();
        let owner = people[0];
        let organization = organization(generator, ground, number, owner, now);
        for number in seats {
            let person = ground.people[number];
            draft.memberships.push(membership(generator, &organization, person, number, now));
            assign(generator, ground, &organization, person, now, &mut draft.member_roles)?;
        }
        if number.is_multiple_of(TEAMS_EVERY) && people.len() >= LEAST_MEMBERS {
            let formation = team::form(generator, &organization, &people, ground.roles.id("support_agent")?);
            except(generator, &organization, &people, &formation, &mut draft);
            draft.adopt(formation);
        }
        draft.subscriptions.extend(subscription(generator, ground, &organization, number, now));
        draft.organizations.push(organization);
    }
    Ok(draft)
}

fn organization(generator: &mut Generator, ground: &Ground, number: usize, owner: Person, now: DateTime<Utc>) -> Organization {
    let (name, label) = name::organization(number, ground.first_name);
    let created_at = generator.between(ground.tenant.created_at, now - TimeDelta::days(60));
    let domain = format!("{label}.example");
    let has_domain = generator.chance(70);
    let is_verified = has_domain && generator.chance(60);
    Organization {
        tenant_id: ground.tenant.id,
        id: generator.id(),
        name,
        domain_verified_at: is_verified.then(|| generator.between(created_at, now)),
        billing_email: generator.chance(85).then(|| format!("billing@{domain}")),
        billing_address: generator.chance(60).then(|| address(generator)),
        domain: has_domain.then_some(domain),
        owner_id: owner.user_id,
        metadata: json!({ "segment": SEGMENTS[generator.below(SEGMENTS.len())] }).to_string(),
        created_at,
    }
}

const SEGMENTS: [&str; 4] = ["small", "mid_market", "enterprise", "partner"];

const CITIES: [(&str, &str); 8] = [
    ("Lisbon", "PT"),
    ("Hamburg", "DE"),
    ("Lyon", "FR"),
    ("Utrecht", "NL"),
    ("Gdansk", "PL"),
    ("Aarhus", "DK"),
    ("Ghent", "BE"),
    ("Bilbao", "ES"),
];

fn address(generator: &mut Generator) -> String {
    let (city, country) = CITIES[generator.below(CITIES.len())];
    let line = format!("Market Street {}", 1 + generator.below(180));
    json!({ "line1": line, "city": city, "country": country }).to_string()
}

fn membership(
    generator: &mut Generator,
    organization: &Organization,
    person: Person,
    number: usize,
    now: DateTime<Utc>,
) -> Membership {
    let is_owner = person.user_id == organization.owner_id;
    // Person 0 is the one as whom a benchmark asks: always in good standing.
    let is_suspended = generator.chance(2) && !is_owner && number != 0;
    let drawn = generator.weighted(&ROLES);
    let created_at = generator.between(organization.created_at, now);
    Membership {
        tenant_id: organization.tenant_id,
        id: generator.id(),
        organization_id: organization.id,
        user_id: person.user_id,
        role: if is_owner { "admin" } else { drawn },
        status: if is_suspended { "suspended" } else { "active" },
        invited_by_user_id: (!is_owner && generator.chance(80)).then_some(organization.owner_id),
        last_active_at: generator.chance(90).then(|| generator.lately(created_at, now)),
        created_at,
    }
}

/// Gives one membership in five a role beside its own, and a few of these two.
fn assign(
    generator: &mut Generator,
    ground: &Ground,
    organization: &Organization,
    person: Person,
    now: DateTime<Utc>,
    given: &mut Vec<MemberRole>,
) -> Result<(), SeedError> {
    let count = generator.weighted(&[(80, 0), (15, 1), (5, 2)]);
    let mut before = None;
    for _ in 0..count {
        let key = generator.weighted(&GIVEN);
        if before != Some(key) {
            let role_id = ground.roles.id(key)?;
            given.push(member_role(generator, organization, person, role_id, now));
        }
        before = Some(key);
    }
    Ok(())
}

fn member_role(
    generator: &mut Generator,
    organization: &Organization,
    person: Person,
    role_id: Uuid,
    now: DateTime<Utc>,
) -> MemberRole {
    let assigned_at = generator.between(organization.created_at, now);
    let ended = generator.between(assigned_at, now);
    let (expires_at, revoked_at) = generator.weighted(&[
        (90, (None, None)),
        (5, (Some(now + TimeDelta::days(90)), None)),
        (3, (Some(ended), None)),
        (2, (None, Some(ended))),
    ]);
    MemberRole {
        tenant_id: organization.tenant_id,
        id: generator.id(),
        tenant_membership_id: person.membership_id,
        organization_id: Some(organization.id),
        role_id,
        assigned_by_user_id: organization.owner_id,
        assigned_at,
        expires_at,
        revoked_at,
        revoke_reason: revoked_at.map(|_| "given by mistake"),
    }
}

/// Its last member may read invitations there, and its support sees the books.
fn except(generator: &mut Generator, organization: &Organization, people: &[Person], formation: &Formation, draft: &mut Draft) {
    draft.overrides.extend(people.last().map(|person| Override {
        tenant_id: organization.tenant_id,
        id: generator.id(),
        tenant_membership_id: person.membership_id,
        organization_id: Some(organization.id),
        permission: Permission::InvitationsRead,
        effect: "allow",
        reason: "helps with hiring",
        expires_at: None,
        created_by: organization.owner_id,
        created_at: organization.created_at,
    }));
    draft.grants.push(Grant {
        tenant_id: organization.tenant_id,
        id: generator.id(),
        resource: ("organization", organization.id),
        grantee: Grantee::Team(formation.teams[team::SUPPORT].id),
        permission: Permission::BillingRead,
        granted_by: organization.owner_id,
        created_at: organization.created_at,
    });
}

/// Of a hundred organizations, eighty-five have one. Organization 0 is where a benchmark asks: all is paid.
fn subscription(
    generator: &mut Generator,
    ground: &Ground,
    organization: &Organization,
    number: usize,
    now: DateTime<Utc>,
) -> Option<Subscription> {
    let has_one = generator.chance(85);
    let drawn = generator.weighted(&STATUSES);
    let plan = generator.weighted(&[(10, 0), (35, 1), (25, 2), (20, 3), (10, 4)]);
    let (status, plan) = if number == 0 { (Status::Active, 3) } else { (drawn, plan) };
    (has_one || number == 0).then(|| {
        let members = i64::try_from(ground.layout.members).unwrap_or(i64::MAX);
        Subscription::new(generator, organization, &ground.plans[plan], status, members, now)
    })
}
