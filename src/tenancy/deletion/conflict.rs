//! What is in the way of a restoration, as it is reported.

use std::sync::Arc;

use crate::user_error::{UserError, UserErrorCode};

/// One thing that is in the way, with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Conflict {
    pub kind: String,
    pub name: String,
}

impl Conflict {
    /// One that has no name to be told.
    pub fn of(kind: &str) -> Self {
        Self { kind: kind.to_owned(), name: String::new() }
    }

    /// As the user is told.
    pub fn told(&self) -> Arc<UserError> {
        let name = &self.name;
        let (code, message) = match self.kind.as_str() {
            "name_taken" => (UserErrorCode::Taken, format!("the name `{name}` is taken by now: rename whatever has it")),
            "domain_taken" => (UserErrorCode::Taken, format!("the domain `{name}` is proven by another organization by now")),
            "key_taken" => (UserErrorCode::Taken, format!("the key `{name}` is another role's by now: delete that one")),
            "role_gone" => (UserErrorCode::NotFound, format!("the role `{name}` was deleted in the meantime: restore it first")),
            "team_gone" => (UserErrorCode::NotFound, format!("the team above it, `{name}`, was deleted: restore it first")),
            "address_taken" => (UserErrorCode::Taken, "the address of the account is somebody else's by now".to_owned()),
            "organization_gone" => (UserErrorCode::NotFound, format!("the organization `{name}` was deleted: restore it first")),
            _ => (UserErrorCode::NotFound, format!("{name} has left the tenant in the meantime")),
        };
        UserError::general(code, message)
    }
}
