//! The scalar `JSON`: values whose form is not the schema's to say, such as conditions and what an audit entry recorded.

use async_graphql::Value;
use serde_json::Value as JsonValue;

use super::input::{Input, InputError};
use super::leaf::Leaf;
use super::shape::Shape;

/// Any JSON value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Json(pub JsonValue);

impl Leaf for Json {
    fn shape() -> Shape {
        Shape::required("JSON")
    }
    fn write(&self, out: &mut Vec<u8>) {
        // The keys of a map are texts, and writing to a Vec cannot fail.
        let _ = serde_json::to_writer(out, &self.0);
    }
}

impl Input for Json {
    fn shape() -> Shape {
        Shape::required("JSON")
    }
    fn read(value: &Value) -> Result<Self, InputError> {
        let value = value.clone().into_json().map_err(|_| InputError::new("expects a JSON value"))?;
        if holds_nul(&value) {
            return Err(InputError::new("contains the character U+0000, which cannot be stored"));
        }
        Ok(Self(value))
    }
}

/// Does any text in it hold what `jsonb` cannot? How deep a value is nested was bounded when it was parsed.
fn holds_nul(value: &JsonValue) -> bool {
    match value {
        JsonValue::String(text) => text.contains('\0'),
        JsonValue::Array(items) => items.iter().any(holds_nul),
        JsonValue::Object(members) => members.iter().any(|(key, value)| key.contains('\0') || holds_nul(value)),
        JsonValue::Null | JsonValue::Bool(_) | JsonValue::Number(_) => false,
    }
}
