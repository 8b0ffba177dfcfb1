//! Who changed what: one row for each change, written in the transaction of the change itself.
//!
//! The gateway's role may add rows and read its tenant's; nobody but the owner of the tables takes any away, and does so by
//! the month: the table is partitioned by when. Partitions are made ahead by a function that starts of the gateway call; rows
//! of a month that nobody made go to a default partition, and are moved when the month is made, so that a change
//! never fails for want of one. Nothing is referred to but the tenant: the log outlives what it tells of.
//!
//! Idempotency keys may now be a developer's, too, who is a member of no tenant.

use crate::{
    convention::{APP_ROLE, DEFINER, TENANT},
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0015_audit", up, down };

fn up() -> String {
    format!(
        r"
create table audit_logs (
    tenant_id uuid not null references tenants (id),
    id uuid not null,
    index_id bigint generated always as identity,
    actor_type text not null constraint audit_logs_actor_type_is_known check (actor_type in ('user', 'developer', 'api_key')),
    actor_id uuid not null,
    action text not null constraint audit_logs_action_is_well_formed check (action ~ '^[a-z_]+\.[a-z_]+$'),
    resource_type text not null constraint audit_logs_resource_type_is_well_formed check (resource_type ~ '^[a-z][a-z_]*$'),
    resource_id uuid not null,
    organization_id uuid,
    changes jsonb not null constraint audit_logs_changes_are_an_object check (jsonb_typeof(changes) = 'object'),
    ip_address inet,
    user_agent text,
    request_id text not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, id, created_at)
) partition by range (created_at);
create index audit_logs_list_idx on audit_logs (tenant_id, index_id);
create index audit_logs_organization_idx on audit_logs (tenant_id, organization_id, index_id);
create index audit_logs_resource_idx on audit_logs (tenant_id, resource_id, index_id);
create index audit_logs_actor_idx on audit_logs (tenant_id, actor_id, index_id);

alter table audit_logs enable row level security, force row level security;
create policy audit_logs_owner on audit_logs to current_user using (true) with check (true);
create policy audit_logs_app on audit_logs to {APP_ROLE} using (tenant_id = {TENANT}) with check (tenant_id = {TENANT});
grant select, insert on audit_logs to {APP_ROLE};

-- Partitions are reached through their parent, whose policies then hold. By themselves they are nobody's but the owner's.
create table audit_logs_default partition of audit_logs default;
alter table audit_logs_default enable row level security, force row level security;
create policy audit_logs_default_owner on audit_logs_default to current_user using (true) with check (true);

-- Makes the partitions of this month and so many after it, where they are missing; says how many it made.
-- A month is filled before it is attached: attaching holds up readers and writers much less than making it in place.
create function tenantry_ensure_audit_partitions(months_ahead integer default 12) returns integer language plpgsql {DEFINER} as $$
declare
    made integer := 0;
    month timestamp;
    lower_bound timestamptz;
    upper_bound timestamptz;
    partition text;
begin
    perform pg_advisory_xact_lock(hashtextextended('audit_logs', 0));
    for month in
        select generate_series(this_month, this_month + make_interval(months => months_ahead), interval '1 month')
        from (select date_trunc('month', now() at time zone 'utc') as this_month) present
    loop
        partition := 'audit_logs_' || to_char(month, 'YYYY_MM');
        continue when to_regclass('public.' || partition) is not null;
        lower_bound := month at time zone 'utc';
        upper_bound := (month + interval '1 month') at time zone 'utc';
        execute format('create table public.%I (like public.audit_logs including defaults including constraints)', partition);
        execute format('alter table public.%I enable row level security, force row level security', partition);
        execute format('create policy %I on public.%I to current_user using (true) with check (true)', partition || '_owner', partition);
        lock table public.audit_logs_default in access exclusive mode;
        execute format(
            'with moved as (delete from public.audit_logs_default where created_at >= $1 and created_at < $2 returning *)
            insert into public.%I select * from moved', partition) using lower_bound, upper_bound;
        execute format('alter table public.audit_logs attach partition public.%I for values from (%L) to (%L)',
            partition, lower_bound, upper_bound);
        made := made + 1;
    end loop;
    return made;
end $$;
revoke execute on function tenantry_ensure_audit_partitions(integer) from public;

select tenantry_ensure_audit_partitions();

alter table idempotency_keys
    drop constraint idempotency_keys_user_fkey,
    add constraint idempotency_keys_user_fkey foreign key (user_id) references users (id);
"
    )
}

fn down() -> String {
    "delete from idempotency_keys key where not exists (
         select from tenant_memberships member where member.tenant_id = key.tenant_id and member.user_id = key.user_id);
     alter table idempotency_keys
         drop constraint idempotency_keys_user_fkey,
         add constraint idempotency_keys_user_fkey
             foreign key (tenant_id, user_id) references tenant_memberships (tenant_id, user_id);
     drop function tenantry_ensure_audit_partitions(integer);
     drop table audit_logs;\n"
        .to_owned()
}
