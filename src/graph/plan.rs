//! The plan of an operation: its selections merged for each type they can meet, arguments read, conditions decided.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field as FieldNode, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{Name, Pos, Positioned, Value};
use async_graphql_value::Value as Literal;

use super::coerce::{self, Variables};
use super::object::AnyArguments;
use super::schema::Tables;
use crate::error::{Code, Error};
use crate::request::Selection as SelectedFields;

/// So many selected fields, fragments expanded, and no more.
const LARGEST_PLAN: usize = 5_000;

/// What an operation selects. Nodes stand in an arena; the root is node 0.
pub struct Plan {
    /// Query, mutation or subscription.
    pub kind: OperationType,
    pub(super) nodes: Vec<PlanNode>,
    pub(super) field_count: usize,
}

/// The selection on one object type at one place of the document.
pub(super) struct PlanNode {
    pub type_index: usize,
    pub fields: Vec<PlanField>,
}

/// One response key of a selection.
pub(super) struct PlanField {
    /// Its number within the plan.
    pub id: usize,
    pub response_key: Name,
    /// `"key":`, ready to be written.
    pub json_key: Box<[u8]>,
    pub position: Pos,
    pub source: PlanSource,
    pub arguments: Result<AnyArguments, Error>,
    /// The names of the fields selected on the children.
    pub selected: Arc<[&'static str]>,
    /// For each type that the children can have: the node with the selection on it.
    pub children: Vec<(usize, usize)>,
}

#[derive(Clone, Copy)]
pub(super) enum PlanSource {
    Typename,
    /// The index of the field in its table.
    Field(usize),
}

impl Plan {
    /// Plans one operation of a valid document. Fails where it selects too much, or is no query or mutation of this schema.
    pub fn new(
        tables: &Tables,
        document: &ExecutableDocument,
        operation: &OperationDefinition,
        variables: &Variables,
    ) -> Result<Self, Error> {
        let root = match operation.ty {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => super::live::ROOT,
        };
        let root = *tables.possible_types(root).first().ok_or_else(|| Error::bad_input("the schema has no such operation"))?;
        let mut planner = Planner { tables, document, variables, nodes: Vec::new(), field_count: 0 };
        planner.node(root, &[&operation.selection_set.node])?;
        if operation.ty == OperationType::Subscription {
            planner.require_one_event()?;
        }
        Ok(Self { kind: operation.ty, nodes: planner.nodes, field_count: planner.field_count })
    }

    /// How many response keys are selected, fragments expanded.
    #[must_use]
    pub fn len(&self) -> usize {
        self.field_count
    }

    /// For each object type the fields that are selected on it, wherever.
    #[must_use]
    pub fn selection(&self, tables: &Tables) -> SelectedFields {
        let mut selection = SelectedFields::new();
        for node in &self.nodes {
            let table = &tables.tables[node.type_index];
            let fields = selection.entry(table.name).or_default();
            for field in &node.fields {
                if let PlanSource::Field(index) = field.source {
                    let name = table.fields[index].name;
                    if !fields.contains(&name) {
                        fields.push(name);
                    }
                }
            }
        }
        selection
    }

    /// Never: a selection has at least one field, unless conditions took all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.field_count == 0
    }

    /// How many statements a query takes at most, whatever its rows are: those of its loads and totals, and those that enter, read
    /// what the caller may do, and end. Most take fewer, since the loads of a level go together.
    #[must_use]
    pub fn statements_at_most(&self, tables: &Tables) -> usize {
        const ENTER: usize = 1;
        const ACCESS: usize = 2;
        const END: usize = 1;
        let totals = self.nodes.iter().map(|node| {
            let fields = &tables.tables[node.type_index].fields;
            let is_total =
                |field: &&PlanField| matches!(field.source, PlanSource::Field(index) if fields[index].name == "totalCount");
            node.fields.iter().filter(is_total).count()
        });
        ENTER + ACCESS + self.loads(tables) + totals.sum::<usize>() + END
    }

    /// How many loads it can take: one for each field that loads, and for each type behind an interface.
    #[must_use]
    pub fn loads(&self, tables: &Tables) -> usize {
        let loads = |node: &PlanNode| {
            let fields = &tables.tables[node.type_index].fields;
            let of_field = |planned: &PlanField| match planned.source {
                PlanSource::Field(index) if fields[index].is_loaded() => planned.children.len().max(1),
                PlanSource::Field(_) | PlanSource::Typename => 0,
            };
            node.fields.iter().map(of_field).sum::<usize>()
        };
        self.nodes.iter().map(loads).sum()
    }
}

struct Planner<'a> {
    tables: &'a Tables,
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    nodes: Vec<PlanNode>,
    field_count: usize,
}

/// Fields with the same response key, in the order of first appearance.
#[derive(Default)]
struct Grouped<'a> {
    groups: Vec<(&'a Name, Vec<&'a Positioned<FieldNode>>)>,
    index: HashMap<&'a str, usize>,
}

