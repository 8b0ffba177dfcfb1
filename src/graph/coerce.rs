//! Coercion of variables and arguments as the GraphQL specification says (§6.1.2, §6.4.1).

use async_graphql::parser::types::{BaseType, Field as FieldNode, Type, VariableDefinition};
use async_graphql::{Name, Positioned, Value, indexmap::IndexMap};
use async_graphql_value::Value as Literal;

use super::input::{InputField, InputValues};
use super::schema::Tables;
use super::shape::Shape;

/// The coerced variables of a request. One that was left out and has no default is absent.
pub type Variables = IndexMap<Name, Value>;

/// Coerces the variables of an operation; gives every complaint.
pub fn variables(
    tables: &Tables,
    definitions: &[Positioned<VariableDefinition>],
    provided: &IndexMap<Name, Value>,
) -> Result<Variables, Vec<String>> {
    let mut coerced = Variables::new();
    let mut complaints = Vec::new();
    for definition in definitions {
        let definition = &definition.node;
        let name = &definition.name.node;
        let kind = &definition.var_type.node;
        let default = definition.default_value.as_ref().map(|value| (&value.node, Origin::Literal));
        match provided.get(name).map(|value| (value, Origin::Json)).or(default) {
            Some((value, origin)) => match (Coercion { tables, origin }).of_type(kind, value) {
                Ok(value) => drop(coerced.insert(name.clone(), value)),
                Err(complaint) => complaints.push(format!("variable `${name}` {complaint}")),
            },
            None if kind.nullable => {}
            None => complaints.push(format!("variable `${name}` of type `{kind}` is required")),
        }
    }
    if complaints.is_empty() { Ok(coerced) } else { Err(complaints) }
}

/// Coerces the arguments of a field.
pub fn arguments(
    tables: &Tables,
    declared: &[InputField],
    field: &FieldNode,
    variables: &Variables,
) -> Result<InputValues, String> {
    // Variables among the values have been coerced to their types already.
    let coercion = Coercion { tables, origin: Origin::Literal };
    let mut values = InputValues::new();
    for argument in declared {
        let literal = field.get_argument(argument.name).map(|literal| &literal.node);
        let value = literal.and_then(|literal| substituted(literal, variables)).or_else(|| argument.default.clone());
        match value {
            Some(value) => {
                let value = coercion
                    .of_shape(argument.shape, &value)
                    .map_err(|complaint| format!("argument `{}` {complaint}", argument.name))?;
                values.insert(Name::new(argument.name), value);
            }
            None if argument.shape.nullable => {}
            None => return Err(format!("argument `{}` is required", argument.name)),
        }
    }
    Ok(values)
}

/// The literal with its variables filled in; `None` where it is a variable that was left out.
fn substituted(literal: &Literal, variables: &Variables) -> Option<Value> {
    Some(match literal {
        Literal::Variable(name) => return variables.get(name).cloned(),
        Literal::Null => Value::Null,
        Literal::Number(number) => Value::Number(number.clone()),
        Literal::String(text) => Value::String(text.clone()),
        Literal::Boolean(value) => Value::Boolean(*value),
        Literal::Binary(bytes) => Value::Binary(bytes.clone()),
        Literal::Enum(name) => Value::Enum(name.clone()),
        Literal::List(items) => Value::List(items.iter().map(|item| substituted(item, variables).unwrap_or_default()).collect()),
        Literal::Object(fields) => {
            Value::Object(fields.iter().filter_map(|(name, value)| Some((name.clone(), substituted(value, variables)?))).collect())
        }
    })
}

/// Where a value was written.
#[derive(Clone, Copy)]
enum Origin {
    /// In the variables of a request.
    Json,
    /// In the document.
    Literal,
}

/// The coercion of values from one origin.
#[derive(Clone, Copy)]
struct Coercion<'a> {
    tables: &'a Tables,
    origin: Origin,
}

