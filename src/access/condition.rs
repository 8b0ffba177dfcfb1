//! Conditions of rules: JSONLogic, refused with its place where it is written badly, failing closed where it is evaluated.
//!
//! A condition may speak of `user`, `membership`, `organization`, `resource` and `request`, and use the operators that are
//! listed here: all of them answer in time linear in the condition and its data.

mod attribute;

use std::sync::LazyLock;

use datalogic_rs::bumpalo::Bump;
use datalogic_rs::{DataValue, DivisionByZeroHandling, Engine, EvaluationConfig, Logic};
use serde_json::Value;

use super::explanation::Outcome;
use attribute::{Attribute, Attributes};

/// A condition is no larger, in bytes of JSON.
pub const LARGEST_CONDITION: usize = 16 * 1024;
/// Nor is it nested deeper, counting every list and object.
pub const DEEPEST_CONDITION: usize = 20;

const OPERATORS: [&str; 24] = [
    "and", "or", "!", "!!", "if", "?:", "==", "===", "!=", "!==", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "min", "max",
    "cat", "substr", "in",
];

/// What a condition can speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Subject {
    /// Who asks.
    User = 1,
    /// The membership in the organization, or in the tenant where the tenant is asked about.
    Membership = 2,
    /// The organization.
    Organization = 4,
    /// The thing that it is about.
    Resource = 8,
    /// The request.
    Request = 16,
}

impl Subject {
    const ALL: [Self; 5] = [Self::User, Self::Membership, Self::Organization, Self::Resource, Self::Request];

    /// As conditions name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Membership => "membership",
            Self::Organization => "organization",
            Self::Resource => "resource",
            Self::Request => "request",
        }
    }
}

/// A set of subjects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Subjects(u8);

impl Subjects {
    /// With this one.
    #[must_use]
    pub const fn with(self, subject: Subject) -> Self {
        Self(self.0 | subject as u8)
    }

    /// These, and those.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Is it among them?
    #[must_use]
    pub const fn contains(self, subject: Subject) -> bool {
        self.0 & subject as u8 != 0
    }
}

/// Why a condition is refused, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct BadCondition {
    /// The offending part, as a JSON pointer (RFC 6901); empty: the whole.
    pub pointer: String,
    /// What is wrong with it.
    pub problem: String,
}

/// A condition that was read, checked and compiled.
#[derive(Debug)]
pub struct Condition {
    logic: Logic,
    attributes: Attributes,
    subjects: Subjects,
}

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let config = EvaluationConfig::default().with_division_by_zero(DivisionByZeroHandling::ThrowError);
    Engine::builder().with_config(config).build()
});

impl Condition {
    /// Reads a condition as it is stored.
    pub fn of_text(text: &str) -> Result<Self, BadCondition> {
        if text.len() > 2 * LARGEST_CONDITION {
            return Err(too_large());
        }
        let condition = serde_json::from_str(text)
            .map_err(|_| BadCondition { pointer: String::new(), problem: "it is no JSON, or nested too deep".to_owned() })?;
        Self::of(&condition)
    }

    /// Reads a condition.
    pub fn of(condition: &Value) -> Result<Self, BadCondition> {
        let mut reading = Reading { pointer: Vec::new(), subjects: Subjects::default(), within_element: false };
        reading.deep(condition)?;
        if condition.to_string().len() > LARGEST_CONDITION {
            return Err(too_large());
        }
        if !condition.is_object() && !condition.is_boolean() {
            return Err(reading.bad("a condition is an operation such as `{\"==\": [{\"var\": \"membership.role\"}, \"admin\"]}`"));
        }
        let attributes = reading.expression(condition)?;
        let logic = ENGINE.compile(condition).map_err(|error| reading.bad(&error.to_string()))?;
        Ok(Self { logic, attributes, subjects: reading.subjects })
    }

    /// What it speaks of.
    #[must_use]
    pub fn subjects(&self) -> Subjects {
        self.subjects
    }

