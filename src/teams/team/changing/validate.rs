//! What the name and the description of a team may look like, and how deep teams may be nested.

use std::sync::Arc;

use crate::user_error::{UserError, UserErrorCode, checked_name};

pub(super) use crate::user_error::checked_description as description;

const LONGEST_NAME: usize = 100;

/// So many teams stand above each other at most.
pub(super) const DEEPEST: usize = 20;

/// A name without spaces around it.
pub(super) fn name(name: &str, errors: &mut Vec<Arc<UserError>>) -> String {
    checked_name(name, LONGEST_NAME, errors)
}

/// What is said where the name is another team's.
pub(super) fn name_taken() -> Arc<UserError> {
    UserError::at(&["name"], UserErrorCode::Taken, "another team of the organization has this name")
}

/// What is said of a parent that is not there, or is another organization's.
pub(super) fn no_such_parent() -> Arc<UserError> {
    UserError::at(&["parentTeamId"], UserErrorCode::NotFound, "the organization has no such team")
}

/// What is said where teams would be nested too deep.
pub(super) fn too_deep() -> Arc<UserError> {
    let message = format!("teams can be nested {DEEPEST} deep, and not deeper");
    UserError::at(&["parentTeamId"], UserErrorCode::Invalid, message)
}
