//! A query over the library that is drawn from bytes: each byte is a decision, so what changes a byte changes the query a little.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{BaseType, FieldDefinition, InputValueDefinition, Type, TypeKind, TypeSystemDefinition};
use serde_json::{Map, Value as Json, json};
use tenantry::graph::sdl;

use super::library;

/// Fields that may not be null and are, now and then: the stock executor says that in words of its own.
const STRICT: [&str; 3] = ["author", "required", "requiredBook"];

/// A query with the values of its variables.
pub struct Sketch {
    pub text: String,
    pub variables: Map<String, Json>,
}

/// The types of the library, by name: their fields, and for abstract ones the objects behind.
struct Catalog {
    fields: BTreeMap<String, Vec<FieldDefinition>>,
    nodes: Vec<String>,
}

/// Fragments within each other, at most: with the fields between them less than what documents may nest.
const MOST_AROUND: usize = 16;

struct Drawing<'a> {
    bytes: &'a [u8],
    catalog: &'static Catalog,
    declared: Vec<String>,
    variables: Map<String, Json>,
    fragments: Vec<(String, String)>,
    keys: BTreeMap<String, usize>,
    left: usize,
    /// Fragments around what is drawn.
    around: usize,
}

impl Sketch {
    /// Draws a query; the same bytes give the same.
    pub fn of(bytes: &[u8]) -> Self {
        let mut drawing = Drawing {
            bytes,
            catalog: catalog(),
            declared: Vec::new(),
            variables: Map::new(),
            fragments: Vec::new(),
            keys: BTreeMap::new(),
            left: 40,
            around: 0,
        };
        let selection = drawing.object("Query", 5, 60);
        let declared = if drawing.declared.is_empty() { String::new() } else { format!("({})", drawing.declared.join(", ")) };
        let fragments: Vec<String> = drawing.fragments.into_iter().map(|(_, text)| text).collect();
        Self { text: format!("query{declared} {selection}\n{}", fragments.join("\n")), variables: drawing.variables }
    }
}

