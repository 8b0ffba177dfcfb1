//! The platform's staff among all people: who may do something in a tenant is asked of its members, and of these those few
//! whose rights no rule of the tenant gives.

use crate::step::Step;

pub(crate) const STEP: Step = Step { name: "m0017_developers_found", up, down };

fn up() -> String {
    "create index users_developers_idx on users (id) where user_type = 'developer';\n".to_owned()
}

fn down() -> String {
    "drop index users_developers_idx;\n".to_owned()
}