impl<'a> Planner<'a> {
    fn node(&mut self, type_index: usize, selections: &[&'a SelectionSet]) -> Result<usize, Error> {
        let number = self.nodes.len();
        self.nodes.push(PlanNode { type_index, fields: Vec::new() });
        let mut grouped = Grouped::default();
        let mut spread = Vec::new();
        for selection in selections {
            self.collect(type_index, selection, &mut grouped, &mut spread);
        }
        let mut fields = Vec::with_capacity(grouped.groups.len());
        for (key, nodes) in grouped.groups {
            if let Some(field) = self.field(type_index, key, &nodes)? {
                fields.push(field);
            }
        }
        self.nodes[number].fields = fields;
        Ok(number)
    }

    /// `CollectFields` of the specification (§6.3.2).
    fn collect(&self, type_index: usize, selection: &'a SelectionSet, grouped: &mut Grouped<'a>, spread: &mut Vec<&'a Name>) {
        for item in &selection.items {
            if !self.included(item.node.directives()) {
                continue;
            }
            match &item.node {
                Selection::Field(field) => {
                    let key = &field.node.response_key().node;
                    let place = *grouped.index.entry(key.as_str()).or_insert_with(|| {
                        grouped.groups.push((key, Vec::new()));
                        grouped.groups.len() - 1
                    });
                    grouped.groups[place].1.push(field);
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    if condition.is_none_or(|condition| self.applies(type_index, &condition.node.on.node)) {
                        self.collect(type_index, &fragment.node.selection_set.node, grouped, spread);
                    }
                }
                Selection::FragmentSpread(fragment) => {
                    let name = &fragment.node.fragment_name.node;
                    let Some(definition) = self.document.fragments.get(name) else { continue };
                    if spread.contains(&name) || !self.applies(type_index, &definition.node.type_condition.node.on.node) {
                        continue;
                    }
                    spread.push(name);
                    self.collect(type_index, &definition.node.selection_set.node, grouped, spread);
                }
            }
        }
    }

    fn field(&mut self, type_index: usize, key: &'a Name, nodes: &[&'a Positioned<FieldNode>]) -> Result<Option<PlanField>, Error> {
        self.field_count += 1;
        if self.field_count > LARGEST_PLAN {
            return Err(Error::client(
                Code::SelectionLimitExceeded,
                format!("the operation selects more than {LARGEST_PLAN} fields"),
            ));
        }
        let id = self.field_count - 1;
        let Some(first) = nodes.first() else { return Ok(None) };
        let name = first.node.name.node.as_str();
        let mut json_key = Vec::with_capacity(key.len() + 3);
        super::leaf::write_string(key, &mut json_key);
        json_key.push(b':');
        let mut planned = PlanField {
            id,
            response_key: key.clone(),
            json_key: json_key.into(),
            position: first.pos,
            source: PlanSource::Typename,
            arguments: Ok(Arc::new(())),
            selected: Arc::default(),
            children: Vec::new(),
        };
        if name == "__typename" {
            return Ok(Some(planned));
        }
        let tables = self.tables;
        let table = &tables.tables[type_index];
        // Introspection is answered elsewhere, and validation has refused unknown fields.
        let Some(index) = table.fields.iter().position(|field| field.name == name) else { return Ok(None) };
        let field = &table.fields[index];
        planned.source = PlanSource::Field(index);
        planned.arguments = coerce::arguments(tables, &field.arguments, &first.node, self.variables)
            .map_err(Error::bad_input)
            .and_then(|values| (field.read_arguments)(&values).map_err(|error| Error::bad_input(error.to_string())));
        if !field.is_leaf() {
            let selections: Vec<&SelectionSet> = nodes.iter().map(|node| &node.node.selection_set.node).collect();
            for &child_type in tables.possible_types(field.shape.name) {
                let node = self.node(child_type, &selections)?;
                planned.children.push((child_type, node));
            }
            planned.selected = self.selected(&planned.children);
        }
        Ok(Some(planned))
    }

    fn selected(&self, children: &[(usize, usize)]) -> Arc<[&'static str]> {
        let mut names = Vec::new();
        for (child_type, node) in children {
            for field in &self.nodes[*node].fields {
                if let PlanSource::Field(index) = field.source {
                    names.push(self.tables.tables[*child_type].fields[index].name);
                }
            }
        }
        names.into()
    }

    /// A subscription has one field at its root (§5.2.4.1), so that it is one sequence of events; conditions may leave none.
    fn require_one_event(&self) -> Result<(), Error> {
        match self.nodes.first().map_or(&[][..], |root| &root.fields) {
            [PlanField { source: PlanSource::Field(_), .. }] => Ok(()),
            _ => Err(Error::client(Code::GraphqlValidationFailed, "a subscription selects exactly one field at its root")),
        }
    }

    fn applies(&self, type_index: usize, condition: &str) -> bool {
        self.tables.possible_types(condition).contains(&type_index)
    }

    /// `@skip` and `@include` (§3.13).
    fn included(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().all(|directive| {
            let wanted = match directive.node.name.node.as_str() {
                "skip" => false,
                "include" => true,
                _ => return true,
            };
            let condition = directive.node.get_argument("if").map(|value| &value.node);
            let holds = match condition {
                Some(Literal::Boolean(value)) => *value,
                Some(Literal::Variable(name)) => matches!(self.variables.get(name), Some(Value::Boolean(true))),
                _ => false,
            };
            holds == wanted
        })
    }
}
