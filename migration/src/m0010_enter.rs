//! The door: one call turns a session's token into the tenant and the user of this transaction.

use crate::{
    convention::{APP_ROLE, DEFINER},
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0010_enter", up, down };

fn up() -> String {
    format!(
        r"
-- Whoever calls this knows a token, not yet a tenant: it must see more than its caller, and so it runs with
-- its owner's rights. It is one statement with a cached plan (two for a developer), because every request begins with it, and it
-- writes nothing, because most requests are read-only transactions.
-- INVARIANT: both settings are always written, so that nothing of an earlier caller is left in them.
create function tenantry_enter(token_hash bytea) returns table (
    session_id uuid,
    session_state text,
    user_id uuid,
    user_type text,
    user_active boolean,
    tenant_id uuid,
    tenant_status text,
    tenant_membership_id uuid,
    tenant_role text,
    tenant_membership_status text,
    access_version bigint,
    developer_permissions text[]
) language plpgsql volatile rows 1 {DEFINER} as $$
#variable_conflict use_column
declare
    entering boolean;
begin
    select
        found_session.id,
        found_session.state,
        person.id,
        person.user_type,
        person.is_active and person.deleted_at is null
            and (person.locked_until is null or person.locked_until <= now()),
        tenant.id,
        tenant.status::text,
        member.id,
        member.role,
        member.status,
        current_version.version,
        found_session.state = 'active' and person.deleted_at is null
    into
        session_id, session_state, user_id, user_type, user_active, tenant_id, tenant_status,
        tenant_membership_id, tenant_role, tenant_membership_status, access_version, entering
    from (
        select session.id, session.user_id, session.tenant_id,
            case
                when session.revoked_at is not null then 'revoked'
                when session.expires_at <= now() then 'expired'
                else 'active'
            end as state
        from sessions session
        where session.token_hash = tenantry_enter.token_hash
    ) found_session
    join users person on person.id = found_session.user_id
    left join tenant_memberships member
        on member.tenant_id = found_session.tenant_id and member.user_id = person.id
        and member.deleted_at is null
        and found_session.state = 'active' and person.deleted_at is null
    -- A tenant is entered by its living members, and by developers.
    left join tenants tenant
        on tenant.id = found_session.tenant_id and tenant.deleted_at is null
        and found_session.state = 'active' and person.deleted_at is null
        and (member.id is not null or person.user_type = 'developer')
    left join access_versions current_version on current_version.tenant_id = tenant.id;

    if not found then
        perform set_config('app.tenant_id', '', true), set_config('app.user_id', '', true);
        return;
    end if;
    if tenant_id is null then
        tenant_membership_id := null;
        tenant_role := null;
        tenant_membership_status := null;
    end if;
    -- Apart from the statement above, so that the many who are no developers do not pay for it.
    developer_permissions := '{{}}';
    if entering and user_type = 'developer' then
        developer_permissions := array(
            select distinct permission.key
            from developer_role_assignments assignment
            join developer_role_permissions held on held.developer_role_id = assignment.developer_role_id
            join permissions permission on permission.id = held.permission_id
            where assignment.user_id = tenantry_enter.user_id and assignment.revoked_at is null
                and (assignment.expires_at is null or assignment.expires_at > now())
            order by permission.key);
    end if;
    perform
        set_config('app.tenant_id', coalesce(tenant_id::text, ''), true),
        set_config('app.user_id', case when entering then user_id::text else '' end, true);
    return next;
end $$;
revoke execute on function tenantry_enter(bytea) from public;
grant execute on function tenantry_enter(bytea) to {APP_ROLE};
"
    )
}

fn down() -> String {
    "drop function tenantry_enter(bytea);\n".to_owned()
}
