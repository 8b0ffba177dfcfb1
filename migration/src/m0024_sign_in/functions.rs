//! The functions through which the gateway finds people who have not signed in yet.

pub(super) const PASSWORDS: &str = r"
-- Counts an attempt before its password is looked at, so that attempts side by side are no more than those one after the
-- other; success takes the count back. The fifth failure locks for a minute, each further one for twice as long, up to an
-- hour; after a day without any the count begins anew. By address, or by id for a person who is signed in.
create function tenantry_attempt_password(address text, person_id uuid)
returns table (user_id uuid, password_hash text, admitted boolean, two_factor boolean) language plpgsql volatile {DEFINER} as $$
declare
    person users%rowtype;
    counted integer;
begin
    if address is not null then
        select * into person from users where users.email = address and users.deleted_at is null for update;
    else
        select * into person from users where users.id = person_id and users.deleted_at is null for update;
    end if;
    if not found then
        return;
    end if;
    if person.sign_in_locked_until > now() then
        admitted := false;
    else
        counted := case when person.sign_in_locked_until < now() - interval '1 day' then 1 else person.failed_login_attempts + 1 end;
        update users set failed_login_attempts = counted,
            sign_in_locked_until = case when counted >= 5
                then now() + least(interval '1 minute' * power(2, least(counted - 5, 10)), interval '1 hour') end
        where users.id = person.id;
        admitted := person.is_active and person.email_verified_at is not null
            and (person.locked_until is null or person.locked_until <= now());
    end if;
    user_id := person.id;
    password_hash := person.password_hash;
    two_factor := person.two_factor_enabled;
    return next;
end $$;

-- Whoever has proven who it is gets a session, in the tenant where it is at home. False where the account has ended meanwhile.
create function tenantry_begin_session(
    person_id uuid, session_id uuid, token_hash bytea, expires_at timestamptz, ip text, user_agent text, device text)
returns boolean language plpgsql volatile {DEFINER} as $$
begin
    update users set failed_login_attempts = 0, sign_in_locked_until = null, last_login_at = now(), last_active_at = now()
    where id = person_id and is_active and deleted_at is null and (locked_until is null or locked_until <= now());
    if not found then
        return false;
    end if;
    insert into sessions (id, user_id, tenant_id, token_hash, device, ip, user_agent, expires_at, last_seen_at)
    values (session_id, person_id, (
        select member.tenant_id from tenant_memberships member
        join tenants tenant on tenant.id = member.tenant_id and tenant.deleted_at is null
        where member.user_id = person_id and member.deleted_at is null
        order by member.status = 'active' desc, member.is_primary desc, member.last_active_at desc nulls last, member.index_id limit 1),
        tenantry_begin_session.token_hash, device, ip, user_agent, tenantry_begin_session.expires_at, now());
    return true;
end $$;

-- The same password, hashed with the parameters of today.
create function tenantry_rehash_password(person_id uuid, previous text, current_hash text) returns boolean language sql {DEFINER} as $$
    with rehashed as (
        update users set password_hash = current_hash where id = person_id and password_hash = previous returning 1)
    select exists (select from rehashed)
$$;

-- Of the person that was entered, whose password was checked before; false where it has changed meanwhile.
create function tenantry_change_password(previous text, current_hash text) returns boolean language sql {DEFINER} as $$
    with changed as (
        update users set password_hash = current_hash, password_changed_at = now(), failed_login_attempts = 0, sign_in_locked_until = null
        where id = nullif(current_setting('app.user_id', true), '')::uuid and password_hash = previous returning 1)
    select exists (select from changed)
$$;

-- Of the person that was entered, who has a session and has just proven the password once more.
create function tenantry_forget_attempts() returns boolean language sql {DEFINER} as $$
    update users set failed_login_attempts = 0, sign_in_locked_until = null
    where id = nullif(current_setting('app.user_id', true), '')::uuid
    returning true
$$;

create function tenantry_attempt_challenge(token_hash bytea) returns uuid language sql {DEFINER} as $$
    update sign_in_challenges challenge set attempts = challenge.attempts + 1
    where challenge.token_hash = tenantry_attempt_challenge.token_hash and challenge.used_at is null
        and challenge.expires_at > now() and challenge.attempts < 5
    returning challenge.user_id
$$;
";

pub(super) const TOKENS: &str = r"
create function tenantry_issue_token(address text, purpose text, token_id uuid, token_hash bytea, expires_at timestamptz)
returns table (user_id uuid, display_name text) language sql volatile {DEFINER} as $$
    with person as (
        select person.id, person.display_name from users person
        where person.email = address and person.deleted_at is null and person.is_active
            and (tenantry_issue_token.purpose <> 'email_verification' or person.email_verified_at is null)),
    issued as (
        insert into user_tokens (id, user_id, purpose, token_hash, expires_at)
        select token_id, person.id, tenantry_issue_token.purpose, tenantry_issue_token.token_hash, tenantry_issue_token.expires_at
        from person)
    select person.id, person.display_name from person
