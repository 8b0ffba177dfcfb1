//! Which roles somebody holds where.

use std::{collections::HashMap, ptr};

use tokio_postgres::Row;
use uuid::Uuid;

use crate::{failure::Failure, hand_written::BaseRole};

/// The roles that were given to people.
pub(super) struct Assignments {
    of_user: HashMap<Uuid, Vec<Assignment>>,
}

/// A role given to a person, in one organization or in all.
struct Assignment {
    organization: Option<Uuid>,
    role: Uuid,
}

impl Assignments {
    /// From rows of user, organization and role, in the order in which they were given.
    pub(super) fn of(rows: &[Row]) -> Result<Self, Failure> {
        let mut of_user: HashMap<Uuid, Vec<Assignment>> = HashMap::new();
        for row in rows {
            let assignment = Assignment { organization: row.try_get(1)?, role: row.try_get(2)? };
            of_user.entry(row.try_get(0)?).or_default().push(assignment);
        }
        Ok(Self { of_user })
    }
}

/// The keys of these base roles, each once.
pub(super) fn base_keys(roles: impl Iterator<Item = BaseRole>) -> Vec<&'static str> {
    let mut keys: Vec<_> = roles.map(BaseRole::key).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The roles that may be held, in the form `R` in which an answer shows them.
pub(super) struct Roles<R> {
    by_id: HashMap<Uuid, R>,
    base: [Option<Uuid>; BaseRole::ALL.len()],
}

impl<R> Roles<R> {
    /// From rows of id, key, name, and whether it is one of the system.
    pub(super) fn of<'a>(rows: &'a [Row], mut role: impl FnMut(Uuid, &'a Row) -> Result<R, Failure>) -> Result<Self, Failure> {
        let mut by_id = HashMap::with_capacity(rows.len());
        let mut base = [None; BaseRole::ALL.len()];
        for row in rows {
            let id = row.try_get(0)?;
            if row.try_get(3)?
                && let Some(role) = BaseRole::from_key(row.try_get(1)?)
            {
                base[role as usize] = Some(id);
            }
            by_id.insert(id, role(id, row)?);
        }
        Ok(Self { by_id, base })
    }

    /// The roles of a member: the base role, and then those that were given and apply here.
    pub(super) fn held(&self, base: BaseRole, user: Uuid, organization: Uuid, given: &Assignments) -> Result<Vec<&R>, Failure> {
        let base = self.base[base as usize].and_then(|id| self.by_id.get(&id)).ok_or("a tenant without its system roles")?;
        let mut held = vec![base];
        for assignment in given.of_user.get(&user).into_iter().flatten() {
            let applies = assignment.organization.is_none_or(|only| only == organization);
            if applies
                && let Some(role) = self.by_id.get(&assignment.role)
                && !held.iter().any(|known| ptr::eq(*known, role))
            {
                held.push(role);
            }
        }
        Ok(held)
    }
}
