//! What a document needs: the permissions that the fields it selects are guarded by, or ask for.

use std::collections::HashSet;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, Selection, SelectionSet};
use migration::catalog::Permission;

use crate::access::PermissionSet;
use crate::graph::Tables;

/// A permission, and the field for which it is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Need {
    /// The permission.
    pub permission: Permission,
    /// The object type.
    pub object: &'static str,
    /// The field.
    pub field: &'static str,
}

struct Search<'a> {
    tables: &'a Tables,
    document: &'a ExecutableDocument,
    /// Fragments that were searched, each for the types it can meet at once.
    searched: HashSet<(&'a str, usize)>,
    found: Vec<Need>,
    known: HashSet<Need>,
}

/// The permissions that a document needs if everything in it is selected, all its operations together.
#[must_use]
pub fn needs(tables: &Tables, document: &ExecutableDocument) -> PermissionSet {
    let mut search = Search::new(tables, document);
    for (_, operation) in document.operations.iter() {
        search.operation(&operation.node);
    }
    search.found.iter().map(|need| need.permission).collect()
}

/// The permissions that an operation needs, and for what, in the order of the document.
#[must_use]
pub fn needs_of_operation(tables: &Tables, document: &ExecutableDocument, operation: &OperationDefinition) -> Vec<Need> {
    let mut search = Search::new(tables, document);
    search.operation(operation);
    search.found
}

impl<'a> Search<'a> {
    fn new(tables: &'a Tables, document: &'a ExecutableDocument) -> Self {
        Self { tables, document, searched: HashSet::new(), found: Vec::new(), known: HashSet::new() }
    }

    fn operation(&mut self, operation: &'a OperationDefinition) {
        if let Some(root) = self.tables.root(operation.ty) {
            self.selection(root, &operation.selection_set.node);
        }
    }

    fn selection(&mut self, type_index: usize, set: &'a SelectionSet) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => self.field(type_index, field.node.name.node.as_str(), &field.node.selection_set.node),
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    if condition.is_none_or(|condition| self.applies(type_index, &condition.node.on.node)) {
                        self.selection(type_index, &fragment.node.selection_set.node);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    let Some(definition) = self.document.fragments.get(name) else { continue };
                    let applies = self.applies(type_index, &definition.node.type_condition.node.on.node);
                    if applies && self.searched.insert((name.as_str(), type_index)) {
                        self.selection(type_index, &definition.node.selection_set.node);
                    }
                }
            }
        }
    }

    fn field(&mut self, type_index: usize, name: &str, below: &'a SelectionSet) {
        let (object, fields) = self.tables.object_type(type_index);
        let Some(field) = fields.iter().find(|field| field.name == name) else { return };
        for permission in [field.guard, field.asks].into_iter().flatten() {
            let need = Need { permission, object, field: field.name };
            if self.known.insert(need) {
                self.found.push(need);
            }
        }
        for target in self.tables.possible_types(field.shape.name) {
            self.selection(*target, below);
        }
    }

    fn applies(&self, type_index: usize, condition: &str) -> bool {
        self.tables.possible_types(condition).contains(&type_index)
    }
}
