//! Acting as somebody else: a session of a person that one of the platform's staff has begun, with both names in all that it writes.
//!
//! Such a session has a door of its own, because it holds for as long as its developer may have it, too: their account, their own
//! session, and a developer role with `users.impersonate`. Nobody else's requests pay for looking at that.
//! The names of the staff are kept where they are told: no policy shows a tenant who works for the platform.

use crate::{
    convention::{APP_ROLE, DEFINER},
    m0011_catalog::sync,
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0037_impersonation", up, down };

const FUNCTIONS: [&str; 3] = [
    "tenantry_enter_impersonation(bytea)",
    "tenantry_begin_impersonation(uuid, uuid, text, uuid, bytea, timestamptz, uuid, text, text, text)",
    "tenantry_end_impersonation(uuid, uuid)",
];

/// What knows both names.
const TOLD: [&str; 2] = ["audit_logs", "outbox_events"];

fn up() -> String {
    let mut sql = vec![sync(), SESSIONS.to_owned()];
    sql.extend(TOLD.map(|table| {
        format!(
            "alter table {table} add column impersonator_id uuid, add column impersonator_name text,
                 add constraint {table}_impersonator_is_whole check ((impersonator_id is null) = (impersonator_name is null)),
                 add constraint {table}_impersonates_people check (impersonator_id is null or actor_type = 'user');\n"
        )
    }));
    sql.push(
        "create index audit_logs_impersonator_idx on audit_logs (tenant_id, impersonator_id, index_id)
            where impersonator_id is not null;\n"
            .to_owned(),
    );
    sql.extend([MAY, ENTER, BEGIN, END].map(|functions| functions.replace("{DEFINER}", DEFINER)));
    sql.push("revoke execute on function tenantry_may_impersonate(uuid) from public;\n".to_owned());
    sql.extend(FUNCTIONS.map(|function| {
        format!("revoke execute on function {function} from public;\ngrant execute on function {function} to {APP_ROLE};\n")
    }));
    sql.concat()
}

fn down() -> String {
    let mut sql: Vec<String> = FUNCTIONS.map(|function| format!("drop function {function};\n")).into();
    sql.push("drop function tenantry_may_impersonate(uuid);\n".to_owned());
    sql.push("drop index audit_logs_impersonator_idx;\n".to_owned());
    sql.extend(TOLD.map(|table| format!("alter table {table} drop column impersonator_id, drop column impersonator_name;\n")));
    // A session that nobody could tell from its person's own must not stay.
    sql.push(
        "delete from sessions where impersonator_id is not null;
        alter table sessions drop column impersonator_id, drop column impersonator_name, drop column impersonation_reason,
            drop column begun_in_session_id;\n"
            .to_owned(),
    );
    sql.concat()
}

// The developer's own session is no foreign key: it may be in another tenant, and where it is gone the visit holds no longer.
const SESSIONS: &str = r"
alter table sessions
    add column impersonator_id uuid references users (id),
    add column impersonator_name text,
    add column impersonation_reason text constraint sessions_impersonation_reason_is_not_blank check (btrim(impersonation_reason) <> ''),
    add column begun_in_session_id uuid,
    add constraint sessions_impersonation_is_whole check (
        num_nulls(impersonator_id, impersonator_name, impersonation_reason, begun_in_session_id) in (0, 4)),
    add constraint sessions_impersonation_is_short check (impersonator_id is null or expires_at <= created_at + interval '31 minutes'),
    add constraint sessions_impersonation_is_of_another check (impersonator_id <> user_id);
create index sessions_impersonator_id_idx on sessions (impersonator_id);
";

const MAY: &str = r"
-- One of the platform's staff, in good standing, with a role that permits it.
create function tenantry_may_impersonate(developer uuid) returns boolean language sql stable {DEFINER} as $$
    select exists (
        select from users person
        join developer_role_assignments assignment on assignment.user_id = person.id
        join developer_role_permissions held on held.developer_role_id = assignment.developer_role_id
        join permissions permission on permission.id = held.permission_id
        where person.id = developer and person.user_type = 'developer' and person.is_active and person.deleted_at is null
            and (person.locked_until is null or person.locked_until <= now())
            and assignment.revoked_at is null and (assignment.expires_at is null or assignment.expires_at > now())
            and permission.key = 'users.impersonate')
$$;
";

const ENTER: &str = r#"
-- As `tenantry_enter`, with the same fields, and behind them, where it holds, who acts, under which name, why, and until when. It holds
-- for as long as the developer may have it, and the person is no developer.
-- INVARIANT: both settings are always written, so that nothing of an earlier caller is left in them.
create function tenantry_enter_impersonation(token_hash bytea) returns text[] language plpgsql volatile {DEFINER} as $$
declare
    answer text[];
    acting sessions%rowtype;
    holds boolean;
    ignored text;
begin
    select * into acting from sessions session
    where session.token_hash = tenantry_enter_impersonation.token_hash and session.impersonator_id is not null;
    if found then
        answer := tenantry_enter(token_hash);
        holds := answer[2] = 'active' and answer[4] = 'standard' and tenantry_may_impersonate(acting.impersonator_id)
            and exists (select from sessions own where own.id = acting.begun_in_session_id and own.revoked_at is null and own.expires_at > now());
        if holds then
            return answer || array[
                acting.impersonator_id::text, acting.impersonator_name, acting.impersonation_reason,
                to_char(acting.expires_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')];
        end if;
        if answer[2] = 'active' then
            answer[2] := 'revoked';
        end if;
    end if;
    ignored := set_config('app.tenant_id', '', true);
    ignored := set_config('app.user_id', '', true);
    return answer;
end $$;
"#;

const BEGIN: &str = r"
-- Begins one, in the transaction of the developer who was entered, and says what came of it.
create function tenantry_begin_impersonation(
    acted_as uuid, in_tenant uuid, reason text, session_id uuid, token_hash bytea, expires_at timestamptz, own_session uuid,
    ip text, user_agent text, device text)
returns table (outcome text, until timestamptz, impersonator_name text) language plpgsql volatile {DEFINER} as $$
declare
    developer uuid := nullif(current_setting('app.user_id', true), '')::uuid;
    person users%rowtype;
begin
    if developer is null or not tenantry_may_impersonate(developer) then
        outcome := 'forbidden';
        return next;
        return;
    end if;
    select users.* into person from users
    join tenant_memberships member on member.tenant_id = in_tenant and member.user_id = users.id and member.deleted_at is null
    join tenants tenant on tenant.id = in_tenant and tenant.deleted_at is null
    where users.id = acted_as and users.deleted_at is null and users.is_active;
    if not found then
        outcome := 'not_found';
        return next;
        return;
    elsif person.user_type <> 'standard' then
        outcome := 'staff';
        return next;
        return;
    end if;
    select users.display_name into impersonator_name from users where users.id = developer;
    select least(tenantry_begin_impersonation.expires_at, own.expires_at) into until
    from sessions own where own.id = own_session and own.user_id = developer and own.impersonator_id is null and own.revoked_at is null;
    if until is null then
        outcome := 'forbidden';
        return next;
        return;
    end if;
    insert into sessions (id, user_id, tenant_id, token_hash, device, ip, user_agent, expires_at, last_seen_at,
        impersonator_id, impersonator_name, impersonation_reason, begun_in_session_id)
    values (session_id, acted_as, in_tenant, tenantry_begin_impersonation.token_hash, tenantry_begin_impersonation.device,
        tenantry_begin_impersonation.ip, tenantry_begin_impersonation.user_agent, until, now(),
        developer, tenantry_begin_impersonation.impersonator_name, reason, own_session);
    outcome := 'begun';
    return next;
end $$;
";

const END: &str = r"
-- Ends one that holds, and is this developer's.
create function tenantry_end_impersonation(ending uuid, developer uuid) returns table (user_id uuid, tenant_id uuid)
language sql volatile {DEFINER} as $$
    update sessions session set revoked_at = now()
    where session.id = ending and session.impersonator_id = developer and session.revoked_at is null and session.expires_at > now()
    returning session.user_id, session.tenant_id
$$;
";
