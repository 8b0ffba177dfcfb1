//! What may be said in a conversation: how long a message is, and how much programs keep with it.

use std::sync::Arc;

use entity::message::MessageRole;
use serde_json::{Value, json};

use crate::graph::{Fields, Json};
use crate::user_error::{UserError, UserErrorCode};

const LONGEST_CONTENT: usize = 32_000;
const LONGEST_TITLE: usize = 200;
const LARGEST_OBJECT: usize = 16 * 1024;

/// What is said: who says it, and what programs keep with it.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    role: Option<MessageRole>,
    pub content: String,
    metadata: Option<Json>,
}

impl Said {
    /// The fields of an input.
    pub fn fields() -> Fields<Self> {
        Fields::default()
            .field("content", "What is said: 1 to 32 000 characters.", |into: &mut Self, content| into.content = content)
            .field(
                "role",
                "Who says it; you, where it is left out. What an assistant says is posted in your name by whatever asked it.",
                |into, role| into.role = role,
            )
            .field("metadata", "What programs keep with it: an object of at most 16 KiB.", |into, metadata| {
                into.metadata = metadata;
            })
    }

    /// Who says it.
    pub fn role(&self) -> MessageRole {
        self.role.unwrap_or(MessageRole::User)
    }

    /// What programs keep with it.
    pub fn metadata(&self) -> Value {
        self.metadata.as_ref().map_or_else(|| json!({}), |Json(value)| value.clone())
    }

    /// What is wrong with it, if anything. `path` leads to it.
    pub fn complain(&self, path: &[&str], errors: &mut Vec<Arc<UserError>>) {
        let at = |field| [path, &[field]].concat();
        if self.content.trim().is_empty() {
            errors.push(UserError::at(&at("content"), UserErrorCode::Invalid, "a message must not be blank"));
        } else if self.content.chars().count() > LONGEST_CONTENT {
            let message = format!("a message has at most {LONGEST_CONTENT} characters");
            errors.push(UserError::at(&at("content"), UserErrorCode::TooLong, message));
        }
        errors.extend(complaint_of_object(&at("metadata"), self.metadata.as_ref()));
    }
}

/// What is wrong with what programs keep, if anything.
pub(super) fn complaint_of_object(path: &[&str], object: Option<&Json>) -> Option<Arc<UserError>> {
    let Json(value) = object?;
    if !value.is_object() {
        return Some(UserError::at(path, UserErrorCode::Invalid, "it must be an object"));
    }
    (value.to_string().len() > LARGEST_OBJECT)
        .then(|| UserError::at(path, UserErrorCode::TooLong, "it has at most 16 KiB, written as JSON"))
}

/// A title without spaces around it; a blank one is none.
pub(super) fn title(title: Option<&str>, errors: &mut Vec<Arc<UserError>>) -> Option<String> {
    let title = title.map(str::trim).filter(|title| !title.is_empty())?;
    if title.chars().count() > LONGEST_TITLE {
        let message = format!("a title has at most {LONGEST_TITLE} characters");
        errors.push(UserError::at(&["title"], UserErrorCode::TooLong, message));
    }
    Some(title.to_owned())
}
