//! Entering with what an identity provider says, and taking over what it tells.

pub(crate) const ENTER: &str = r"
-- As `tenantry_enter`, for somebody whose token the gateway has verified: the same fields in the same order, of no session. The
-- tenant is the one that the token names, or else the one where the person is at home. Both names come as their bytes in UTF-8.
create function tenantry_enter_identity(subject bytea, organization bytea) returns text[] language plpgsql volatile {DEFINER} as $$
declare
    answer text[];
    is_developer boolean;
    entered_user uuid;
    entered_tenant uuid;
    home uuid;
    ignored text;
begin
    select person.id, person.user_type = 'developer' into entered_user, is_developer
    from users person where person.clerk_user_id = convert_from(subject, 'UTF8') and person.deleted_at is null;
    if entered_user is null then
        ignored := set_config('app.tenant_id', '', true);
        ignored := set_config('app.user_id', '', true);
        return null;
    end if;
    if organization is not null then
        select tenant.id into home from tenants tenant where tenant.clerk_org_id = convert_from(organization, 'UTF8');
    else
        select member.tenant_id into home from tenant_memberships member
        join tenants tenant on tenant.id = member.tenant_id and tenant.deleted_at is null
        where member.user_id = entered_user and member.deleted_at is null
        order by member.status = 'active' desc, member.is_primary desc, member.last_active_at desc nulls last, member.index_id limit 1;
    end if;
    select
        array[
            '00000000-0000-0000-0000-000000000000', 'active', person.id::text, person.user_type,
            (person.is_active and (person.locked_until is null or person.locked_until <= now()))::text,
            tenant.id::text, tenant.status::text,
            case when tenant.id is not null then member.id::text end,
            case when tenant.id is not null then member.role end,
            case when tenant.id is not null then member.status end,
            current_version.version::text, ''],
        tenant.id
    into answer, entered_tenant
    from users person
    left join tenant_memberships member on member.tenant_id = home and member.user_id = person.id and member.deleted_at is null
    left join tenants tenant on tenant.id = home and tenant.deleted_at is null and (member.id is not null or is_developer)
    left join access_versions current_version on current_version.tenant_id = tenant.id
    where person.id = entered_user;
    if is_developer then
        answer[12] := array_to_string(array(
            select distinct permission.key
            from developer_role_assignments assignment
            join developer_role_permissions held on held.developer_role_id = assignment.developer_role_id
            join permissions permission on permission.id = held.permission_id
            where assignment.user_id = entered_user and assignment.revoked_at is null
                and (assignment.expires_at is null or assignment.expires_at > now())
            order by permission.key), ' ');
    end if;
    ignored := set_config('app.tenant_id', coalesce(entered_tenant::text, ''), true);
    ignored := set_config('app.user_id', entered_user::text, true);
    return answer;
end $$;
";

