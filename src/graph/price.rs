//! What a field costs: declared with it, printed in the schema as `@cost` and `@listSize`, and added up before anything is loaded.

use super::object::{ObjectType, Source};
use super::shape::Shape;

/// Rows that a list is supposed to have where neither its arguments nor its table say how many.
const SUPPOSED: u32 = 10;
/// What a mutation costs beside what its payload reads: a transaction of its own, checks, locks and a line in the audit log.
const MUTATION: u32 = 10;

/// What a field costs for each object that it is selected on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// The field itself: nothing for a column of a row that is there, one for whatever is loaded.
    pub weight: u32,
    /// How many objects it leads to.
    pub rows: RowCount,
    /// What each of them costs, beside what is selected on it.
    pub row_weight: u32,
}

/// How many objects a field leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowCount {
    /// One, or none.
    One,
    /// A page of as many rows as `first` or `last` say.
    Page,
    /// All rows of the page that it is selected on.
    OfPage,
    /// One for each item of a list among its arguments, `input.ids` for one within an input object.
    Items(&'static str),
    /// Nobody knows before; so many are supposed.
    About(u32),
}

impl Price {
    /// Of a field of this type whose value comes from there, where its table says nothing else.
    pub(super) fn of(source: &Source, shape: Shape) -> Self {
        let is_loaded = matches!(source, Source::Load(_) | Source::Derived(..));
        let is_list = shape.list.is_some() && matches!(source, Source::Load(_) | Source::Inline(_));
        Self {
            weight: u32::from(is_loaded),
            rows: if is_list { RowCount::About(SUPPOSED) } else { RowCount::One },
            // What a row holds already was paid for with the row.
            row_weight: u32::from(is_loaded && is_list),
        }
    }

    /// Of a page that is loaded: its rows cost one each where any are wanted.
    pub(super) const fn of_a_page() -> Self {
        Self { weight: 1, rows: RowCount::Page, row_weight: 1 }
    }

    /// Of a field of the root of mutations.
    pub(super) fn of_a_mutation(self) -> Self {
        Self { weight: self.weight.max(MUTATION), ..self }
    }
}

impl<T: Send + Sync + 'static> ObjectType<T> {
    /// The field before costs this for each object, beside what it leads to.
    #[must_use]
    pub fn costs(mut self, weight: u32) -> Self {
        self.last(|field| field.price.weight = weight);
        self
    }

    /// The list before has about so many rows, whatever its arguments are.
    #[must_use]
    pub fn supposes(mut self, rows: u32) -> Self {
        self.last(|field| field.price.rows = RowCount::About(rows));
        self
    }

    /// The field before leads to a row for each item of this list among its arguments: `ids`, or `input.ids`.
    #[must_use]
    pub fn sized_by(mut self, argument: &'static str) -> Self {
        self.last(|field| {
            field.price.rows = RowCount::Items(argument);
            field.price.row_weight = field.price.row_weight.max(1);
        });
        self
    }

    /// The list before has the rows of the page that it stands on.
    #[must_use]
    pub(super) fn of_page(mut self) -> Self {
        self.last(|field| field.price = Price { weight: 0, rows: RowCount::OfPage, row_weight: 0 });
        self
    }
}
