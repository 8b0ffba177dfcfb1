//! Pages: which part of an ordered list is asked for, and the opaque cursors between them.

mod below;
mod direction;
mod of_caller;
mod order_by;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::database::Binds;
use crate::error::Error;

pub use below::{Listed, ListsBelow, Total};
pub use direction::OrderDirection;
pub use of_caller::ListOfCaller;
pub use order_by::{OrderBy, OrderField};

/// Rows of a page where the client names no size.
pub const DEFAULT_SIZE: u32 = 20;
/// Rows of the largest page, where the configuration does not lower it.
pub const LARGEST_SIZE: u32 = 100;

/// Where a row stands in an order: the sort key, and the row's `index_id`, which makes the order total.
///
/// It stays valid when rows come and go, the row itself included, because it says a place and not a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The order it belongs to: a cursor of one order means nothing in another.
    pub order: char,
    /// The sort key, where the order has one besides the age of the row.
    pub key: Option<Arc<str>>,
    /// The row's place in time.
    pub index_id: i64,
}

impl Cursor {
    /// As clients see it.
    #[must_use]
    pub fn encode(&self) -> String {
        let key = self.key.as_deref().unwrap_or_default();
        URL_SAFE_NO_PAD.encode(format!("{}{}:{key}", self.order, self.index_id))
    }

    /// Reads what [`encode`](Self::encode) wrote.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let order = text.chars().next()?;
        let (index_id, key) = text[order.len_utf8()..].split_once(':')?;
        let key = (!key.is_empty()).then(|| Arc::from(key));
        (!text.contains('\0')).then_some(Self { order, key, index_id: index_id.parse().ok()? })
    }
}

/// Which page is asked for, checked; with the connection's own arguments.
#[derive(Clone, Debug)]
pub struct Page<A> {
    /// At most so many rows.
    pub size: u32,
    /// Counted from the end of the order instead of its start?
    pub direction: Direction,
    /// Only rows after this one.
    pub after: Option<Cursor>,
    /// Only rows before this one.
    pub before: Option<Cursor>,
    /// Are rows wanted, or only their number?
    pub wants_rows: bool,
    /// Is the number of all rows wanted?
    pub wants_total: bool,
    /// Filter and order.
    pub arguments: Arc<A>,
}

/// From which end of the order a page is taken. Rows come in the same order either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `first`
    Forward,
    /// `last`
    Backward,
}

/// A total order of the rows of a list, as SQL.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    /// Tells its cursors from those of other orders.
    pub tag: char,
    /// The sort key, a text column; `None`: by age alone.
    pub key: Option<&'static str>,
    /// The column `index_id`, which makes the order total.
    pub index_id: &'static str,
    /// Largest first?
    pub descending: bool,
}

/// The parts of a statement that make it read one page.
#[derive(Debug)]
pub struct Keyset {
    /// ` and …` for the cursors; empty where there are none.
    pub condition: String,
    /// What stands behind `order by`: the order itself, or its reverse where a page is taken from the end.
    pub order_by: String,
    /// The placeholder behind `limit`.
    pub limit: String,
}

impl<A> Page<A> {
    /// The page of this order as SQL, its values bound. Refuses cursors of another order.
    pub fn keyset(&self, order: Order, binds: &mut Binds) -> Result<Keyset, Error> {
        let mut condition = String::new();
        for (name, cursor, later) in [("after", &self.after, true), ("before", &self.before, false)] {
            let Some(cursor) = cursor else { continue };
            if cursor.order != order.tag || cursor.key.is_some() != order.key.is_some() {
                return Err(Error::bad_input(format!(
                    "`{name}` is a cursor of another order: use it with the `orderBy` that it came from"
                )));
            }
            let comparison = if later == order.descending { '<' } else { '>' };
            let index_id = binds.bind(cursor.index_id);
            condition += &match (order.key, &cursor.key) {
                (Some(column), Some(key)) => {
                    let key = binds.bind(key.to_string());
                    format!(" and ({column}, {}) {comparison} ({key}, {index_id})", order.index_id)
                }
                _ => format!(" and {} {comparison} {index_id}", order.index_id),
            };
        }
        let way = if order.descending == (self.direction == Direction::Backward) { "" } else { " desc" };
        let order_by = match order.key {
            Some(column) => format!("{column}{way}, {}{way}", order.index_id),
            None => format!("{}{way}", order.index_id),
        };
        Ok(Keyset { condition, order_by, limit: binds.bind(self.limit()) })
    }

