//! What happens to accounts, where others may look for it: events bear the tenant in which they happened, and changes of how somebody
//! signs in stand in its audit log and its outbox, too. Whoever belongs to no tenant has the events alone.
//!
//! With it: where somebody who signs in would find themselves before locked doors only; keys by which a sign-up is repeated; and the
//! order in which the audit log is exported.

use crate::{
    convention::{APP_ROLE, DEFINER, TENANT},
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0039_account_records", up, down };

const FUNCTIONS: [&str; 3] = [
    "tenantry_record_account_change(uuid, text, text, text, text, jsonb, jsonb)",
    "tenantry_places_of(uuid)",
    "tenantry_take_sign_up_key(text, bytea, bytea)",
];

fn up() -> String {
    let mut sql = vec![TABLES.to_owned()];
    sql.push(format!(
        "create policy user_events_app_tenant on user_events for select to {APP_ROLE} using (tenant_id = {TENANT});
        alter table sign_up_keys enable row level security, force row level security;
        create policy sign_up_keys_owner on sign_up_keys to current_user using (true) with check (true);\n"
    ));
    sql.extend([EVENTS, RECORDS, PLACES, KEYS].map(|functions| functions.replace("{DEFINER}", DEFINER)));
    sql.push("revoke execute on function tenantry_home_of(uuid) from public;\n".to_owned());
    sql.extend(FUNCTIONS.map(|function| {
        format!("revoke execute on function {function} from public;\ngrant execute on function {function} to {APP_ROLE};\n")
    }));
    sql.concat()
}

fn down() -> String {
    let mut sql: Vec<String> = FUNCTIONS.map(|function| format!("drop function {function};\n")).into();
    sql.push(EVENTS_BEFORE.replace("{DEFINER}", DEFINER));
    sql.push(
        "drop function tenantry_home_of(uuid);
        drop table sign_up_keys;
        drop policy user_events_app_tenant on user_events;
        alter table user_events drop column tenant_id;
        drop index audit_logs_export_idx;\n"
            .to_owned(),
    );
    sql.concat()
}

const TABLES: &str = r"
alter table user_events add column tenant_id uuid;
create index user_events_tenant_idx on user_events (tenant_id, index_id);
create index audit_logs_export_idx on audit_logs (tenant_id, created_at, index_id);

-- By the address and the key together, so that nobody's key is in the way of somebody else's. Taken away after a day.
create table sign_up_keys (
    key_hash bytea primary key check (octet_length(key_hash) = 32),
    digest bytea not null check (octet_length(digest) = 32),
    created_at timestamptz not null default now()
);
create index sign_up_keys_created_at_idx on sign_up_keys (created_at);
";

const EVENTS_BEFORE: &str = r"
create or replace function tenantry_record_user_event(person_id uuid, type text, ip text, user_agent text, request_id text, metadata jsonb)
returns boolean language sql volatile {DEFINER} as $$
    insert into user_events (user_id, id, type, ip, user_agent, request_id, metadata)
    select person_id, tenantry_uuid_v7(), type, ip, user_agent, request_id, metadata where person_id is not null;
    select person_id is not null
$$;
";

const EVENTS: &str = r"
-- Where somebody is: the tenant of the transaction, where they belong to it, or else the one where a session of theirs would begin. What
-- happens to the accounts of the platform's staff is nobody's business whom they visit.
create function tenantry_home_of(person_id uuid) returns uuid language sql stable {DEFINER} as $$
    select member.tenant_id from tenant_memberships member
    join tenants tenant on tenant.id = member.tenant_id and tenant.deleted_at is null
    where member.user_id = person_id and member.deleted_at is null
    order by member.tenant_id is not distinct from nullif(current_setting('app.tenant_id', true), '')::uuid desc,
        member.status = 'active' desc, member.is_primary desc, member.last_active_at desc nulls last, member.index_id
    limit 1
$$;

create or replace function tenantry_record_user_event(person_id uuid, type text, ip text, user_agent text, request_id text, metadata jsonb)
returns boolean language sql volatile {DEFINER} as $$
    insert into user_events (user_id, id, tenant_id, type, ip, user_agent, request_id, metadata)
    select person_id, tenantry_uuid_v7(), tenantry_home_of(person_id), type, ip, user_agent, request_id, metadata where person_id is not null;
    select person_id is not null
$$;
";

const RECORDS: &str = r"
-- A change of how somebody signs in: the event, and where they belong to a tenant, its entry and what tells others of it.
create function tenantry_record_account_change(
    person_id uuid, type text, ip text, user_agent text, request_id text, metadata jsonb, changes jsonb)
returns boolean language plpgsql volatile {DEFINER} as $$
declare
    home uuid := tenantry_home_of(person_id);
    entry uuid := tenantry_uuid_v7();
begin
    perform tenantry_record_user_event(person_id, type, ip, user_agent, request_id, metadata);
    if person_id is null or home is null then
        return false;
    end if;
    insert into outbox_events (tenant_id, id, actor_type, actor_id, type, resource_type, resource_id, data)
    values (home, entry, 'user', person_id, tenantry_record_account_change.type, 'user', person_id, changes);
    insert into audit_logs (tenant_id, id, actor_type, actor_id, action, resource_type, resource_id, changes, ip_address, user_agent, request_id)
    values (home, entry, 'user', person_id, tenantry_record_account_change.type, 'user', person_id, changes,
        tenantry_record_account_change.ip::inet, tenantry_record_account_change.user_agent, tenantry_record_account_change.request_id);
    return true;
end $$;
";

const PLACES: &str = r"
-- The organizations that somebody who has proven who they are would find, with how each stands with its bills: none where the person
-- has something else to do here. That is whoever works for the platform, owns an organization, runs a tenant, lives in one without
-- belonging to an organization, or was offered a place or an organization.
create function tenantry_places_of(person_id uuid)
returns table (organization_id uuid, owner_id uuid, owner_name text, status text, past_due_since timestamptz, grace_until timestamptz)
language sql stable {DEFINER} as $$
    with homes as materialized (
        select member.tenant_id, member.role from tenant_memberships member
        join tenants tenant on tenant.id = member.tenant_id and tenant.deleted_at is null
        where member.user_id = person_id and member.status = 'active' and member.deleted_at is null),
    seats as materialized (
        select organization.tenant_id, organization.id, organization.owner_id from homes
        join organization_memberships seat on seat.tenant_id = homes.tenant_id and seat.user_id = person_id
            and seat.status = 'active' and seat.deleted_at is null
        join organizations organization on organization.tenant_id = seat.tenant_id and organization.id = seat.organization_id
            and organization.deleted_at is null)
    select seats.id, seats.owner_id, owner.display_name, coalesce(plan.status, 'active'), plan.past_due_since, plan.grace_until
    from seats
    join users owner on owner.id = seats.owner_id
    left join subscriptions plan on plan.tenant_id = seats.tenant_id and plan.organization_id = seats.id and plan.product_type = 'plan'
        and plan.status in ('past_due', 'unpaid', 'paused') and plan.deleted_at is null
    where not exists (select from users person where person.id = person_id and person.user_type = 'developer')
        and not exists (select from homes where homes.role in ('owner', 'admin', 'manager')
            or not exists (select from seats own where own.tenant_id = homes.tenant_id))
        and not exists (select from seats own where own.owner_id = person_id)
        and not exists (select from ownership_transfers offer join homes on homes.tenant_id = offer.tenant_id
            where offer.to_user_id = person_id and offer.status = 'offered' and offer.expires_at > now())
        and not exists (select from invitations invitation join users person on person.id = person_id
            where invitation.email = person.email and invitation.status = 'pending' and invitation.expires_at > now())
    order by seats.tenant_id, seats.id
$$;
";

const KEYS: &str = r"
-- What a key was taken for before; null where it is this transaction's now. Whoever sends it at the same moment waits.
create function tenantry_take_sign_up_key(address text, key_hash bytea, digest bytea) returns bytea language plpgsql volatile {DEFINER} as $$
declare
    taken bytea;
begin
    delete from sign_up_keys old where old.created_at < now() - interval '1 day';
    insert into sign_up_keys (key_hash, digest)
    values (sha256(convert_to(address, 'UTF8') || '\x00'::bytea || tenantry_take_sign_up_key.key_hash), tenantry_take_sign_up_key.digest)
    on conflict do nothing;
    if found then
        return null;
    end if;
    select before.digest into taken from sign_up_keys before
    where before.key_hash = sha256(convert_to(address, 'UTF8') || '\x00'::bytea || tenantry_take_sign_up_key.key_hash);
    return taken;
end $$;
";
