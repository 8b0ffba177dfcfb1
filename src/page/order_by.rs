//! The argument `orderBy` of a list, as clients say it: a field, and a direction.

use std::fmt::Debug;

use super::{Order, OrderDirection};
use crate::graph::{Enumeration, Fields, InputObject};

/// By what the rows of a list can be ordered; by age, where nothing else is said.
pub trait OrderField: Enumeration + Debug + Default {
    /// The name of the input object that says it with a direction.
    const INPUT: &'static str;
    /// What that input object is.
    const INPUT_DESCRIPTION: &'static str;
    /// The column that makes the order total.
    const INDEX_ID: &'static str;

    /// What tells cursors of this order from those of others, and the column of its sort key; none by age.
    fn sort_key(self) -> (char, Option<&'static str>);
}

/// An order that a client has chosen.
#[derive(Clone, Debug, Default)]
pub struct OrderBy<F> {
    field: F,
    direction: OrderDirection,
}

impl<F: OrderField> OrderBy<F> {
    /// The order as SQL.
    #[must_use]
    pub fn order(&self) -> Order {
        let (tag, key) = self.field.sort_key();
        Order { tag, key, index_id: F::INDEX_ID, descending: self.direction.is_descending() }
    }
}

impl<F: OrderField> InputObject for OrderBy<F> {
    const NAME: &'static str = F::INPUT;
    const DESCRIPTION: &'static str = F::INPUT_DESCRIPTION;

    fn fields() -> Fields<Self> {
        Fields::default().field("field", "By what.", |into: &mut Self, field| into.field = field).field(
            "direction",
            "Which way; `ASC` where it is left out.",
            |into, direction: Option<OrderDirection>| into.direction = direction.unwrap_or_default(),
        )
    }
}