    /// Is it met? Only `true` is; whatever cannot be evaluated, lacks an attribute or is no boolean has failed.
    #[must_use]
    pub fn evaluate(&self, data: &Value) -> Outcome {
        if !self.attributes.present(data) {
            return Outcome::Failed;
        }
        let arena = Bump::new();
        match ENGINE.evaluate(&self.logic, data, &arena).map(DataValue::as_bool) {
            Ok(Some(true)) => Outcome::True,
            Ok(Some(false)) => Outcome::False,
            Ok(None) | Err(_) => Outcome::Failed,
        }
    }
}

fn too_large() -> BadCondition {
    BadCondition { pointer: String::new(), problem: format!("it is larger than {} KiB", LARGEST_CONDITION / 1024) }
}

/// A walk over a condition that is not trusted yet.
struct Reading {
    pointer: Vec<String>,
    subjects: Subjects,
    /// Inside the test of `some`, `all` or `none`, where `var` speaks of an element.
    within_element: bool,
}

impl Reading {
    fn bad(&self, problem: &str) -> BadCondition {
        let pointer = self.pointer.iter().flat_map(|step| ["/".to_owned(), step.replace('~', "~0").replace('/', "~1")]).collect();
        BadCondition { pointer, problem: problem.to_owned() }
    }

    /// Does `read` one step further down.
    fn below<T>(&mut self, step: &str, read: impl FnOnce(&mut Self) -> Result<T, BadCondition>) -> Result<T, BadCondition> {
        self.pointer.push(step.to_owned());
        let read = read(self)?;
        self.pointer.pop();
        Ok(read)
    }

    /// Before anything else: the depth, so that the rest may recurse.
    fn deep(&mut self, value: &Value) -> Result<(), BadCondition> {
        if self.pointer.len() > DEEPEST_CONDITION {
            return Err(self.bad(&format!("it is nested deeper than {DEEPEST_CONDITION} levels")));
        }
        match value {
            Value::Array(items) => {
                items.iter().enumerate().try_for_each(|(place, item)| self.below(&place.to_string(), |this| this.deep(item)))
            }
            Value::Object(members) => members.iter().try_for_each(|(key, item)| self.below(key, |this| this.deep(item))),
            _ => Ok(()),
        }
    }

    /// An operation or a value; answers with the attributes that it needs.
    fn expression(&mut self, value: &Value) -> Result<Attributes, BadCondition> {
        match value {
            Value::Object(members) => {
                let mut members = members.iter();
                match (members.next(), members.next()) {
                    (Some((operator, operands)), None) => self.operation(operator, operands),
                    _ => Err(self.bad("an operation is an object with one key: its operator")),
                }
            }
            Value::Array(items) => self.all(items),
            _ => Ok(Attributes::default()),
        }
    }

    fn all(&mut self, items: &[Value]) -> Result<Attributes, BadCondition> {
        let mut attributes = Attributes::default();
        for (place, item) in items.iter().enumerate() {
            attributes.extend(self.below(&place.to_string(), |this| this.expression(item))?);
        }
        Ok(attributes)
    }

    fn operation(&mut self, operator: &str, operands: &Value) -> Result<Attributes, BadCondition> {
        self.below(operator, |this| match operator {
            "var" => this.var(operands),
            "some" | "all" | "none" => this.quantifier(operands),
            _ if OPERATORS.contains(&operator) => this.expression(operands),
            _ => {
                Err(this
                    .bad(&format!("`{}` is no operator that conditions may use", operator.chars().take(64).collect::<String>())))
            }
        })
    }

