//! What clients were told, compared with what there is.

use std::collections::BTreeMap;

use entity::id::OrganizationId;
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

use super::clerk::Book;
use crate::world::World;

/// Everything that belongs to an organization that was made: how many rows of each kind, and of how many transactions.
const MADE: &str = "
    select organization.name, organization.id,
        (select count(*) from organization_memberships seat where seat.organization_id = organization.id),
        (select count(*) from audit_logs entry where entry.resource_id = organization.id and entry.action = 'organization.create'),
        (select count(*) from outbox_events event join audit_logs entry using (tenant_id, id)
            where event.resource_id = organization.id and event.type = 'organization.create'),
        (select count(*) from idempotency_keys taken where taken.resource_id = organization.id),
        (select count(distinct written) from (
            select organization.xmin::text as written
            union all select xmin::text from organization_memberships seat where seat.organization_id = organization.id
            union all select xmin::text from audit_logs entry where entry.resource_id = organization.id
            union all select xmin::text from outbox_events event where event.resource_id = organization.id
            union all select xmin::text from idempotency_keys taken where taken.resource_id = organization.id) all_rows)
    from organizations organization where organization.name like 'Deed %'";

/// What tells of an organization that is not there.
const ORPHANS: &str = "
    select (select count(*) from audit_logs entry where entry.action = 'organization.create' and not exists (
            select from organizations where id = entry.resource_id))
        + (select count(*) from outbox_events event where event.type = 'organization.create' and not exists (
            select from organizations where id = event.resource_id))
        + (select count(*) from idempotency_keys taken where not exists (select from organizations where id = taken.resource_id))
        + (select count(*) from audit_logs entry where not exists (select from outbox_events event where event.id = entry.id))";

type Made = (String, Uuid, i64, i64, i64, i64, i64);

async fn rows<T>(pool: &PgPool, sql: &str) -> Vec<T>
where
    T: for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow> + Send + Unpin,
{
    sqlx::query_as(AssertSqlSafe(sql.to_owned())).fetch_all(pool).await.unwrap()
}

/// Everything that was told to be done is done once; everything else once, or not at all; and nothing by halves.
pub async fn balances(world: &World, organization: &str, books: &[Book]) {
    let made: Vec<Made> = rows(&world.pool, MADE).await;
    for (name, _, seats, entries, events, keys, transactions) in &made {
        assert_eq!((seats, entries, events, keys, transactions), (&1, &1, &1, &1, &1), "{name}: by halves");
    }
    let mut by_name = BTreeMap::new();
    for (name, id, ..) in made {
        assert_eq!(by_name.insert(name.clone(), OrganizationId::from(id).to_string()), None, "{name}: twice");
    }
    assert_eq!(world.value(ORPHANS).await.unwrap(), "0");
    let mut given_up = [0, 0];
    for deed in books.iter().flat_map(|book| &book.deeds) {
        let there = by_name.remove(&deed.name);
        match &deed.made {
            Some(told) => assert_eq!(there.as_ref(), Some(told), "{}", deed.name),
            None => given_up[usize::from(there.is_some())] += 1,
        }
        assert!(deed.made.is_some() || deed.is_given_up, "{}", deed.name);
    }
    assert!(by_name.is_empty(), "nobody asked for {by_name:?}");
    assert!(given_up[0] > 0, "no request was refused for good: there was no outage");
    renamings(world, organization, books).await;
}

/// Each new name that was told to be given was given once; and each follows from the one before.
async fn renamings(world: &World, organization: &str, books: &[Book]) {
    let written: Vec<(String, Option<String>, Option<String>)> = rows(
        &world.pool,
        "select request_id, changes #>> '{before,name}', changes #>> '{after,name}' from audit_logs
            where action = 'organization.update' order by index_id",
    )
    .await;
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for (request, ..) in &written {
        *times.entry(request).or_default() += 1;
    }
    for renaming in books.iter().flat_map(|book| &book.renamings) {
        let times = times.remove(&*renaming.request).unwrap_or_default();
        assert!(times == 1 || (times == 0 && !renaming.is_acknowledged), "{renaming:?}: {times} times");
    }
    assert!(times.is_empty(), "nobody asked for {times:?}");
    let mut name = Some("First".to_owned());
    for (request, before, after) in &written {
        assert_eq!(before, &name, "{request}");
        name.clone_from(after);
    }
    let id: OrganizationId = organization.parse().unwrap();
    assert_eq!(world.value(&format!("select name from organizations where id = '{}'", id.uuid())).await, name);
}
