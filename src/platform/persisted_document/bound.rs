//! Bounds on the variables of a document: `first <= 50`.
//!
//! What is bounded is the size of a value: a number itself, how many entries a list has, how many characters a text. A number must
//! be there to lie within its bounds, because the server has numbers of its own for what is left out; a default of the document
//! counts, and was checked when it was published.

use async_graphql::parser::types::{BaseType, OperationDefinition, Type, VariableDefinition};
use async_graphql::{Name, Value, indexmap::IndexMap};
use serde::{Deserialize, Serialize};

/// Between what a variable must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bound {
    /// Its name, without the dollar.
    pub variable: String,
    /// At least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<i32>,
    /// At most this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<i32>,
}

/// What the type of a variable says of its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    List,
    Text,
}

impl Kind {
    fn of(definition: &VariableDefinition) -> Option<Self> {
        let Type { base, .. } = &definition.var_type.node;
        match base {
            BaseType::List(_) => Some(Self::List),
            BaseType::Named(name) => match name.as_str() {
                "Int" | "Float" | "BigInt" => Some(Self::Number),
                "String" | "ID" => Some(Self::Text),
                _ => None,
            },
        }
    }

    /// The size of a value; nothing where it has none of this kind, or is not there.
    fn size(self, value: Option<&Value>) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "bounds have 32 bits: what is longer lies beyond them all the same")]
        let counted = |count: usize| count as f64;
        match (self, value) {
            (Self::Number, Some(Value::Number(number))) => number.as_f64(),
            // 64-bit numbers come as texts.
            (Self::Number, Some(Value::String(text))) => text.parse().ok(),
            (Self::Number, _) => None,
            (_, None | Some(Value::Null)) => Some(0.0),
            (Self::List, Some(Value::List(entries))) => Some(counted(entries.len())),
            // A single value stands for a list of one.
            (Self::List, Some(_)) => Some(1.0),
            (Self::Text, Some(Value::String(text))) => Some(counted(text.chars().count())),
            // Numbers are ids, too, as the specification has it.
            (Self::Text, Some(Value::Number(number))) => Some(counted(number.to_string().len())),
            (Self::Text, Some(_)) => None,
        }
    }
}

impl Bound {
    fn holds(&self, size: f64) -> bool {
        self.minimum.is_none_or(|minimum| size >= f64::from(minimum))
            && self.maximum.is_none_or(|maximum| size <= f64::from(maximum))
    }

    /// Why this bound cannot be set on an operation that has the variable; `None` where it can.
    pub fn complaint(&self, operation: &OperationDefinition) -> Option<String> {
        let variable = &self.variable;
        let definition = self.definition(operation)?;
        if self.minimum.is_none() && self.maximum.is_none() {
            return Some(format!("the bound on `${variable}` has neither a minimum nor a maximum"));
        }
        let Some(kind) = Kind::of(definition) else {
            return Some(format!("`${variable}` has no size: bounds are set on numbers, texts and lists"));
        };
        let default = &definition.default_value.as_ref()?.node;
        let within = kind.size(Some(default)).is_some_and(|size| self.holds(size));
        (!within).then(|| format!("the default of `${variable}` lies beyond its bound"))
    }

    /// Does the operation have the variable?
    pub fn definition<'a>(&self, operation: &'a OperationDefinition) -> Option<&'a VariableDefinition> {
        operation
            .variable_definitions
            .iter()
            .map(|definition| &definition.node)
            .find(|definition| definition.name.node == self.variable)
    }

    /// What is wrong with the variables of a request; `None` where they lie within this bound.
    pub fn violation(&self, operation: &OperationDefinition, variables: &IndexMap<Name, Value>) -> Option<String> {
        let definition = self.definition(operation)?;
        let value = variables.get(self.variable.as_str());
        if value.is_none() && definition.default_value.is_some() {
            return None;
        }
        let kind = Kind::of(definition)?;
        let within = kind.size(value).is_some_and(|size| self.holds(size));
        (!within).then(|| self.said(kind))
    }

    fn said(&self, kind: Kind) -> String {
        let what = match kind {
            Kind::Number => "must be",
            Kind::List => "must have a number of entries of",
            Kind::Text => "must have a number of characters of",
        };
        let range = match (self.minimum, self.maximum) {
            (Some(minimum), Some(maximum)) => format!("between {minimum} and {maximum}"),
            (Some(minimum), None) => format!("at least {minimum}"),
            (None, Some(maximum)) => format!("at most {maximum}"),
            (None, None) => "anything".to_owned(),
        };
        format!("`${}` {what} {range}, as this document was registered", self.variable)
    }
}
