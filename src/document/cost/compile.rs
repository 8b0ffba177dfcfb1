//! The making of a cost program: selections are merged for each type that they can meet, conditions left open.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field as FieldNode, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned};
use async_graphql_value::Value as Literal;

use super::{Conditions, CostProgram, Operand, Rows, Term, Variable, When};
use crate::error::{Code, Error};
use crate::graph::{Field, RowCount, Tables};

/// Selections that are visited, fragments expanded for each type they can meet. The analysis has bounded them for one.
const MOST_VISITED: usize = 100_000;
/// What a question about the schema itself costs: it loads nothing, and yet it is a long answer.
const INTROSPECTION: u64 = 10;

/// Conditions that were met on the way to a selection; `None`: none.
type Met = Option<Conditions>;

struct Compiler<'a> {
    tables: &'a Tables,
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: Vec<Variable>,
    visited: usize,
}

/// Fields with the same response key, in the order of first appearance.
#[derive(Default)]
struct Grouped<'a> {
    groups: Vec<Vec<(&'a FieldNode, Met)>>,
    index: HashMap<&'a str, usize>,
    /// Fragments that were collected, and under which conditions.
    spread: Vec<(&'a Name, Met)>,
}

/// The selection on objects of one type.
struct Node {
    terms: Vec<Term>,
    /// When anything but their number is selected of the rows of a page.
    wants_rows: When,
}

pub(super) fn program(
    tables: &Tables,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
) -> Result<CostProgram, Error> {
    // What is no operation of this schema is refused where it is executed.
    let Some(root) = tables.root(operation.ty) else { return Ok(CostProgram::default()) };
    let mut compiler = Compiler { tables, document, operation, variables: Vec::new(), visited: 0 };
    let terms = compiler.node(root, &[(&operation.selection_set.node, None)])?.terms;
    Ok(CostProgram { terms, variables: compiler.variables })
}

impl<'a> Compiler<'a> {
    fn node(&mut self, type_index: usize, selections: &[(&'a SelectionSet, Met)]) -> Result<Node, Error> {
        let mut grouped = Grouped::default();
        for (set, met) in selections {
            self.collect(type_index, set, met, &mut grouped)?;
        }
        let mut node = Node { terms: Vec::with_capacity(grouped.groups.len()), wants_rows: When::Any(Vec::new()) };
        for occurrences in grouped.groups {
            let Some((first, _)) = occurrences.first() else { continue };
            let name = first.name.node.as_str();
            let when = occurrences.iter().fold(When::Any(Vec::new()), |when, (_, met)| when.or(met));
            if matches!(name, "__schema" | "__type") {
                node.terms.push(Term { when, weight: INTROSPECTION, rows: Rows::One, below: Vec::new() });
                continue;
            }
            let (_, fields) = self.tables.object_type(type_index);
            let Some(field) = fields.iter().find(|field| field.name == name) else { continue };
            if name != "totalCount" {
                node.wants_rows = node.wants_rows.or_when(&when);
            }
            if let Some(term) = self.term(field, when, &occurrences)? {
                node.terms.push(term);
            }
        }
        node.terms.shrink_to_fit();
        Ok(node)
    }

    /// What a field costs; nothing where it and all below it are free.
    fn term(&mut self, field: &'a Field, when: When, occurrences: &[(&'a FieldNode, Met)]) -> Result<Option<Term>, Error> {
        let mut below = Vec::new();
        let mut wanted = When::Any(Vec::new());
        if !field.is_leaf() {
            let sets: Vec<_> = occurrences.iter().map(|(node, met)| (&node.selection_set.node, met.clone())).collect();
            let tables = self.tables;
            for target in tables.possible_types(field.shape.name) {
                let node = self.node(*target, &sets)?;
                wanted = node.wants_rows;
                if !node.terms.is_empty() {
                    below.push(node.terms);
                }
            }
        }
        let Some((first, _)) = occurrences.first() else { return Ok(None) };
        let each = field.price.row_weight.into();
        let rows = match field.price.rows {
            RowCount::One => Rows::One,
            RowCount::OfPage => Rows::OfPage,
            RowCount::Page => Rows::Page { first: self.operand(first, "first"), last: self.operand(first, "last"), wanted, each },
            RowCount::Items(argument) => Rows::Items { items: self.operand(first, argument), each },
            RowCount::About(count) => Rows::About { count: count.into(), each },
        };
        let is_free = below.is_empty() && field.price.weight == 0 && each == 0;
        Ok((!is_free).then(|| Term { when, weight: field.price.weight.into(), rows, below }))
    }

    /// `CollectFields` of the specification (§6.3.2), conditions left open.
    fn collect(&mut self, type_index: usize, set: &'a SelectionSet, met: &Met, grouped: &mut Grouped<'a>) -> Result<(), Error> {
        for item in &set.items {
            self.visited += 1;
            if self.visited > MOST_VISITED {
                let message = "the document selects too many fields through fragments on interfaces";
                return Err(Error::client(Code::SelectionLimitExceeded, message));
            }
            let Some(met) = self.meet(met, item.node.directives()) else { continue };
            match &item.node {
                Selection::Field(field) => {
                    let key = field.node.response_key().node.as_str();
                    let place = *grouped.index.entry(key).or_insert_with(|| {
                        grouped.groups.push(Vec::new());
                        grouped.groups.len() - 1
                    });
                    grouped.groups[place].push((&field.node, met));
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    if condition.is_none_or(|condition| self.applies(type_index, &condition.node.on.node)) {
                        self.collect(type_index, &fragment.node.selection_set.node, &met, grouped)?;
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    let Some(definition) = self.document.fragments.get(name) else { continue };
                    let was_spread = |(known, under): &(&Name, Met)| *known == name && (under.is_none() || *under == met);
                    if grouped.spread.iter().any(was_spread)
                        || !self.applies(type_index, &definition.node.type_condition.node.on.node)
                    {
                        continue;
                    }
                    grouped.spread.push((name, met.clone()));
                    self.collect(type_index, &definition.node.selection_set.node, &met, grouped)?;
                }
            }
        }
        Ok(())
    }

    fn applies(&self, type_index: usize, condition: &str) -> bool {
        self.tables.possible_types(condition).contains(&type_index)
    }

    /// What must hold besides for a selection with these directives; `None`: it is never selected.
    fn meet(&mut self, met: &Met, directives: &'a [Positioned<Directive>]) -> Option<Met> {
        let mut conditions: Option<Vec<(usize, bool)>> = None;
        for directive in directives {
            let wanted = match directive.node.name.node.as_str() {
                "skip" => false,
                "include" => true,
                _ => continue,
            };
            let holds = match directive.node.get_argument("if").map(|value| &value.node) {
                Some(Literal::Variable(name)) => {
                    let variable = self.variable(name);
                    conditions.get_or_insert_with(|| met.as_deref().unwrap_or_default().to_vec()).push((variable, wanted));
                    continue;
                }
                Some(Literal::Boolean(value)) => *value,
                _ => false,
            };
            if holds != wanted {
                return None;
            }
        }
        let Some(mut conditions) = conditions else { return Some(met.clone()) };
        conditions.sort_unstable();
        conditions.dedup();
        Some(Some(Arc::from(conditions)))
    }

    fn variable(&mut self, name: &Name) -> usize {
        if let Some(known) = self.variables.iter().position(|variable| variable.name == *name) {
            return known;
        }
        let definition = self.operation.variable_definitions.iter().find(|definition| definition.node.name.node == *name);
        let nullable = definition.is_none_or(|definition| definition.node.var_type.node.nullable);
        self.variables.push(Variable { name: name.clone(), nullable });
        self.variables.len() - 1
    }

    /// The number that an argument gives, or a field within it: `first`, `input.ids`.
    fn operand(&mut self, node: &FieldNode, path: &'static str) -> Operand {
        let mut names = path.split('.');
        let argument = names.next().unwrap_or_default();
        let Some(mut literal) = node.get_argument(argument).map(|literal| &literal.node) else { return Operand::Absent };
        loop {
            let left = names.clone().count();
            match (literal, names.next()) {
                (Literal::Variable(name), _) => return Operand::Variable(self.variable(name), rest_of(path, left)),
                (Literal::Object(fields), Some(name)) => match fields.get(name) {
                    Some(value) => literal = value,
                    None => return Operand::Absent,
                },
                (Literal::Null, _) | (_, Some(_)) => return Operand::Absent,
                // A negative size is refused where it is used, and nothing is loaded.
                (Literal::Number(number), None) => return Operand::Known(number.as_u64().unwrap_or_default()),
                (Literal::List(items), None) => return Operand::Known(items.len() as u64),
                (_, None) => return Operand::Known(1),
            }
        }
    }
}

/// The last so many names of a path.
fn rest_of(path: &'static str, names: usize) -> &'static str {
    let start = path.rmatch_indices('.').map(|(place, _)| place + 1).nth(names.saturating_sub(1)).unwrap_or_default();
    if names == 0 { "" } else { &path[start..] }
}

impl When {
    /// This, or where these conditions hold.
    fn or(mut self, met: &Met) -> Self {
        match (&mut self, met) {
            (Self::Always, _) | (_, None) => Self::Always,
            (Self::Any(any), Some(conditions)) => {
                if any.last() != Some(conditions) {
                    any.push(Arc::clone(conditions));
                }
                self
            }
        }
    }

    /// Either of both.
    fn or_when(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Any(one), Self::Any(other)) => Self::Any(one.iter().chain(other).cloned().collect()),
            _ => Self::Always,
        }
    }
}
