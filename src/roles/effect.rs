//! The enum `Effect`: what a rule, an override or a grant does.

use entity::role_permission::Effect;

use crate::graph::Enumeration;

impl Enumeration for Effect {
    const NAME: &'static str = "Effect";
    const DESCRIPTION: &'static str = "What a rule, an override or a grant does.";
    const VALUES: &'static [(Self, &'static str, &'static str)] =
        &[(Self::Allow, "ALLOW", "It allows, unless something denies."), (Self::Deny, "DENY", "It denies, whatever else allows.")];
}
