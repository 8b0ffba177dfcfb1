//! The rules that every answer keeps, whatever was asked: keys in the order of the document, types, nulls and errors in their
//! places. It collects fields for itself, by the words of the specification.

use std::collections::BTreeMap;

use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field as FieldNode, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, Value};
use async_graphql_value::Value as Literal;
use serde_json::{Map, Value as Json};

use super::catalog::{Catalog, Shape};
use crate::graph::answer::{Answer, code};

/// Root fields that refuse by themselves: in which place they need a permission depends on their arguments, or they are for the
/// platform's own staff.
const REFUSING: [&str; 8] =
    ["apiKeys", "developerRoles", "auditLog", "userEvents", "resourceGrants", "checkAccess", "explainAccess", "whoCan"];

/// What the walk over an answer found out.
#[derive(Debug, Default)]
pub struct Findings {
    /// Selections of one response key in several places.
    pub merges: usize,
    /// Guarded fields that were denied.
    pub denials: usize,
    /// Objects that were there.
    pub objects: usize,
    /// Relations that some rows of a level were denied, and others were not.
    pub partial: usize,
}

pub struct Oracle<'a> {
    catalog: &'a Catalog,
    document: &'a ExecutableDocument,
    variables: &'a Map<String, Json>,
    defaults: BTreeMap<&'a str, bool>,
    /// Codes by path, as text.
    codes: BTreeMap<String, Vec<&'a str>>,
    omitted: bool,
    path: Vec<Json>,
    /// Guarded relations by their places, lists not counted: was one denied, was one followed?
    guarded: BTreeMap<String, (bool, bool)>,
    findings: Findings,
}

impl<'a> Oracle<'a> {
    /// Walks an answer; panics where it breaks a rule.
    pub fn check(
        catalog: &'a Catalog,
        document: &'a ExecutableDocument,
        operation: &'a OperationDefinition,
        variables: &'a Map<String, Json>,
        answer: &'a Answer,
    ) -> Findings {
        let mut codes: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for error in &answer.errors {
            assert_ne!(code(error), "INTERNAL", "{error}");
            assert!(error["locations"][0]["line"].as_u64() > Some(0), "{error} says no place");
            assert_ends_in_null(&answer.data, error["path"].as_array().unwrap_or_else(|| panic!("{error} has no path")));
            codes.entry(error["path"].to_string()).or_default().push(code(error));
        }
        let default = |definition: &'a Positioned<async_graphql::parser::types::VariableDefinition>| match definition
            .node
            .default_value
            .as_ref()?
            .node
        {
            Value::Boolean(value) => Some((definition.node.name.node.as_str(), value)),
            _ => None,
        };
        let defaults = operation.variable_definitions.iter().filter_map(default).collect();
        let findings = Findings::default();
        let mut oracle = Self {
            catalog,
            document,
            variables,
            defaults,
            codes,
            omitted: answer.omitted > 0,
            path: Vec::new(),
            guarded: BTreeMap::new(),
            findings,
        };
        oracle.object("Query", &[&operation.selection_set.node], &answer.data);
        assert!(oracle.codes.is_empty() || oracle.omitted, "errors where nothing was selected: {:?}", oracle.codes);
        oracle.findings.partial = oracle.guarded.values().filter(|(denied, followed)| *denied && *followed).count();
        oracle.findings
    }

