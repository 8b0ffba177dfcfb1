//! The attributes that a condition needs: where one of them is absent, the condition has failed, whatever it would say.

use serde_json::Value;

/// Attributes that must all be there.
#[derive(Clone, Debug, Default)]
pub(super) struct Attributes(Vec<Attribute>);

/// One attribute.
#[derive(Clone, Debug)]
pub(super) struct Attribute {
    place: Place,
    /// Of each element of the list that it is.
    of_each: Option<Attributes>,
}

#[derive(Clone, Debug)]
enum Place {
    /// Keys of objects, and places in lists.
    Path(Vec<String>),
    /// It stands in the condition itself.
    WrittenOut(Vec<Value>),
}

impl Attributes {
    pub(super) fn one(attribute: Attribute) -> Self {
        Self(vec![attribute])
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Are all of them there?
    pub(super) fn present(&self, data: &Value) -> bool {
        self.0.iter().all(|attribute| attribute.present(data))
    }
}

impl Attribute {
    /// The attribute of a path; the empty one is the whole.
    pub(super) fn of(path: &str) -> Self {
        let steps = if path.is_empty() { Vec::new() } else { path.split('.').map(str::to_owned).collect() };
        Self { place: Place::Path(steps), of_each: None }
    }

    /// A list that stands in the condition.
    pub(super) fn written_out(items: Vec<Value>) -> Self {
        Self { place: Place::WrittenOut(items), of_each: None }
    }

    /// It must be a list, and each element of it must have these.
    pub(super) fn each(self, of_each: Attributes) -> Self {
        Self { of_each: Some(of_each), ..self }
    }

    fn present(&self, data: &Value) -> bool {
        let all = |items: &[Value]| self.of_each.as_ref().is_none_or(|needed| items.iter().all(|item| needed.present(item)));
        match &self.place {
            Place::WrittenOut(items) => all(items),
            Place::Path(steps) => match (steps.iter().try_fold(data, |value, step| below(value, step)), &self.of_each) {
                (Some(Value::Array(items)), Some(_)) => all(items),
                (Some(_), None) => true,
                _ => false,
            },
        }
    }
}

fn below<'a>(value: &'a Value, step: &str) -> Option<&'a Value> {
    match value {
        Value::Object(members) => members.get(step),
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    }
}
