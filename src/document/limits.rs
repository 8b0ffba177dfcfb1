//! How large a document may be. Each limit has a code of its own, and a setting: `docs/operations.md` lists them.

/// The largest document that is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Names, numbers, strings and signs.
    pub tokens: usize,
    /// Lists and objects within each other, in the values of arguments.
    pub nesting: usize,
    /// Directives.
    pub directives: usize,
    /// Fragments that have a name.
    pub fragments: usize,
    /// Fields within fields, fragments expanded; what is asked of the schema itself is measured apart.
    pub depth: usize,
    /// Fields of an operation, fragments expanded.
    pub selections: usize,
    /// Fields at the root of an operation, fragments expanded.
    pub root_fields: usize,
    /// Fields under another name, fragments expanded: one field under a thousand names is a thousand loads.
    pub aliases: usize,
}

impl Limits {
    /// What no honest client of ours comes near.
    pub const DEFAULT: Self = Self {
        tokens: 2_000,
        nesting: 10,
        directives: 20,
        fragments: 100,
        depth: 12,
        selections: 5_000,
        root_fields: 20,
        aliases: 30,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
