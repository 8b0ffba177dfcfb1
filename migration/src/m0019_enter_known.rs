//! The door again, for callers who came before: what the gateway knows of them holds for as long as the access version does.

use crate::{
    convention::{APP_ROLE, DEFINER},
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0019_enter_known", up, down };

fn up() -> String {
    format!(
        r"
-- Two rows are read instead of five: the session, which must hold, and the version. User, membership and tenant are what they
-- were, because whatever changes them bumps the version. An empty array says so; in any other case the door is asked in full.
create function tenantry_enter(token_hash bytea, known_tenant uuid, known_version bigint) returns text[]
language plpgsql volatile {DEFINER} as $$
declare
    entered_user text;
    ignored text;
begin
    select session.user_id into entered_user
    from sessions session
    join access_versions current_version on current_version.tenant_id = session.tenant_id
    where session.token_hash = tenantry_enter.token_hash and session.tenant_id = known_tenant
        and session.revoked_at is null and session.expires_at > now() and current_version.version = known_version;
    if entered_user is null then
        return tenantry_enter(token_hash);
    end if;
    ignored := set_config('app.tenant_id', known_tenant::text, true);
    ignored := set_config('app.user_id', entered_user, true);
    return '{{}}';
end $$;
revoke execute on function tenantry_enter(bytea, uuid, bigint) from public;
grant execute on function tenantry_enter(bytea, uuid, bigint) to {APP_ROLE};
"
    )
}

fn down() -> String {
    "drop function tenantry_enter(bytea, uuid, bigint);\n".to_owned()
}
