//! The SQL that every table repeats: who is asking, and the trigger that keeps `updated_at`.

/// The role under which the gateway's transactions run.
pub(crate) const APP_ROLE: &str = "tenantry_app";

/// The tenant of this transaction. The sub-select makes it an init plan, evaluated once per statement and
/// not once per row; `nullif` because after a `SET LOCAL` the setting reads `''` outside its transaction.
pub(crate) const TENANT: &str = "(select nullif(current_setting('app.tenant_id', true), '')::uuid)";

/// The user of this transaction, in the same manner.
pub(crate) const USER: &str = "(select nullif(current_setting('app.user_id', true), '')::uuid)";

/// Functions that run with their owner's rights look names up here only. `pg_temp` stands last on purpose:
/// left out, it would be searched first, and anyone may create tables there.
pub(crate) const DEFINER: &str = "security definer set search_path = pg_catalog, public, pg_temp";

/// The triggers that keep `updated_at`, never set by hand.
pub(crate) fn touched(tables: &[&str]) -> String {
    tables
        .iter()
        .map(|table| {
            format!(
                "create trigger {table}_touch before update on {table} \
                 for each row execute function tenantry_touch_updated_at();\n"
            )
        })
        .collect::<Vec<_>>()
        .concat()
}

/// Drops tables; what hangs on them (indexes, policies, triggers, privileges) goes with them.
pub(crate) fn drop_tables(tables: &[&str]) -> String {
    tables.iter().map(|table| format!("drop table {table};\n")).collect::<Vec<_>>().concat()
}
