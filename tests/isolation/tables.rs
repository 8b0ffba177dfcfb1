//! The second lock by itself: what the role of the gateway can do to the rows of another tenant, table by table.

use sqlx::{AssertSqlSafe, PgConnection, Row as _};
use uuid::Uuid;

use super::lifecycle;
use crate::world::{World, identity};

/// A table whose rows carry their tenant.
struct Table {
    name: String,
    /// The columns that a row can be inserted with.
    columns: String,
}

/// A foreign key between two tables of tenants.
struct Reference {
    name: String,
    table: String,
    /// Its columns without the tenant, and those that they name.
    columns: Vec<String>,
    target: String,
    targets: Vec<String>,
}

/// Rows for the tables that the demo leaves empty, in both tenants.
const MISSING: &str = "
    insert into member_permission_overrides (tenant_id, id, tenant_membership_id, organization_id, permission_id, effect)
    select distinct on (member.tenant_id) member.tenant_id, gen_random_uuid(), member.id, organization.id, permission.id, 'deny'
    from tenant_memberships member join organizations organization using (tenant_id), permissions permission;
    insert into resource_grants (tenant_id, id, resource_type, resource_id, tenant_membership_id, permission_id)
    select distinct on (member.tenant_id) member.tenant_id, gen_random_uuid(), 'organization', gen_random_uuid(), member.id, permission.id
    from tenant_memberships member, permissions permission;
    insert into resource_grants (tenant_id, id, resource_type, resource_id, team_id, permission_id)
    select distinct on (team.tenant_id) team.tenant_id, gen_random_uuid(), 'organization', gen_random_uuid(), team.id, permission.id
    from teams team, permissions permission;
    insert into resource_grants (tenant_id, id, resource_type, resource_id, role_id, permission_id)
    select distinct on (role.tenant_id) role.tenant_id, gen_random_uuid(), 'organization', gen_random_uuid(), role.id, permission.id
    from roles role, permissions permission;
    insert into products (tenant_id, id, key, name, type, currency, organization_id)
    select distinct on (tenant_id) tenant_id, gen_random_uuid(), 'private', 'Private', 'service', 'EUR', id from organizations;
    insert into api_keys (tenant_id, id, name, client, prefix, key_hash, scopes, organization_id, created_by)
    select distinct on (tenant_id) tenant_id, gen_random_uuid(), 'Key', 'acme', 'tk_', sha256(random()::text::bytea), '{roles.read}',
        organization.id, member.user_id
    from tenant_memberships member join organizations organization using (tenant_id);
    insert into api_keys (tenant_id, id, name, client, prefix, key_hash, scopes, created_by, replaced_by_id)
    select tenant_id, gen_random_uuid(), name, client, prefix, sha256(random()::text::bytea), scopes, created_by, id from api_keys;
    insert into idempotency_keys (tenant_id, user_id, operation, key, digest, resource_id)
    select tenant_id, user_id, 'createOrganization', 'k', '', gen_random_uuid() from tenant_memberships;
    insert into audit_logs (tenant_id, id, actor_type, actor_id, action, resource_type, resource_id, changes, request_id)
    select tenant_id, gen_random_uuid(), 'user', user_id, 'role.update', 'role', gen_random_uuid(), '{}', 'r' from tenant_memberships;
    insert into persisted_documents (tenant_id, id, client, sha256, body, permissions, cost, registered_by)
    select distinct on (tenant_id) tenant_id, gen_random_uuid(), 'partner', repeat('0', 64), '', '{}', 0, user_id from tenant_memberships;
    insert into persisted_document_usage (tenant_id, document_id, day, calls, last_used_at)
    select tenant_id, id, '2026-01-01', 1, now() from persisted_documents";

