//! What is taken away for good when its time is over: deletions, people, tenants, and old months of the logs.
//!
//! All of it are functions of the owner of the tables, which requests cannot call; each call is one transaction and one step, so
//! that a purge can be stopped anywhere, and goes on where it stopped. What refers to a row that goes, goes with it, found by the
//! foreign keys themselves: a table that is added later is purged without anybody thinking of it.
//!
//! The row of a person stays, because others' rows name it as who invited, granted or changed; what it says of the person does not.

mod functions;

use crate::{convention::DEFINER, step::Step};

pub(crate) const STEP: Step = Step { name: "m0035_purge", up, down };

const FUNCTIONS: [&str; 7] = [
    "tenantry_erase_marked(boolean)",
    "tenantry_purge_deletion(uuid, uuid)",
    "tenantry_purge_user(uuid)",
    "tenantry_purge_tenant(uuid, integer)",
    "tenantry_purge_audit(uuid, timestamptz, integer)",
    "tenantry_purge_user_events(timestamptz, integer)",
    "tenantry_drop_months(text, timestamptz)",
];

fn up() -> String {
    let mut sql = vec!["alter table users add column erased_at timestamptz;\n".to_owned()];
    sql.extend(
        [functions::ERASE, functions::PEOPLE, functions::TENANTS, functions::LOGS].map(|part| part.replace("{DEFINER}", DEFINER)),
    );
    sql.extend(FUNCTIONS.map(|function| format!("revoke execute on function {function} from public;\n")));
    sql.concat()
}

fn down() -> String {
    let functions: String = FUNCTIONS.map(|function| format!("drop function {function};\n")).concat();
    functions + "alter table users drop column erased_at;\n"
}
