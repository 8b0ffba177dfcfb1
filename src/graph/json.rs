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

impl Json {
    /// This patch applied to a value, as RFC 7396 says: members of objects one by one, null takes one away, all else replaces.
    #[must_use]
    pub fn merged_into(&self, target: &JsonValue) -> JsonValue {
        merged(target, &self.0)
    }
}

fn merged(target: &JsonValue, patch: &JsonValue) -> JsonValue {
    let JsonValue::Object(patch) = patch else { return patch.clone() };
    let mut members = target.as_object().cloned().unwrap_or_default();
    for (key, value) in patch {
        match value {
            JsonValue::Null => drop(members.remove(key)),
            value => {
                let before = members.get(key).unwrap_or(&JsonValue::Null);
                let after = merged(before, value);
                members.insert(key.clone(), after);
            }
        }
    }
    JsonValue::Object(members)
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patches_are_applied_as_the_examples_of_the_rfc_say() {
        for (target, patch, result) in [
            (json!({ "a": "b" }), json!({ "a": "c" }), json!({ "a": "c" })),
            (json!({ "a": "b" }), json!({ "b": "c" }), json!({ "a": "b", "b": "c" })),
            (json!({ "a": "b" }), json!({ "a": null }), json!({})),
            (json!({ "a": "b", "b": "c" }), json!({ "a": null }), json!({ "b": "c" })),
            (json!({ "a": ["b"] }), json!({ "a": "c" }), json!({ "a": "c" })),
            (json!({ "a": "c" }), json!({ "a": ["b"] }), json!({ "a": ["b"] })),
            (json!({ "a": { "b": "c" } }), json!({ "a": { "b": "d", "c": null } }), json!({ "a": { "b": "d" } })),
            (json!({ "a": [{ "b": "c" }] }), json!({ "a": [1] }), json!({ "a": [1] })),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({ "a": "b" }), json!(["c"]), json!(["c"])),
            (json!({ "a": "foo" }), json!(null), json!(null)),
            (json!({ "e": null }), json!({ "a": 1 }), json!({ "e": null, "a": 1 })),
            (json!([1, 2]), json!({ "a": "b", "c": null }), json!({ "a": "b" })),
            (json!({}), json!({ "a": { "bb": { "ccc": null } } }), json!({ "a": { "bb": {} } })),
        ] {
            assert_eq!(Json(patch.clone()).merged_into(&target), result, "{target} and {patch}");
        }
    }
}