#[tokio::test]
async fn the_role_of_the_gateway_cannot_touch_a_row_of_another_tenant() {
    let world = World::demo().await;
    world.sql(MISSING).await;
    world.sql(lifecycle::ROWS).await;
    let (here, there) = (identity("outsider").tenant_id, identity("owner").tenant_id);
    let tables = tenant_tables(&world).await;
    assert!(tables.len() >= 16, "{}", tables.len());
    for Table { name, columns } in &tables {
        let count =
            async |tenant: Uuid| world.value(&format!("select count(*) from {name} where tenant_id = '{tenant}'")).await.unwrap();
        assert_ne!(count(there).await, "0", "`{name}` has rows that could be seen");
        let own = as_app(&world, here, &format!("select from {name} where tenant_id = '{here}'")).await;
        assert_eq!(own.unwrap().to_string(), count(here).await, "one's own rows of `{name}`");

        let seen = as_app(&world, here, &format!("select from {name} where tenant_id = '{there}'")).await;
        assert_eq!(seen.unwrap(), 0, "`{name}` shows a row of another tenant");
        for change in [
            format!("update {name} set tenant_id = tenant_id where tenant_id = '{there}'"),
            format!("delete from {name} where tenant_id = '{there}'"),
        ] {
            match as_app(&world, here, &change).await {
                Ok(rows) => assert_eq!(rows, 0, "{change}"),
                Err(code) => assert_eq!(code, "42501", "{change}"),
            }
        }
        // A row as another tenant would write it, and one's own row carried over there.
        let row: String = sqlx::query_scalar(AssertSqlSafe(format!(
            "select (to_jsonb(row) || jsonb_build_object('id', gen_random_uuid(), 'is_system', false))::text
                from {name} row where tenant_id = '{there}' limit 1"
        )))
        .fetch_one(&world.pool)
        .await
        .unwrap();
        let row = row.replace('\'', "''");
        let insert = format!("insert into {name} ({columns}) select {columns} from jsonb_populate_record(null::{name}, '{row}')");
        assert_eq!(as_app(&world, here, &insert).await, Err("42501".to_owned()), "{insert}");
        let carry = format!("update {name} set tenant_id = '{there}' where tenant_id = '{here}'");
        let carried = as_app(&world, here, &carry).await;
        // Some triggers refuse what policies would refuse a moment later.
        assert!(matches!(carried.as_ref().map_err(String::as_str), Err("42501" | "23514")), "{carry}: {carried:?}");
    }
}

#[tokio::test]
async fn without_a_tenant_the_role_of_the_gateway_sees_no_row_at_all() {
    let world = World::demo().await;
    world.sql(MISSING).await;
    world.sql(lifecycle::ROWS).await;
    for Table { name, .. } in tenant_tables(&world).await {
        let mut transaction = world.pool.begin().await.unwrap();
        sqlx::raw_sql("set local role tenantry_app").execute(&mut *transaction).await.unwrap();
        let rows = sqlx::query(AssertSqlSafe(format!("select from {name}"))).fetch_all(&mut *transaction).await.unwrap();
        assert_eq!(rows.len(), 0, "{name}");
    }
}

#[tokio::test]
async fn no_row_can_point_into_another_tenant() {
    let world = World::demo().await;
    world.sql(MISSING).await;
    world.sql(lifecycle::ROWS).await;
    let (here, there) = (identity("outsider").tenant_id, identity("owner").tenant_id);
    let references = references(&world).await;
    assert!(references.len() >= 20, "{}", references.len());
    for Reference { name, table, columns, target, targets } in references {
        let (set, wanted) = (columns.join(", "), targets.join(", "));
        let present = columns.iter().map(|column| format!("{column} is not null")).collect::<Vec<_>>().join(" and ");
        // Not a key that exists on both sides, such as a person who lives in both tenants.
        let only_there = format!(
            "select {wanted} from {target} where tenant_id = '{there}' and ({wanted}) not in
                (select {wanted} from {target} where tenant_id = '{here}') limit 1"
        );
        let update = format!(
            "update {table} set ({set}) = ({only_there})
                where ctid = (select ctid from {table} where tenant_id = '{here}' and {present} limit 1)"
        );
        let mut transaction = world.pool.begin().await.unwrap();
        // Each key by itself: often a second one would refuse the row as well.
        let alone = format!(
            "set local app.ownership_transfer = 'on';
            do $$ declare other record; begin
                for other in select conrelid::regclass as place, conname from pg_constraint where contype = 'f' and coninhcount = 0 and conname <> '{name}' loop
                    execute format('alter table %s drop constraint %I', other.place, other.conname);
                end loop;
            end $$"
        );
        sqlx::raw_sql(AssertSqlSafe(alone)).execute(&mut *transaction).await.unwrap();
        let refused = point(&mut transaction, &update).await;
        assert_eq!(refused, Some(("23503".to_owned(), name)), "{update}");
    }
}

