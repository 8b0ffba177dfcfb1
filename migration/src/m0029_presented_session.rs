//! The door of those who were here before, as a view: a query that reads once checks its session within its own statement.

use crate::{convention::APP_ROLE, step::Step};

pub(crate) const STEP: Step = Step { name: "m0029_presented_session", up, down };

fn up() -> String {
    format!(
        r"
-- Shows the one session whose token's hash is presented in `app.token_hash`, where it holds; without it, nothing. A view of the
-- owner of the tables is part of the plan of the statement around it: calling a function costs as much as the rest of a short one.
create view presented_session with (security_barrier) as
select session.tenant_id, session.user_id, current_version.version as access_version
from sessions session
join access_versions current_version on current_version.tenant_id = session.tenant_id
where session.token_hash = (select decode(nullif(current_setting('app.token_hash', true), ''), 'hex'))
    and session.revoked_at is null and session.expires_at > now();
revoke all on presented_session from public;
grant select on presented_session to {APP_ROLE};
"
    )
}

fn down() -> String {
    "drop view presented_session;\n".to_owned()
}
