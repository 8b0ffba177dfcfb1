//! Conditions of which the reference knows the outcome without any JSONLogic, and how they are written in it.

use migration::catalog::BaseRole;
use serde_json::{Value, json};

use super::decision::Facts;

/// A condition of a rule, a grant or an override.
#[derive(Clone, Debug)]
pub enum Condition {
    True,
    False,
    /// Something that is no boolean, however it is read.
    NoBoolean(Unusable),
    /// An attribute that nobody has.
    Missing,
    /// The same, with a value to stand in for it.
    MissingWithDefault,
    EmailOf(uuid::Uuid),
    EmailVerified,
    IsDeveloper,
    MembershipRole(BaseRole),
    MembershipActive,
    Region(&'static str),
    Tier(&'static str),
    ResourceKind(&'static str),
    /// Null is a value, as which organizations without a domain have it.
    NoDomain,
    /// The request comes from this machine, as all of a test do.
    FromHere,
    FromElsewhere,
    /// After a moment long ago.
    LongAfter,
    Not(Box<Condition>),
    Both(Box<Condition>, Box<Condition>),
    Either(Box<Condition>, Box<Condition>),
}

/// What was stored as a condition, past all checks, and is none.
#[derive(Clone, Copy, Debug)]
pub enum Unusable {
    Number,
    Text,
    Null,
    Sum,
    Operator,
}

/// What became of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    True,
    False,
    /// It could not be evaluated, or lacks an attribute.
    Failed,
}

impl Condition {
    /// What it comes to. Where an attribute is lacking anywhere in it, all of it fails.
    pub fn outcome(&self, facts: &Facts<'_>) -> Outcome {
        if self.lacks(facts) {
            return Outcome::Failed;
        }
        if self.holds(facts) { Outcome::True } else { Outcome::False }
    }

    /// Is there something in it that cannot be evaluated?
    fn lacks(&self, facts: &Facts<'_>) -> bool {
        match self {
            Self::NoBoolean(_) | Self::Missing | Self::MissingWithDefault => true,
            Self::True
            | Self::False
            | Self::EmailOf(_)
            | Self::EmailVerified
            | Self::IsDeveloper
            | Self::ResourceKind(_)
            | Self::FromHere
            | Self::FromElsewhere
            | Self::LongAfter => false,
            Self::MembershipRole(_) | Self::MembershipActive => facts.membership().is_none(),
            Self::Region(_) => facts.place().is_none_or(|place| place.region.is_none()),
            Self::Tier(_) | Self::NoDomain => facts.place().is_none(),
            Self::Not(inner) => inner.lacks(facts),
            Self::Both(one, other) | Self::Either(one, other) => one.lacks(facts) || other.lacks(facts),
        }
    }

    fn holds(&self, facts: &Facts<'_>) -> bool {
        match self {
            Self::True | Self::NoDomain | Self::FromHere | Self::LongAfter => true,
            Self::False | Self::FromElsewhere | Self::NoBoolean(_) | Self::Missing | Self::MissingWithDefault => false,
            Self::EmailOf(id) => facts.person().id == *id,
            Self::EmailVerified => facts.person().is_verified,
            Self::IsDeveloper => facts.person().developer.is_some(),
            Self::MembershipRole(role) => facts.membership().is_some_and(|(held, _)| held == *role),
            Self::MembershipActive => facts.membership().is_some_and(|(_, is_active)| is_active),
            Self::Region(region) => facts.place().is_some_and(|place| place.region == Some(region)),
            Self::Tier(tier) => facts.tier() == *tier,
            Self::ResourceKind(kind) => facts.resource().kind == *kind,
            Self::Not(inner) => !inner.holds(facts),
            Self::Both(one, other) => one.holds(facts) && other.holds(facts),
            Self::Either(one, other) => one.holds(facts) || other.holds(facts),
        }
    }

    /// As it is stored.
    pub fn json(&self) -> Value {
        let equal = |path: &str, value: Value| json!({ "==": [{ "var": path }, value] });
        match self {
            Self::True => json!(true),
            Self::False => json!({ "==": [1, 2] }),
            Self::NoBoolean(Unusable::Number) => json!(1),
            Self::NoBoolean(Unusable::Text) => json!("true"),
            Self::NoBoolean(Unusable::Null) => Value::Null,
            Self::NoBoolean(Unusable::Sum) => json!({ "+": [1, 1] }),
            Self::NoBoolean(Unusable::Operator) => json!({ "frobnicate": [true] }),
            // Equal, if what is lacking were null.
            Self::Missing => equal("user.shoeSize", Value::Null),
            Self::MissingWithDefault => json!({ "==": [{ "var": ["user.shoeSize", 43] }, 43] }),
            Self::EmailOf(id) => equal("user.email", json!(email(*id))),
            Self::EmailVerified => equal("user.emailVerified", json!(true)),
            Self::IsDeveloper => equal("user.userType", json!("developer")),
            Self::MembershipRole(role) => json!({ "in": [{ "var": "membership.role" }, [role.key(), "nothing"]] }),
            Self::MembershipActive => equal("membership.status", json!("active")),
            Self::Region(region) => equal("organization.metadata.region", json!(region)),
            Self::Tier(tier) => equal("organization.tier", json!(tier)),
            Self::ResourceKind(kind) => equal("resource.type", json!(kind)),
            Self::NoDomain => equal("organization.domain", Value::Null),
            Self::FromHere => equal("request.ip", json!("127.0.0.1")),
            Self::FromElsewhere => equal("request.ip", json!("192.0.2.1")),
            Self::LongAfter => json!({ ">": [{ "var": "request.unix" }, 1_000_000_000] }),
            Self::Not(inner) => json!({ "!": [inner.json()] }),
            Self::Both(one, other) => json!({ "and": [one.json(), other.json()] }),
            Self::Either(one, other) => json!({ "or": [one.json(), other.json()] }),
        }
    }
}

/// The address of a person.
pub fn email(id: uuid::Uuid) -> String {
    format!("{}@people.example", id.simple())
}
