//! What a cost program is run with: the variables of a request, or the largest that they may be.

use async_graphql::Value;

use super::{LONGEST_LIST, Operand};

/// The values of variables, as far as costs depend on them.
pub(super) trait Inputs {
    /// Is a condition's variable this?
    fn is(&self, variable: usize, wanted: bool) -> bool;
    /// The size or length that a variable gives; nothing where it is null or absent.
    fn of_variable(&self, variable: usize, path: &str, otherwise: impl Fn() -> u64) -> u64;

    /// The number that an argument gives.
    fn number(&self, operand: Operand, otherwise: impl Fn() -> u64) -> u64 {
        match operand {
            Operand::Absent => otherwise(),
            Operand::Known(number) => number,
            Operand::Variable(variable, path) => self.of_variable(variable, path, otherwise),
        }
    }
}

/// The variables of a request, coerced.
pub(super) struct Known<'a> {
    pub values: Vec<Option<&'a Value>>,
}

impl Inputs for Known<'_> {
    fn is(&self, variable: usize, wanted: bool) -> bool {
        matches!(self.values[variable], Some(Value::Boolean(true))) == wanted
    }

    fn of_variable(&self, variable: usize, path: &str, otherwise: impl Fn() -> u64) -> u64 {
        match path.split_terminator('.').fold(self.values[variable], within) {
            None | Some(Value::Null) => otherwise(),
            // A negative size is refused where it is used, and nothing is loaded.
            Some(Value::Number(number)) => number.as_u64().unwrap_or_default(),
            Some(Value::List(items)) => items.len() as u64,
            Some(_) => 1,
        }
    }
}

fn within<'a>(value: Option<&'a Value>, name: &str) -> Option<&'a Value> {
    match value {
        Some(Value::Object(fields)) => fields.get(name),
        _ => None,
    }
}

/// The largest that variables may be, and whether they may be null.
pub(super) struct Worst {
    pub bounds: Vec<(Option<u64>, bool)>,
}

impl Inputs for Worst {
    fn is(&self, _: usize, _: bool) -> bool {
        true
    }

    fn of_variable(&self, variable: usize, path: &str, otherwise: impl Fn() -> u64) -> u64 {
        let (bound, nullable) = self.bounds[variable];
        let largest = bound.filter(|_| path.is_empty()).unwrap_or(LONGEST_LIST);
        if nullable { largest.max(otherwise()) } else { largest }
    }
}
