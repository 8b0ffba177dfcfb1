//! The terms of an override or a grant, as a client sends them: which permission, until when.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound as _, Utc};
use migration::catalog::Permission;

use crate::user_error::{UserError, UserErrorCode};

/// The permission of that key. A key that the catalog does not know is the user's to mend.
pub(super) fn permission(key: &str, errors: &mut Vec<Arc<UserError>>) -> Option<Permission> {
    let permission = Permission::from_key(key);
    if permission.is_none() {
        let message = "the catalog has no such permission: `permissions { key }` lists them all";
        errors.push(UserError::at(&["permission"], UserErrorCode::NotFound, message));
    }
    permission
}

/// The moment when something ends, which is still to come.
pub(super) fn expires_at(at: Option<DateTime<Utc>>, now: DateTime<Utc>, errors: &mut Vec<Arc<UserError>>) -> Option<DateTime<Utc>> {
    // As exact as it is stored, so that the same moment sent again is the same.
    let at = at.map(|at| at.trunc_subsecs(6));
    if at.is_some_and(|at| at <= now) {
        errors.push(UserError::at(&["expiresAt"], UserErrorCode::Invalid, "this moment has passed"));
    }
    at
}
