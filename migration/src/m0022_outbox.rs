//! What happened, for those who want to hear of it: one row for each change, written with the audit log's in one statement.
//!
//! Sequences do not commit in the order in which they count: whoever follows `index_id` alone loses what commits late. So a row
//! says which transaction wrote it, and readers follow `(transaction, index_id)` up to the oldest transaction that still runs
//! (`pg_snapshot_xmin`): below it nothing can appear any more. A commit rings a bell for those who listen, once.
//!
//! Changes of access are told, too, whoever makes them: what bumps a tenant's access version leaves one row a transaction.
//! What a session ends by rings a bell of its own, since a session belongs to no tenant.
//!
//! Rows are taken away from the oldest on when their time is over, by a function that gateways call: so few at a time that
//! nobody waits, and by the index that readers use, so that no other is kept for it. The tables of dead rows stay small, and
//! partitions would put their key into every index. Nothing is referred to but the tenant.

use crate::{
    convention::{APP_ROLE, DEFINER, TENANT},
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0022_outbox", up, down };

fn up() -> String {
    format!(
        r"
create table outbox_events (
    tenant_id uuid not null references tenants (id) on delete cascade,
    id uuid not null,
    index_id bigint generated always as identity,
    transaction xid8 not null default pg_current_xact_id(),
    type text not null constraint outbox_events_type_is_well_formed check (type ~ '^[a-z_]+\.[a-z_]+$'),
    organization_id uuid,
    resource_type text not null constraint outbox_events_resource_type_is_well_formed check (resource_type ~ '^[a-z][a-z_]*$'),
    resource_id uuid not null,
    data jsonb not null constraint outbox_events_data_is_an_object check (jsonb_typeof(data) = 'object'),
    actor_type text constraint outbox_events_actor_type_is_known check (actor_type in ('user', 'developer', 'api_key')),
    actor_id uuid,
    created_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint outbox_events_actor_is_whole check ((actor_type is null) = (actor_id is null))
);
-- For those who follow all tenants, and for what takes away the oldest; for those who follow one.
create index outbox_events_order_idx on outbox_events (transaction, index_id);
create index outbox_events_tenant_idx on outbox_events (tenant_id, transaction, index_id);

alter table outbox_events enable row level security, force row level security;
create policy outbox_events_owner on outbox_events to current_user using (true) with check (true);
create policy outbox_events_app on outbox_events to {APP_ROLE} using (tenant_id = {TENANT}) with check (tenant_id = {TENANT});
grant select, insert on outbox_events to {APP_ROLE};

-- Notifications of one transaction that say the same are one.
create function tenantry_outbox_rings() returns trigger language plpgsql as $$
begin
    perform pg_notify('tenantry_outbox', '');
    return null;
end $$;
create trigger outbox_events_ring after insert on outbox_events for each statement execute function tenantry_outbox_rings();

create function tenantry_session_rings() returns trigger language plpgsql as $$
begin
    perform pg_notify('tenantry_session', new.id::text);
    return null;
end $$;
create trigger sessions_ring after update of tenant_id, expires_at, revoked_at on sessions for each row
    when (old.tenant_id is distinct from new.tenant_id or old.expires_at <> new.expires_at
        or old.revoked_at is distinct from new.revoked_at)
    execute function tenantry_session_rings();

-- A new id, ordered by time, as the gateway makes them: 48 bits of milliseconds, then chance, in a UUID of version 7.
create function tenantry_new_id() returns uuid language sql volatile as $$
    select encode(
        set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid())
                placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6),
            52, 1), 53, 1),
        'hex')::uuid
$$;

create or replace function tenantry_bump_access(changed_tenants uuid[]) returns void language sql {DEFINER} as $$
    insert into access_versions as current_version (tenant_id)
    select id from tenants where id = any(changed_tenants) order by id
    on conflict (tenant_id) do update set version = current_version.version + 1;

    insert into outbox_events (tenant_id, id, type, resource_type, resource_id, data)
    select tenant.id, tenantry_new_id(), 'access.change', 'tenant', tenant.id, '{{}}'
    from tenants tenant
    where tenant.id = any(changed_tenants) and not exists (
        select from outbox_events told
        where told.tenant_id = tenant.id and told.transaction = pg_current_xact_id() and told.type = 'access.change')
    order by tenant.id
$$;

-- Takes away some of the oldest rows that are older than this; says how many it took. Called until it takes none.
create function tenantry_purge_outbox(retention interval, at_most integer default 1000) returns bigint language sql {DEFINER} as $$
    with oldest as (
        select tenant_id, id, created_at from outbox_events order by transaction, index_id limit at_most
    ), taken as (
        delete from outbox_events event using oldest
        where event.tenant_id = oldest.tenant_id and event.id = oldest.id and oldest.created_at < now() - retention
        returning 1
    )
    select count(*) from taken
$$;
revoke execute on function tenantry_purge_outbox(interval, integer) from public;
"
    )
}

fn down() -> String {
    format!(
        "create or replace function tenantry_bump_access(changed_tenants uuid[]) returns void language sql {DEFINER} as $$
    insert into access_versions as current_version (tenant_id)
    select id from tenants where id = any(changed_tenants) order by id
    on conflict (tenant_id) do update set version = current_version.version + 1
$$;
drop trigger sessions_ring on sessions;
drop function tenantry_session_rings();
drop function tenantry_purge_outbox(interval, integer);
drop function tenantry_new_id();
drop table outbox_events;
drop function tenantry_outbox_rings();
"
    )
}