impl Coercion<'_> {
    fn of_type(self, kind: &Type, value: &Value) -> Result<Value, String> {
        match (&kind.base, value) {
            (_, Value::Null) if kind.nullable => Ok(Value::Null),
            (_, Value::Null) => Err(format!("of type `{kind}` must not be null")),
            (BaseType::Named(name), value) => self.named(name, value),
            (BaseType::List(inner), Value::List(items)) => list(items, |item| self.of_type(inner, item)),
            (BaseType::List(inner), value) => Ok(Value::List(vec![self.of_type(inner, value)?])),
        }
    }

    fn of_shape(self, shape: Shape, value: &Value) -> Result<Value, String> {
        match (shape.list, value) {
            (_, Value::Null) if shape.nullable => Ok(Value::Null),
            (_, Value::Null) => Err("must not be null".to_owned()),
            (None, value) => self.named(shape.name, value),
            (Some(items_nullable), value) => {
                let item = Shape { nullable: items_nullable, list: None, ..shape };
                match value {
                    Value::List(items) => list(items, |value| self.of_shape(item, value)),
                    value => Ok(Value::List(vec![self.of_shape(item, value)?])),
                }
            }
        }
    }

    fn named(self, name: &str, value: &Value) -> Result<Value, String> {
        if let Some(declaration) = self.tables.enumeration(name) {
            let member = match (value, self.origin) {
                (Value::Enum(member), _) => Some(member.as_str()),
                // JSON has no other word for it; in a document a string is no member.
                (Value::String(member), Origin::Json) => Some(member.as_str()),
                _ => None,
            };
            return member
                .filter(|member| declaration.values.iter().any(|(known, _)| known == member))
                .map(|member| Value::Enum(Name::new(member)))
                .ok_or_else(|| format!("expects a value of the enum `{name}`"));
        }
        if let Some(object) = self.tables.inputs.objects.get(name) {
            return self.input_object(name, &object.fields, value);
        }
        match (name, value) {
            ("ID", Value::Number(number)) if number.is_i64() || number.is_u64() => Ok(Value::String(number.to_string())),
            _ if fits(name, value) => Ok(value.clone()),
            _ => Err(format!("expects a value of type `{name}`")),
        }
    }

    fn input_object(self, name: &str, fields: &[InputField], value: &Value) -> Result<Value, String> {
        let Value::Object(values) = value else { return Err(format!("expects an object of type `{name}`")) };
        if let Some(unknown) = values.keys().find(|key| fields.iter().all(|field| field.name != key.as_str())) {
            return Err(format!("has the field `{}`, which `{name}` does not define", shortened(unknown)));
        }
        let mut coerced = InputValues::new();
        for field in fields {
            match values.get(field.name).or(field.default.as_ref()) {
                Some(value) => {
                    let value =
                        self.of_shape(field.shape, value).map_err(|complaint| format!("field `{}` {complaint}", field.name))?;
                    coerced.insert(Name::new(field.name), value);
                }
                None if field.shape.nullable => {}
                None => return Err(format!("lacks the field `{}`", field.name)),
            }
        }
        Ok(Value::Object(coerced))
    }
}

fn list(items: &[Value], coerce: impl Fn(&Value) -> Result<Value, String>) -> Result<Value, String> {
    items.iter().map(coerce).collect::<Result<_, _>>().map(Value::List)
}

/// Is it a value of this scalar as it stands?
fn fits(scalar: &str, value: &Value) -> bool {
    match (scalar, value) {
        ("Int", Value::Number(number)) => number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        ("BigInt", Value::Number(number)) => number.is_i64(),
        ("Float", Value::Number(_))
        | ("Boolean", Value::Boolean(_))
        | ("String" | "ID" | "DateTime" | "BigInt", Value::String(_))
        | ("JSON" | "_Any", _) => true,
        _ => false,
    }
}

/// Clients' words are repeated, but not at length.
fn shortened(text: &str) -> &str {
    text.char_indices().nth(40).map_or(text, |(end, _)| &text[..end])
}