    /// The page of a list that is in memory, in the order of `index_id`.
    pub fn slice<T>(&self, tag: char, rows: &[Arc<T>], index_id: fn(&T) -> i64) -> Result<Vec<(Cursor, Arc<T>)>, Error> {
        self.check_cursors(tag)?;
        let inside = |row: &&Arc<T>| {
            let place = index_id(row);
            self.after.as_ref().is_none_or(|cursor| place > cursor.index_id)
                && self.before.as_ref().is_none_or(|cursor| place < cursor.index_id)
        };
        let with_cursor = |row: &Arc<T>| (Cursor { order: tag, key: None, index_id: index_id(row) }, Arc::clone(row));
        let limit = self.size as usize + 1;
        Ok(match self.direction {
            Direction::Forward => rows.iter().filter(inside).take(limit).map(with_cursor).collect(),
            Direction::Backward => rows.iter().rev().filter(inside).take(limit).map(with_cursor).collect(),
        })
    }

    /// Refuses cursors of another order.
    pub fn check_cursors(&self, tag: char) -> Result<(), Error> {
        for (name, cursor) in [("after", &self.after), ("before", &self.before)] {
            if cursor.as_ref().is_some_and(|cursor| cursor.order != tag) {
                return Err(Error::bad_input(format!("`{name}` is a cursor of another list")));
            }
        }
        Ok(())
    }

    /// How many rows to read: one more than the page, to see whether there is a next one.
    #[must_use]
    pub fn limit(&self) -> i64 {
        i64::from(self.size) + 1
    }
}

/// `first`, `after`, `last`, `before` as they were sent.
#[derive(Clone, Debug, Default)]
pub struct PageInput {
    /// Rows from the start.
    pub first: Option<i32>,
    /// A cursor.
    pub after: Option<String>,
    /// Rows from the end.
    pub last: Option<i32>,
    /// A cursor.
    pub before: Option<String>,
}

impl PageInput {
    /// Checks sizes and cursors.
    pub fn page<A>(&self, largest: u32, arguments: Arc<A>, wants_rows: bool, wants_total: bool) -> Result<Page<A>, Error> {
        let (direction, size) = match (self.first, self.last) {
            (Some(_), Some(_)) => return Err(Error::bad_input("`first` and `last` cannot be combined: send one of them")),
            (None, Some(last)) => (Direction::Backward, checked_size("last", last, largest)?),
            (Some(first), None) => (Direction::Forward, checked_size("first", first, largest)?),
            (None, None) => (Direction::Forward, DEFAULT_SIZE.min(largest)),
        };
        Ok(Page {
            size,
            direction,
            after: decoded("after", self.after.as_deref())?,
            before: decoded("before", self.before.as_deref())?,
            wants_rows,
            wants_total,
            arguments,
        })
    }
}

fn checked_size(name: &str, size: i32, largest: u32) -> Result<u32, Error> {
    match u32::try_from(size) {
        Ok(size) if size <= largest => Ok(size),
        _ => Err(Error::bad_input(format!("`{name}` must be between 0 and {largest}, not {size}"))),
    }
}

fn decoded(name: &str, cursor: Option<&str>) -> Result<Option<Cursor>, Error> {
    cursor
        .map(|text| {
            Cursor::decode(text).ok_or_else(|| {
                Error::bad_input(format!("`{name}` is not a cursor: send one that `pageInfo` or an edge gave, unchanged"))
            })
        })
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back_as_they_went() {
        for key in [None, Some(Arc::from("Ünï: 10"))] {
            let cursor = Cursor { order: 'n', key, index_id: -7 };
            assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        }
        assert_eq!(Cursor::decode("rubbish"), None);
        assert_eq!(Cursor::decode(""), None);
    }
}
