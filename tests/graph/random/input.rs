//! Random values of input types: literals, variables, and both in one.

use rand::Rng;
use serde_json::{Map, Value};

use super::catalog::Shape;
use super::draft::Drafter;
use super::pool::WORDS;

impl Drafter<'_> {
    /// A value of an argument as text, which may name variables.
    pub(super) fn input(&mut self, name: &str, shape: &Shape) -> String {
        if self.chance(30) {
            let value = self.constant(name, shape);
            let nullable = !matches!(shape, Shape::NonNull(_));
            return match self.rng.random_range(0..6) {
                0 if nullable => self.left_out(shape, None),
                1 => {
                    let default = self.literal(shape, &value);
                    self.left_out(shape, Some(default))
                }
                _ => self.variable(shape, value),
            };
        }
        match shape {
            Shape::NonNull(inner) => self.present(name, inner),
            _ if self.chance(5) => "null".to_owned(),
            shape => self.present(name, shape),
        }
    }

    fn present(&mut self, name: &str, shape: &Shape) -> String {
        match shape {
            // A single value stands for a list of one.
            Shape::List(inner) if self.chance(15) => self.constant_literal(name, inner),
            Shape::List(inner) => {
                let length = self.rng.random_range(0..=4);
                let items: Vec<String> = (0..length).map(|_| self.input(name, inner)).collect();
                format!("[{}]", items.join(", "))
            }
            Shape::Named(type_name) if self.catalog().get(type_name).kind == "INPUT_OBJECT" => {
                let mut parts = Vec::new();
                for field in &self.catalog().get(type_name).input_fields {
                    if matches!(field.shape, Shape::NonNull(_)) || self.chance(40) {
                        parts.push(format!("{}: {}", field.name, self.input(&field.name, &field.shape)));
                    }
                }
                format!("{{ {} }}", parts.join(", "))
            }
            shape => self.constant_literal(name, shape),
        }
    }

    fn constant_literal(&mut self, name: &str, shape: &Shape) -> String {
        let value = self.constant_present(name, shape);
        self.literal(shape, &value)
    }

    /// A value without variables, as JSON.
    fn constant(&mut self, name: &str, shape: &Shape) -> Value {
        match shape {
            Shape::NonNull(inner) => self.constant_present(name, inner),
            _ if self.chance(5) => Value::Null,
            shape => self.constant_present(name, shape),
        }
    }

    fn constant_present(&mut self, name: &str, shape: &Shape) -> Value {
        let type_name = match shape {
            Shape::NonNull(inner) => return self.constant_present(name, inner),
            Shape::List(inner) => {
                let length = self.rng.random_range(0..=4);
                return (0..length).map(|_| self.constant(name, inner)).collect();
            }
            Shape::Named(type_name) => type_name,
        };
        let declared = self.catalog().get(type_name);
        match (declared.kind.as_str(), type_name.as_str()) {
            ("ENUM", _) => self.one_of(&declared.values).into(),
            ("INPUT_OBJECT", _) => {
                let mut fields = Map::new();
                for field in &declared.input_fields {
                    if matches!(field.shape, Shape::NonNull(_)) || self.chance(40) {
                        fields.insert(field.name.clone(), self.constant(&field.name, &field.shape));
                    }
                }
                Value::Object(fields)
            }
            (_, "Int") => self.rng.random_range(0..5).into(),
            (_, "Boolean") => self.chance(50).into(),
            (_, "ID") if self.chance(3) => "garbage".into(),
            (_, "ID") => self.id(name).into(),
            _ => self.one_of(&WORDS).into(),
        }
    }

    /// Mostly an id of the type that the place is for.
    fn id(&mut self, place: &str) -> String {
        let prefix = match place {
            "organization" | "ids" => "org_",
            "user" => "user_",
            "role" => "role_",
            _ => "",
        };
        let any = self.chance(5);
        let ids: Vec<&String> = self.pool().ids.iter().filter(|id| any || id.starts_with(prefix)).collect();
        self.one_of(&ids).clone()
    }

    /// JSON as a literal of GraphQL.
    fn literal(&self, shape: &Shape, value: &Value) -> String {
        match (shape, value) {
            (_, Value::Null) => "null".to_owned(),
            (Shape::NonNull(inner), value) => self.literal(inner, value),
            (Shape::List(inner), Value::Array(items)) => {
                let items: Vec<String> = items.iter().map(|item| self.literal(inner, item)).collect();
                format!("[{}]", items.join(", "))
            }
            (Shape::Named(name), Value::Object(fields)) => {
                let declared = &self.catalog().get(name).input_fields;
                let fields = declared.iter().filter_map(|field| {
                    let value = fields.get(&field.name)?;
                    Some(format!("{}: {}", field.name, self.literal(&field.shape, value)))
                });
                format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
            }
            (Shape::Named(name), Value::String(member)) if self.catalog().get(name).kind == "ENUM" => member.clone(),
            (_, value) => value.to_string(),
        }
    }
}
