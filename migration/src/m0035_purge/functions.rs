//! The functions of a purge.

pub(super) const ERASE: &str = r"
-- Takes away the rows that are marked in the temporary table `marked`, and whatever refers to them, and to that, and so on; says how
-- many rows that was. Unless the living may go, too, it fails where one of them would. All go in one statement: keys between them are
-- looked at when it ends, so nothing depends on an order. Without statistics of the marks a join by hashing would read whole tables.
create function tenantry_erase_marked(living_too boolean) returns bigint language plpgsql {DEFINER}
    set enable_hashjoin = off set enable_mergejoin = off as $$
declare
    reference record;
    place regclass;
    depth integer := 0;
    added bigint;
    newly bigint;
    lives boolean;
    deletions text[] := '{}';
    erased bigint;
begin
    loop
        added := 0;
        for reference in
            select constrained.conrelid::regclass as child, constrained.confrelid::regclass as parent, (
                select string_agg(format('child.%I = parent.%I', own.attname, other.attname), ' and ')
                from unnest(constrained.conkey, constrained.confkey) as pair(child_column, parent_column)
                join pg_attribute own on own.attrelid = constrained.conrelid and own.attnum = pair.child_column
                join pg_attribute other on other.attrelid = constrained.confrelid and other.attnum = pair.parent_column) as matches
            from pg_constraint constrained
            where constrained.contype = 'f' and constrained.conparentid = 0
                and constrained.confrelid in (select mark.place from marked mark where mark.step = depth)
        loop
            execute format(
                'insert into marked (place, row_id, step)
                select child.tableoid, child.ctid, $1 + 1 from marked mark
                join %2$s parent on parent.ctid = mark.row_id join %1$s child on %3$s
                where mark.place = %4$L::oid and mark.step = $1
                on conflict do nothing', reference.child, reference.parent, reference.matches, reference.parent::oid) using depth;
            get diagnostics newly = row_count;
            added := added + newly;
        end loop;
        exit when added = 0;
        depth := depth + 1;
    end loop;
    for place in select distinct mark.place::regclass from marked mark loop
        if not living_too and place::text in ('organizations', 'organization_memberships', 'tenant_memberships', 'teams', 'roles',
            'products', 'subscriptions') then
            execute format('select exists (select from marked mark join %s thing on thing.ctid = mark.row_id
                where mark.place = %L::oid and thing.deleted_at is null)', place, place::oid) into lives;
            if lives then
                raise exception 'something of % that lives would go with it', place using errcode = 'restrict_violation';
            end if;
        end if;
        deletions := deletions || format('d%s as (delete from %s thing where thing.ctid = any (array(
            select mark.row_id from marked mark where mark.place = %L::oid)))', cardinality(deletions), place, place::oid);
    end loop;
    select count(*) into erased from marked;
    if erased > 0 then
        execute 'with ' || array_to_string(deletions, ', ') || ' select';
    end if;
    return erased;
end $$;

-- Takes away for good what a deletion took, and its place in the list; says how many rows that was.
create function tenantry_purge_deletion(in_tenant uuid, deletion uuid) returns bigint language plpgsql {DEFINER} as $$
declare
    place regclass;
    erased bigint;
