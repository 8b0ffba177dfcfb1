//! Rows of Postgres in its binary format, read by position.
//!
//! A row costs more than its columns where there are thousands: so statements that load many rows answer with one row of
//! arrays, a column each, and rows are put together here (a third of the CPU of a large answer went to rows before).

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use sea_orm::Iterable;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::error::Error;

/// What a row of a statement means.
pub trait FromRow: Sized {
    /// The columns, for statements that leave them out: [`COLUMNS`] stands where they belong. Such a statement answers in
    /// columns, for rows of which there may be many, and only in those that are wanted. None may be an array.
    const WANTED: &'static [Wanted] = &[];

    /// Columns that stand before those, whatever is wanted.
    const LEADING: &'static [Wanted] = &[];

    /// Reads the columns in the order in which they are named. One that is not wanted reads as its type's empty value.
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error>;
}

/// Where in a statement its columns belong.
pub const COLUMNS: &str = "{columns}";

/// Among the fields that need a column: the cursors of a page, which no object type has as a field.
pub const CURSOR: &str = "(cursor)";

/// A column, and the fields of the object type that need it; where none are named, it is always read.
pub struct Wanted(pub &'static str, pub &'static [&'static str]);

impl Wanted {
    /// Is it, where these fields are selected? Where nothing is known of that, it is.
    fn is(&self, selected: Option<&[&str]>) -> bool {
        self.1.is_empty() || selected.is_none_or(|selected| self.1.iter().any(|field| selected.contains(field)))
    }
}

/// A row that is read column by column, from left to right.
pub struct Row<'a> {
    columns: Columns<'a>,
    next: usize,
}

enum Columns<'a> {
    /// A row as Postgres sent it.
    Row(&'a PgRow),
    /// The rest of each column's elements; `None` for one that is not wanted.
    Arrays(Vec<Option<Elements<'a>>>),
}

/// A value of one column.
pub trait Column<'a>: Sized {
    /// What stands for it where nobody asked for it.
    const EMPTY: Self;
    /// Reads what Postgres sent; `None` is null.
    fn read(bytes: Option<&'a [u8]>) -> Option<Self>;
}

impl<'a> Row<'a> {
    /// The next column.
    pub fn column<T: Column<'a>>(&mut self) -> Result<T, Error> {
        let place = self.next;
        self.next += 1;
        let bytes = match &mut self.columns {
            Columns::Row(row) => row.try_get_raw(place)?.as_bytes().ok(),
            Columns::Arrays(arrays) => match arrays.get_mut(place) {
                Some(Some(elements)) => elements.next().unwrap_or_default(),
                _ => return Ok(T::EMPTY),
            },
        };
        T::read(bytes).ok_or_else(|| Error::internal(format!("column {place} is no {}", std::any::type_name::<T>())))
    }

    /// The next column, a text that names a member of a closed set.
    pub fn member<T: Iterable + Copy>(&mut self, name: fn(T) -> &'static str) -> Result<T, Error> {
        let text: Option<&str> = self.column()?;
        // Of a column that nobody asked for, any member will do.
        let Some(text) = text else { return T::iter().next().ok_or_else(|| Error::internal("a closed set is empty")) };
        T::iter()
            .find(|member| name(*member) == text)
            .ok_or_else(|| Error::internal(format!("`{text}` is no member of {}", std::any::type_name::<T>())))
    }

    /// The same of a column that may be null.
    pub fn member_if_any<T: Iterable + Copy>(&mut self, name: fn(T) -> &'static str) -> Result<Option<T>, Error> {
        let text: Option<&str> = self.column()?;
        Ok(text.and_then(|text| T::iter().find(|member| name(*member) == text)))
    }
}

/// A row below a parent: the statement calls the parent's key `parent.id`.
pub struct Child<T> {
    /// The key of the parent.
    pub parent: Uuid,
    /// The row.
    pub row: T,
}

impl<T: FromRow> FromRow for Child<T> {
    const WANTED: &'static [Wanted] = T::WANTED;
    const LEADING: &'static [Wanted] = &[Wanted("parent.id", &[])];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { parent: row.column()?, row: T::from_row(row)? })
    }
}

/// Rows that are found by their keys, all in one statement.
pub trait ByKey: FromRow {
    /// The statement: [`COLUMNS`] and [`KEYS`], an array of uuids, in their places. `$1` is the tenant.
    const BY_KEY: &'static str;
}

/// Where in a statement the keys belong.
pub const KEYS: &str = "{keys}";

/// The text of a statement that yields these rows in columns, the wanted ones in their place; and how many these are.
pub(super) fn statement<T: FromRow>(sql: &str, selected: Option<&[&str]>) -> (String, usize) {
    let Parts { arrays, names, rows, count } = Parts::of::<T>(sql, selected);
    (format!("select {arrays} from ({rows}) rows({names})"), count)
}