    /// `{"var": path}` or `{"var": [path, default]}`
    fn var(&mut self, operands: &Value) -> Result<Attributes, BadCondition> {
        let Value::Array(items) = operands else { return self.path(operands).map(Attributes::one) };
        match &items[..] {
            [path] => self.below("0", |this| this.path(path)).map(Attributes::one),
            [path, default] => {
                let path = self.below("0", |this| this.path(path))?;
                let mut attributes = self.below("1", |this| this.expression(default))?;
                attributes.extend(Attributes::one(path));
                Ok(attributes)
            }
            _ => Err(self.bad("`var` takes a path, and perhaps a default")),
        }
    }

    fn path(&mut self, path: &Value) -> Result<Attribute, BadCondition> {
        let path = match path {
            Value::String(path) => path.clone(),
            Value::Number(place) if place.is_u64() => place.to_string(),
            _ => return Err(self.bad("the path of a `var` is a text that is written out: it cannot be computed")),
        };
        let attribute = Attribute::of(&path);
        if !self.within_element {
            let first = path.split('.').next().unwrap_or_default();
            match Subject::ALL.into_iter().find(|subject| subject.name() == first) {
                Some(subject) => self.subjects = self.subjects.with(subject),
                None => return Err(self.bad("a path begins with `user`, `membership`, `organization`, `resource` or `request`")),
            }
        }
        Ok(attribute)
    }

    /// `{"some": [list, test]}`: the test speaks of the elements of the list.
    fn quantifier(&mut self, operands: &Value) -> Result<Attributes, BadCondition> {
        let Value::Array(items) = operands else { return Err(self.bad("it takes a list and a test")) };
        let [list, test] = &items[..] else { return Err(self.bad("it takes a list and a test")) };
        let mut attributes = Attributes::default();
        let list = self.below("0", |this| match list {
            Value::Object(members) => match members.get("var") {
                Some(path) if members.len() == 1 => this.below("var", |this| match path {
                    Value::Array(alone) => match &alone[..] {
                        [path] => this.below("0", |this| this.path(path)),
                        _ => Err(this.bad("a list has no default")),
                    },
                    path => this.path(path),
                }),
                _ => Err(this.bad("the list is a `var`, or written out")),
            },
            Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
                Ok(Attribute::written_out(items.clone()))
            }
            _ => Err(this.bad("the list is a `var`, or written out: texts, numbers and booleans")),
        })?;
        let outer = std::mem::replace(&mut self.within_element, true);
        let of_each = self.below("1", |this| this.expression(test))?;
        self.within_element = outer;
        attributes.extend(Attributes::one(list.each(of_each)));
        Ok(attributes)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn outcome(condition: &Value, data: &Value) -> Outcome {
        Condition::of(condition).unwrap().evaluate(data)
    }

    #[test]
    fn only_true_is_true_and_what_lacks_an_attribute_has_failed() {
        let data = json!({ "user": { "id": "user_1", "displayName": null }, "organization": { "metadata": { "tags": ["a", "b"], "size": 3 } } });
        for (condition, expected) in [
            (json!(true), Outcome::True),
            (json!(false), Outcome::False),
            (json!({ "==": [{ "var": "user.id" }, "user_1"] }), Outcome::True),
            (json!({ "==": [{ "var": "user.id" }, "user_2"] }), Outcome::False),
            (json!({ "var": "user.id" }), Outcome::Failed),
            (json!({ "+": [1, 1] }), Outcome::Failed),
            (json!({ "/": [1, 0] }), Outcome::Failed),
            (json!({ "===": [{ "var": "user.displayName" }, null] }), Outcome::True),
            (json!({ "==": [{ "var": "user.email" }, null] }), Outcome::Failed),
            (json!({ "==": [{ "var": ["user.email", "x"] }, "x"] }), Outcome::Failed),
            // Even where it would not have been looked at.
            (json!({ "or": [true, { "==": [{ "var": "membership.role" }, "admin"] }] }), Outcome::Failed),
            (json!({ "some": [{ "var": "organization.metadata.tags" }, { "==": [{ "var": "" }, "b"] }] }), Outcome::True),
            (json!({ "all": [{ "var": "organization.metadata.tags" }, { "==": [{ "var": "" }, "b"] }] }), Outcome::False),
            (json!({ "none": [{ "var": "organization.metadata.tags" }, { "in": [{ "var": "" }, ["c"]] }] }), Outcome::True),
            (json!({ "none": [{ "var": "organization.metadata.tags" }, { "==": [{ "var": "name" }, "c"] }] }), Outcome::Failed),
            (json!({ "some": [{ "var": "organization.metadata.size" }, { "==": [{ "var": "" }, "b"] }] }), Outcome::Failed),
            (json!({ "some": [[1, 2], { "==": [{ "var": "" }, 2] }] }), Outcome::True),
            (json!({ "==": [{ "var": "organization.metadata.tags.1" }, "b"] }), Outcome::True),
            (json!({ "==": [{ "var": "organization.metadata.tags.2" }, "b"] }), Outcome::Failed),
            (json!({ "<": [2, { "var": "organization.metadata.size" }, 4] }), Outcome::True),
            (json!({ "in": ["er_", { "cat": [{ "var": "user.id" }, "!"] }] }), Outcome::True),
            (json!({ "if": [{ "==": [{ "substr": [{ "var": "user.id" }, 0, 4] }, "user"] }, true, false] }), Outcome::True),
        ] {
            assert_eq!(outcome(&condition, &data), expected, "{condition}");
        }
    }