$$;

create function tenantry_verify_email(token_hash bytea) returns uuid language sql volatile {DEFINER} as $$
    with used as (
        update user_tokens token set used_at = now()
        where token.token_hash = tenantry_verify_email.token_hash and token.purpose = 'email_verification'
            and token.used_at is null and token.expires_at > now()
        returning token.user_id)
    update users set email_verified_at = coalesce(users.email_verified_at, now())
    from used where users.id = used.user_id and users.deleted_at is null
    returning users.id
$$;

-- Whoever reads the mail of an address may choose its password. It proves the address, ends all sessions and all other leave
-- to choose one.
create function tenantry_reset_password(token_hash bytea, current_hash text)
returns table (user_id uuid, email text, display_name text) language plpgsql volatile {DEFINER} as $$
begin
    update user_tokens token set used_at = now()
    where token.token_hash = tenantry_reset_password.token_hash and token.purpose = 'password_reset'
        and token.used_at is null and token.expires_at > now()
    returning token.user_id into user_id;
    if user_id is null then
        return;
    end if;
    update users person set password_hash = current_hash, password_changed_at = now(), failed_login_attempts = 0,
        sign_in_locked_until = null, email_verified_at = coalesce(person.email_verified_at, now())
    where person.id = tenantry_reset_password.user_id and person.deleted_at is null and person.is_active
    returning person.email, person.display_name into email, display_name;
    if not found then
        return;
    end if;
    update user_tokens token set used_at = now()
    where token.user_id = tenantry_reset_password.user_id and token.purpose = 'password_reset' and token.used_at is null;
    update sign_in_challenges challenge set used_at = now()
    where challenge.user_id = tenantry_reset_password.user_id and challenge.used_at is null;
    update sessions session set revoked_at = now()
    where session.user_id = tenantry_reset_password.user_id and session.revoked_at is null;
    return next;
end $$;
";

pub(crate) const SIGN_UP: &str = r#"
-- Makes a person, and its place in a tenant: one of its own, or one that lets people sign up by themselves. An address that
-- signed up before and was never proven is as good as new. Sign-ups of one address take turns.
create function tenantry_sign_up(
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
            where quota.tenant_id = tenantry_sign_up.tenant_id and quota.metric = 'organizations' and quota.usage >= quota.quota_limit) then
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
    return next;
end $$;
"#;

pub(super) const MAIL_AND_EVENTS: &str = r"
-- False where the address has had so many of the kind within an hour: nobody's mailbox is flooded through us.
create function tenantry_queue_email(email_id uuid, recipient text, kind text, sealed bytea, most_per_hour integer)
returns boolean language plpgsql volatile {DEFINER} as $$
begin
    if most_per_hour is not null then
        perform pg_advisory_xact_lock(hashtextextended('mail:' || recipient, 0));
        if (select count(*) from emails before where before.recipient = tenantry_queue_email.recipient
            and before.kind = tenantry_queue_email.kind and before.created_at > now() - interval '1 hour') >= most_per_hour then
            return false;
        end if;
    end if;
    insert into emails (id, recipient, kind, sealed)
    values (email_id, tenantry_queue_email.recipient, tenantry_queue_email.kind, tenantry_queue_email.sealed);
    return true;
end $$;

-- Of nobody nothing is written, by the same statement.
create function tenantry_record_user_event(person_id uuid, type text, ip text, user_agent text, request_id text, metadata jsonb)
returns boolean language sql volatile {DEFINER} as $$
    insert into user_events (user_id, id, type, ip, user_agent, request_id, metadata)
    select person_id, tenantry_uuid_v7(), type, ip, user_agent, request_id, metadata where person_id is not null;
    select person_id is not null
$$;
";

pub(super) const ANCHORS: &str = r"
-- INVARIANT: an organization has its billing anchor from the moment it is made, whoever makes it.
create function tenantry_organization_anchored() returns trigger language plpgsql {DEFINER} as $$
begin
    insert into billing_profiles (tenant_id, id, organization_id) select tenant_id, tenantry_uuid_v7(), id from new_rows;
    return null;
end $$;
create trigger organizations_have_billing_profiles after insert on organizations
    referencing new table as new_rows for each statement execute function tenantry_organization_anchored();
insert into billing_profiles (tenant_id, id, organization_id, stripe_customer_id)
select tenant_id, tenantry_uuid_v7(), id, stripe_customer_id from organizations;
";