begin
    perform pg_advisory_xact_lock(hashtextextended('access:' || in_tenant, 0));
    create temporary table if not exists marked (place oid, row_id tid, step integer not null, primary key (place, row_id)) on commit drop;
    truncate marked;
    for place in
        select relation.oid::regclass from pg_class relation
        join pg_attribute tenant on tenant.attrelid = relation.oid and tenant.attname = 'tenant_id' and not tenant.attisdropped
        join pg_attribute stamp on stamp.attrelid = relation.oid and stamp.attname = 'deletion_id' and not stamp.attisdropped
        where relation.relnamespace = 'public'::regnamespace and relation.relkind = 'r'
    loop
        execute format('insert into marked (place, row_id, step)
            select thing.tableoid, thing.ctid, 0 from %s thing where thing.tenant_id = $1 and thing.deletion_id = $2', place)
        using in_tenant, deletion;
    end loop;
    insert into marked (place, row_id, step)
    select listed.tableoid, listed.ctid, 0 from deletions listed where listed.tenant_id = in_tenant and listed.id = deletion
    on conflict do nothing;
    erased := tenantry_erase_marked(false);
    return erased;
end $$;
";

pub(super) const PEOPLE: &str = r"
-- Forgets who a deleted person was: the address, names and pictures, how they signed in and from where, also where others' rows
-- repeat it. Ids stay, so that the logs still say that it was the same one. False where the person was forgotten, or lives.
create function tenantry_purge_user(person uuid) returns boolean language plpgsql {DEFINER} as $$
declare
    gone users%rowtype;
    nobody text := 'erased+' || person || '@erased.invalid';
    home uuid;
begin
    select * into gone from users where users.id = person and users.deleted_at is not null and users.erased_at is null for update;
    if not found then
        return false;
    end if;
    -- What a change says of an invitation names the address.
    foreach home in array gone.tenant_ids loop
        delete from outbox_events event where event.tenant_id = home and event.resource_id in (
            select invitation.id from invitations invitation where invitation.tenant_id = home and invitation.email = gone.email
            union all select person);
        update audit_logs entry set
            changes = replace(entry.changes::text, to_json(gone.email)::text, to_json(nobody)::text)::jsonb
        where entry.tenant_id = home and entry.resource_id in (
            select invitation.id from invitations invitation where invitation.tenant_id = home and invitation.email = gone.email
            union all select person);
        update audit_logs entry set ip_address = null, user_agent = null
        where entry.tenant_id = home and entry.actor_id = person and (entry.ip_address is not null or entry.user_agent is not null);
        update invitations invitation set email = 'erased+' || invitation.id || '@erased.invalid'
        where invitation.tenant_id = home and invitation.email = gone.email
            and (invitation.accepted_by_user_id = person or invitation.expires_at < now());
        delete from idempotency_keys key where key.tenant_id = home and key.user_id = person;
    end loop;
    delete from sessions session where session.user_id = person;
    delete from user_tokens token where token.user_id = person;
    delete from sign_in_challenges challenge where challenge.user_id = person;
    delete from recovery_codes code where code.user_id = person;
    delete from second_factors factor where factor.user_id = person;
    delete from user_events event where event.user_id = person;
    delete from emails mail where mail.recipient = gone.email
        and not exists (select from users other where other.email = gone.email and other.deleted_at is null);
    update provider_events event set payload = '{}'
    where event.provider = 'identity' and event.subject = gone.clerk_user_id;
    update users set email = nobody, email_verified_at = null, display_name = 'Erased person', avatar_url = null, phone = null,
        clerk_user_id = null, password_hash = null, password_changed_at = null, two_factor_enabled = false, last_login_at = null,
        last_active_at = null, is_active = false, brand = null, lead_source = null, utm_source = null, utm_medium = null,
        utm_campaign = null, preferences = '{}', erased_at = now()
    where users.id = person;
    return true;
end $$;
";

pub(super) const TENANTS: &str = r"
-- Takes some rows of a tenant away that is gone for good, and when there are none left, the tenant; says how many rows it took: call it
-- until it takes none. Whoever is signed in there is nowhere then.
create function tenantry_purge_tenant(gone uuid, at_most integer default 1000) returns bigint language plpgsql {DEFINER} as $$
declare
    place regclass;
begin
    perform pg_advisory_xact_lock(hashtextextended('access:' || gone, 0));
    if not exists (select from tenants where tenants.id = gone and (tenants.deleted_at is not null or tenants.status = 'churned')) then
        return 0;
    end if;
    create temporary table if not exists marked (place oid, row_id tid, step integer not null, primary key (place, row_id)) on commit drop;
    for place in
        select relation.oid::regclass from pg_class relation
        join pg_attribute tenant on tenant.attrelid = relation.oid and tenant.attname = 'tenant_id' and tenant.attnotnull
        where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'p') and not relation.relispartition
            -- The counter of changes goes last, because all other changes count.
            and relation.relname not in ('access_versions', 'outbox_events')
        order by relation.relname
    loop
        truncate marked;
        execute format('insert into marked (place, row_id, step)
            select thing.tableoid, thing.ctid, 0 from %s thing where thing.tenant_id = $1 limit $2', place) using gone, at_most;
        if exists (select from marked) then
            return tenantry_erase_marked(true);
        end if;
    end loop;
    update sessions set tenant_id = null where sessions.tenant_id = gone;
    delete from outbox_events event where event.tenant_id = gone;
    delete from access_versions counted where counted.tenant_id = gone;
    delete from tenants where tenants.id = gone;
    return 1;
end $$;
";

pub(super) const LOGS: &str = r"
-- Takes some of the oldest entries of a tenant's audit log away that are older than this; says how many.
create function tenantry_purge_audit(in_tenant uuid, before timestamptz, at_most integer default 10000) returns bigint
language sql {DEFINER} as $$
    with taken as (
        delete from audit_logs entry where entry.tenant_id = in_tenant and entry.created_at < before and entry.id in (
            select old.id from audit_logs old where old.tenant_id = in_tenant and old.created_at < before
            order by old.index_id limit at_most)
        returning 1)
    select count(*) from taken
$$;

create function tenantry_purge_user_events(before timestamptz, at_most integer default 10000) returns bigint
language sql {DEFINER} as $$
    with taken as (
        delete from user_events event where event.created_at < before and (event.user_id, event.id) in (
            select old.user_id, old.id from user_events old where old.created_at < before limit at_most)
        returning 1)
    select count(*) from taken
$$;

-- Drops the months of a log that ended before this; says how many. Whoever writes is held up for a moment only, and where that moment
-- does not come within two seconds, this fails, and is tried another time.
create function tenantry_drop_months(log text, before timestamptz) returns integer language plpgsql {DEFINER}
    set lock_timeout = '2s' as $$
declare
    month record;
    dropped integer := 0;
begin
    if log not in ('audit_logs', 'user_events') then
        raise exception 'no log is called %', log;
    end if;
    perform pg_advisory_xact_lock(hashtextextended(log, 0));
    for month in
        select partition.oid::regclass as name, (to_date(right(partition.relname, 7), 'YYYY_MM') + interval '1 month') at time zone 'utc' as ended
        from pg_inherits joined
        join pg_class partition on partition.oid = joined.inhrelid
        where joined.inhparent = ('public.' || log)::regclass and partition.relname ~ '_[0-9]{4}_[0-9]{2}$'
        order by partition.relname
    loop
        exit when month.ended > before;
        execute format('drop table %s', month.name);
        dropped := dropped + 1;
    end loop;
    return dropped;
end $$;
";
