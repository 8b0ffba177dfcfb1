//! The roles of an org tree: few of them, held by many, and so each is serialised only once.

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{
    failure::Failure,
    hand_written::{BaseRole, TypeId},
};

#[derive(Serialize)]
struct Role<'a> {
    id: TypeId,
    key: &'a str,
    name: &'a str,
    permissions: Vec<Permission<'a>>,
}

#[derive(Serialize)]
struct Permission<'a> {
    id: TypeId,
    key: &'a str,
}

/// A role given to a person, in one organization or in all.
#[derive(Debug)]
pub(super) struct Assignment {
    user: Uuid,
    organization: Option<Uuid>,
    /// The role.
    pub(super) role: Uuid,
}

/// The assignments by person, and for each in the order in which they were made.
pub(super) fn assignments(rows: &[Row]) -> Result<Vec<Assignment>, Failure> {
    let mut assignments = rows
        .iter()
        .map(|row| Ok(Assignment { user: row.try_get(0)?, organization: row.try_get(1)?, role: row.try_get(2)? }))
        .collect::<Result<Vec<_>, Failure>>()?;
    // Stable: the rows come in the order of the assignments.
    assignments.sort_by_key(|assignment| assignment.user);
    Ok(assignments)
}

/// All roles that may be held, as JSON.
pub(super) struct Roles {
    /// In the order of their ids.
    texts: Vec<(Uuid, Box<RawValue>)>,
    /// Where the base roles are among them.
    base: [Option<usize>; BaseRole::ALL.len()],
}

impl Roles {
    /// Serialises each role, with the keys of its permissions from the catalog.
    pub(super) fn of(rows: &[Row], catalog: &[Row]) -> Result<Self, Failure> {
        let catalog = Catalog::of(catalog)?;
        let mut rows = rows.iter().map(|row| Ok((row.try_get(0)?, row))).collect::<Result<Vec<_>, Failure>>()?;
        rows.sort_by_key(|(id, _)| *id);
        let mut texts = Vec::with_capacity(rows.len());
        let mut base = [None; BaseRole::ALL.len()];
        for (id, row) in rows {
            let (key, is_system) = (row.try_get(1)?, row.try_get(3)?);
            if let Some(role) = BaseRole::from_key(key).filter(|_| is_system) {
                base[role as usize] = Some(texts.len());
            }
            let permissions = catalog.permissions(row.try_get(4)?)?;
            let role = Role { id: TypeId("role", id), key, name: row.try_get(2)?, permissions };
            texts.push((id, to_raw_value(&role)?));
        }
        Ok(Self { texts, base })
    }

    /// The roles of a member: the base role, and then those that were assigned and apply here.
    pub(super) fn held(
        &self,
        role: BaseRole,
        user: Uuid,
        organization: Uuid,
        assignments: &[Assignment],
    ) -> Result<Vec<&RawValue>, Failure> {
        let base = self.base[role as usize].ok_or("a tenant without its system roles")?;
        let mut held = vec![&*self.texts[base].1];
        let start = assignments.partition_point(|assignment| assignment.user < user);
        for assignment in assignments[start..].iter().take_while(|assignment| assignment.user == user) {
            if assignment.organization.is_some_and(|only| only != organization) {
                continue;
            }
            let Ok(place) = self.texts.binary_search_by_key(&assignment.role, |(id, _)| *id) else {
                continue;
            };
            let text = &*self.texts[place].1;
            // The same role has the same text at the same place.
            if held.iter().all(|other| !std::ptr::eq(*other, text)) {
                held.push(text);
            }
        }
        Ok(held)
    }
}

/// All permissions that there are, in the order of their ids.
struct Catalog<'a> {
    keys: Vec<(Uuid, &'a str)>,
}

impl<'a> Catalog<'a> {
    fn of(rows: &'a [Row]) -> Result<Self, Failure> {
        let mut keys = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<Vec<_>, Failure>>()?;
        keys.sort_unstable();
        Ok(Self { keys })
    }

    fn permissions(&self, ids: Vec<Uuid>) -> Result<Vec<Permission<'a>>, Failure> {
        let permission = |id| {
            let place =
                self.keys.binary_search_by_key(&id, |(known, _)| *known).map_err(|_| "a permission that is not in the catalog")?;
            Ok(Permission { id: TypeId("perm", id), key: self.keys[place].1 })
        };
        ids.into_iter().map(permission).collect()
    }
}