pub(super) const TAKE: &str = r"
-- Takes an event over, and says what came of it: `taken`, `repeated` (it was before), `outdated` (a newer one of the same thing
-- was), `early` (what it speaks of is not known yet: nothing was written), or `ignored`. Events of one thing take turns.
create function tenantry_take_identity_event(event_id text, event_type text, event_created timestamptz, payload jsonb)
returns text language plpgsql volatile {DEFINER} as $$
declare
    data jsonb := payload -> 'data';
    about text := coalesce(payload #>> '{data,id}', '');
    came text;
begin
    if event_type like 'organizationMembership.%' then
        about := concat_ws(' in ', data #>> '{public_user_data,user_id}', data #>> '{organization,id}');
    end if;
    perform pg_advisory_xact_lock(hashtextextended('identity:' || about, 0));
    if exists (select from provider_events before where before.provider = 'identity' and before.event_id = tenantry_take_identity_event.event_id) then
        return 'repeated';
    end if;
    if exists (
        select from provider_events newer
        where newer.provider = 'identity' and newer.subject = about and newer.created > event_created and newer.outcome = 'taken') then
        came := 'outdated';
    else
        came := case
            when event_type in ('user.created', 'user.updated') then tenantry_take_identity_user(data)
            when event_type = 'user.deleted' then tenantry_drop_identity_user(about)
            when event_type in ('organization.created', 'organization.updated') then tenantry_take_identity_organization(data)
            when event_type = 'organization.deleted' then tenantry_drop_identity_organization(about)
            when event_type in ('organizationMembership.created', 'organizationMembership.updated', 'organizationMembership.deleted')
                then tenantry_take_identity_membership(data, event_type = 'organizationMembership.deleted')
            else 'ignored'
        end;
    end if;
    if came = 'early' then
        return came;
    end if;
    insert into provider_events (provider, event_id, type, subject, created, processed_at, outcome, payload)
    values ('identity', tenantry_take_identity_event.event_id, event_type, about, event_created, now(), came, tenantry_take_identity_event.payload);
    return came;
end $$;
";

pub(crate) const TAKE_USER: &str = r"
-- A person whom we know by the address already is the same one where the provider has verified that address. Was it never proven
-- here, then whoever signed up with it may be somebody else: that password is forgotten, and its sessions end.
create function tenantry_take_identity_user(data jsonb) returns text language plpgsql volatile {DEFINER} as $$
declare
    address text;
    is_verified boolean;
    called text;
    person users%rowtype;
begin
    select lower(btrim(entry ->> 'email_address')), coalesce(entry #>> '{verification,status}' = 'verified', false)
    into address, is_verified
    from jsonb_array_elements(case when jsonb_typeof(data -> 'email_addresses') = 'array' then data -> 'email_addresses' else '[]' end)
        with ordinality entries(entry, place)
    order by entry ->> 'id' is not distinct from data ->> 'primary_email_address_id' desc, place limit 1;
    if address is null or address not like '%_@_%' or coalesce(data ->> 'id', '') = '' then
        return 'ignored';
    end if;
    called := coalesce(
        nullif(btrim(concat_ws(' ', data ->> 'first_name', data ->> 'last_name')), ''), nullif(btrim(data ->> 'username'), ''),
        split_part(address, '@', 1));
    perform pg_advisory_xact_lock(hashtextextended('address:' || address, 0));
    select * into person from users where users.clerk_user_id = data ->> 'id' for update;
    if not found then
        select * into person from users where users.email = address for update;
        if not found then
            insert into users (id, email, email_verified_at, display_name, avatar_url, clerk_user_id, is_active)
            values (tenantry_uuid_v7(), address, case when is_verified then now() end, called, data ->> 'image_url', data ->> 'id',
                not coalesce((data ->> 'banned')::boolean, false));
            return 'taken';
        elsif person.clerk_user_id is not null or person.deleted_at is not null or not is_verified then
            return 'ignored';
        end if;
        if person.email_verified_at is null then
            update users set password_hash = null, two_factor_enabled = false where users.id = person.id;
            update sessions set revoked_at = now() where sessions.user_id = person.id and sessions.revoked_at is null;
        end if;
    elsif person.deleted_at is not null then
        return 'ignored';
    end if;
    -- An address that is somebody else's here stays theirs.
    update users set clerk_user_id = data ->> 'id', display_name = called, avatar_url = coalesce(data ->> 'image_url', users.avatar_url),
        is_active = not coalesce((data ->> 'banned')::boolean, false),
        email_verified_at = case
            when is_verified and (users.email = address or not exists (select from users other where other.email = address)) then coalesce(
                case when users.email = address then users.email_verified_at end, now())
            when exists (select from users other where other.email = address) then users.email_verified_at end,
        email = case when exists (select from users other where other.email = address) then users.email else address end
    where users.id = person.id;
    return 'taken';
end $$;

create function tenantry_drop_identity_user(subject text) returns text language plpgsql volatile {DEFINER} as $$
declare
    person uuid;
begin
    update users set deleted_at = now(), deletion_id = gen_random_uuid(), is_active = false
    where users.clerk_user_id = subject and users.deleted_at is null returning users.id into person;
    update sessions set revoked_at = now() where sessions.user_id = person and sessions.revoked_at is null;
    -- Whoever was never here is remembered as gone, so that an older event makes nobody.
    return 'taken';
end $$;
";

pub(crate) const TAKE_ORGANIZATION: &str = r"
create function tenantry_take_identity_organization(data jsonb) returns text language plpgsql volatile {DEFINER} as $$
declare
    wanted text := left(btrim(regexp_replace(lower(coalesce(data ->> 'slug', data ->> 'name', '')), '[^a-z0-9]+', '-', 'g'), '-'), 50);
begin
    if coalesce(data ->> 'id', '') = '' or btrim(coalesce(data ->> 'name', '')) = '' then
        return 'ignored';
    end if;
    update tenants set name = btrim(data ->> 'name'), logo_url = coalesce(data ->> 'image_url', tenants.logo_url)
    where tenants.clerk_org_id = data ->> 'id';
    if found then
        return 'taken';
    end if;
    wanted := coalesce(nullif(btrim(wanted, '-'), ''), 'tenant');
    insert into tenants (id, slug, name, logo_url, clerk_org_id)
    values (tenantry_uuid_v7(), wanted, btrim(data ->> 'name'), data ->> 'image_url', data ->> 'id') on conflict (slug) do nothing;
    if not found then
        insert into tenants (id, slug, name, logo_url, clerk_org_id)
        values (tenantry_uuid_v7(), wanted || '-' || substr(md5(data ->> 'id'), 1, 8), btrim(data ->> 'name'), data ->> 'image_url', data ->> 'id');
    end if;
    return 'taken';
end $$;

create function tenantry_drop_identity_organization(subject text) returns text language plpgsql volatile {DEFINER} as $$
begin
    update tenants set deleted_at = now(), deletion_id = gen_random_uuid(), status = 'churned'
    where tenants.clerk_org_id = subject and tenants.deleted_at is null;
    return 'taken';
end $$;

-- What the provider calls an admin is one; an owner stays what it is.
create function tenantry_take_identity_membership(data jsonb, ends boolean) returns text language plpgsql volatile {DEFINER} as $$
declare
    person uuid;
    in_tenant uuid;
begin
    select users.id into person from users where users.clerk_user_id = data #>> '{public_user_data,user_id}' and users.deleted_at is null;
    select tenants.id into in_tenant from tenants where tenants.clerk_org_id = data #>> '{organization,id}' and tenants.deleted_at is null;
    if ends then
        update tenant_memberships member set deleted_at = now(), deletion_id = gen_random_uuid()
        where member.tenant_id = in_tenant and member.user_id = person and member.deleted_at is null;
        return 'taken';
    end if;
    if person is null or in_tenant is null then
        return 'early';
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
