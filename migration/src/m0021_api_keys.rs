//! API keys: how programs get in, and with how much of their maker's rights.
//!
//! Beyond the design: `client`, because registered documents are published for a partner by name, and `organization_id`, because a
//! key may work in one organization only. The hash is looked up before any tenant is known, as that of a session is, so its index
//! begins with itself; it is no constraint, since nobody makes 256 random bits twice.
//!
//! A key enters as no user: `app.user_id` stays empty, so what Postgres shows to a person by itself (its sessions, the other tenants
//! it lives in) it shows to no key, whatever the gateway asks for.

use crate::{
    convention::{APP_ROLE, DEFINER, TENANT},
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0021_api_keys", up, down };

fn up() -> String {
    [table(), enter(), enter_known()].concat()
}

fn down() -> String {
    "drop function tenantry_enter_api_key(bytea, uuid, bigint);
     drop function tenantry_enter_api_key(bytea);
     drop table api_keys;
     drop function tenantry_api_key_changed();\n"
        .to_owned()
}

fn table() -> String {
    format!(
        r"
create table api_keys (
    tenant_id uuid not null references tenants (id),
    id uuid not null,
    index_id bigint generated always as identity,
    name text not null constraint api_keys_name_is_not_blank check (btrim(name) <> ''),
    client text not null constraint api_keys_client_is_well_formed check (client ~ '^[a-z0-9]([a-z0-9_-]{{0,61}}[a-z0-9])?$'),
    prefix text not null,
    key_hash bytea not null constraint api_keys_hash_is_sha256 check (octet_length(key_hash) = 32),
    scopes text[] not null constraint api_keys_has_scopes check (cardinality(scopes) > 0),
    organization_id uuid,
    rate_limit integer constraint api_keys_rate_limit_is_positive check (rate_limit > 0),
    documents_only boolean not null default true,
    created_by uuid not null,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    replaced_by_id uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    deletion_id uuid,
    primary key (tenant_id, id),
    constraint api_keys_hash_key unique (tenant_id, key_hash),
    constraint api_keys_organization_fkey foreign key (tenant_id, organization_id) references organizations (tenant_id, id),
    constraint api_keys_created_by_fkey foreign key (tenant_id, created_by) references tenant_memberships (tenant_id, user_id),
    constraint api_keys_replaced_by_fkey foreign key (tenant_id, replaced_by_id) references api_keys (tenant_id, id)
);
create index api_keys_list_idx on api_keys (tenant_id, index_id) where deleted_at is null;
create index api_keys_hash_idx on api_keys (key_hash);
create index api_keys_organization_idx on api_keys (tenant_id, organization_id, index_id);
create index api_keys_created_by_idx on api_keys (tenant_id, created_by);
create index api_keys_replaced_by_idx on api_keys (tenant_id, replaced_by_id);

-- That a key was used changes nothing about it.
create trigger api_keys_touch before update of name, client, scopes, organization_id, rate_limit, documents_only, expires_at,
    revoked_at, replaced_by_id, deleted_at on api_keys for each row execute function tenantry_touch_updated_at();

-- The gateway keeps what it knows of a key for as long as the access version is the same. By row, because keys change one at a
-- time; a new key alters nothing that anybody knows.
create function tenantry_api_key_changed() returns trigger language plpgsql {DEFINER} as $$
begin
    perform tenantry_bump_access(array[old.tenant_id]);
    return null;
end $$;
create trigger api_keys_update_bumps_access after update of key_hash, name, client, scopes, organization_id, rate_limit,
    documents_only, created_by, expires_at, revoked_at, deleted_at on api_keys for each row
    when ((old.key_hash, old.name, old.client, old.scopes, old.organization_id, old.rate_limit, old.documents_only, old.created_by,
            old.expires_at, old.revoked_at, old.deleted_at)
        is distinct from (new.key_hash, new.name, new.client, new.scopes, new.organization_id, new.rate_limit, new.documents_only,
            new.created_by, new.expires_at, new.revoked_at, new.deleted_at))
    execute function tenantry_api_key_changed();
create trigger api_keys_delete_bumps_access after delete on api_keys for each row execute function tenantry_api_key_changed();

alter table api_keys enable row level security, force row level security;
create policy api_keys_owner on api_keys to current_user using (true) with check (true);
create policy api_keys_app on api_keys to {APP_ROLE} using (tenant_id = {TENANT}) with check (tenant_id = {TENANT});
-- The secret is fixed when the key is made.
grant select, insert, update (name, client, scopes, rate_limit, documents_only, expires_at, revoked_at, replaced_by_id, deleted_at,
    deletion_id) on api_keys to {APP_ROLE};
"
    )
}

fn enter() -> String {
    format!(
        r"
-- The door for programs: as `tenantry_enter`, by the hash of an API key. It answers with the same fields, the maker of the key in
-- the user's place, and behind them with what the key is. Of a maker who works for the platform the key has nothing but the
-- membership: the staff's rights are lent to nobody. A key whose maker is gone, shut out or suspended does not hold.
-- INVARIANT: both settings are always written, so that nothing of an earlier caller is left in them.
create function tenantry_enter_api_key(key_hash bytea) returns text[] language plpgsql volatile {DEFINER} as $$
declare
    answer text[];
    entered_tenant uuid;
    ignored text;
begin
    select
        array[
            key.id::text,
            found.state,
            person.id::text,
            'standard',
            (person.is_active and (person.locked_until is null or person.locked_until <= now()))::text,
            found.tenant_id::text,
            tenant.status::text,
            member.id::text,
            member.role,
            member.status,
            current_version.version::text,
            '',
            key.name,
            key.client,
            array_to_string(key.scopes, ' '),
            key.documents_only::text,
            key.rate_limit::text,
            key.organization_id::text
        ],
        found.tenant_id
    into answer, entered_tenant
    from api_keys key
    join tenants tenant on tenant.id = key.tenant_id and tenant.deleted_at is null
    join users person on person.id = key.created_by
    left join tenant_memberships member
        on member.tenant_id = key.tenant_id and member.user_id = key.created_by and member.deleted_at is null
    left join access_versions current_version on current_version.tenant_id = key.tenant_id
    cross join lateral (
        select
            case
                when key.revoked_at is not null then 'revoked'
                when key.expires_at <= now() then 'expired'
                when not person.is_active or person.deleted_at is not null or member.status is distinct from 'active' then 'orphaned'
                else 'active'
            end
    ) judged (state)
    cross join lateral (select judged.state, case when judged.state = 'active' then key.tenant_id end) found (state, tenant_id)
    where key.key_hash = tenantry_enter_api_key.key_hash and key.deleted_at is null;

    ignored := set_config('app.tenant_id', coalesce(entered_tenant::text, ''), true);
    ignored := set_config('app.user_id', '', true);
    return answer;
end $$;
revoke execute on function tenantry_enter_api_key(bytea) from public;
grant execute on function tenantry_enter_api_key(bytea) to {APP_ROLE};
"
    )
}

fn enter_known() -> String {
    format!(
        r"
-- Two rows are read: the key, which must hold, and the version. All else bumps the version when it changes.
create function tenantry_enter_api_key(key_hash bytea, known_tenant uuid, known_version bigint) returns text[]
language plpgsql volatile {DEFINER} as $$
declare
    is_known boolean;
    ignored text;
begin
    select true into is_known
    from api_keys key
    join access_versions current_version on current_version.tenant_id = key.tenant_id
    where key.key_hash = tenantry_enter_api_key.key_hash and key.tenant_id = known_tenant and key.deleted_at is null
        and key.revoked_at is null and (key.expires_at is null or key.expires_at > now())
        and current_version.version = known_version;
    if is_known is null then
        return tenantry_enter_api_key(key_hash);
    end if;
    ignored := set_config('app.tenant_id', known_tenant::text, true);
    ignored := set_config('app.user_id', '', true);
    return '{{}}';
end $$;
revoke execute on function tenantry_enter_api_key(bytea, uuid, bigint) from public;
grant execute on function tenantry_enter_api_key(bytea, uuid, bigint) to {APP_ROLE};
"
    )
}
