//! The demo: three tenants worth exploring, and seven people as whom to explore them.

mod cast;
mod crowd;
mod exceptions;
mod place;
mod roles;
mod tenant;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{SeedError, copy::Writer, generator::Generator, record::User};

pub use cast::{IDENTITIES, Identity};

/// Writes the demo, unless it is there already; whether it was written, is the answer. All or nothing, and
/// once, however many processes try at the same time.
pub async fn write(pool: &PgPool, now: DateTime<Utc>) -> Result<bool, SeedError> {
    let mut transaction = pool.begin().await?;
    sqlx::query("select pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *transaction).await?;
    if is_there(&mut transaction).await? {
        return Ok(false);
    }
    let mut generator = Generator::new(SEED, 0, epoch());
    let mut writer = Writer::open(&mut transaction).await?;
    write_people(&mut writer, now).await?;
    for blueprint in &place::TENANTS {
        tenant::write(&mut writer, &mut generator, blueprint, now).await?;
    }
    write_support(writer.connection(), &mut generator).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Whoever writes the demo holds this lock; the number has no meaning.
const LOCK: i64 = 0x7465_6e61_6e74_7279;

/// The demo has the same names and identifiers everywhere.
const SEED: u64 = 7;

/// The time of the demo's identifiers: 2025-01-01.
fn epoch() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(1_735_689_600)
}

async fn is_there(connection: &mut PgConnection) -> Result<bool, SeedError> {
    let there = sqlx::query_scalar("select exists (select from tenants where id = $1)")
        .bind(place::TENANTS[0].id)
        .fetch_one(connection)
        .await?;
    Ok(there)
}

async fn write_people(writer: &mut Writer<'_>, now: DateTime<Utc>) -> Result<(), SeedError> {
    let users = IDENTITIES.each_ref().map(|identity| User {
        id: identity.user_id,
        email: identity.email(),
        display_name: identity.label.to_owned(),
        kind: match identity.key {
            "developer" => "developer",
            _ => "standard",
        },
        last_active_at: Some(now - TimeDelta::minutes(12)),
        created_at: now - TimeDelta::days(400),
    });
    writer.write(&users).await
}

/// The platform's own support, who may read everything everywhere.
async fn write_support(connection: &mut PgConnection, generator: &mut Generator) -> Result<(), SeedError> {
    sqlx::query(SUPPORT).bind(generator.id()).bind(generator.id()).bind(cast::DEVELOPER).execute(connection).await?;
    Ok(())
}

const SUPPORT: &str = r"
with role as (
    insert into developer_roles (id, key, name, description)
    values ($1, 'support', 'Support', 'Reads everything in every tenant, and changes nothing.')
    on conflict (key) do update set key = excluded.key
    returning id
), held as (
    insert into developer_role_permissions (developer_role_id, permission_id)
    select role.id, permission.id from role cross join permissions permission where permission.action = 'read'
    on conflict do nothing
)
insert into developer_role_assignments (id, user_id, developer_role_id)
select $2, $3, role.id from role
";

/// A fixed identifier of the demo.
const fn fixed(number: u128) -> Uuid {
    Uuid::from_u128(0x0194_1f29_7c00_7000_8000_0000_0000_0000 + number)
}