/// The same, and behind it the rows of another type to which the column `key` leads; how many columns these are stands last.
pub(super) fn statement_along<T: FromRow, C: ByKey>(
    sql: &str,
    selected: Option<&[&str]>,
    key: &str,
    selected_along: Option<&[&str]>,
) -> (String, usize, usize) {
    let Parts { arrays, names, rows, count } = Parts::of::<T>(sql, selected);
    let mut wanted = T::LEADING.iter().chain(T::WANTED).filter(|column| column.is(selected));
    let place = wanted.position(|column| column.0 == key).unwrap_or_default();
    let keys = format!("array(select c{place} from found)");
    let (along, count_along) = statement::<C>(&C::BY_KEY.replace(KEYS, &keys), selected_along);
    let sql = format!(
        "with found({names}) as materialized ({rows})
        select * from (select {arrays} from found) these, ({along}) those"
    );
    (sql, count, count_along)
}

/// A statement in pieces.
struct Parts {
    arrays: String,
    names: String,
    rows: String,
    count: usize,
}

impl Parts {
    fn of<T: FromRow>(sql: &str, selected: Option<&[&str]>) -> Self {
        let (mut arrays, mut names, mut columns) = (String::new(), String::new(), String::new());
        let mut count = 0;
        for (place, column) in T::LEADING.iter().chain(T::WANTED).filter(|column| column.is(selected)).enumerate() {
            count += 1;
            let comma = if place > 0 { ", " } else { "" };
            // Writing to a String cannot fail.
            let _ = write!(arrays, "{comma}array_agg(c{place})");
            let _ = write!(names, "{comma}c{place}");
            let _ = write!(columns, "{comma}{}", column.0);
        }
        Self { arrays, names, rows: sql.replace(COLUMNS, &columns), count }
    }
}

/// All rows of an answer that came as rows.
pub(super) fn rows<T: FromRow>(answer: &[PgRow]) -> Result<Vec<T>, Error> {
    answer.iter().map(|row| T::from_row(&mut Row { columns: Columns::Row(row), next: 0 })).collect()
}

/// All rows of an answer that came in columns, of which the first stands at `first`.
pub(super) fn rows_in_columns<T: FromRow>(row: &PgRow, first: usize, selected: Option<&[&str]>) -> Result<Vec<T>, Error> {
    let mut arrays = Vec::with_capacity(T::LEADING.len() + T::WANTED.len());
    let (mut place, mut count) = (first, 0);
    for column in T::LEADING.iter().chain(T::WANTED) {
        if !column.is(selected) {
            arrays.push(None);
            continue;
        }
        let elements = Elements::of(row.try_get_raw(place)?.as_bytes().ok())?;
        count = elements.left;
        arrays.push(Some(elements));
        place += 1;
    }
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
    const EMPTY: Self = None;

    fn read(bytes: Option<&'a [u8]>) -> Option<Self> {
        match bytes {
            None => Some(None),
            bytes => T::read(bytes).map(Some),
        }
    }
}

impl<'a> Column<'a> for &'a str {
    const EMPTY: Self = "";

    fn read(bytes: Option<&'a [u8]>) -> Option<Self> {
        std::str::from_utf8(bytes?).ok()
    }
}

impl Column<'_> for String {
    const EMPTY: Self = Self::new();

    fn read(bytes: Option<&[u8]>) -> Option<Self> {
        <&str>::read(bytes).map(str::to_owned)
    }
}

impl Column<'_> for Uuid {
    const EMPTY: Self = Self::nil();

    fn read(bytes: Option<&[u8]>) -> Option<Self> {
        Self::from_slice(bytes?).ok()
    }
}

impl Column<'_> for bool {
    const EMPTY: Self = false;

    fn read(bytes: Option<&[u8]>) -> Option<Self> {
        Some(bytes?.first()? != &0)
    }
}

impl Column<'_> for i32 {
    const EMPTY: Self = 0;

    fn read(bytes: Option<&[u8]>) -> Option<Self> {
        bytes?.try_into().ok().map(Self::from_be_bytes)
    }
}

impl Column<'_> for i64 {
    const EMPTY: Self = 0;

    fn read(bytes: Option<&[u8]>) -> Option<Self> {
        bytes?.try_into().ok().map(Self::from_be_bytes)
    }
}

/// Microseconds since 2000, in UTC.
impl Column<'_> for DateTime<Utc> {
    const EMPTY: Self = Self::UNIX_EPOCH;

    fn read(bytes: Option<&[u8]>) -> Option<Self> {
        const YEAR_2000: i64 = 946_684_800_000_000;
        Self::from_timestamp_micros(i64::read(bytes)?.checked_add(YEAR_2000)?)
    }
}

impl<'a, T: Column<'a>> Column<'a> for Vec<T> {
    const EMPTY: Self = Self::new();

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
    const EMPTY: Self = &[];

    fn read(bytes: Option<&'a [u8]>) -> Option<Self> {
        bytes
    }
}

/// `jsonb`: its binary form is the text, after a byte that says so.
impl Column<'_> for serde_json::Value {
    const EMPTY: Self = Self::Null;

    fn read(bytes: Option<&[u8]>) -> Option<Self> {
        match bytes?.split_first()? {
            (1, text) => serde_json::from_slice(text).ok(),
            _ => None,
        }
    }
}

/// A column that stands alone.
impl FromRow for i64 {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        row.column()
    }
}

/// The same of an id.
impl FromRow for Uuid {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        row.column()
    }
}

/// The same of a function that says yes or no.
impl FromRow for bool {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        row.column()
    }
}

/// The same of a function that finds something, or not.
impl FromRow for Option<Uuid> {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        row.column()
    }
}
