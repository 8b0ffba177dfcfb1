//! One tenant, in one transaction.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Connection as _, PgConnection};

use super::{
    Size, Summary,
    organizations::{Ground, batch},
    people::{self, Layout},
};
use crate::seed::{
    SeedError,
    copy::Writer,
    draft::{Draft, quotas},
    generator::Generator,
    name,
    offer::{PLANS, Product},
    record::Tenant,
    role::Roles,
};

/// Custom roles of each tenant.
const CUSTOM_ROLES: usize = 3;

/// Organizations are made and written in batches of about so many memberships: that bounds the memory.
const BATCH: usize = 10_000;

/// The time of the first tenant's identifiers, 2025-01-01. It is no part of the call, so that the same seed
/// gives the same identifiers on any day; each tenant's begin a minute later than those of the one before.
const EPOCH: i64 = 1_735_689_600;

/// Writes tenant number `number`; `progress` is told how many of its memberships are written.
pub(super) async fn write(
    connection: &mut PgConnection,
    size: Size,
    number: u32,
    now: DateTime<Utc>,
    progress: impl Fn(u64),
) -> Result<Summary, SeedError> {
    let mut transaction = connection.begin().await?;
    let mut writer = Writer::open(&mut transaction).await?;
    let mut generator = generator(size.seed, number);
    let mut summary = Summary { tenants: 1, ..Summary::default() };

    let layout = Layout::new(size);
    let ground = ground(&mut writer, &mut generator, layout, size.seed, number, now).await?;
    summary.users = ground.people.len() as u64;
    let mut from = 0;
    while from < layout.organizations {
        let to = layout.organizations.min(from + (BATCH / layout.members).max(1));
        let draft = batch(&mut generator, &ground, from..to, now)?;
        draft.write(&mut writer).await?;
        count(&mut summary, &draft);
        progress(summary.memberships);
        from = to;
    }
    transaction.commit().await?;
    Ok(summary)
}

/// The slug of a tenant: made of its seed and its number, so that no two are alike.
pub(super) fn slug(seed: u64, number: u32) -> String {
    let (_, label) = name::organization(number as usize, start(seed));
    format!("{label}-{seed:x}-{number}")
}

/// At which name a seed begins.
fn start(seed: u64) -> usize {
    usize::from(seed.to_le_bytes()[0]) * 9
}

fn generator(seed: u64, number: u32) -> Generator {
    let base = DateTime::UNIX_EPOCH + TimeDelta::seconds(EPOCH) + TimeDelta::minutes(i64::from(number));
    Generator::new(seed, u64::from(number), base)
}

/// Writes what the organizations stand on: the tenant, its people, its roles and its plans.
async fn ground(
    writer: &mut Writer<'_>,
    generator: &mut Generator,
    layout: Layout,
    seed: u64,
    number: u32,
    now: DateTime<Utc>,
) -> Result<Ground, SeedError> {
    let tenant = tenant(generator, seed, number, now);
    writer.write(std::slice::from_ref(&tenant)).await?;
    writer.write(&quotas(tenant.id, layout.organizations, layout.people)).await?;
    let people = people::write(writer, generator, &tenant, layout, now).await?;
    let roles = Roles::write(writer, generator, tenant.id, CUSTOM_ROLES, tenant.created_at).await?;
    let plans = PLANS.each_ref().map(|plan| Product::new(tenant.id, generator.id(), plan, tenant.created_at));
    writer.write(&plans).await?;
    Ok(Ground { first_name: generator.below(2304), tenant, layout, people, roles, plans })
}

fn tenant(generator: &mut Generator, seed: u64, number: u32, now: DateTime<Utc>) -> Tenant {
    let (name, _) = name::organization(number as usize, start(seed));
    Tenant {
        id: generator.id(),
        slug: slug(seed, number),
        name: format!("{name} Group"),
        status: if generator.chance(10) { "trial" } else { "active" },
        features: "{}",
        created_at: generator.between(now - TimeDelta::days(900), now - TimeDelta::days(400)),
    }
}

fn count(summary: &mut Summary, draft: &Draft) {
    summary.organizations += draft.organizations.len() as u64;
    summary.memberships += draft.memberships.len() as u64;
    summary.member_roles += draft.member_roles.len() as u64;
    summary.subscriptions += draft.subscriptions.len() as u64;
}
