//! The values of a statement, numbered as they are bound.

use sea_orm::Value;

/// Values behind `$2`, `$3`, …: `$1` is the tenant, in every statement about one.
#[derive(Clone, Debug, Default)]
pub struct Binds(Vec<Value>);

impl Binds {
    /// No values yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// These values, as `$2`, `$3`, …
    #[must_use]
    pub fn of<const N: usize>(values: [Value; N]) -> Self {
        Self(values.into())
    }

    /// Binds a value, and gives its placeholder.
    pub fn bind(&mut self, value: impl Into<Value>) -> String {
        self.0.push(value.into());
        format!("${}", self.0.len() + 1)
    }

    /// All values with the tenant before them.
    pub(crate) fn after(self, tenant: Value) -> Vec<Value> {
        let mut values = Vec::with_capacity(self.0.len() + 1);
        values.push(tenant);
        values.extend(self.0);
        values
    }
}

/// The pattern for `ilike` that finds `text` anywhere.
#[must_use]
pub fn contains(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}
