//! How somebody goes, and comes back; and what an identity provider tells of it.

use crate::m0028_identity_provider::functions::{TAKE_ORGANIZATION, TAKE_USER};

/// The functions of [`RESTORE_USER`] that the gateway calls.
pub(super) const RESTORING: [&str; 1] = ["tenantry_revive_user(uuid, text, text, text)"];

pub(super) const WRITE_DOWN: &str = r"
-- An id as clients see it: a prefix, and 128 bits in Crockford's base 32 with two zeros in front.
create function tenantry_typed_id(prefix text, id uuid) returns text language sql immutable as $$
    select prefix || '_' || string_agg(substr('0123456789abcdefghjkmnpqrstvwxyz',
        1 + substring(B'00' || ('x' || replace(id::text, '-', ''))::bit(128) from 5 * place + 1 for 5)::bit(5)::integer, 1), '' order by place)
    from generate_series(0, 25) place
$$;

-- As `Writer::audit` does it: the entry of the log, and the event of the same id.
create function tenantry_write_down(
    in_tenant uuid, actor_type text, actor uuid, action text, resource_type text, resource uuid, changes jsonb,
    ip text, user_agent text, request_id text) returns void language sql volatile {DEFINER} as $$
    with entry as (
        insert into audit_logs (tenant_id, id, actor_type, actor_id, action, resource_type, resource_id, changes, ip_address, user_agent,
            request_id)
        values (in_tenant, tenantry_new_id(), tenantry_write_down.actor_type, actor, tenantry_write_down.action,
            tenantry_write_down.resource_type, resource, tenantry_write_down.changes, ip::inet, tenantry_write_down.user_agent,
            tenantry_write_down.request_id)
        returning id)
    insert into outbox_events (tenant_id, id, actor_type, actor_id, type, resource_type, resource_id, data)
    select in_tenant, entry.id, tenantry_write_down.actor_type, actor, tenantry_write_down.action, tenantry_write_down.resource_type,
        resource, tenantry_write_down.changes from entry
$$;
";

pub(super) const ENDINGS: &str = r"
-- INVARIANT: a deleted person is signed in nowhere, whoever deletes. What proves somebody for a while ends, and never comes back.
create function tenantry_deleted_user_signs_out() returns trigger language plpgsql {DEFINER} as $$
begin
    update sessions set revoked_at = now() where sessions.user_id = new.id and sessions.revoked_at is null;
    update user_tokens set used_at = now() where user_tokens.user_id = new.id and user_tokens.used_at is null;
    update sign_in_challenges set used_at = now() where sign_in_challenges.user_id = new.id and sign_in_challenges.used_at is null;
    return null;
end $$;
create trigger users_deleted_sign_out after update of deleted_at on users for each row
    when (old.deleted_at is null and new.deleted_at is not null) execute function tenantry_deleted_user_signs_out();

