//! Rows of Postgres, read by position.

use sea_orm::Iterable;
use sqlx::postgres::PgRow;
use sqlx::{Decode, Postgres, Type};

use crate::error::Error;

/// A row that is read column by column, from left to right.
pub struct Row<'a> {
    row: &'a PgRow,
    column: usize,
}

/// What a row of a statement means.
pub trait FromRow: Sized {
    /// Reads the columns in the order in which the statement names them.
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error>;
}

impl<'a> Row<'a> {
    pub(super) fn new(row: &'a PgRow) -> Self {
        Self { row, column: 0 }
    }

    /// The next column.
    pub fn next<T: Decode<'a, Postgres> + Type<Postgres>>(&mut self) -> Result<T, Error> {
        use sqlx::Row as _;
        let value = self.row.try_get(self.column)?;
        self.column += 1;
        Ok(value)
    }

    /// The next column, a text that names a member of a closed set.
    pub fn member<T: Iterable + Copy>(&mut self, name: fn(T) -> &'static str) -> Result<T, Error> {
        self.optional_member(name)?.ok_or_else(|| Error::internal("a closed set is null"))
    }

    /// The same, where it may be null.
    pub fn optional_member<T: Iterable + Copy>(&mut self, name: fn(T) -> &'static str) -> Result<Option<T>, Error> {
        let Some(text) = self.next::<Option<&str>>()? else { return Ok(None) };
        match T::iter().find(|member| name(*member) == text) {
            Some(member) => Ok(Some(member)),
            None => Err(Error::internal(format!("`{text}` is no member of {}", std::any::type_name::<T>()))),
        }
    }
}

/// A column that stands alone.
impl FromRow for i64 {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        row.next()
    }
}
