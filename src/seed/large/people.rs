//! The people of one tenant, and where each of them sits.

use chrono::{DateTime, TimeDelta, Utc};

use super::Size;
use crate::seed::{
    SeedError,
    copy::Writer,
    draft::{People, Person},
    generator::Generator,
    name,
    record::{Tenant, TenantMembership, User},
    seating::seats,
};

/// How people are spread over the organizations of a tenant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// How many organizations there are.
    pub(super) organizations: usize,
    /// How many members each has.
    pub(super) members: usize,
    /// How many people there are.
    pub(super) people: usize,
}

/// Of ten seats, so many are those of different people; the rest are their second, third and so on.
const PEOPLE_PER_TEN_SEATS: u64 = 4;

/// Of how many organizations person 0 is a member, about.
const OBSERVED: usize = 15;

/// People are made and written so many at a time.
const BATCH: usize = 10_000;

// === impl Layout ===

impl Layout {
    pub(super) fn new(size: Size) -> Self {
        let (organizations, members) = (size.organizations as usize, size.members as usize);
        let seats = u64::from(size.organizations) * u64::from(size.members);
        let people = usize::try_from(seats * PEOPLE_PER_TEN_SEATS / 10).unwrap_or(usize::MAX);
        Self { organizations, members, people: people.max(members + 1) }
    }

    /// Who sits in an organization; its owner first.
    pub(super) fn seats(self, generator: &mut Generator, organization: usize) -> Vec<usize> {
        let first = self.first_at_home(organization);
        let after = self.first_at_home(organization + 1).max(first + 1);
        let observed = organization.is_multiple_of(self.stride());
        let fixed: &[usize] = if observed { &[0] } else { &[] };
        let mut seats = seats(generator, fixed, first..after, (1, self.people), self.members);
        if observed && !organization.is_multiple_of(self.stride() * 4) && seats.len() > 1 {
            seats.swap(0, 1);
        }
        seats
    }

    /// From one organization of person 0 to the next.
    fn stride(self) -> usize {
        (self.organizations / OBSERVED).max(1)
    }

    /// People are at home in one organization, in the order of their numbers; person 0 is at home nowhere.
    fn first_at_home(self, organization: usize) -> usize {
        (organization * self.people / self.organizations).max(1)
    }

    /// Whether that is somebody who may own an organization, and so must stay in good standing.
    fn may_own(self, person: usize) -> bool {
        let organization = (person * self.organizations).div_ceil(self.people);
        person <= 1 || self.first_at_home(organization) == person
    }
}

/// Writes the people of a tenant; their numbers are their places in the answer.
pub(super) async fn write(
    writer: &mut Writer<'_>,
    generator: &mut Generator,
    tenant: &Tenant,
    layout: Layout,
    now: DateTime<Utc>,
) -> Result<Vec<Person>, SeedError> {
    let mut written = Vec::with_capacity(layout.people);
    while written.len() < layout.people {
        let batch = written.len()..layout.people.min(written.len() + BATCH);
        let mut people = People::default();
        for number in batch {
            let user = user(generator, tenant, number, now);
            let membership = membership(generator, tenant, layout, number, &user);
            written.push(Person { user_id: user.id, membership_id: membership.id });
            people.users.push(user);
            people.memberships.push(membership);
        }
        people.write(writer).await?;
    }
    Ok(written)
}

fn user(generator: &mut Generator, tenant: &Tenant, number: usize, now: DateTime<Utc>) -> User {
    let (first, last) = name::person(number);
    let created_at = generator.between(tenant.created_at, now - TimeDelta::days(30));
    let (first_label, last_label) = (first.to_lowercase(), last.to_lowercase());
    User {
        id: generator.id(),
        email: format!("{first_label}.{last_label}.{number}@{}.example", tenant.slug),
        display_name: format!("{first} {last}"),
        kind: "standard",
        last_active_at: generator.chance(92).then(|| generator.lately(created_at, now)),
        created_at,
    }
}

fn membership(generator: &mut Generator, tenant: &Tenant, layout: Layout, number: usize, user: &User) -> TenantMembership {
    let suspended = generator.chance(1) && !layout.may_own(number);
    TenantMembership {
        tenant_id: tenant.id,
        id: generator.id(),
        user_id: user.id,
        role: role(generator, number),
        status: if suspended { "suspended" } else { "active" },
        is_primary: true,
        last_active_at: user.last_active_at,
        created_at: user.created_at,
    }
}

fn role(generator: &mut Generator, number: usize) -> &'static str {
    match number {
        0 => "owner",
        1..=3 => "admin",
        4..=9 => "manager",
        _ => generator.weighted(&[(95, "member"), (5, "readonly")]),
    }
}

#[cfg(test)]
mod tests {
    use super::{Layout, Size};
    use crate::seed::generator::Generator;
    use chrono::DateTime;

    fn layout(organizations: u32, members: u32) -> Layout {
        Layout::new(Size { tenants: 1, organizations, members, seed: 1 })
    }

    fn seated(layout: Layout) -> Vec<Vec<usize>> {
        let mut generator = Generator::new(1, 0, DateTime::UNIX_EPOCH);
        (0..layout.organizations).map(|organization| layout.seats(&mut generator, organization)).collect()
    }

    #[test]
    fn every_organization_has_its_members_whatever_the_size() {
        for (organizations, members) in [(1, 1), (1, 30), (3, 1), (7, 2), (40, 25), (200, 3)] {
            let layout = layout(organizations, members);
            assert!(seated(layout).iter().all(|seats| seats.len() == layout.members));
        }
    }

    #[test]
    fn person_0_owns_some_organizations_and_sits_in_ten_to_twenty() {
        for organizations in [20, 50, 200, 1000] {
            let seated = seated(layout(organizations, 25));
            let sits = seated.iter().filter(|seats| seats.contains(&0)).count();
            let owns = seated.iter().filter(|seats| seats[0] == 0).count();
            assert!((10..=20).contains(&sits), "{sits} of {organizations}");
            assert!(owns >= 3, "{owns} of {organizations}");
            assert_eq!(seated[0][0], 0);
        }
    }

    #[test]
    fn everybody_sits_somewhere_and_people_sit_in_several() {
        let layout = layout(200, 25);
        assert_eq!(layout.people, 2000);
        let mut times = vec![0; layout.people];
        seated(layout).iter().flatten().for_each(|person| times[*person] += 1);
        assert!(times.iter().all(|times| *times > 0));
        assert!(times.iter().filter(|times| **times > 1).count() > 1000);
    }

    #[test]
    fn owners_are_people_who_may_own() {
        for (organizations, members) in [(1, 1), (3, 1), (40, 25), (200, 3)] {
            let layout = layout(organizations, members);
            for seats in seated(layout) {
                assert!(layout.may_own(seats[0]), "{} of {layout:?}", seats[0]);
            }
        }
    }
}