-- Ends somebody's membership in a tenant with all that hangs on it, as one deletion; says how much that was. Null where there is no
-- living membership. What they offered to others stays, under their name.
create function tenantry_end_tenant_membership(in_tenant uuid, person uuid, deletion uuid, moment timestamptz)
returns jsonb language sql volatile {DEFINER} as $$
    with ended as (
        update tenant_memberships member set deleted_at = moment, deletion_id = deletion
        where (member.tenant_id, member.user_id) = (in_tenant, person) and member.deleted_at is null returning member.id),
    seats as (
        update organization_memberships seat set deleted_at = moment, deletion_id = deletion
        where (seat.tenant_id, seat.user_id) = (in_tenant, person) and seat.deleted_at is null and exists (select from ended) returning 1),
    roles as (
        update member_roles assignment set deleted_at = moment, deletion_id = deletion
        from ended where (assignment.tenant_id, assignment.tenant_membership_id) = (in_tenant, ended.id)
            and assignment.deleted_at is null returning 1),
    overrides as (
        update member_permission_overrides special set deleted_at = moment, deletion_id = deletion
        from ended where (special.tenant_id, special.tenant_membership_id) = (in_tenant, ended.id) and special.deleted_at is null returning 1),
    grants as (
        update resource_grants held set deleted_at = moment, deletion_id = deletion
        from ended where (held.tenant_id, held.tenant_membership_id) = (in_tenant, ended.id) and held.deleted_at is null returning 1),
    keys as (
        update api_keys key set deleted_at = moment, deletion_id = deletion
        where (key.tenant_id, key.created_by) = (in_tenant, person) and key.deleted_at is null and exists (select from ended)
        returning key.revoked_at is null and key.replaced_by_id is null as counts),
    places as (
        delete from team_members place using ended
        where (place.tenant_id, place.tenant_membership_id) = (in_tenant, ended.id) returning place.*),
    kept as (
        insert into deleted_team_members (tenant_id, id, deletion_id, index_id, team_id, tenant_membership_id, is_lead, created_at)
        select places.tenant_id, places.id, deletion, places.index_id, places.team_id, places.tenant_membership_id, places.is_lead,
            places.created_at from places),
    freed as (
        update tenant_quotas quota set usage = greatest(quota.usage - case quota.metric
            when 'members' then 1 else (select count(*) from keys where keys.counts) end, 0)
        where quota.tenant_id = in_tenant and quota.metric in ('members', 'api_keys') and exists (select from ended))
    select jsonb_build_object('members', (select count(*) from seats), 'roles', (select count(*) from roles),
        'overrides', (select count(*) from overrides), 'grants', (select count(*) from grants), 'places', (select count(*) from places),
        'apiKeys', (select count(*) from keys))
    from ended
$$;
";

pub(super) const DELETE_USER: &str = r"
-- Deletes a person everywhere, as one deletion. Says what came of it, and behind it names: `deleted`; `owner`, of these
-- organizations, which stay somebody's; `gone` already, or never there; `moved`: they joined a tenant at this moment, try again.
-- The turn of each tenant is taken, in their order, before anything is looked at: what is checked holds when it commits.
create function tenantry_delete_user(
    person uuid, deletion uuid, actor_type text, actor uuid, reason text, ip text, user_agent text, request_id text)
returns text[] language plpgsql volatile {DEFINER} as $$
declare
    homes uuid[];
    home uuid;
    found_user uuid;
    owned text[];
    counts jsonb;
    moment timestamptz := now();
begin
    homes := array(
        select member.tenant_id from tenant_memberships member
        join tenants tenant on tenant.id = member.tenant_id and tenant.deleted_at is null
        where member.user_id = person and member.deleted_at is null order by member.tenant_id);
    foreach home in array homes loop
        perform pg_advisory_xact_lock(hashtextextended('access:' || home, 0));
    end loop;
    select users.id into found_user from users where users.id = person and users.deleted_at is null for update;
    if found_user is null then
        return array['gone'];
    end if;
    if exists (
        select from tenant_memberships member
        join tenants tenant on tenant.id = member.tenant_id and tenant.deleted_at is null
        where member.user_id = person and member.deleted_at is null and member.tenant_id <> all (homes)) then
        return array['moved'];
    end if;
    owned := array(
        select organization.name from organizations organization
        join tenants tenant on tenant.id = organization.tenant_id and tenant.deleted_at is null
        where organization.tenant_id = any (homes) and organization.owner_id = person and organization.deleted_at is null
        order by organization.name);
    if cardinality(owned) > 0 then
        return array['owner'] || owned;
    end if;
    foreach home in array homes loop
        counts := tenantry_end_tenant_membership(home, person, deletion, moment);
        continue when counts is null;
        insert into deletions (tenant_id, id, kind, resource_id, counts, actor_type, actor_id, deleted_at)
        values (home, deletion, 'user', person, counts, tenantry_delete_user.actor_type, actor, moment);
        perform tenantry_write_down(home, tenantry_delete_user.actor_type, actor, 'user.delete', 'user', person,
            jsonb_build_object('before', counts || jsonb_build_object('deletionId', tenantry_typed_id('del', deletion)),
                'after', case when reason is not null then jsonb_build_object('reason', reason) end),
            ip, tenantry_delete_user.user_agent, tenantry_delete_user.request_id);
    end loop;
    update users set deleted_at = moment, deletion_id = deletion where users.id = person;
    perform tenantry_record_user_event(person, 'account.delete', ip, tenantry_delete_user.user_agent, tenantry_delete_user.request_id,
        jsonb_strip_nulls(jsonb_build_object('deletionId', tenantry_typed_id('del', deletion), 'reason', reason)));
    return array['deleted'];
