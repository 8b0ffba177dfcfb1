//! The schema as a stranger sees it, read by introspection: what random queries are drawn from.

use std::collections::BTreeMap;

use serde_json::Value;
use tenantry::gateway::Gateway;

const INTROSPECTION: &str = "{ __schema { types { kind name possibleTypes { name } enumValues { name }
    inputFields { name type { ...type } }
    fields { name type { ...type } args { name type { ...type } } } } } }
    fragment type on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// Every type by its name.
pub struct Catalog {
    types: BTreeMap<String, Type>,
}

/// A named type.
#[derive(Default)]
pub struct Type {
    pub kind: String,
    pub fields: Vec<Field>,
    pub input_fields: Vec<Input>,
    pub values: Vec<String>,
    /// The object types of an interface.
    pub possible: Vec<String>,
}

/// A field of an object type or an interface.
pub struct Field {
    pub name: String,
    pub shape: Shape,
    pub arguments: Vec<Input>,
    /// Does it need a permission?
    pub guarded: bool,
}

/// An argument, or a field of an input object.
#[derive(Clone)]
pub struct Input {
    pub name: String,
    pub shape: Shape,
}

/// A reference to a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    Named(String),
    List(Box<Self>),
    NonNull(Box<Self>),
}

impl Shape {
    /// The named type inside.
    pub fn name(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::List(inner) | Self::NonNull(inner) => inner.name(),
        }
    }

    /// Is it a list, required or not?
    pub fn is_list(&self) -> bool {
        match self {
            Self::Named(_) => false,
            Self::List(_) => true,
            Self::NonNull(inner) => inner.is_list(),
        }
    }

    fn of(value: &Value) -> Self {
        let inner = || Box::new(Self::of(&value["ofType"]));
        match text(&value["kind"]).as_str() {
            "NON_NULL" => Self::NonNull(inner()),
            "LIST" => Self::List(inner()),
            _ => Self::Named(text(&value["name"])),
        }
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Named(name) => formatter.write_str(name),
            Self::List(inner) => write!(formatter, "[{inner}]"),
            Self::NonNull(inner) => write!(formatter, "{inner}!"),
        }
    }
}

impl Catalog {
    /// Reads the schema of a gateway.
    pub async fn of(gateway: &Gateway) -> Self {
        let schema = serde_json::to_value(gateway.schema.execute(INTROSPECTION).await.data).unwrap();
        let types = items(&schema["__schema"]["types"]).map(|value| (text(&value["name"]), Type::of(value, gateway)));
        Self { types: types.collect() }
    }

    /// A type that exists.
    pub fn get(&self, name: &str) -> &Type {
        self.types.get(name).unwrap_or_else(|| panic!("no type `{name}`"))
    }

    /// A field that exists.
    pub fn field(&self, type_name: &str, name: &str) -> &Field {
        let field = self.get(type_name).fields.iter().find(|field| field.name == name);
        field.unwrap_or_else(|| panic!("no field `{type_name}.{name}`"))
    }

    /// Has it fields of its own?
    pub fn is_composite(&self, name: &str) -> bool {
        matches!(self.get(name).kind.as_str(), "OBJECT" | "INTERFACE")
    }

    /// Does a fragment on `condition` apply to rows of this object type?
    pub fn applies(&self, condition: &str, object_type: &str) -> bool {
        condition == object_type || self.get(condition).possible.iter().any(|possible| possible == object_type)
    }
}

impl Type {
    fn of(value: &Value, gateway: &Gateway) -> Self {
        let name = text(&value["name"]);
        let guarded = |field: &str| gateway.tables.fields(&name).any(|known| known.name == field && known.guard.is_some());
        let field = |value: &Value| Field {
            name: text(&value["name"]),
            shape: Shape::of(&value["type"]),
            arguments: inputs(&value["args"]),
            guarded: guarded(&text(&value["name"])),
        };
        Self {
            kind: text(&value["kind"]),
            // What is for machines is tried by itself.
            fields: items(&value["fields"]).map(field).filter(|field| !field.name.starts_with('_')).collect(),
            input_fields: inputs(&value["inputFields"]),
            values: items(&value["enumValues"]).map(|value| text(&value["name"])).collect(),
            possible: items(&value["possibleTypes"]).map(|value| text(&value["name"])).collect(),
        }
    }
}

fn inputs(value: &Value) -> Vec<Input> {
    items(value).map(|value| Input { name: text(&value["name"]), shape: Shape::of(&value["type"]) }).collect()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