impl Drawing<'_> {
    fn byte(&mut self) -> usize {
        let Some((first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        usize::from(*first)
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.byte() % count == 1
    }

    /// A selection. Something of it is always there: the stock executor makes null of an object without members.
    fn object(&mut self, on: &str, depth: usize, rows: usize) -> String {
        let parts = self.parts(on, depth, rows);
        format!("{{ {parts} __typename }}")
    }

    fn parts(&mut self, on: &str, depth: usize, rows: usize) -> String {
        let wanted = 1 + self.byte() % 5;
        let mut parts = Vec::new();
        for _ in 0..wanted {
            if self.left > 0 {
                self.left -= 1;
                let part = self.part(on, depth, rows);
                parts.push(part);
            }
        }
        if parts.is_empty() { "__typename".to_owned() } else { parts.join(" ") }
    }

    /// The parts of a fragment, unless there are so many around it that no parser would follow.
    fn fragment(&mut self, on: &str, depth: usize, rows: usize) -> String {
        if self.around == MOST_AROUND {
            return "__typename".to_owned();
        }
        self.around += 1;
        let parts = self.parts(on, depth, rows);
        self.around -= 1;
        parts
    }

    fn part(&mut self, on: &str, depth: usize, rows: usize) -> String {
        match self.byte() % 12 {
            0 => "t: __typename".to_owned(),
            1 => {
                let condition = self.condition();
                format!("...{condition} {{ {} }}", self.fragment(on, depth, rows))
            }
            2 | 3 => {
                let narrow = self.narrow(on);
                let condition = self.condition();
                format!("... on {narrow}{condition} {{ {} }}", self.fragment(&narrow, depth, rows))
            }
            4 => {
                let narrow = self.narrow(on);
                let body = self.fragment(&narrow, depth, rows);
                // Numbered after its body, in which further ones were made: so none can spread itself.
                let name = format!("part{}", self.fragments.len());
                self.fragments.push((name.clone(), format!("fragment {name} on {narrow} {{ {body} }}")));
                format!("...{name}{} ...{name}", self.condition())
            }
            _ => self.field(on, depth, rows),
        }
    }

    /// A type on which a fragment may stand in a selection on `on`.
    fn narrow(&mut self, on: &str) -> String {
        let mut choices = vec![on.to_owned()];
        if on == "Node" {
            choices.extend(self.catalog.nodes.clone());
        } else if self.catalog.nodes.iter().any(|node| node == on) {
            choices.push("Node".to_owned());
        }
        choices.swap_remove(self.byte() % choices.len())
    }

    fn condition(&mut self) -> String {
        match self.byte() % 16 {
            1 => " @skip(if: true)".to_owned(),
            2 => " @include(if: false)".to_owned(),
            3 => " @skip(if: false) @include(if: true)".to_owned(),
            4 => {
                let value = self.one_in(2);
                format!(" @include(if: {})", self.variable("Boolean!", json!(value)))
            }
            _ => String::new(),
        }
    }

    fn field(&mut self, on: &str, depth: usize, rows: usize) -> String {
        let catalog = self.catalog;
        let many = |field: &FieldDefinition| match (field.name.node.as_str(), &field.ty.node.base) {
            ("bestsellers" | "forbidden", _) => 100,
            ("books", _) if on == "Author" => 100,
            (_, BaseType::List(_)) => 3,
            _ => 1,
        };
        let fits = |field: &&FieldDefinition| {
            let leads_on = catalog.fields.contains_key(named(&field.ty.node));
            !STRICT.contains(&field.name.node.as_str()) && (!leads_on || depth > 0 && many(field) <= rows)
        };
        let choices: Vec<&FieldDefinition> = catalog.fields[on].iter().filter(fits).collect();
        if choices.is_empty() {
            return "__typename".to_owned();
        }
        let field = choices[self.byte() % choices.len()];
        let name = &field.name.node;
        let mut arguments = Vec::new();
        for argument in &field.arguments {
            let required = !argument.node.ty.node.nullable && argument.node.default_value.is_none();
            if required || self.one_in(3) {
                let value = self.value(&argument.node);
                arguments.push(format!("{}: {value}", argument.node.name.node));
            }
        }
        let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
        // The same arguments have the same name, so that selections merge; others have others.
        let number = self.keys.len();
        let number = *self.keys.entry(format!("{on}.{name}{arguments}")).or_insert(number);
        let head = format!("a{number}: {name}{arguments}{}", self.condition());
        let leads_to = named(&field.ty.node);
        if !catalog.fields.contains_key(leads_to) {
            return head;
        }
        format!("{head} {}", self.object(leads_to, depth - 1, rows / many(field)))
    }

    fn value(&mut self, argument: &InputValueDefinition) -> String {
        let kind = &argument.ty.node;
        let value = match (argument.name.node.as_str(), named(kind)) {
            // Above these, shelves are locked: a whole level fails, and whose level it is differs.
            ("number" | "numbers", _) => json!(self.byte() * 3),
            ("first" | "last", _) => json!(self.byte() % 6),
            ("after" | "before", _) => json!("garbage"),
            ("id" | "ids", _) if !kind.nullable => json!(self.id()),
            (_, "Int") => json!(self.byte()),
            (_, "Boolean") => json!(self.one_in(2)),
            (_, "Color") => json!(if self.one_in(2) { "RED" } else { "BLUE" }),
            (_, "Filter") => json!({ "name": "a", "colors": ["RED"], "limit": self.byte(), "needed": true }),
            _ => json!("wörd \"x\" \\ \n\u{7f}"),
        };
        let value = match &kind.base {
            BaseType::Named(_) => value,
            BaseType::List(_) => {
                let count = self.byte() % 4;
                let mut items = vec![value];
                for _ in 0..count {
                    items.push(match named(kind) {
                        "ID" => json!(self.id()),
                        "Int" => json!(self.byte() * 3),
                        _ => items[0].clone(),
                    });
                }
                Json::from(items)
            }
        };
        if kind.nullable && self.one_in(8) {
            return "null".to_owned();
        }
        if self.one_in(2) { self.variable(&kind.to_string(), value) } else { literal(&value, named(kind)) }
    }

    fn id(&mut self) -> String {
        let number = u128::try_from(self.byte() * 5).unwrap_or_default();
        match self.byte() % 8 {
            0 => "garbage".to_owned(),
            1..4 => entity::join("org", uuid::Uuid::from_u128(number)),
            _ => entity::join("user", uuid::Uuid::from_u128(number)),
        }
    }

    fn variable(&mut self, kind: &str, value: Json) -> String {
        let name = format!("v{}", self.declared.len());
        self.declared.push(format!("${name}: {kind}"));
        self.variables.insert(name.clone(), value);
        format!("${name}")
    }
}

/// JSON as GraphQL writes it.
fn literal(value: &Json, kind: &str) -> String {
    match value {
        Json::String(member) if kind == "Color" => member.clone(),
        Json::Array(items) => format!("[{}]", items.iter().map(|item| literal(item, kind)).collect::<Vec<_>>().join(" ")),
        Json::Object(fields) => {
            let field = |(name, value): (&String, &Json)| {
                let kind = if name == "colors" { "Color" } else { "" };
                format!("{name}: {}", literal(value, kind))
            };
            format!("{{ {} }}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
        // GraphQL does not know the escape of this one.
        Json::String(text) => json!(text).to_string().replace('\u{7f}', "\\u007f"),
        value => value.to_string(),
    }
}

fn named(kind: &Type) -> &str {
    match &kind.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => named(inner),
    }
}

fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| {
        let text = sdl(library::tables()).expect("the library is a schema");
        let (mut fields, mut nodes) = (BTreeMap::new(), Vec::new());
        for definition in parse_schema(text).expect("what is printed can be read").definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let name = definition.node.name.node.to_string();
            let of_type = match definition.node.kind {
                TypeKind::Object(object) => {
                    if !object.implements.is_empty() {
                        nodes.push(name.clone());
                    }
                    object.fields
                }
                TypeKind::Interface(interface) => interface.fields,
                _ => continue,
            };
            fields.insert(name, of_type.into_iter().map(|field| field.node).collect());
        }
        Catalog { fields, nodes }
    })
}