end $$;
";

pub(super) const RESTORE_USER: &str = r"
-- A deleted person, locked, and the turns of its tenants taken: by which deletion it went, whether its address is somebody else's by
-- now, whether the time for restoring is over, and the living tenants that the deletion took it from. Null where nobody is deleted.
create function tenantry_deleted_user(person uuid) returns text[] language plpgsql volatile {DEFINER} as $$
declare
    gone users%rowtype;
    homes uuid[];
    home uuid;
begin
    select * into gone from users where users.id = person and users.deletion_id is not null;
    if not found then
        return null;
    end if;
    homes := array(
        select member.tenant_id from tenant_memberships member
        join tenants tenant on tenant.id = member.tenant_id and tenant.deleted_at is null
        where member.user_id = person and member.deletion_id = gone.deletion_id order by member.tenant_id);
    foreach home in array homes loop
        perform pg_advisory_xact_lock(hashtextextended('access:' || home, 0));
    end loop;
    perform pg_advisory_xact_lock(hashtextextended('address:' || gone.email, 0));
    select * into gone from users where users.id = person and users.deletion_id = gone.deletion_id for update;
    if not found then
        return null;
    end if;
    return array[
        gone.deletion_id::text,
        exists (select from users other where other.email = gone.email and other.deleted_at is null)::text,
        (gone.deleted_at + make_interval(days => coalesce(
            (select min(tenant.data_retention_days) from tenants tenant where tenant.id = any (homes)), 2555)) <= now())::text
    ] || homes::text[];
end $$;

-- Brings a person back that was locked by the function above; its sessions have ended for good.
create function tenantry_revive_user(person uuid, ip text, user_agent text, request_id text) returns boolean
language plpgsql volatile {DEFINER} as $$
declare
    deletion uuid;
begin
    select users.deletion_id into deletion from users where users.id = person and users.deleted_at is not null;
    if not found then
        return false;
    end if;
    update users set deleted_at = null, deletion_id = null where users.id = person;
    perform tenantry_record_user_event(person, 'account.restore', ip, tenantry_revive_user.user_agent, tenantry_revive_user.request_id,
        jsonb_build_object('deletionId', tenantry_typed_id('del', deletion)));
    return true;
end $$;
";

/// What an identity provider tells of somebody who goes, taken over as everybody else's deletions are.
pub(super) const TOLD: &str = r"
-- Somebody who still owns organizations is shut out instead: the platform's staff can hand them on, and delete the account then.
create or replace function tenantry_drop_identity_user(subject text) returns text language plpgsql volatile {DEFINER} as $$
declare
    person uuid;
    came text[];
begin
    select users.id into person from users where users.clerk_user_id = subject and users.deleted_at is null;
    while person is not null loop
        came := tenantry_delete_user(person, tenantry_new_id(), 'user', person, 'the identity provider says so', null, null, 'identity provider');
        exit when came[1] <> 'moved';
    end loop;
    if came[1] = 'owner' then
        update users set is_active = false where users.id = person;
        update sessions set revoked_at = now() where sessions.user_id = person and sessions.revoked_at is null;
        perform tenantry_record_user_event(person, 'account.deactivate', null, null, 'identity provider',
            jsonb_build_object('owns', to_jsonb(came[2:])));
    end if;
    -- Whoever was never here is remembered as gone, so that an older event makes nobody.
    return 'taken';
