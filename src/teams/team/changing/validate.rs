//! What the name and the description of a team may look like, and how deep teams may be nested.

use std::sync::Arc;

use crate::user_error::{UserError, UserErrorCode};

const LONGEST_NAME: usize = 100;
const LONGEST_DESCRIPTION: usize = 2_000;

/// So many teams stand above each other at most.
pub(super) const DEEPEST: usize = 20;

/// A name without spaces around it.
pub(super) fn name(name: &str, errors: &mut Vec<Arc<UserError>>) -> String {
    let name = name.trim();
    if name.is_empty() {
        errors.push(UserError::at(&["name"], UserErrorCode::Invalid, "the name must not be blank"));
    } else if name.chars().count() > LONGEST_NAME {
        let message = format!("the name must have at most {LONGEST_NAME} characters");
        errors.push(UserError::at(&["name"], UserErrorCode::TooLong, message));
    }
    name.to_owned()
}

/// A description without spaces around it.
pub(super) fn description(description: &str, errors: &mut Vec<Arc<UserError>>) -> String {
    let description = description.trim();
    if description.chars().count() > LONGEST_DESCRIPTION {
        let message = format!("the description must have at most {LONGEST_DESCRIPTION} characters");
        errors.push(UserError::at(&["description"], UserErrorCode::TooLong, message));
    }
    description.to_owned()
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
