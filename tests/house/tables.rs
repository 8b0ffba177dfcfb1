//! What must hold of every table in Postgres.

use crate::world::World;

/// Texts that a question about the catalog gives.
async fn texts(world: &World, sql: &str) -> Vec<String> {
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).fetch_all(&world.pool).await.unwrap()
}

/// Tables whose rows carry their tenant. A session's tenant is where its person is at the moment, and may be none.
const TENANT_TABLES: &str =
    "select relation.oid as id, relation.relname::text as name, relrowsecurity, relforcerowsecurity, relispartition
    from pg_class relation
    join pg_attribute tenant on tenant.attrelid = relation.oid and tenant.attname = 'tenant_id' and tenant.attnotnull
    where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'p')";

#[tokio::test]
async fn every_foreign_key_has_an_index_that_finds_its_rows() {
    let world = World::empty().await;
    let keys = "from pg_constraint reference where contype = 'f' and connamespace = 'public'::regnamespace";
    let count = texts(&world, &format!("select count(*)::text {keys}")).await;
    assert!(count[0].parse::<u32>().unwrap() > 40, "{count:?}");
    // The columns of the key stand first, in any order; the tenant may stand among them, since every question names it. An
    // index of the living rows only would not serve a delete.
    let bare = texts(
        &world,
        &format!(
            "select conrelid::regclass || '.' || conname {keys} and not exists (
                select from pg_index index
                cross join lateral (select array_agg(attname::text) as names from unnest(conkey) number
                    join pg_attribute on attrelid = conrelid and attnum = number) own
                cross join lateral (select array_agg(attname::text order by nth) as names
                    from unnest(index.indkey::smallint[]) with ordinality place(number, nth)
                    join pg_attribute on attrelid = conrelid and attnum = number) known
                where index.indrelid = conrelid and index.indpred is null and index.indisvalid
                    and (own.names <@ known.names[1:cardinality(own.names)]
                        or 'tenant_id' <> all(own.names) and own.names || 'tenant_id'::text <@ known.names[1:cardinality(own.names) + 1]))
            order by 1"
        ),
    )
    .await;
    assert_eq!(bare, Vec::<String>::new());
}

#[tokio::test]
async fn the_tenant_comes_first_in_every_key_of_its_tables() {
    let world = World::empty().await;
    let count = texts(&world, &format!("select count(*)::text from ({TENANT_TABLES}) tables")).await;
    assert!(count[0].parse::<u32>().unwrap() >= 16, "{count:?}");
    let elsewhere = texts(
        &world,
        &format!(
            "select tables.name || '.' || key.indexrelid::regclass from ({TENANT_TABLES}) tables
                join pg_index key on key.indrelid = tables.id and (key.indisprimary or key.indisunique)
                join pg_attribute first on first.attrelid = tables.id and first.attnum = key.indkey[0]
                where first.attname <> 'tenant_id' order by 1"
        ),
    )
    .await;
    // A person has one primary home among all tenants.
    assert_eq!(elsewhere, ["tenant_memberships.tenant_memberships_primary_key"]);
    let keyless = texts(
        &world,
        &format!(
            "select name from ({TENANT_TABLES}) tables where not exists (select from pg_index where indrelid = id and indisprimary)"
        ),
    )
    .await;
    assert_eq!(keyless, Vec::<String>::new());
}

