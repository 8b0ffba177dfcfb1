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
-- It answers with an array of texts, in the order in which the statement names them: a function that returns rows
-- costs twice as much. Null where the token is unknown.
create function tenantry_enter(token_hash bytea) returns text[] language plpgsql volatile {DEFINER} as $$
declare
    answer text[];
    entering boolean;
    is_developer boolean;
    entered_user uuid;
    entered_tenant uuid;
    ignored text;
begin
    select
        array[
            found_session.id::text,
            found_session.state,
            person.id::text,
            person.user_type,
            (person.is_active and person.deleted_at is null
                and (person.locked_until is null or person.locked_until <= now()))::text,
            tenant.id::text,
            tenant.status::text,
            case when tenant.id is not null then member.id::text end,
            case when tenant.id is not null then member.role end,
            case when tenant.id is not null then member.status end,
            current_version.version::text,
            ''
        ],
        found_session.state = 'active' and person.deleted_at is null,
        person.user_type = 'developer',
        person.id,
        tenant.id
    into answer, entering, is_developer, entered_user, entered_tenant
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

    -- Apart from the statement above, so that the many who are no developers do not pay for it.
    if entering and is_developer then
        answer[12] := array_to_string(array(
            select distinct permission.key
            from developer_role_assignments assignment
            join developer_role_permissions held on held.developer_role_id = assignment.developer_role_id
            join permissions permission on permission.id = held.permission_id
            where assignment.user_id = entered_user and assignment.revoked_at is null
                and (assignment.expires_at is null or assignment.expires_at > now())
            order by permission.key), ' ');
    end if;
    -- Assignments of plain expressions, because `perform` would run a statement of its own.
    ignored := set_config('app.tenant_id', coalesce(entered_tenant::text, ''), true);
    ignored := set_config('app.user_id', case when entering then entered_user::text else '' end, true);
    return answer;
end $$;
revoke execute on function tenantry_enter(bytea) from public;
grant execute on function tenantry_enter(bytea) to {APP_ROLE};
"
    )
}

fn down() -> String {
    "drop function tenantry_enter(bytea);\n".to_owned()
}