/// Runs a statement that changes one row and everything that was deferred; how it was refused.
async fn point(connection: &mut PgConnection, update: &str) -> Option<(String, String)> {
    let outcome = match sqlx::query(AssertSqlSafe(update)).execute(&mut *connection).await {
        Ok(done) => {
            assert_eq!(done.rows_affected(), 1, "there is a row to point elsewhere: {update}");
            sqlx::raw_sql("set constraints all immediate").execute(&mut *connection).await
        }
        Err(error) => Err(error),
    };
    let error = outcome.err()?.into_database_error().unwrap();
    Some((error.code().unwrap().into_owned(), error.constraint().unwrap_or_default().to_owned()))
}

/// What the role of the gateway can do in a tenant: the number of rows, or the code of the refusal. Nothing stays.
async fn as_app(world: &World, tenant: Uuid, sql: &str) -> Result<u64, String> {
    let mut transaction = world.pool.begin().await.unwrap();
    // Some tables show a person no more than what is theirs.
    let user = identity("outsider").user_id;
    let enter = format!(
        "set local role tenantry_app; select set_config('app.tenant_id', '{tenant}', true), set_config('app.user_id', '{user}', true)"
    );
    sqlx::raw_sql(AssertSqlSafe(enter)).execute(&mut *transaction).await.unwrap();
    let done = sqlx::query(AssertSqlSafe(sql)).execute(&mut *transaction).await;
    done.map(|done| done.rows_affected()).map_err(|error| error.into_database_error().unwrap().code().unwrap().into_owned())
}

/// Partitions are reached through their parents: of themselves the role of the gateway has nothing, as the house's tests say.
async fn tenant_tables(world: &World) -> Vec<Table> {
    let sql = "select relation.relname::text, (
            select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
            where attrelid = relation.oid and attnum > 0 and not attisdropped and attidentity = '')
        from pg_class relation
        join pg_index key on key.indrelid = relation.oid and key.indisprimary
        join pg_attribute first on first.attrelid = relation.oid and first.attnum = key.indkey[0]
        where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'p') and not relation.relispartition
            and first.attname = 'tenant_id'
        order by 1";
    let rows = sqlx::query(sql).fetch_all(&world.pool).await.unwrap();
    rows.iter().map(|row| Table { name: row.get(0), columns: row.get(1) }).collect()
}

/// Foreign keys whose two tables both carry a tenant. Each must name it on both sides.
async fn references(world: &World) -> Vec<Reference> {
    let names = "array(select attname::text from unnest({columns}) with ordinality place(number, nth)
        join pg_attribute on attrelid = {table} and attnum = number order by nth)";
    let of = |columns: &str, table: &str| names.replace("{columns}", columns).replace("{table}", table);
    let sql = format!(
        "select conname::text, conrelid::regclass::text, {}, confrelid::regclass::text, {}
            from pg_constraint where contype = 'f'
                and exists (select from pg_attribute where attrelid = conrelid and attname = 'tenant_id')
                and exists (select from pg_attribute where attrelid = confrelid and attname = 'tenant_id')
            order by 1",
        of("conkey", "conrelid"),
        of("confkey", "confrelid")
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&world.pool).await.unwrap();
    let reference = |row: &sqlx::postgres::PgRow| {
        let (name, mut columns, mut targets): (String, Vec<String>, Vec<String>) = (row.get(0), row.get(2), row.get(4));
        assert_eq!((columns.remove(0), targets.remove(0)), ("tenant_id".to_owned(), "tenant_id".to_owned()), "{name}");
        // A row keeps its own id while it points elsewhere.
        if let Some(own) = columns.iter().position(|column| column == "id") {
            columns.remove(own);
            targets.remove(own);
        }
        Reference { name, table: row.get(1), columns, target: row.get(3), targets }
    };
    rows.iter().map(reference).collect()
}
