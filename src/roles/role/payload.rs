//! What mutations of roles answer.

use std::sync::Arc;

use entity::id::RoleId;

use super::store::visible_roles;
use crate::access::Role;
use crate::access_change::{Outcome, outcome_fields};
use crate::error::Error;
use crate::graph::{Object, ObjectType};
use crate::request::Request;

/// The payload of a mutation that makes or changes a role.
pub(super) struct RolePayload<const CREATES: bool> {
    role: Option<Arc<Role>>,
    outcome: Outcome,
}

impl<const CREATES: bool> RolePayload<CREATES> {
    /// The role as it is stored now, where nothing is to be mended.
    pub async fn of(request: Request, role: Option<RoleId>, outcome: Outcome) -> Result<Option<Arc<Self>>, Error> {
        let role = match role.filter(|_| !outcome.is_refused()) {
            Some(id) => visible_roles(request, vec![id]).await?.remove(&id),
            None => None,
        };
        Ok(Some(Arc::new(Self { role, outcome })))
    }
}

impl<const CREATES: bool> Object for RolePayload<CREATES> {
    fn name() -> &'static str {
        if CREATES { "CreateRolePayload" } else { "UpdateRolePayload" }
    }

    fn table() -> ObjectType<Self> {
        let (payload, description) = if CREATES {
            ("What came of `createRole`.", "The new role; null where there are user errors, and after a dry run.")
        } else {
            ("What came of `updateRole`.", "The role as it is stored now; null where there are user errors.")
        };
        let table = ObjectType::<Self>::new(payload).inline_one("role", description, |payload: &Self| payload.role.clone());
        outcome_fields(table, |payload| &payload.outcome)
    }
}
