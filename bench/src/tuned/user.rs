//! The people of an org tree, each looked up once.

use serde::Serialize;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{failure::Failure, hand_written::TypeId};

/// A person, as the answer shows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User<'a> {
    id: TypeId,
    email: &'a str,
    display_name: &'a str,
}

/// All of them, in the order of their ids.
pub(super) struct People<'a> {
    rows: Vec<(Uuid, &'a Row)>,
}

impl<'a> People<'a> {
    /// From rows of id, e-mail and name.
    pub(super) fn of(rows: &'a [Row]) -> Result<Self, Failure> {
        let mut rows = rows.iter().map(|row| Ok((row.try_get(0)?, row))).collect::<Result<Vec<_>, Failure>>()?;
        // An index scan gives them in this order already; then this is one comparison each.
        rows.sort_by_key(|(id, _)| *id);
        Ok(Self { rows })
    }

    /// The person with this id; deleted people are not there.
    pub(super) fn find(&self, id: Uuid) -> Result<Option<User<'a>>, Failure> {
        let Ok(place) = self.rows.binary_search_by_key(&id, |(id, _)| *id) else {
            return Ok(None);
        };
        let row = self.rows[place].1;
        Ok(Some(User { id: TypeId("user", id), email: row.try_get(1)?, display_name: row.try_get(2)? }))
    }
}