    fn object(&mut self, type_name: &str, selections: &[&'a SelectionSet], value: &Value) {
        let Value::Object(members) = value else { panic!("{:?} is no object: {value}", self.path) };
        self.findings.objects += 1;
        let mut fields: Vec<(&'a str, Vec<&'a FieldNode>)> = Vec::new();
        let mut spread = Vec::new();
        for selection in selections {
            self.collect(type_name, selection, &mut spread, &mut fields);
        }
        let expected: Vec<&str> = fields.iter().map(|(key, _)| *key).collect();
        let keys: Vec<&str> = members.keys().map(Name::as_str).collect();
        assert_eq!(keys, expected, "keys at {:?}", self.path);
        for (key, nodes) in fields {
            self.findings.merges += usize::from(nodes.len() > 1);
            self.path.push(key.into());
            self.field(type_name, &nodes, &members[key]);
            self.path.pop();
        }
    }

    fn collect(
        &self,
        type_name: &str,
        selection: &'a SelectionSet,
        spread: &mut Vec<&'a str>,
        fields: &mut Vec<(&'a str, Vec<&'a FieldNode>)>,
    ) {
        for item in &selection.items {
            if !self.included(item.node.directives()) {
                continue;
            }
            match &item.node {
                Selection::Field(field) => {
                    let key = field.node.response_key().node.as_str();
                    match fields.iter_mut().find(|(known, _)| *known == key) {
                        Some((_, nodes)) => nodes.push(&field.node),
                        None => fields.push((key, vec![&field.node])),
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref().map(|condition| condition.node.on.node.as_str());
                    if condition.is_none_or(|condition| self.catalog.applies(condition, type_name)) {
                        self.collect(type_name, &fragment.node.selection_set.node, spread, fields);
                    }
                }
                Selection::FragmentSpread(fragment) => {
                    let name = fragment.node.fragment_name.node.as_str();
                    let definition = &self.document.fragments[name].node;
                    if !spread.contains(&name) {
                        spread.push(name);
                        if self.catalog.applies(&definition.type_condition.node.on.node, type_name) {
                            self.collect(type_name, &definition.selection_set.node, spread, fields);
                        }
                    }
                }
            }
        }
    }

    fn included(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().all(|directive| {
            let holds = match &directive.node.get_argument("if").expect("a condition").node {
                Literal::Boolean(value) => *value,
                Literal::Variable(name) => {
                    let default = || self.defaults.get(name.as_str()).copied().expect("a value or a default");
                    self.variables.get(name.as_str()).map_or_else(default, |value| value.as_bool().unwrap())
                }
                other => panic!("{other} is no condition"),
            };
            holds == (directive.node.name.node == "include")
        })
    }

    fn field(&mut self, type_name: &str, nodes: &[&'a FieldNode], value: &Value) {
        let name = nodes[0].name.node.as_str();
        assert!(nodes.iter().all(|node| node.name.node == name), "the draft merges different fields at {:?}", self.path);
        if name == "__typename" {
            assert_eq!(*value, Value::from(type_name));
            return;
        }
        let field = self.catalog.field(type_name, name);
        let errors = self.codes.remove(&Json::from(self.path.clone()).to_string()).unwrap_or_default();
        assert!(errors.len() <= 1, "several errors at {:?}: {errors:?}", self.path);
        if errors.contains(&"FORBIDDEN") {
            let refuses = field.guarded || (type_name == "Query" && REFUSING.contains(&name));
            assert!(refuses, "`{type_name}.{name}` has no guard, yet was denied");
            self.findings.denials += 1;
        }
        if field.guarded && self.catalog.is_composite(field.shape.name()) {
            let keys: Vec<&str> = self.path.iter().filter_map(Json::as_str).collect();
            let (denied, followed) = self.guarded.entry(keys.join(".")).or_default();
            *denied |= errors.contains(&"FORBIDDEN");
            *followed |= *value != Value::Null;
        }
        let selections: Vec<&SelectionSet> = nodes.iter().map(|node| &node.selection_set.node).collect();
        self.complete(&field.shape, &selections, value);
    }

    /// The value fits its type. That nulls below required places have gone up, follows: here they would not fit.
    fn complete(&mut self, shape: &Shape, selections: &[&'a SelectionSet], value: &Value) {
        match (shape, value) {
            (Shape::NonNull(inner), value) => {
                assert_ne!(*value, Value::Null, "null at the required {:?}", self.path);
                self.complete(inner, selections, value);
            }
            (_, Value::Null) => {}
            (Shape::List(inner), Value::List(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.path.push(index.into());
                    self.complete(inner, selections, item);
                    self.path.pop();
                }
            }
            (Shape::Named(name), value) => match self.catalog.get(name).kind.as_str() {
                "OBJECT" => self.object(name, selections, value),
                "INTERFACE" => {
                    let Value::Object(members) = value else { panic!("{:?} is no object: {value}", self.path) };
                    let Value::String(concrete) = &members["__typename"] else { panic!("{:?} says no type", self.path) };
                    assert!(self.catalog.applies(name, concrete), "{concrete} is no {name}");
                    self.object(concrete, selections, value);
                }
                "ENUM" => {
                    let Value::String(member) = value else { panic!("{:?}: {value} is no member of {name}", self.path) };
                    assert!(self.catalog.get(name).values.contains(member), "{member} is no {name}");
                }
                _ => self.scalar(name, value),
            },
            (shape, value) => panic!("{:?}: {value} is no {shape}", self.path),
        }
    }

    fn scalar(&self, name: &str, value: &Value) {
        let fits = match name {
            "Int" => matches!(value, Value::Number(number) if number.as_i64().is_some_and(|number| i32::try_from(number).is_ok())),
            "Boolean" => matches!(value, Value::Boolean(_)),
            "BigInt" => matches!(value, Value::String(text) if text.parse::<i64>().is_ok()),
            "JSON" => true,
            "DateTime" => matches!(value, Value::String(text) if chrono::DateTime::parse_from_rfc3339(text).is_ok()),
            "ID" => matches!(value, Value::String(text) if text.contains('_')),
            _ => matches!(value, Value::String(_)),
        };
        assert!(fits, "{:?}: {value} is no {name}", self.path);
    }
}

/// An error's path leads to a null, or to something that a null above has swallowed.
fn assert_ends_in_null(data: &Value, path: &[Json]) {
    let mut place = data;
    for segment in path {
        place = match (place, segment) {
            (Value::Null, _) => return,
            (Value::Object(members), Json::String(key)) => {
                members.get(key.as_str()).unwrap_or_else(|| panic!("no `{key}` of {path:?}"))
            }
            (Value::List(items), Json::Number(index)) => &items[usize::try_from(index.as_u64().unwrap()).unwrap()],
            (other, segment) => panic!("{path:?} leads through {segment} of {other}"),
        };
    }
    assert_eq!(*place, Value::Null, "an error at {path:?}, where there is a value");
}
