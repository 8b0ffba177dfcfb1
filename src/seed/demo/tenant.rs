//! One tenant of the demo, from its blueprint to its rows.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use uuid::Uuid;

use super::{
    crowd, exceptions,
    place::{Blueprint, Domain, Place},
    roles,
};
use crate::seed::{
    SeedError,
    business::Business,
    conversation,
    copy::Writer,
    draft::{Draft, Person, quotas},
    generator::Generator,
    offer::{EXTRAS, PLANS, Product},
    record::{Membership, Organization, Tenant},
    role::Roles,
    seating::seats,
    subscription::Subscription,
};

/// A tenant while it is made.
pub(super) struct Scene {
    pub(super) tenant: Tenant,
    /// Everybody, the cast first.
    pub(super) people: Vec<Person>,
    pub(super) roles: Roles,
    /// Who sits in each organization, by their numbers; its owner first, then the cast.
    pub(super) seats: Vec<Vec<usize>>,
    pub(super) draft: Draft,
    /// Who owns the tenant.
    pub(super) owner: Uuid,
}

const CUSTOM_ROLES: usize = 5;

/// How many businesses the first organizations serve.
const BUSINESSES: [usize; 3] = [3, 1, 2];

/// Writes one tenant; the users of its cast are there.
pub(super) async fn write(
    writer: &mut Writer<'_>,
    generator: &mut Generator,
    blueprint: &Blueprint,
    now: DateTime<Utc>,
) -> Result<(), SeedError> {
    let tenant = tenant(blueprint, now);
    writer.write(std::slice::from_ref(&tenant)).await?;
    let (everybody, people) = crowd::gather(generator, blueprint, &tenant, now);
    people.write(writer).await?;
    writer.write(&quotas(tenant.id, blueprint.places.len(), everybody.len())).await?;
    let roles = Roles::write(writer, generator, tenant.id, CUSTOM_ROLES, tenant.created_at).await?;
    let products: Vec<_> =
        PLANS.iter().chain(&EXTRAS).map(|offer| Product::new(tenant.id, generator.id(), offer, tenant.created_at)).collect();
    writer.write(&products).await?;

    let mut scene = Scene {
        owner: tenant_owner(blueprint, &everybody),
        seats: seating(generator, blueprint),
        people: everybody,
        draft: Draft::default(),
        tenant,
        roles,
    };
    for (number, place) in blueprint.places.iter().enumerate() {
        scene.furnish(generator, blueprint, number, place, &products, now);
    }
    scene.draft.member_roles = roles::give(generator, &scene, now)?;
    exceptions::make(generator, &mut scene, now)?;
    // A generator of its own, so that what is drawn for the next tenant stays as it was.
    let mut apart = Generator::new(super::SEED, 1 + u64::try_from(blueprint.first_person).unwrap_or_default(), super::epoch());
    for (organization, number) in scene.draft.organizations.iter().zip(BUSINESSES) {
        scene.draft.businesses.extend(Business::of(&mut apart, organization, number, now));
    }
    scene.draft.write(writer).await?;
    if let Some(part) = blueprint.cast.first() {
        let (conversations, messages) = conversation::of(&mut apart, scene.tenant.id, part.user_id, now);
        writer.write(&conversations).await?;
        writer.write(&messages).await?;
    }
    Ok(())
}

fn tenant(blueprint: &Blueprint, now: DateTime<Utc>) -> Tenant {
    Tenant {
        id: blueprint.id,
        slug: blueprint.slug.to_owned(),
        name: blueprint.name.to_owned(),
        status: blueprint.status,
        // So that one can try what partners do.
        features: r#"{"api_access": true}"#,
        created_at: now - TimeDelta::days(400),
    }
}

/// The one of the cast who owns the tenant, or else the first of the crowd.
fn tenant_owner(blueprint: &Blueprint, everybody: &[Person]) -> Uuid {
    blueprint
        .cast
        .iter()
        .find(|part| part.tenant_role == "owner")
        .map_or(everybody[blueprint.cast.len()].user_id, |part| part.user_id)
}

