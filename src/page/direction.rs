//! Which way a list runs, as clients say it.

use crate::graph::Enumeration;

/// Which way a list runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrderDirection {
    /// The smallest first.
    #[default]
    Ascending,
    /// The largest first.
    Descending,
}

impl OrderDirection {
    /// The largest first?
    #[must_use]
    pub fn is_descending(self) -> bool {
        self == Self::Descending
    }
}

impl Enumeration for OrderDirection {
    const NAME: &'static str = "OrderDirection";
    const DESCRIPTION: &'static str = "Which way a list runs.";
    const VALUES: &'static [(Self, &'static str, &'static str)] =
        &[(Self::Ascending, "ASC", "The smallest first."), (Self::Descending, "DESC", "The largest first.")];
}
