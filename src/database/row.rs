//! Rows of Postgres in its binary format, read by position.
//!
//! A row costs more than its columns where there are thousands: so statements that load many rows answer with one row of
//! arrays, a column each, and rows are put together here (a third of the CPU of a large answer went to rows before).

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use sea_orm::Iterable;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::error::Error;

/// What a row of a statement means.
pub trait FromRow: Sized {
    /// How many columns the statement has, where it is to answer in columns: for rows of which there may be many. No column
    /// may be an array then. `None`: it answers row by row.
    const COLUMNS: Option<usize> = None;

    /// Reads the columns in the order in which the statement names them.
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error>;
}

/// A row that is read column by column, from left to right.
pub struct Row<'a> {
    columns: Columns<'a>,
    next: usize,
}

enum Columns<'a> {
    /// A row as Postgres sent it.
    Row(&'a PgRow),
    /// The rest of each column's elements.
    Arrays(Vec<Elements<'a>>),
}

/// A value of one column.
pub trait Column<'a>: Sized {
    /// Reads what Postgres sent; `None` is null.
    fn read(bytes: Option<&'a [u8]>) -> Option<Self>;
}

impl<'a> Row<'a> {
    /// The next column.
    pub fn next<T: Column<'a>>(&mut self) -> Result<T, Error> {
        let place = self.next;
        self.next += 1;
        let bytes = match &mut self.columns {
            Columns::Row(row) => row.try_get_raw(place)?.as_bytes().ok(),
            Columns::Arrays(arrays) => arrays.get_mut(place).and_then(Elements::next).unwrap_or_default(),
        };
        T::read(bytes).ok_or_else(|| Error::internal(format!("column {place} is no {}", std::any::type_name::<T>())))
    }

    /// The next column, a text that names a member of a closed set.
    pub fn member<T: Iterable + Copy>(&mut self, name: fn(T) -> &'static str) -> Result<T, Error> {
        let text: &str = self.next()?;
        T::iter()
            .find(|member| name(*member) == text)
            .ok_or_else(|| Error::internal(format!("`{text}` is no member of {}", std::any::type_name::<T>())))
    }
}

/// The statement that answers `sql` in columns.
pub(super) fn in_columns(sql: &str, columns: usize) -> String {
    let names: Vec<String> = (0..columns).map(|column| format!("c{column}")).collect();
    let arrays: Vec<String> = names.iter().map(|name| format!("array_agg({name})")).collect();
    format!("select {} from ({sql}) rows({})", arrays.join(", "), names.join(", "))
}

/// All rows of an answer.
pub(super) fn rows<T: FromRow>(answer: &[PgRow]) -> Result<Vec<T>, Error> {
    let Some(columns) = T::COLUMNS else {
        return answer.iter().map(|row| T::from_row(&mut Row { columns: Columns::Row(row), next: 0 })).collect();
    };
    let Some(row) = answer.first() else { return Ok(Vec::new()) };
    let mut arrays = Vec::with_capacity(columns);
    for column in 0..columns {
        arrays.push(Elements::of(row.try_get_raw(column)?.as_bytes().ok())?);
    }
    let count = arrays.first().map_or(0, |array| array.left);
    let mut row = Row { columns: Columns::Arrays(arrays), next: 0 };
    let mut rows = Vec::with_capacity(count);
    for _ in 0..count {
        row.next = 0;
        rows.push(T::from_row(&mut row)?);
    }
    Ok(rows)
}

/// The elements of an array in Postgres' binary format: its header, then length and bytes of each; length -1 is null.
#[derive(Clone, Copy)]
struct Elements<'a> {
    rest: &'a [u8],
    left: usize,
}

impl<'a> Elements<'a> {
    /// The elements of an array of at most one dimension. A null array has none: an aggregate over no rows.
    fn of(array: Option<&'a [u8]>) -> Result<Self, Error> {
        let Some(array) = array else { return Ok(Self { rest: &[], left: 0 }) };
        let header = || -> Option<Self> {
            let (dimensions, rest) = array.split_first_chunk()?;
            match i32::from_be_bytes(*dimensions) {
                0 => Some(Self { rest: &[], left: 0 }),
                // Behind the dimensions stand a flag and the type; then length and lower bound.
                1 => {
                    let (length, rest) = rest.get(8..)?.split_first_chunk()?;
                    Some(Self { rest: rest.get(4..)?, left: usize::try_from(i32::from_be_bytes(*length)).ok()? })
                }
                _ => None,
            }
        };
        header().ok_or_else(|| Error::internal("an array of no known form"))
    }

    /// The next element, itself perhaps null; `None` at the end.
    fn next(&mut self) -> Option<Option<&'a [u8]>> {
        self.left = self.left.checked_sub(1)?;
        let (length, rest) = self.rest.split_first_chunk()?;
        let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
            self.rest = rest;
            return Some(None);
        };
        let (element, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        Some(Some(element))
    }
}

impl<'a, T: Column<'a>> Column<'a> for Option<T> {
    fn read(bytes: Option<&'a [u8]>) -> Option<Self> {
        match bytes {
            None => Some(None),
            bytes => T::read(bytes).map(Some),
        }
    }
}

impl<'a> Column<'a> for &'a str {
    fn read(bytes: Option<&'a [u8]>) -> Option<Self> {
        std::str::from_utf8(bytes?).ok()
    }
}

impl Column<'_> for String {
    fn read(bytes: Option<&[u8]>) -> Option<Self> {
        <&str>::read(bytes).map(str::to_owned)
    }
}

impl Column<'_> for Uuid {
    fn read(bytes: Option<&[u8]>) -> Option<Self> {
        Self::from_slice(bytes?).ok()
    }
}

impl Column<'_> for bool {
    fn read(bytes: Option<&[u8]>) -> Option<Self> {
        Some(bytes?.first()? != &0)
    }
}

impl Column<'_> for i32 {
    fn read(bytes: Option<&[u8]>) -> Option<Self> {
        bytes?.try_into().ok().map(Self::from_be_bytes)
    }
}

impl Column<'_> for i64 {
    fn read(bytes: Option<&[u8]>) -> Option<Self> {
        bytes?.try_into().ok().map(Self::from_be_bytes)
    }
}

/// Microseconds since 2000, in UTC.
impl Column<'_> for DateTime<Utc> {
    fn read(bytes: Option<&[u8]>) -> Option<Self> {
        const YEAR_2000: i64 = 946_684_800_000_000;
        Self::from_timestamp_micros(i64::read(bytes)?.checked_add(YEAR_2000)?)
    }
}

impl<'a, T: Column<'a>> Column<'a> for Vec<T> {
    fn read(bytes: Option<&'a [u8]>) -> Option<Self> {
        let mut elements = Elements::of(Some(bytes?)).ok()?;
        let mut values = Self::with_capacity(elements.left);
        while let Some(element) = elements.next() {
            values.push(T::read(element)?);
        }
        Some(values)
    }
}

/// `bytea`
impl<'a> Column<'a> for &'a [u8] {
    fn read(bytes: Option<&'a [u8]>) -> Option<Self> {
        bytes
    }
}

/// A column that stands alone.
impl FromRow for i64 {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        row.next()
    }
}

/// The text of a statement that yields these rows.
pub(super) fn statement<T: FromRow>(sql: Cow<'static, str>) -> Cow<'static, str> {
    match T::COLUMNS {
        None => sql,
        Some(columns) => in_columns(&sql, columns).into(),
    }
}
