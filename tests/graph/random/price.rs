//! What random documents cost: the program that is made once for a document gives for any variables what a plain recursion over
//! the document gives.

use std::collections::BTreeMap;

use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field as FieldNode, FragmentDefinition, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, Value};
use async_graphql_value::Value as Literal;
use serde_json::json;
use tenantry::document::{needs, needs_of_operation};
use tenantry::graph::{self, RowCount, Tables, Variables};

use super::catalog::Catalog;
use super::differential::{Report, Setting};
use super::draft::{Drafter, Sizes};

const QUERIES: u64 = 600;
/// What a question about the schema costs.
const INTROSPECTION: u64 = 10;

/// The cost of a document, told from the prices of its fields with all variables at hand.
struct Reference<'a> {
    catalog: &'a Catalog,
    tables: &'a Tables,
    document: &'a ExecutableDocument,
    variables: &'a Variables,
}

impl<'a> Reference<'a> {
    fn cost(&self, operation: &'a OperationDefinition) -> u64 {
        self.selection("Query", &[&operation.selection_set.node], 0)
    }

    /// What these cost on one object of a type, which may be a page of so many rows.
    fn selection(&self, object: &str, sets: &[&'a SelectionSet], page: u64) -> u64 {
        self.selected(object, sets).values().map(|nodes| self.field(object, nodes, page)).sum()
    }

    /// The fields that are selected, those with the same key together.
    fn selected(&self, object: &str, sets: &[&'a SelectionSet]) -> BTreeMap<&'a str, Vec<&'a FieldNode>> {
        let mut selected: BTreeMap<&str, Vec<&FieldNode>> = BTreeMap::new();
        for item in sets.iter().flat_map(|set| &set.items).filter(|item| self.included(item.node.directives())) {
            let (on, inner) = match &item.node {
                Selection::Field(field) => {
                    selected.entry(field.node.response_key().node.as_str()).or_default().push(&field.node);
                    continue;
                }
                Selection::InlineFragment(fragment) => {
                    (fragment.node.type_condition.as_ref().map(|on| &on.node), &fragment.node.selection_set.node)
                }
                Selection::FragmentSpread(spread) => {
                    let definition: &Positioned<FragmentDefinition> = &self.document.fragments[&spread.node.fragment_name.node];
                    (Some(&definition.node.type_condition.node), &definition.node.selection_set.node)
                }
            };
            if on.is_none_or(|on| self.catalog.applies(&on.on.node, object)) {
                for (key, nodes) in self.selected(object, &[inner]) {
                    selected.entry(key).or_default().extend(nodes);
                }
            }
        }
        selected
    }

    fn included(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().all(|directive| {
            let condition = match &directive.node.get_argument("if").unwrap().node {
                Literal::Boolean(value) => *value,
                Literal::Variable(name) => self.variables.get(name) == Some(&Value::Boolean(true)),
                other => panic!("no condition: {other}"),
            };
            condition == (directive.node.name.node == "include")
        })
    }

    fn field(&self, object: &str, nodes: &[&'a FieldNode], page: u64) -> u64 {
        let name = nodes[0].name.node.as_str();
        if matches!(name, "__schema" | "__type") {
            return INTROSPECTION;
        }
        let Some(field) = self.tables.fields(object).find(|field| field.name == name) else { return 0 };
        let sets: Vec<&SelectionSet> = nodes.iter().map(|node| &node.selection_set.node).collect();
        let target = field.shape.name;
        let below = |page: u64| {
            let types = if self.catalog.get(target).kind == "INTERFACE" {
                self.catalog.get(target).possible.clone()
            } else {
                vec![target.to_owned()]
            };
            types.iter().map(|object| self.selection(object, &sets, page)).max().unwrap_or_default()
        };
        let each = u64::from(field.price.row_weight);
        let of_rows = match field.price.rows {
            _ if field.is_leaf() => 0,
            RowCount::One => below(0),
            RowCount::OfPage => page * below(0),
            RowCount::About(count) => u64::from(count) * (each + below(0)),
            RowCount::Items(argument) => match self.argument(nodes[0], argument) {
                Some(Value::List(items)) => (items.len() as u64).min(100) * (each + below(0)),
                Some(Value::Null) | None => 0,
                Some(_) => each + below(0),
            },
            RowCount::Page => {
                let given = ["first", "last"].map(|name| match self.argument(nodes[0], name) {
                    Some(Value::Number(number)) => Some(number.as_u64().unwrap_or(0).min(100)),
                    _ => None,
                });
                let size = given[0].or(given[1]).unwrap_or(20);
                let selected = self.selected(target, &sets);
                let wants_rows = selected.values().any(|nodes| !matches!(nodes[0].name.node.as_str(), "totalCount" | "__typename"));
                below(size) + if wants_rows { size * each } else { 0 }
            }
        };
        u64::from(field.price.weight) + of_rows
    }

    fn argument(&self, node: &FieldNode, name: &str) -> Option<Value> {
        let literal = node.get_argument(name)?.node.clone();
        if let Literal::Variable(name) = &literal {
            return self.variables.get(name).cloned();
        }
        literal.into_const_with::<()>(|_: Name| Ok(Value::Null)).ok()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_cost_what_a_plain_recursion_over_them_gives() {
    let world = Setting::world().await;
    let setting = Setting::of(&world).await;
    let tables = &setting.gateway.tables;
    let (mut dearest, mut guarded) = (0, 0);
    for seed in 0..QUERIES {
        let draft = Drafter::new(&setting.catalog, &setting.pool, seed, Sizes::Any).draft();
        let report = Report { seed, draft: &draft };
        let document = setting.gateway.documents.get(&draft.text).await.unwrap();
        let operation = graph::operation(&document.syntax, draft.operation_name).unwrap();
        let program = document.cost(draft.operation_name).unwrap();
        let worst = program.worst(&|_| None, 100);
        // The same document with its own variables, with none of those that may be left out, and with conditions turned around.
        let mut turned = draft.variables.clone();
        for value in turned.values_mut() {
            *value = value.as_bool().map_or(value.clone(), |condition| json!(!condition));
        }
        for provided in [&draft.variables, &turned] {
            let provided = serde_json::from_value(provided.clone().into()).unwrap();
            let variables = graph::variables(tables, operation, &provided).unwrap();
            let reference = Reference { catalog: &setting.catalog, tables, document: &document.syntax, variables: &variables };
            let price = program.price(&variables, 100);
            assert_eq!(price, reference.cost(operation));
            assert!(price <= worst, "{price} is more than the worst, {worst}");
            dearest = dearest.max(price);
        }
        let needed = needs_of_operation(tables, &document.syntax, operation);
        assert!(needed.iter().all(|need| needs(tables, &document.syntax).contains(need.permission)));
        guarded += usize::from(!needed.is_empty());
        drop(report);
    }
    assert!(dearest > 500 && guarded > 100, "{dearest}, {guarded}");
}
