//! Connections as the Relay specification defines them: <https://relay.dev/graphql/connections.htm>.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::input::{Arguments, Fields};
use super::object::{Object, ObjectType};
use crate::error::Error;
use crate::page::{Cursor, Direction, Page, PageInput};

/// One page of rows below one parent.
#[derive(Debug)]
pub struct Connection<T> {
    rows: Vec<Arc<T>>,
    cursors: Vec<Cursor>,
    page_info: Arc<PageInfo>,
    total_count: i32,
}

/// The same without a total: for lists whose rows are found one page at a time, so that a count would cost what all pages cost.
#[derive(Debug)]
pub struct Uncounted<T>(Connection<T>);

/// A row of a page with its cursor.
#[derive(Debug)]
pub struct Edge<T> {
    cursor: Cursor,
    node: Arc<T>,
}

/// Where a page stands in the whole.
#[derive(Debug, Default)]
pub struct PageInfo {
    has_next_page: bool,
    has_previous_page: bool,
    start_cursor: Option<Cursor>,
    end_cursor: Option<Cursor>,
}

impl<T> Connection<T> {
    /// The page made of `rows`, which were read from the page's end of the order on, one more than the page holds where
    /// there is one.
    #[must_use]
    pub fn of<A>(page: &Page<A>, mut rows: Vec<(Cursor, Arc<T>)>, total_count: i64) -> Self {
        let more = rows.len() > page.size as usize;
        rows.truncate(page.size as usize);
        let (has_next_page, has_previous_page) = match page.direction {
            Direction::Forward => (more, page.after.is_some()),
            Direction::Backward => (page.before.is_some(), more),
        };
        if page.direction == Direction::Backward {
            rows.reverse();
        }
        let (cursors, rows): (Vec<Cursor>, Vec<Arc<T>>) = rows.into_iter().unzip();
        let page_info = Arc::new(PageInfo {
            has_next_page,
            has_previous_page,
            start_cursor: cursors.first().cloned(),
            end_cursor: cursors.last().cloned(),
        });
        Self { rows, cursors, page_info, total_count: i32::try_from(total_count).unwrap_or(i32::MAX) }
    }
}

impl<T> Uncounted<T> {
    /// The page made of `rows`, as of [`Connection::of`].
    #[must_use]
    pub fn of<A>(page: &Page<A>, rows: Vec<(Cursor, Arc<T>)>) -> Self {
        Self(Connection::of(page, rows, 0))
    }
}

impl<T: Object> Object for Connection<T> {
    fn name() -> &'static str {
        interned(format!("{}Connection", T::name()))
    }

    fn table() -> ObjectType<Self> {
        let table = ObjectType::<Self>::new("A page of a list: <https://relay.dev/graphql/connections.htm>.");
        page_fields(table, |page: &Self| page).field(
            "totalCount",
            "How many rows all pages hold together. Counted only where it is selected.",
            |page| &page.total_count,
        )
    }
}

impl<T: Object> Object for Uncounted<T> {
    fn name() -> &'static str {
        interned(format!("Uncounted{}Connection", T::name()))
    }

    fn table() -> ObjectType<Self> {
        let table = ObjectType::<Self>::new(
            "A page of a list whose rows nobody has counted: <https://relay.dev/graphql/connections.htm>, without `totalCount`.",
        );
        page_fields(table, |Self(page)| page)
    }
}

/// What every page has.
fn page_fields<P: Object, T: Object>(table: ObjectType<P>, page: fn(&P) -> &Connection<T>) -> ObjectType<P> {
    table
        .inline_many("edges", "The rows of this page with their cursors.", move |row: &P| {
            let page = page(row);
            let edge = |(cursor, node): (&Cursor, &Arc<T>)| Arc::new(Edge { cursor: cursor.clone(), node: Arc::clone(node) });
            page.cursors.iter().zip(&page.rows).map(edge).collect()
        })
        .of_page()
        .inline_many("nodes", "The rows of this page, where cursors are not needed.", move |row| page(row).rows.clone())
        .of_page()
        .inline_one("pageInfo", "Where this page stands in the whole.", move |row| Some(Arc::clone(&page(row).page_info)))
        .required()
}

impl<T: Object> Object for Edge<T> {
    fn name() -> &'static str {
        interned(format!("{}Edge", T::name()))
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("A row of a page with its cursor.")
            .computed("cursor", "Where the row stands in the order: for `after` and `before`.", |edge: &Self| edge.cursor.encode())
            .inline_one("node", "The row.", |edge| Some(Arc::clone(&edge.node)))
            .required()
    }
}

impl Object for PageInfo {
    fn name() -> &'static str {
        "PageInfo"
    }

    fn table() -> ObjectType<Self> {
        let cursor = |cursor: &Option<Cursor>| cursor.as_ref().map(Cursor::encode);
        ObjectType::<Self>::new("Where a page stands in the whole.")
            .shareable()
            .field("hasNextPage", "Are there rows after this page?", |info: &Self| &info.has_next_page)
            .field("hasPreviousPage", "Are there rows before this page?", |info| &info.has_previous_page)
            .computed("startCursor", "The cursor of the first row.", move |info| cursor(&info.start_cursor))
            .computed("endCursor", "The cursor of the last row.", move |info| cursor(&info.end_cursor))
    }
}

/// `first`, `after`, `last`, `before` beside a connection's own arguments.
#[derive(Default)]
pub struct PageArguments<A> {
    page: PageInput,
    own: A,
}

impl<A: Arguments + Clone> PageArguments<A> {
    /// The page that they ask for, given what is selected on it.
    pub(super) fn page(&self, largest: u32, selected: &[&'static str]) -> Result<Page<A>, Error> {
        let wants_rows = selected.iter().any(|name| *name != "totalCount");
        self.page.page(largest, Arc::new(self.own.clone()), wants_rows, selected.contains(&"totalCount"))
    }
}

impl<A: Arguments> Arguments for PageArguments<A> {
    fn fields() -> Fields<Self> {
        Fields::default()
            .field(
                "first",
                "At most so many rows from the start, up to 100; 20 where neither `first` nor `last` is given.",
                |into: &mut Self, first| {
                    into.page.first = first;
                },
            )
            .field("after", "Only rows after this cursor.", |into, after| into.page.after = after)
            .field("last", "At most so many rows from the end, up to 100.", |into, last| into.page.last = last)
            .field("before", "Only rows before this cursor.", |into, before| into.page.before = before)
            .embed(A::fields(), |into| &mut into.own)
    }
}

/// Names made from other names live as long as the schema; each is made once.
fn interned(name: String) -> &'static str {
    static NAMES: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    let names = names.get_or_insert_default();
    if let Some(known) = names.get(name.as_str()) {
        return known;
    }
    let name: &'static str = Box::leak(name.into_boxed_str());
    names.insert(name);
    name
}
