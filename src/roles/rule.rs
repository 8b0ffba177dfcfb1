//! Rules as mutations are sent them and types show them: an effect on one permission, perhaps under conditions.

use std::sync::Arc;

use entity::role_permission::Effect;
use migration::catalog::{PERMISSIONS, Permission as Key};
use serde_json::Value;

use crate::access::{Condition, OwnRule};
use crate::graph::{Enumeration, Fields, InputObject, Json, Object, ObjectType};
use crate::roles::permission::Permission;
use crate::user_error::{UserError, UserErrorCode};

/// A rule of a role.
#[derive(Clone, Debug, PartialEq)]
pub struct RoleRule {
    /// Which permission it speaks of.
    pub permission: Key,
    /// What it does.
    pub effect: Effect,
    /// When it applies; absent: always.
    pub conditions: Option<Value>,
}

/// A rule as it is sent.
#[derive(Clone, Debug)]
pub struct RoleRuleInput {
    permission: String,
    effect: Effect,
    conditions: Option<Json>,
}

impl Default for RoleRuleInput {
    fn default() -> Self {
        Self { permission: String::new(), effect: Effect::Allow, conditions: None }
    }
}

impl InputObject for RoleRuleInput {
    const NAME: &'static str = "RoleRuleInput";
    const DESCRIPTION: &'static str = "What a role says about one permission.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("permission", "The key of the permission, such as `members.invite`.", |into: &mut Self, key| {
                into.permission = key;
            })
            .field("effect", "Allow it, or deny it; `ALLOW` where it is left out.", |into, effect: Option<Effect>| {
                into.effect = effect.unwrap_or(Effect::Allow);
            })
            .field("conditions", "When the rule applies, as JSONLogic; always where it is left out.", |into, conditions| {
                into.conditions = conditions;
            })
    }
}

/// Reads rules; what is wrong with them goes to `errors`, each with its path below `field`.
pub fn read_rules(field: &str, sent: &[RoleRuleInput], errors: &mut Vec<Arc<UserError>>) -> Vec<RoleRule> {
    if sent.len() > PERMISSIONS.len() {
        let message = format!("there are only {} permissions, and each can be named once", PERMISSIONS.len());
        errors.push(UserError::at(&[field], UserErrorCode::TooLong, message));
        return Vec::new();
    }
    let mut rules: Vec<RoleRule> = Vec::with_capacity(sent.len());
    for (place, input) in sent.iter().enumerate() {
        let place = place.to_string();
        let permission = match Key::from_key(&input.permission) {
            None => Err("there is no such permission: `permissions` lists all of them"),
            Some(key) if rules.iter().any(|rule| rule.permission == key) => Err("the permission is named twice"),
            Some(key) => Ok(key),
        };
        let conditions = read_conditions(&[field, &place, "conditions"], input.conditions.as_ref(), errors);
        match permission {
            Ok(permission) => rules.push(RoleRule { permission, effect: input.effect, conditions }),
            Err(message) => errors.push(UserError::at(&[field, &place, "permission"], UserErrorCode::Invalid, message)),
        }
    }
    rules
}

/// Reads conditions; a bad one is refused with the path of the offending part.
pub fn read_conditions(field: &[&str], sent: Option<&Json>, errors: &mut Vec<Arc<UserError>>) -> Option<Value> {
    let Json(conditions) = sent?;
    if conditions.is_null() {
        return None;
    }
    if let Err(bad) = Condition::of(conditions) {
        let place = if bad.pointer.is_empty() { "the condition".to_owned() } else { format!("at `{}` the condition", bad.pointer) };
        errors.push(UserError::at(field, UserErrorCode::Invalid, format!("{place} is refused: {}", bad.problem)));
    }
    Some(conditions.clone())
}

impl RoleRule {
    /// A rule as the engine knows it.
    #[must_use]
    pub fn of(rule: &OwnRule) -> Self {
        let stored = rule.conditions.as_deref();
        // What is no JSON is not stored; shown as a text it would still say what is there.
        let conditions = stored.map(|text| serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())));
        Self { permission: rule.permission, effect: rule.effect, conditions }
    }
}

impl Object for RoleRule {
    fn name() -> &'static str {
        "RoleRule"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What a role says about one permission. It goes before what the role's parent says.")
            .inline_one("permission", "Which permission.", |rule: &Self| Permission::of([rule.permission].into_iter().collect()).pop())
            .field("effect", "Does it allow or deny? A denial beats every allowance.", |rule| &rule.effect)
            .computed(
                "conditions",
                "When it applies, as JSONLogic; null: always. Where they cannot be evaluated a denial applies, and an allowance does not.",
                |rule| rule.conditions.clone().map(Json),
            )
    }
}

impl Enumeration for Effect {
    const NAME: &'static str = "RuleEffect";
    const DESCRIPTION: &'static str = "What a rule does.";
    const VALUES: &'static [(Self, &'static str, &'static str)] =
        &[(Self::Allow, "ALLOW", "It allows, unless something denies."), (Self::Deny, "DENY", "It denies, whatever allows.")];
}