fn seating(generator: &mut Generator, blueprint: &Blueprint) -> Vec<Vec<usize>> {
    let (cast, crowd) = (blueprint.cast.len(), blueprint.crowd);
    let home = |place: usize| cast + place * crowd / blueprint.places.len();
    blueprint
        .places
        .iter()
        .enumerate()
        .map(|(number, place)| {
            let parts = blueprint.cast.iter();
            let owner = parts.clone().position(|part| part.owns.contains(&number)).unwrap_or(home(number));
            let sitting = parts.enumerate().filter(|(_, part)| part.sits.contains(&number)).map(|(person, _)| person);
            let fixed: Vec<_> = std::iter::once(owner).chain(sitting).collect();
            let home = home(number)..home(number + 1);
            seats(generator, &fixed, home, (cast, cast + crowd), place.members)
        })
        .collect()
}

// === impl Scene ===

impl Scene {
    /// Makes one organization, its members and its subscription.
    fn furnish(
        &mut self,
        generator: &mut Generator,
        blueprint: &Blueprint,
        number: usize,
        place: &Place,
        products: &[Product],
        now: DateTime<Utc>,
    ) {
        let owner_id = self.people[self.seats[number][0]].user_id;
        let organization = organization(generator, &self.tenant, place, owner_id, now);
        for (seat, person) in self.seats[number].iter().enumerate() {
            let user_id = self.people[*person].user_id;
            let mut membership = membership(generator, &organization, user_id, now);
            if let Some(part) = blueprint.cast.get(*person)
                && seat > 0
            {
                membership.role = part.role;
            }
            // Somebody to be reactivated, in the organization that everybody looks at first.
            if number == 0 && seat + 1 == place.members {
                membership.status = "suspended";
            }
            self.draft.memberships.push(membership);
        }
        let subscription = subscription(generator, &organization, place, products, now);
        self.draft.subscriptions.extend(subscription);
        self.draft.organizations.push(organization);
    }
}

fn organization(generator: &mut Generator, tenant: &Tenant, place: &Place, owner_id: Uuid, now: DateTime<Utc>) -> Organization {
    let created_at = generator.between(tenant.created_at, now - TimeDelta::days(90));
    let (domain, is_verified) = match place.domain {
        Domain::Unknown => (None, false),
        Domain::Claimed(domain) => (Some(domain), false),
        Domain::Verified(domain) => (Some(domain), true),
    };
    Organization {
        tenant_id: tenant.id,
        id: generator.id(),
        name: place.name.to_owned(),
        domain: domain.map(str::to_owned),
        domain_verified_at: is_verified.then(|| generator.between(created_at, now)),
        billing_email: domain.map(|domain| format!("billing@{domain}")),
        billing_address: is_verified.then(|| address(generator)),
        owner_id,
        metadata: json!({ "segment": segment(place.members) }).to_string(),
        created_at,
    }
}

fn segment(members: usize) -> &'static str {
    match members {
        0..=10 => "small",
        11..=25 => "mid_market",
        _ => "enterprise",
    }
}

const CITIES: [(&str, &str); 6] =
    [("Lisbon", "PT"), ("Hamburg", "DE"), ("Lyon", "FR"), ("Utrecht", "NL"), ("Gdansk", "PL"), ("Aarhus", "DK")];

fn address(generator: &mut Generator) -> String {
    let (city, country) = CITIES[generator.below(CITIES.len())];
    let line = format!("Harbour Road {}", 1 + generator.below(90));
    json!({ "line1": line, "city": city, "country": country }).to_string()
}

fn membership(generator: &mut Generator, organization: &Organization, user_id: Uuid, now: DateTime<Utc>) -> Membership {
    let is_owner = user_id == organization.owner_id;
    let drawn = generator.weighted(&[(6, "admin"), (14, "manager"), (60, "member"), (20, "readonly")]);
    let created_at = generator.between(organization.created_at, now - TimeDelta::days(10));
    Membership {
        tenant_id: organization.tenant_id,
        id: generator.id(),
        organization_id: organization.id,
        user_id,
        role: if is_owner { "admin" } else { drawn },
        status: "active",
        invited_by_user_id: (!is_owner).then_some(organization.owner_id),
        last_active_at: generator.chance(90).then(|| generator.lately(created_at, now)),
        created_at,
    }
}

fn subscription(
    generator: &mut Generator,
    organization: &Organization,
    place: &Place,
    products: &[Product],
    now: DateTime<Utc>,
) -> Option<Subscription> {
    let plan = place.plan.as_ref()?;
    let product = products.iter().find(|product| product.offer.key == plan.key && product.is_old() == plan.is_old)?;
    let members = i64::try_from(place.members).unwrap_or(i64::MAX);
    Some(Subscription::new(generator, organization, product, plan.status, members, now))
}
