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

/// A function that makes the partitions of a table by month; there is a default partition for months that nobody made.
pub(crate) fn monthly_partitions(table: &str, function: &str) -> String {
    format!(
        r"
-- Makes the partitions of this month and so many after it, where they are missing; says how many it made.
-- A month is filled before it is attached: attaching holds up readers and writers much less than making it in place.
create function {function}(months_ahead integer default 12) returns integer language plpgsql {DEFINER} as $$
declare
    made integer := 0;
    month timestamp;
    lower_bound timestamptz;
    upper_bound timestamptz;
    partition text;
begin
    perform pg_advisory_xact_lock(hashtextextended('{table}', 0));
    for month in
        select generate_series(this_month, this_month + make_interval(months => months_ahead), interval '1 month')
        from (select date_trunc('month', now() at time zone 'utc') as this_month) present
    loop
        partition := '{table}_' || to_char(month, 'YYYY_MM');
        continue when to_regclass('public.' || partition) is not null;
        lower_bound := month at time zone 'utc';
        upper_bound := (month + interval '1 month') at time zone 'utc';
        execute format('create table public.%I (like public.{table} including defaults including constraints)', partition);
        execute format('alter table public.%I enable row level security, force row level security', partition);
        execute format('create policy %I on public.%I to current_user using (true) with check (true)', partition || '_owner', partition);
        lock table public.{table}_default in access exclusive mode;
        execute format(
            'with moved as (delete from public.{table}_default where created_at >= $1 and created_at < $2 returning *)
            insert into public.%I select * from moved', partition) using lower_bound, upper_bound;
        execute format('alter table public.{table} attach partition public.%I for values from (%L) to (%L)',
            partition, lower_bound, upper_bound);
        made := made + 1;
    end loop;
    return made;
end $$;
revoke execute on function {function}(integer) from public;
"
    )
}
