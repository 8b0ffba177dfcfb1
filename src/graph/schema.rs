//! All tables together: the types of the schema, closed over their relations.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use async_graphql::parser::types::OperationType;

use super::federation::Service;
use super::input::{InputObject, InputTypes};
use super::leaf::Leaf;
use super::object::{Field, Object, ObjectType, Table};
use super::shape::EnumerationDeclaration;
use super::union::{Union, UnionDeclaration};
use super::viewer_can;

/// Tables while they are collected.
#[derive(Default)]
pub struct TableSet {
    tables: Vec<Table>,
    index: HashMap<&'static str, usize>,
    inputs: InputTypes,
    unions: Vec<UnionDeclaration>,
}

/// Every type of a schema. Made once at start.
pub struct Tables {
    pub(super) tables: Vec<Table>,
    pub(super) inputs: InputTypes,
    index: HashMap<&'static str, usize>,
    interfaces: HashMap<&'static str, Vec<usize>>,
    pub(super) unions: Vec<Union>,
    /// What this schema says of itself to gateways that put it together with others; made when first asked for.
    pub(super) service: OnceLock<Arc<Service>>,
}

/// A table set that contradicts itself: a mistake of the code, found when the schema is made.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SchemaError {
    /// A relation leads to a type that was not added.
    #[error("`{0}.{1}` is of the type `{2}`, which no table declares")]
    UnknownType(&'static str, &'static str, &'static str),
    /// A guard does not know where to ask.
    #[error("`{0}.{1}` has a guard, but `{0}` has no scope")]
    NoScope(&'static str, &'static str),
    /// A guarded field that would take its parent down.
    #[error("`{0}.{1}` has a guard and must be nullable")]
    GuardedButRequired(&'static str, &'static str),
    /// A union of nothing.
    #[error("no table is of the union `{0}`")]
    EmptyUnion(&'static str),
    /// The same field twice.
    #[error("`{0}.{1}` is declared twice")]
    Twice(&'static str, &'static str),
}

impl TableSet {
    /// Adds an object type and what it brings along.
    #[must_use]
    pub fn object<T: Object>(mut self) -> Self {
        self.add_once::<T>();
        self
    }

    /// Adds an object type made by hand: for roots that are put together from several rooms.
    #[must_use]
    pub fn table<T: Send + Sync + 'static>(mut self, table: ObjectType<T>) -> Self {
        self.add(table.table);
        self
    }

    /// Adds an input object that no argument names yet.
    #[must_use]
    pub fn input<I: InputObject>(mut self) -> Self {
        self.inputs.declare::<super::input::Object<I>>();
        self
    }

    /// Adds a union: a value that is of one of several object types.
    #[must_use]
    pub fn union(mut self, union: UnionDeclaration) -> Self {
        self.unions.push(union);
        self
    }

    pub(super) fn add_once<T: Object>(&mut self) {
        if !self.index.contains_key(T::name()) {
            let mut table = T::table().table;
            viewer_can::declare(&mut table);
            self.add(table);
        }
    }

    fn add(&mut self, mut table: Table) {
        self.index.insert(table.name, self.tables.len());
        let brings = std::mem::take(&mut table.brings);
        self.tables.push(table);
        for bring in brings {
            bring(self);
        }
    }

    pub(super) fn leaf<L: Leaf>(&mut self) {
        if let Some(declaration) = L::shape().enumeration {
            let declaration = declaration();
            self.inputs.enumerations.insert(declaration.name, declaration);
        }
    }

    pub(super) fn inputs(&mut self, declare: impl FnOnce(&mut InputTypes)) {
        declare(&mut self.inputs);
    }

    /// Closes the set.
    pub fn finish(mut self) -> Result<Tables, SchemaError> {
        let mut interfaces: HashMap<&'static str, Vec<usize>> = HashMap::new();
        for table in self.tables.iter_mut().filter(|table| table.name == "Mutation") {
            table.fields.iter_mut().for_each(|field| field.price = field.price.of_a_mutation());
        }
        for (index, table) in self.tables.iter().enumerate() {
            for interface in &table.interfaces {
                interfaces.entry(interface).or_default().push(index);
            }
        }
        let unions = self.unions.iter().map(|union| union.over(&self.tables)).collect();
        let tables =
            Tables { tables: self.tables, inputs: self.inputs, index: self.index, interfaces, unions, service: OnceLock::new() };
        if let Some(empty) = tables.unions.iter().find(|union| union.members.is_empty()) {
            return Err(SchemaError::EmptyUnion(empty.name));
        }
        for table in &tables.tables {
            for (place, field) in table.fields.iter().enumerate() {
                tables.check(table, place, field)?;
            }
        }
        Ok(tables)
    }
}

impl Tables {
    /// The object types that a relation to `name` can lead to: one, or those of an interface or a union.
    #[must_use]
    pub fn possible_types(&self, name: &str) -> &[usize] {
        if let Some(types) = self.interfaces.get(name) {
            return types;
        }
        match self.unions.iter().find(|union| union.name == name) {
            Some(union) => &union.members,
            None => self.index.get(name).map_or(&[], std::slice::from_ref),
        }
    }

    /// Does the name stand for several object types?
    #[must_use]
    pub fn is_abstract(&self, name: &str) -> bool {
        self.interfaces.contains_key(name) || self.unions.iter().any(|union| union.name == name)
    }

    /// The fields of an object type; none where there is no such type.
    pub fn fields(&self, name: &str) -> impl Iterator<Item = &Field> {
        self.index.get(name).into_iter().flat_map(|index| &self.tables[*index].fields)
    }

    /// The object type at the root of such operations, where the schema has any.
    #[must_use]
    pub fn root(&self, kind: OperationType) -> Option<usize> {
        let name = match kind {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => super::live::ROOT,
        };
        self.index.get(name).copied()
    }

    /// The name of an object type, and its fields.
    #[must_use]
    pub fn object_type(&self, type_index: usize) -> (&'static str, &[Field]) {
        let table = &self.tables[type_index];
        (table.name, &table.fields)
    }

    /// The names of all object types.
    pub fn object_types(&self) -> impl Iterator<Item = &'static str> {
        self.tables.iter().map(|table| table.name)
    }

    /// The names of the interfaces that some type implements.
    #[must_use]
    pub fn interfaces(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.interfaces.keys().copied().collect();
        names.sort_unstable();
        names
    }

    /// The id prefix of a type that implements `Node`.
    pub(super) fn node_prefix(&self, type_index: usize) -> Option<&'static str> {
        self.tables[type_index].node.as_ref().map(|node| node.prefix)
    }

    pub(super) fn enumeration(&self, name: &str) -> Option<&EnumerationDeclaration> {
        self.inputs.enumerations.get(name)
    }

    fn check(&self, table: &Table, place: usize, field: &Field) -> Result<(), SchemaError> {
        if table.fields[..place].iter().any(|earlier| earlier.name == field.name) {
            return Err(SchemaError::Twice(table.name, field.name));
        }
        if !field.is_leaf() && self.possible_types(field.shape.name).is_empty() && !self.interfaces.contains_key(field.shape.name) {
            return Err(SchemaError::UnknownType(table.name, field.name, field.shape.name));
        }
        match field.guard {
            Some(_) if table.scopes.is_none() => Err(SchemaError::NoScope(table.name, field.name)),
            Some(_) if !field.shape.nullable => Err(SchemaError::GuardedButRequired(table.name, field.name)),
            _ => Ok(()),
        }
    }
}
