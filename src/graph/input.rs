//! What a client sends: arguments, input objects and enums, read into Rust once per field of a document.

use std::collections::BTreeMap;
use std::str::FromStr;

use async_graphql::{Name, Value, indexmap::IndexMap};
use chrono::{DateTime, Utc};
use entity::TypedId;

use super::leaf::{BigInt, Enumeration, Id};
use super::shape::{EnumerationDeclaration, Shape};

/// The coerced values of a field's arguments or of an input object, by name. What the client left out is absent.
pub type InputValues = IndexMap<Name, Value>;

/// Why a value was refused, in the client's words; `path` leads to it inside the argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError {
    /// Names of arguments and input fields, outermost first.
    pub path: Vec<&'static str>,
    /// What is wrong with it.
    pub message: String,
}

impl InputError {
    /// A refusal of the value at hand.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { path: Vec::new(), message: message.into() }
    }

    fn below(mut self, name: &'static str) -> Self {
        self.path.insert(0, name);
        self
    }
}

impl std::fmt::Display for InputError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.path.is_empty() {
            write!(formatter, "`{}`: ", self.path.join("."))?;
        }
        formatter.write_str(&self.message)
    }
}

/// A value that a client may send.
pub trait Input: Sized {
    /// The GraphQL type of the value.
    fn shape() -> Shape;
    /// Reads a value that has been coerced to that type.
    fn read(value: &Value) -> Result<Self, InputError>;
    /// The value of an argument that was left out.
    #[must_use]
    fn absent() -> Option<Self> {
        None
    }
    /// Declares the input types that this one is made of.
    fn declare(_inputs: &mut InputTypes) {}
}

/// The declared input types of a schema: what variables are coerced by, and what the SDL prints.
#[derive(Default)]
pub struct InputTypes {
    pub(super) objects: BTreeMap<&'static str, InputObjectType>,
    pub(super) enumerations: BTreeMap<&'static str, EnumerationDeclaration>,
}

/// An input object as its fields.
pub struct InputObjectType {
    pub(super) description: &'static str,
    pub(super) fields: Vec<InputField>,
}

/// One argument, or one field of an input object.
#[derive(Clone)]
pub struct InputField {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// Its type.
    pub shape: Shape,
    /// What stands in for it where the client leaves it out.
    pub default: Option<Value>,
}

impl InputTypes {
    pub(super) fn declare<I: Input>(&mut self) {
        if let Some(declaration) = I::shape().enumeration {
            let declaration = declaration();
            self.enumerations.insert(declaration.name, declaration);
        }
        I::declare(self);
    }
}

/// Arguments or an input object, declared field by field: each line says name, description, and where the value goes.
pub struct Fields<A> {
    fields: Vec<(InputField, Setter<A>)>,
    declare: Vec<fn(&mut InputTypes)>,
}

type Setter<A> = Box<dyn Fn(&mut A, Option<&Value>) -> Result<(), InputError> + Send + Sync>;

impl<A> Default for Fields<A> {
    fn default() -> Self {
        Self { fields: Vec::new(), declare: Vec::new() }
    }
}

impl<A: 'static> Fields<A> {
    /// One more field.
    #[must_use]
    pub fn field<I: Input + 'static>(self, name: &'static str, description: &'static str, set: fn(&mut A, I)) -> Self {
        self.field_or(name, description, None, set)
    }

    /// One more field, with the value that stands in for it where the client leaves it out.
    #[must_use]
    pub fn field_or<I: Input + 'static>(
        mut self,
        name: &'static str,
        description: &'static str,
        default: Option<Value>,
        set: fn(&mut A, I),
    ) -> Self {
        let field = InputField { name, description, shape: I::shape(), default };
        let setter = move |target: &mut A, value: Option<&Value>| {
            let read = match value {
                Some(value) => I::read(value).map_err(|error| error.below(name))?,
                None => I::absent().ok_or_else(|| InputError::new("is required").below(name))?,
            };
            set(target, read);
            Ok(())
        };
        self.fields.push((field, Box::new(setter)));
        self.declare.push(InputTypes::declare::<I>);
        self
    }

    /// The fields of a struct inside this one, as if they were declared here.
    #[must_use]
    pub fn embed<B: 'static>(mut self, inner: Fields<B>, project: fn(&mut A) -> &mut B) -> Self {
        for (field, set) in inner.fields {
            self.fields.push((field, Box::new(move |target, value| set(project(target), value))));
        }
        self.declare.extend(inner.declare);
        self
    }

    /// What was declared, for the schema.
    #[must_use]
    pub fn declarations(&self) -> Vec<InputField> {
        self.fields.iter().map(|(field, _)| field.clone()).collect()
    }

    pub(super) fn declare(&self, inputs: &mut InputTypes) {
        for declare in &self.declare {
            declare(inputs);
        }
    }

    /// Reads coerced values into `target`.
    pub fn read(&self, mut target: A, values: &InputValues) -> Result<A, InputError> {
        for (field, set) in &self.fields {
            set(&mut target, values.get(field.name))?;
        }
        Ok(target)
    }
}

/// The arguments of a field, read into a struct.
pub trait Arguments: Default + Send + Sync + 'static {
    /// The arguments, one line each.
    fn fields() -> Fields<Self>;
}

impl Arguments for () {
    fn fields() -> Fields<Self> {
        Fields::default()
    }
}

/// An input object type.
pub trait InputObject: Default + Send + Sync + 'static {
    /// The name of the type.
    const NAME: &'static str;
    /// What it is for.
    const DESCRIPTION: &'static str;
    /// Its fields, one line each.
    fn fields() -> Fields<Self>;
}

