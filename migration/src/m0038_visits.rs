//! The platform's staff enter a tenant that they do not belong to by saying why (`switchTenant`). A token of an identity provider
//! says nothing of the kind, so it enters only where its person belongs.

use crate::{convention::DEFINER, m0028_identity_provider::functions::ENTER, step::Step};

pub(crate) const STEP: Step = Step { name: "m0038_visits", up, down };

/// Who is let into the tenant that a token names.
const ANY_DEVELOPER: &str = "(member.id is not null or is_developer)";

fn entering(who: &str) -> String {
    ENTER
        .replace("{DEFINER}", DEFINER)
        .replace("create function tenantry_enter_identity", "create or replace function tenantry_enter_identity")
        .replace(ANY_DEVELOPER, who)
}

fn up() -> String {
    entering("member.id is not null")
}

fn down() -> String {
    entering(ANY_DEVELOPER)
}
