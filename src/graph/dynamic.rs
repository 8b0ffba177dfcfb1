//! The async-graphql schema made from the tables: for parsing, validation, introspection and the SDL.

use std::fmt::Write as _;
use std::sync::Arc;

use async_graphql::Value;
use async_graphql::dynamic::{
    Directive, Enum, EnumItem, Field as DynamicField, FieldValue, InputObject, InputValue, Interface, InterfaceField, Object,
    ResolverContext, Scalar, Schema, SchemaBuilder, Subscription, SubscriptionField, SubscriptionFieldFuture, TypeRef,
};
use futures_util::stream;

use super::input::InputField;
use super::live;
use super::object::Field;
use super::schema::Tables;
use super::stock;

/// Scalars beside the built-in ones: name, description, specification.
const SCALARS: [(&str, &str, &str); 3] = [
    (
        "DateTime",
        "A moment in UTC, as RFC 3339 writes it: `2026-01-31T12:00:00Z`.",
        "https://scalars.graphql.org/andimarek/date-time.html",
    ),
    (
        "BigInt",
        "A 64-bit integer, written as a string: JavaScript's numbers end at 2⁵³.",
        "https://datatracker.ietf.org/doc/html/rfc7493#section-2.2",
    ),
    (
        "JSON",
        "Any JSON value: an object, a list, a string, a number, a boolean or null.",
        "https://datatracker.ietf.org/doc/html/rfc8259",
    ),
];

/// What the SDL of async-graphql lacks: a directive cannot be defined in a dynamic schema, only applied.
const DIRECTIVES: &str = r#"
"""
The permission that the caller needs for a field. Without it the field is null, and an error with the code `FORBIDDEN` says so.
"""
directive @guard(permission: String!) on FIELD_DEFINITION
"#;

/// Begins the schema: all types are registered. Its resolvers are those of the stock executor over the same tables.
pub fn dynamic_schema(tables: &Arc<Tables>) -> SchemaBuilder {
    let has_mutations = !tables.possible_types("Mutation").is_empty();
    let has_subscriptions = !tables.possible_types(live::ROOT).is_empty();
    let mut builder = Schema::build("Query", has_mutations.then_some("Mutation"), has_subscriptions.then_some(live::ROOT));
    for (name, description, specification) in SCALARS {
        builder = builder.register(Scalar::new(name).description(description).specified_by_url(specification));
    }
    for name in tables.interfaces() {
        let interface = Interface::new(name)
            .description("An object that can be found again by its global id.")
            .field(InterfaceField::new("id", TypeRef::named_nn(TypeRef::ID)).description("The global id."));
        builder = builder.register(interface);
    }
    for (name, object) in &tables.inputs.objects {
        let fields = object.fields.iter().map(input_value);
        builder = builder.register(fields.fold(InputObject::new(*name).description(object.description), InputObject::field));
    }
    for (name, declaration) in &tables.inputs.enumerations {
        let items = declaration.values.iter().map(|(name, description)| EnumItem::new(*name).description(*description));
        builder = builder.register(items.fold(Enum::new(*name).description(declaration.description), Enum::item));
    }
    for (type_index, table) in tables.tables.iter().enumerate() {
        if table.name == live::ROOT {
            let root = Subscription::new(table.name).description(table.description);
            builder = builder.register(table.fields.iter().map(event_field).fold(root, Subscription::field));
            continue;
        }
        let mut object = Object::new(table.name).description(table.description);
        for interface in &table.interfaces {
            object = object.implement(*interface);
        }
        for (place, field) in table.fields.iter().enumerate() {
            object = object.field(dynamic_field(tables, type_index, place, field));
        }
        builder = builder.register(object);
    }
    builder
}

/// The SDL as it is committed: everything that a client may know, directives included.
#[must_use]
pub fn sdl(schema: &Schema) -> String {
    let mut text = schema.sdl_with_options(
        async_graphql::SDLExportOptions::new()
            .sorted_fields()
            .sorted_arguments()
            .sorted_enum_items()
            .include_specified_by()
            .use_space_ident(),
    );
    // Writing to a String cannot fail.
    let _ = write!(text, "{DIRECTIVES}");
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n") + "\n"
}

fn dynamic_field(tables: &Arc<Tables>, type_index: usize, place: usize, field: &Field) -> DynamicField {
    let resolver = stock::resolver(Arc::clone(tables), type_index, place);
    let mut made = DynamicField::new(field.name, field.shape.type_ref(), resolver);
    let mut description = field.description.to_owned();
    if let Some(permission) = field.guard {
        // Writing to a String cannot fail.
        let _ = write!(description, "\n\nNeeds the permission `{}`.", permission.key());
        made = made.directive(Directive::new("guard").argument("permission", Value::from(permission.key())));
    }
    if let Some(instead) = field.deprecated {
        made = made.deprecation(Some(instead));
    }
    field.arguments.iter().map(input_value).fold(made.description(description), DynamicField::argument)
}

/// For validation, introspection and the SDL; events are not async-graphql's.
fn event_field(field: &Field) -> SubscriptionField {
    let made = SubscriptionField::new(field.name, field.shape.type_ref(), no_events).description(field.description);
    field.arguments.iter().map(input_value).fold(made, SubscriptionField::argument)
}

fn no_events<'a>(_: ResolverContext<'a>) -> SubscriptionFieldFuture<'a> {
    SubscriptionFieldFuture::new(async { Ok(stream::empty::<Result<FieldValue<'a>, async_graphql::Error>>()) })
}

fn input_value(field: &InputField) -> InputValue {
    let value = InputValue::new(field.name, field.shape.type_ref()).description(field.description);
    match &field.default {
        Some(default) => value.default_value(default.clone()),
        None => value,
    }
}
