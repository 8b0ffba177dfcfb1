//! Tenants that people found by themselves: their beginning, the quotas of it, and the one where signing in goes.
//!
//! A tenant is made before anybody is in it, and what is primary spans tenants: both are functions with their owner's rights, which
//! speak for the person that was entered, and for nobody else. Keys of idempotency that belong to no tenant are the person's.

use crate::{
    convention::{APP_ROLE, DEFINER, USER},
    m0024_sign_in::functions::SIGN_UP as SIGN_UP_BEFORE,
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0030_tenants", up, down };

/// What a tenant that somebody has just founded may have, until the platform's staff says otherwise.
const TRIAL_QUOTAS: &str = "('organizations', 25, 0), ('members', 250, 1), ('api_keys', 25, 0)";

const FUNCTIONS: [&str; 4] = [
    "tenantry_take_quota(uuid, text)",
    "tenantry_give_back_quota(uuid, text)",
    "tenantry_found_tenant(uuid, uuid, text, boolean, text, text, text)",
    "tenantry_set_primary_tenant(uuid)",
];

fn up() -> String {
    let functions = FUNCTIONS.map(|function| {
        format!("revoke execute on function {function} from public;\ngrant execute on function {function} to {APP_ROLE};\n")
    });
    [
        tables(),
        QUOTAS.replace("{TRIAL_QUOTAS}", TRIAL_QUOTAS),
        FOUNDING.replace("{DEFINER}", DEFINER),
        SIGN_UP.replace("{DEFINER}", DEFINER),
        functions.concat(),
    ]
    .concat()
}

fn down() -> String {
    let sign_up = SIGN_UP_BEFORE.replace("create function", "create or replace function").replace("{DEFINER}", DEFINER);
    let functions: String = FUNCTIONS.map(|function| format!("drop function {function};\n")).concat();
    format!(
        "{sign_up}
        {functions}
        drop function tenantry_give_trial_quotas(uuid);
        revoke insert on tenant_quotas from {APP_ROLE};
        drop table personal_idempotency_keys;
        drop trigger tenants_status_changes on tenants;
        drop function tenantry_tenant_status_changes();
        alter table tenants drop column status_changed_at;\n"
    )
}

fn tables() -> String {
    format!(
        r"
-- How long a tenant has been what it is: a churned one is erased after a time.
alter table tenants add column status_changed_at timestamptz not null default now();
update tenants set status_changed_at = created_at;
create function tenantry_tenant_status_changes() returns trigger language plpgsql as $$
begin
    new.status_changed_at := now();
    return new;
end $$;
create trigger tenants_status_changes before update of status on tenants for each row
    when (old.status is distinct from new.status) execute function tenantry_tenant_status_changes();

-- As `idempotency_keys`, for what somebody makes outside of every tenant.
create table personal_idempotency_keys (
    user_id uuid not null references users (id),
    operation text not null,
    key text not null,
    digest bytea not null,
    resource_id uuid not null,
    created_at timestamptz not null default now(),
    primary key (user_id, operation, key)
);
alter table personal_idempotency_keys enable row level security, force row level security;
create policy personal_idempotency_keys_owner on personal_idempotency_keys to current_user using (true) with check (true);
create policy personal_idempotency_keys_app on personal_idempotency_keys to {APP_ROLE}
    using (user_id = {USER}) with check (user_id = {USER});
grant select, insert on personal_idempotency_keys to {APP_ROLE};
grant insert on tenant_quotas to {APP_ROLE};
"
    )
}

const QUOTAS: &str = r"
-- Takes one unit: no row where there was one, or where nothing limits it; otherwise what is used, and what there may be.
-- INVARIANT: whoever takes a unit or gives one back holds the tenant's row in share. So a quota that is set for the first time, under that row's lock,
-- counts what there is and misses nothing that is about to come or to go.
create function tenantry_take_quota(in_tenant uuid, taken_metric text) returns table (used bigint, most bigint)
language plpgsql volatile set search_path = pg_catalog, public, pg_temp as $$
begin
    perform from tenants tenant where tenant.id = in_tenant for key share;
    update tenant_quotas quota set usage = quota.usage + 1
    where quota.tenant_id = in_tenant and quota.metric = taken_metric and quota.usage < quota.quota_limit;
    if not found then
        return query select quota.usage, quota.quota_limit from tenant_quotas quota
            where quota.tenant_id = in_tenant and quota.metric = taken_metric;
    end if;
end $$;

-- Gives one unit back, under the same lock and for the same reason.
create function tenantry_give_back_quota(in_tenant uuid, given_metric text) returns void
language plpgsql volatile set search_path = pg_catalog, public, pg_temp as $$
begin
    perform from tenants tenant where tenant.id = in_tenant for key share;
    update tenant_quotas quota set usage = quota.usage - 1
    where quota.tenant_id = in_tenant and quota.metric = given_metric and quota.usage > 0;
end $$;

create function tenantry_give_trial_quotas(in_tenant uuid) returns void
language sql volatile set search_path = pg_catalog, public, pg_temp as $$
    insert into tenant_quotas (tenant_id, metric, quota_limit, usage)
    select in_tenant, given.* from (values {TRIAL_QUOTAS}) given
$$;
revoke execute on function tenantry_give_trial_quotas(uuid) from public;
";

const FOUNDING: &str = r"
-- Makes a tenant of which the person that was entered is the owner. A name in addresses that was chosen must be free; one that was
-- made from the name gives way. `many`: the person has as many tenants on trial as one may; what they cost nobody pays.
create function tenantry_found_tenant(
    new_tenant uuid, membership_id uuid, wanted_slug text, is_chosen boolean, wanted_name text, its_brand text, its_logo text)
returns text language plpgsql volatile {DEFINER} as $$
declare
    founder uuid := nullif(current_setting('app.user_id', true), '')::uuid;
begin
    perform pg_advisory_xact_lock(hashtextextended('home:' || founder::text, 0));
    if not exists (select from users person where person.id = founder and person.deleted_at is null and person.is_active
        and person.email_verified_at is not null) then
        return 'unproven';
    end if;
    if (select count(*) from tenant_memberships member join tenants tenant on tenant.id = member.tenant_id
        where member.user_id = founder and member.role = 'owner' and member.deleted_at is null
            and tenant.status = 'trial' and tenant.deleted_at is null) >= 5 then
        return 'many';
    end if;
    insert into tenants (id, slug, name, brand, logo_url) values (new_tenant, wanted_slug, wanted_name, its_brand, its_logo)
    on conflict (slug) do nothing;
    if not found then
        if is_chosen then
            return 'taken';
        end if;
        -- The end of a random id is as random as its whole.
        insert into tenants (id, slug, name, brand, logo_url)
        values (new_tenant, left(wanted_slug, 50) || '-' || right(new_tenant::text, 8), wanted_name, its_brand, its_logo);
    end if;
    insert into tenant_memberships (tenant_id, id, user_id, role, is_primary, last_active_at)
    values (new_tenant, membership_id, founder, 'owner', not exists (
        select from tenant_memberships other where other.user_id = founder and other.is_primary and other.deleted_at is null), now());
    perform tenantry_give_trial_quotas(new_tenant);
    return 'made';
end $$;

-- Where signing in goes from now on: a tenant in which the person that was entered is an active member. Null where it is none; else
-- the one where it went before, which may be the same.
create function tenantry_set_primary_tenant(wanted uuid) returns table (previous uuid) language plpgsql volatile {DEFINER} as $$
declare
    person uuid := nullif(current_setting('app.user_id', true), '')::uuid;
begin
    perform pg_advisory_xact_lock(hashtextextended('home:' || person::text, 0));
    perform from tenant_memberships member join tenants tenant on tenant.id = member.tenant_id and tenant.deleted_at is null
    where member.user_id = person and member.tenant_id = wanted and member.deleted_at is null and member.status = 'active'
    for no key update of member;
    if not found then
        return;
    end if;
    select member.tenant_id into previous from tenant_memberships member
    where member.user_id = person and member.is_primary and member.deleted_at is null;
    -- One after the other: at no moment are there two.
    update tenant_memberships member set is_primary = false
    where member.user_id = person and member.is_primary and member.tenant_id <> wanted and member.deleted_at is null;
    update tenant_memberships member set is_primary = true
    where member.user_id = person and member.tenant_id = wanted and not member.is_primary;
    return next;
end $$;
";

/// As before, and now a tenant that is joined gives a unit of its quota of members, and one that is made has quotas.
const SIGN_UP: &str = r#"
create or replace function tenantry_sign_up(
    person_id uuid, address text, display_name text, password_hash text, attribution jsonb,
    own_tenant uuid, membership_id uuid, joined_slug text, wanted_slug text, wanted_name text)
returns table (outcome text, user_id uuid, tenant_id uuid) language plpgsql volatile {DEFINER} as $$
declare
    known users%rowtype;
begin
    perform pg_advisory_xact_lock(hashtextextended('address:' || address, 0));
    if joined_slug is not null then
        select tenant.id into tenant_id from tenants tenant
        where tenant.slug = joined_slug and tenant.deleted_at is null and tenant.status in ('trial', 'active')
            and tenant.settings @> '{"selfServiceSignUp": true}';
        if not found then
            outcome := 'closed';
        elsif exists (select from organizations organization
            where organization.tenant_id = tenantry_sign_up.tenant_id and lower(organization.name) = lower(wanted_name)
                and organization.deleted_at is null) then
            outcome := 'taken';
        elsif exists (select from tenant_quotas quota
            where quota.tenant_id = tenantry_sign_up.tenant_id and quota.metric in ('organizations', 'members')
                and quota.usage >= quota.quota_limit) then
            outcome := 'full';
        end if;
        -- Said before anybody is looked for: else it would tell who has an account.
        if outcome is not null then
            return next;
            return;
        end if;
    end if;
    select * into known from users where users.email = address for update;
    if found then
        user_id := known.id;
        if known.email_verified_at is null and known.last_login_at is null and known.clerk_user_id is null
            and known.password_hash is not null and known.deleted_at is null and known.is_active then
            outcome := 'pending';
            update users set password_hash = tenantry_sign_up.password_hash, password_changed_at = now(),
                display_name = tenantry_sign_up.display_name
            where users.id = known.id;
        else
            outcome := 'known';
        end if;
        return next;
        return;
    end if;
    -- Somebody else may have been faster to take the last unit.
    if joined_slug is not null and exists (select from tenantry_take_quota(tenantry_sign_up.tenant_id, 'members')) then
        outcome := 'full';
        return next;
        return;
    end if;
    user_id := person_id;
    outcome := 'made';
    insert into users (id, email, display_name, password_hash, password_changed_at, brand, lead_source, utm_source, utm_medium, utm_campaign)
    values (person_id, address, tenantry_sign_up.display_name, tenantry_sign_up.password_hash, now(), attribution ->> 'brand',
        attribution ->> 'leadSource', attribution ->> 'utmSource', attribution ->> 'utmMedium', attribution ->> 'utmCampaign');
    if joined_slug is null then
        tenant_id := own_tenant;
        insert into tenants (id, slug, name, brand) values (own_tenant, wanted_slug, wanted_name, attribution ->> 'brand')
        on conflict (slug) do nothing;
        if not found then
            -- The end of a random id is as random as its whole.
            insert into tenants (id, slug, name, brand)
            values (own_tenant, left(wanted_slug, 50) || '-' || right(own_tenant::text, 8), wanted_name, attribution ->> 'brand');
        end if;
    end if;
    insert into tenant_memberships (tenant_id, id, user_id, role, is_primary, last_active_at)
    values (tenantry_sign_up.tenant_id, membership_id, person_id, case when joined_slug is null then 'owner' else 'member' end, true, now());
    if joined_slug is null then
        perform tenantry_give_trial_quotas(own_tenant);
    end if;
    return next;
end $$;
"#;