    #[test]
    fn a_bad_condition_is_refused_with_the_place_of_the_fault() {
        let nested = |levels: usize| (0..levels).fold(json!(true), |inner, _| json!({ "!": inner }));
        for (condition, pointer) in [
            (json!(null), ""),
            (json!("admin"), ""),
            (json!([true]), ""),
            (json!({}), ""),
            (json!({ "==": [1, 1], "and": [] }), ""),
            (json!({ "and": [true, { "missing": ["user.id"] }] }), "/and/1/missing"),
            (json!({ "and": [true, { "map": [[1], true] }] }), "/and/1/map"),
            (json!({ "a/b~": [] }), "/a~1b~0"),
            (json!({ "==": [{ "var": { "cat": ["user", ".id"] } }, 1] }), "/==/0/var"),
            (json!({ "==": [{ "var": [{ "cat": ["user", ".id"] }, 1] }, 1] }), "/==/0/var/0"),
            (json!({ "==": [{ "var": ["user.id", { "now": [] }] }, 1] }), "/==/0/var/1/now"),
            (json!({ "==": [{ "var": "" }, 1] }), "/==/0/var"),
            (json!({ "==": [{ "var": "somebody.id" }, 1] }), "/==/0/var"),
            (json!({ "some": [{ "var": "user" }] }), "/some"),
            (json!({ "some": [{ "if": [true, [1], [2]] }, true] }), "/some/0"),
            (json!({ "in": ["a", "b".repeat(LARGEST_CONDITION)] }), ""),
        ] {
            let refused = Condition::of(&condition).map(|_| ()).unwrap_err();
            assert_eq!(refused.pointer, pointer, "{condition}: {refused}");
        }
        assert!(Condition::of(&nested(DEEPEST_CONDITION)).is_ok());
        assert_eq!(
            Condition::of(&nested(DEEPEST_CONDITION + 1)).map(|_| ()).unwrap_err().pointer.len(),
            2 * (DEEPEST_CONDITION + 1)
        );
        assert!(Condition::of_text(&format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000))).is_err());
        assert!(Condition::of_text(&format!("\"{}\"", "x".repeat(1_000_000))).is_err());
    }

    #[test]
    fn a_condition_says_what_it_speaks_of() {
        let condition =
            json!({ "and": [{ "==": [{ "var": "user.id" }, 1] }, { "some": [{ "var": "resource.tags" }, { "var": "user" }] }] });
        let subjects = Condition::of(&condition).unwrap().subjects();
        assert_eq!(subjects, Subjects::default().with(Subject::User).with(Subject::Resource));
    }
}