#[tokio::test]
async fn rows_of_every_tenant_table_are_secured_by_force_and_by_a_policy_about_the_tenant() {
    let world = World::empty().await;
    let open =
        texts(&world, &format!("select name from ({TENANT_TABLES}) tables where not (relrowsecurity and relforcerowsecurity)"))
            .await;
    assert_eq!(open, Vec::<String>::new());
    let without = texts(
        &world,
        &format!(
            "select name from ({TENANT_TABLES}) tables where not relispartition and not exists (
                select from pg_policies where tablename = name and 'tenantry_app' = any(roles) and cmd = 'ALL'
                    and qual like '%tenant_id = %app.tenant_id%' and with_check like '%tenant_id = %app.tenant_id%')"
        ),
    )
    .await;
    assert_eq!(without, Vec::<String>::new());
    // Partitions are reached through their parents alone.
    let partitions = texts(&world, &format!("select name from ({TENANT_TABLES}) tables where relispartition")).await;
    assert!(partitions.len() > 12, "{partitions:?}");
    let reachable = texts(
        &world,
        &format!(
            "select name from ({TENANT_TABLES}) tables
                where relispartition and has_any_column_privilege('tenantry_app', id, 'select, insert, update, references')"
        ),
    )
    .await;
    assert_eq!(reachable, Vec::<String>::new());
    // What else the role of the gateway may read or write without a policy is the same for everybody, but for the session that is presented.
    let common = texts(
        &world,
        "select distinct relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')
            and not relrowsecurity and has_any_column_privilege('tenantry_app', oid, 'select, insert, update, references') order by 1",
    )
    .await;
    assert_eq!(common, ["permissions", "presented_session", "system_role_permissions", "system_roles"]);
    let writable = texts(
        &world,
        "select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relrowsecurity
            and has_table_privilege('tenantry_app', oid, 'insert, update, delete, truncate')",
    )
    .await;
    assert_eq!(writable, Vec::<String>::new());
}

#[tokio::test]
async fn a_session_is_shown_to_whoever_presents_the_hash_of_its_token() {
    let world = World::demo().await;
    for key in ["owner", "member", "outsider"] {
        world.act_as(key).await;
    }
    let shown = async |presented: &str| {
        let mut transaction = world.pool.begin().await.unwrap();
        let present = format!("set local role tenantry_app; select set_config('app.token_hash', {presented}, true)");
        sqlx::raw_sql(sqlx::AssertSqlSafe(present)).execute(&mut *transaction).await.unwrap();
        let count: i64 = sqlx::query_scalar("select count(*) from presented_session").fetch_one(&mut *transaction).await.unwrap();
        count
    };
    assert_eq!([shown("''").await, shown("repeat('0', 64)").await], [0, 0]);
    let hash = world.value("select encode(token_hash, 'hex') from sessions limit 1").await.unwrap();
    assert_eq!(shown(&format!("'{hash}'")).await, 1);
    world.sql(&format!("update sessions set revoked_at = now() where encode(token_hash, 'hex') = '{hash}'")).await;
    assert_eq!(shown(&format!("'{hash}'")).await, 0);
}

#[tokio::test]
async fn the_role_of_the_gateway_owns_nothing_and_passes_no_policy() {
    let world = World::empty().await;
    let powers = texts(
        &world,
        "select concat_ws(' ', rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin) from pg_roles where rolname = 'tenantry_app'",
    )
    .await;
    assert_eq!(powers, ["f f f f f"]);
    let owned = texts(&world, "select relname::text from pg_class where relowner = 'tenantry_app'::regrole").await;
    assert_eq!(owned, Vec::<String>::new());
    let memberships =
        texts(&world, "select roleid::regrole::text from pg_auth_members where member = 'tenantry_app'::regrole").await;
    assert_eq!(memberships, Vec::<String>::new());
    // Functions that lend the owner's rights look names up where nobody else can make any.
    let lending = texts(
        &world,
        "select proname::text from pg_proc where pronamespace = 'public'::regnamespace and prosecdef
            and coalesce(array_to_string(proconfig, ','), '') not like 'search_path=pg_catalog, public, pg_temp%'",
    )
    .await;
    assert_eq!(lending, Vec::<String>::new());
}

#[tokio::test]
async fn updated_at_is_kept_by_a_trigger_wherever_it_is() {
    let world = World::empty().await;
    let by_hand = texts(
        &world,
        "select relation.relname::text from pg_class relation join pg_attribute stamp on stamp.attrelid = relation.oid
            where relation.relnamespace = 'public'::regnamespace and relation.relkind = 'r' and stamp.attname = 'updated_at'
                and not exists (select from pg_trigger trigger join pg_proc proc on proc.oid = trigger.tgfoid
                    where trigger.tgrelid = relation.oid and proc.proname = 'tenantry_touch_updated_at')",
    )
    .await;
    assert_eq!(by_hand, Vec::<String>::new());
}
