//! An answer as it came.

use async_graphql::Value;
use serde_json::Value as Json;

/// An answer: objects keep the order of their keys.
pub struct Answer {
    pub data: Value,
    pub errors: Vec<Json>,
    pub omitted: u64,
}

impl Answer {
    /// Reads a body.
    pub fn of(body: &[u8]) -> Self {
        let Ok(Value::Object(mut members)) = serde_json::from_slice(body) else {
            panic!("no JSON: {}", String::from_utf8_lossy(body))
        };
        let errors = members.get("errors").cloned().map(|errors| errors.into_json().unwrap());
        let extensions = members.get("extensions").cloned().map(|extensions| extensions.into_json().unwrap()).unwrap_or_default();
        Self {
            data: members.swap_remove("data").expect("an answer has data"),
            errors: errors.as_ref().and_then(Json::as_array).cloned().unwrap_or_default(),
            omitted: extensions["errorsOmitted"].as_u64().unwrap_or_default(),
        }
    }

    /// The codes of the errors, sorted.
    pub fn codes(&self) -> Vec<&str> {
        let mut codes: Vec<&str> = self.errors.iter().map(code).collect();
        codes.sort_unstable();
        codes
    }
}

/// The code of an error, which every one has.
pub fn code(error: &Json) -> &str {
    error["extensions"]["code"].as_str().expect("every error has a code")
}
