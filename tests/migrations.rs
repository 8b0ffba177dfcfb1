//! Migrations go up, down and up again, over a database with rows, and leave the same schema each time.

use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};
use tenantry::database::{Database, MigrationState, Settings};
use tenantry::{clock, seed};

use crate::cluster::{Content, TestDatabase};

/// Everything that makes up the schema, a line each.
const SCHEMA: &str = r"
    select 'column ' || attribute.attrelid::regclass || '.' || attribute.attname || ' ' || format_type(attribute.atttypid, attribute.atttypmod)
        || case when attribute.attnotnull then ' not null' else '' end || ' ' || attribute.attidentity::text || attribute.attgenerated::text
        || coalesce(' default ' || pg_get_expr(preset.adbin, preset.adrelid), '')
        from pg_attribute attribute join pg_class class on class.oid = attribute.attrelid
        left join pg_attrdef preset on preset.adrelid = attribute.attrelid and preset.adnum = attribute.attnum
        where class.relnamespace = 'public'::regnamespace and class.relkind in ('r', 'v') and attribute.attnum > 0 and not attribute.attisdropped
    union all
    select 'table ' || oid::regclass || ' ' || relkind::text || ' row security ' || relrowsecurity || ' forced ' || relforcerowsecurity
        || ' granted ' || array_to_string(array(select entry::text from unnest(coalesce(relacl, acldefault('r', relowner))) entry order by 1), ' ')
        from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')
    union all
    select 'index ' || pg_get_indexdef(indexrelid) from pg_index
        where indrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)
    union all
    select 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
        where connamespace = 'public'::regnamespace and conrelid <> 0
    union all
    select 'policy ' || tablename || ' ' || policyname || ' ' || roles::text || ' ' || cmd || ' ' || coalesce(qual, '') || ' ' || coalesce(with_check, '')
        from pg_policies where schemaname = 'public'
    union all
    select 'trigger ' || pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
    union all
    select 'function ' || pg_get_functiondef(oid) || array_to_string(array(select entry::text from unnest(coalesce(proacl, acldefault('f', proowner))) entry order by 1), ' ')
        from pg_proc where pronamespace = 'public'::regnamespace
    union all
    select 'type ' || typname || ' ' || typtype::text from pg_type where typnamespace = 'public'::regnamespace and typtype in ('e', 'd')
    union all
    select 'schema granted ' || entry::text from pg_namespace, unnest(nspacl) entry where nspname = 'public'
    order by 1";

async fn schema(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar(SCHEMA).fetch_all(pool).await.unwrap()
}

/// Up, filled, down to nothing, up again, filled again.
async fn there_and_back(url: &str) {
    let database = Database::new(&Settings::new(url)).unwrap();
    let pool = database.owner();
    let nothing = schema(pool).await;
    database.migrate_up().await.unwrap();
    assert_eq!(database.migration_state().await.unwrap(), MigrationState::Current);
    let everything = schema(pool).await;
    assert!(everything.iter().filter(|line| line.starts_with("policy ")).count() > 20, "{everything:#?}");
    assert!(seed::demo::write(pool, clock::now()).await.unwrap());
    let all = database.migrations().await.unwrap().len();
    for round in 0..2 {
        database.migrate_down(u32::try_from(all).unwrap()).await.unwrap();
        assert_eq!(database.migration_state().await.unwrap(), MigrationState::Behind(all));
        let left: Vec<String> =
            schema(pool).await.into_iter().filter(|line| !line.contains("seaql_migrations") && !nothing.contains(line)).collect();
        assert!(left.is_empty(), "round {round} leaves behind: {left:#?}");
        database.migrate_up().await.unwrap();
        same(&everything, &schema(pool).await);
        assert!(seed::demo::write(pool, clock::now()).await.unwrap());
    }
    database.close().await;
}

fn same(before: &[String], after: &[String]) {
    let missing: Vec<&String> = before.iter().filter(|line| !after.contains(line)).collect();
    let new: Vec<&String> = after.iter().filter(|line| !before.contains(line)).collect();
    assert!(missing.is_empty() && new.is_empty(), "missing: {missing:#?}\nnew: {new:#?}");
}

async fn execute(url: &str, sql: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
}

/// A database without any tables.
async fn bare() -> TestDatabase {
    let database = TestDatabase::new(Content::Empty).await;
    execute(&database.url(), "drop schema public cascade; create schema public; grant usage on schema public to public").await;
    database
}

#[tokio::test]
async fn every_migration_can_be_undone_over_rows_and_done_again() {
    let test_database = TestDatabase::new(Content::Demo).await;
    let database = Database::new(&Settings::new(test_database.url())).unwrap();
    let everything = schema(database.owner()).await;
    let mut before = everything.len();
    for steps in 1..=database.migrations().await.unwrap().len() {
        database.migrate_down(u32::try_from(steps).unwrap()).await.unwrap();
        let below = schema(database.owner()).await.len();
        assert!(below <= before, "undoing {steps} leaves {below} of {before}");
        before = below;
        database.migrate_up().await.unwrap();
        same(&everything, &schema(database.owner()).await);
    }
    database.close().await;
}

#[tokio::test]
async fn migrations_go_there_and_back_as_a_superuser() {
    let database = bare().await;
    there_and_back(&database.url()).await;
}

#[tokio::test]
async fn migrations_go_there_and_back_as_a_plain_owner() {
    let database = bare().await;
    let role = format!("{}_owner", database.name());
    let make = format!(
        "create role {role} login password 'plain' createrole; alter schema public owner to {role}; alter database {} owner to {role}",
        database.name()
    );
    execute(&database.url(), &make).await;
    let mut url = reqwest::Url::parse(&database.url()).unwrap();
    url.set_username(&role).unwrap();
    url.set_password(Some("plain")).unwrap();
    there_and_back(url.as_str()).await;
    execute(
        &database.url(),
        &format!("drop owned by {role} cascade; alter database {} owner to current_user; drop role {role}", database.name()),
    )
    .await;
}