/// An input object as a value. (A wrapper, so that enums and objects can both be `Input`.)
#[derive(Clone, Debug, Default)]
pub struct Object<T>(pub T);

impl<T: InputObject> Input for Object<T> {
    fn shape() -> Shape {
        Shape::required(T::NAME)
    }
    fn read(value: &Value) -> Result<Self, InputError> {
        match value {
            Value::Object(values) => T::fields().read(T::default(), values).map(Object),
            _ => Err(InputError::new(format!("expects an object of type `{}`", T::NAME))),
        }
    }
    fn declare(inputs: &mut InputTypes) {
        if inputs.objects.contains_key(T::NAME) {
            return;
        }
        let fields = T::fields();
        inputs.objects.insert(T::NAME, InputObjectType { description: T::DESCRIPTION, fields: fields.declarations() });
        fields.declare(inputs);
    }
}

impl<E: Enumeration> Input for E {
    fn shape() -> Shape {
        Shape::enumeration::<E>()
    }
    fn read(value: &Value) -> Result<Self, InputError> {
        let name = match value {
            Value::Enum(name) => name.as_str(),
            Value::String(name) => name,
            _ => "",
        };
        E::VALUES
            .iter()
            .find(|(_, known, _)| *known == name)
            .map(|(value, ..)| *value)
            .ok_or_else(|| InputError::new(format!("expects a value of the enum `{}`", E::NAME)))
    }
}

impl<I: Input> Input for Option<I> {
    fn shape() -> Shape {
        I::shape().nullable()
    }
    fn read(value: &Value) -> Result<Self, InputError> {
        match value {
            Value::Null => Ok(None),
            value => I::read(value).map(Some),
        }
    }
    fn absent() -> Option<Self> {
        Some(None)
    }
    fn declare(inputs: &mut InputTypes) {
        I::declare(inputs);
    }
}

impl<I: Input> Input for Vec<I> {
    fn shape() -> Shape {
        I::shape().list()
    }
    fn read(value: &Value) -> Result<Self, InputError> {
        match value {
            Value::List(values) => values.iter().map(I::read).collect(),
            // A single value stands for a list of one, as the specification says.
            value => Ok(vec![I::read(value)?]),
        }
    }
    fn declare(inputs: &mut InputTypes) {
        I::declare(inputs);
    }
}

/// A field that the client may leave out, set, or set to null: three different things in an update.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Change<I> {
    /// Left out: stays as it is.
    #[default]
    Keep,
    /// Sent, perhaps as null.
    Set(Option<I>),
}

impl<I: Input> Input for Change<I> {
    fn shape() -> Shape {
        I::shape().nullable()
    }
    fn read(value: &Value) -> Result<Self, InputError> {
        Option::<I>::read(value).map(Self::Set)
    }
    fn absent() -> Option<Self> {
        Some(Self::Keep)
    }
    fn declare(inputs: &mut InputTypes) {
        I::declare(inputs);
    }
}

impl Input for String {
    fn shape() -> Shape {
        Shape::required("String")
    }
    fn read(value: &Value) -> Result<Self, InputError> {
        let Value::String(text) = value else { return Err(InputError::new("expects a string")) };
        if text.contains('\0') {
            return Err(InputError::new("contains the character U+0000, which cannot be stored"));
        }
        Ok(text.clone())
    }
}

impl Input for i32 {
    fn shape() -> Shape {
        Shape::required("Int")
    }
    fn read(value: &Value) -> Result<Self, InputError> {
        let Value::Number(number) = value else { return Err(InputError::new("expects an integer")) };
        number.as_i64().and_then(|number| number.try_into().ok()).ok_or_else(|| InputError::new("expects a 32-bit integer"))
    }
}

impl Input for bool {
    fn shape() -> Shape {
        Shape::required("Boolean")
    }
    fn read(value: &Value) -> Result<Self, InputError> {
        let Value::Boolean(value) = value else { return Err(InputError::new("expects a boolean")) };
        Ok(*value)
    }
}

impl Input for BigInt {
    fn shape() -> Shape {
        Shape::required("BigInt")
    }
    fn read(value: &Value) -> Result<Self, InputError> {
        let number = match value {
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => number.as_i64(),
            _ => None,
        };
        number.map(Self).ok_or_else(|| InputError::new("expects a 64-bit integer, as a string"))
    }
}

impl Input for DateTime<Utc> {
    fn shape() -> Shape {
        Shape::required("DateTime")
    }
    fn read(value: &Value) -> Result<Self, InputError> {
        let Value::String(text) = value else { return Err(InputError::new("expects a time such as `2026-01-31T12:00:00Z`")) };
        DateTime::parse_from_rfc3339(text)
            .map(|time| time.with_timezone(&Utc))
            .map_err(|_| InputError::new("expects a time such as `2026-01-31T12:00:00Z`"))
    }
}

impl<I: TypedId + FromStr<Err: std::fmt::Display>> Input for Id<I> {
    fn shape() -> Shape {
        Shape::required("ID")
    }
    fn read(value: &Value) -> Result<Self, InputError> {
        match value {
            Value::String(text) => text.parse().map(Self).map_err(|error: I::Err| InputError::new(error.to_string())),
            _ => Err(InputError::new(format!("expects an id such as `{}_…`", I::PREFIX))),
        }
    }
}

/// An id of any type, as `node(id:)` takes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AnyId(pub String);

impl Input for AnyId {
    fn shape() -> Shape {
        Shape::required("ID")
    }
    fn read(value: &Value) -> Result<Self, InputError> {
        match value {
            Value::String(text) => Ok(Self(text.clone())),
            _ => Err(InputError::new("expects an id such as `org_…`")),
        }
    }
}