end $$;

create or replace function tenantry_drop_identity_organization(subject text) returns text language plpgsql volatile {DEFINER} as $$
declare
    gone uuid;
begin
    update tenants set deleted_at = now(), deletion_id = tenantry_new_id(), status = 'churned'
    where tenants.clerk_org_id = subject and tenants.deleted_at is null returning tenants.id into gone;
    if gone is not null then
        insert into outbox_events (tenant_id, id, type, resource_type, resource_id, data)
        values (gone, tenantry_new_id(), 'tenant.delete', 'tenant', gone, '{}');
    end if;
    return 'taken';
end $$;

-- What the provider calls an admin is one; an owner stays what it is. Whoever owns an organization cannot go, and is suspended.
create or replace function tenantry_take_identity_membership(data jsonb, ends boolean) returns text
language plpgsql volatile {DEFINER} as $$
declare
    person uuid;
    in_tenant uuid;
    deletion uuid := tenantry_new_id();
    counts jsonb;
begin
    select users.id into person from users where users.clerk_user_id = data #>> '{public_user_data,user_id}' and users.deleted_at is null;
    select tenants.id into in_tenant from tenants where tenants.clerk_org_id = data #>> '{organization,id}' and tenants.deleted_at is null;
    if ends and (person is null or in_tenant is null) then
        return 'taken';
    elsif person is null or in_tenant is null then
        return 'early';
    end if;
    perform pg_advisory_xact_lock(hashtextextended('access:' || in_tenant, 0));
    if ends and exists (select from organizations organization
        where organization.tenant_id = in_tenant and organization.owner_id = person and organization.deleted_at is null) then
        update tenant_memberships member set status = 'suspended'
        where member.tenant_id = in_tenant and member.user_id = person and member.deleted_at is null;
        return 'taken';
    elsif ends then
        counts := tenantry_end_tenant_membership(in_tenant, person, deletion, now());
        if counts is not null then
            insert into deletions (tenant_id, id, kind, resource_id, counts, actor_type, actor_id, deleted_at)
            select in_tenant, deletion, 'tenant_membership', member.id, counts, 'user', person, now()
            from tenant_memberships member where member.tenant_id = in_tenant and member.user_id = person;
            perform tenantry_write_down(in_tenant, 'user', person, 'tenant_member.remove', 'user', person,
                jsonb_build_object('before', counts || jsonb_build_object('deletionId', tenantry_typed_id('del', deletion)), 'after',
                    jsonb_build_object('reason', 'the identity provider says so')), null, null, 'identity provider');
        end if;
        return 'taken';
    end if;
    insert into tenant_memberships as member (tenant_id, id, user_id, role, is_primary)
    values (in_tenant, tenantry_uuid_v7(), person, case when data ->> 'role' in ('org:admin', 'admin') then 'admin' else 'member' end,
        not exists (select from tenant_memberships home where home.user_id = person and home.is_primary and home.deleted_at is null))
    on conflict (tenant_id, user_id) do update set deleted_at = null, deletion_id = null,
        is_primary = case when member.deleted_at is null then member.is_primary else excluded.is_primary end,
        role = case when member.role = 'owner' and member.deleted_at is null then member.role else excluded.role end;
    return 'taken';
end $$;
";

/// The three as they were.
pub(super) fn untold() -> String {
    let names = ["tenantry_drop_identity_user(", "tenantry_drop_identity_organization(", "tenantry_take_identity_membership("];
    let all = [TAKE_USER, TAKE_ORGANIZATION].concat();
    let functions = all.split("create function ").filter(|function| names.iter().any(|name| function.starts_with(name)));
    functions.map(|function| ["create or replace function ", function].concat()).collect()
}
