//! Unions: a value that is of one of several object types, which need not have anything in common.

use super::object::Table;

/// A union while the tables are collected: its name, what it is for, and which of all object types are of it.
pub struct UnionDeclaration {
    /// The name of the GraphQL type.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// Is this object type one of it?
    pub holds: fn(&Table) -> bool,
}

/// A union over the tables of a schema.
pub(super) struct Union {
    pub name: &'static str,
    pub description: &'static str,
    /// The indices of its object types.
    pub members: Vec<usize>,
}

impl UnionDeclaration {
    pub(super) fn over(&self, tables: &[Table]) -> Union {
        let members = tables.iter().enumerate().filter(|(_, table)| (self.holds)(table)).map(|(index, _)| index).collect();
        Union { name: self.name, description: self.description, members }
    }
}

impl Table {
    /// The name of the object type.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Can its objects be found again by their global ids?
    #[must_use]
    pub fn is_node(&self) -> bool {
        self.node.is_some()
    }
}
