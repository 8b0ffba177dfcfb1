//! The async-graphql schema made from the tables: for parsing, validation, introspection and the SDL.

use std::fmt::Write as _;
use std::sync::Arc;

use async_graphql::Value;
use async_graphql::dynamic::{
    Directive, Enum, EnumItem, Field as DynamicField, FieldValue, InputObject, InputValue, Interface, InterfaceField, Object,
    ResolverContext, Scalar, Schema, SchemaBuilder, SchemaError, Subscription, SubscriptionField, SubscriptionFieldFuture, TypeRef,
    Union,
};
use futures_util::stream;

use super::input::InputField;
use super::live;
use super::object::{Field, Table};
use super::price::RowCount;
use super::schema::Tables;
use super::stock;

/// Scalars beside the built-in ones: name, description, specification.
const SCALARS: [(&str, &str, &str); 4] = [
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
    ("_Any", "An object as another subgraph knows it: its `__typename` and its `id`.", "https://specs.apollo.dev/federation/v2.3"),
];

/// What the SDL of async-graphql lacks: a directive cannot be defined in a dynamic schema, only applied.
const DIRECTIVES: &str = r#"
"""
The permission that the caller needs for a field. Without it the field is null, and an error with the code `FORBIDDEN` says so.
"""
directive @guard(permission: String!) on FIELD_DEFINITION

"""
What a field costs for each object that it is selected on, as <https://ibm.github.io/graphql-specs/cost-spec.html> has it: one for what is loaded. Columns of an object that is there cost nothing, nor do objects that it holds already.
"""
directive @cost(weight: String!) on FIELD_DEFINITION

"""
How many objects a field leads to, each of which costs one where it is loaded, beside what is selected on it: as many as the slicing arguments say, in the sized fields of a page; one for each item of an argument that is a list; or so many as are assumed.
"""
directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION
"#;

/// What makes a schema a subgraph: the words of federation that it uses. `@guard` is passed on to the clients of the whole.
const SUBGRAPH: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@composeDirective", "@key", "@shareable"])
  @link(url: "https://tenantry.dev/guard/v1.0", import: ["@guard"])
  @composeDirective(name: "@guard")
"#;

/// Who reads a schema.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// The executor: everything.
    Executor,
    /// Front ends: everything but what is for machines, whose names begin with an underscore.
    FrontEnd,
    /// A gateway that puts subgraphs together: the same, with the keys of entities.
    Gateway,
}

impl Reader {
    fn sees(self, name: &str) -> bool {
        self == Self::Executor || !name.starts_with('_')
    }
}

/// Begins the schema: all types are registered. Its resolvers are those of the stock executor over the same tables.
pub fn dynamic_schema(tables: &Arc<Tables>) -> SchemaBuilder {
    schema_for(Reader::Executor, tables)
}

fn schema_for(reader: Reader, tables: &Arc<Tables>) -> SchemaBuilder {
    let has_mutations = !tables.possible_types("Mutation").is_empty();
    // Gateways of federation take no subscriptions over HTTP.
    let has_subscriptions = reader != Reader::Gateway && !tables.possible_types(live::ROOT).is_empty();
    let mut builder = Schema::build("Query", has_mutations.then_some("Mutation"), has_subscriptions.then_some(live::ROOT));
    for (name, description, specification) in SCALARS.into_iter().filter(|(name, ..)| reader.sees(name)) {
        builder = builder.register(Scalar::new(name).description(description).specified_by_url(specification));
    }
    for name in tables.interfaces() {
        let interface = Interface::new(name)
            .description("An object that can be found again by its global id.")
            .field(InterfaceField::new("id", TypeRef::named_nn(TypeRef::ID)).description("The global id."));
        builder = builder.register(interface);
    }
    for union in tables.unions.iter().filter(|union| reader.sees(union.name)) {
        let members = union.members.iter().map(|member| tables.tables[*member].name);
        builder = builder.register(members.fold(Union::new(union.name).description(union.description), Union::possible_type));
    }
    for (name, object) in &tables.inputs.objects {
        let fields = object.fields.iter().map(input_value);
        builder = builder.register(fields.fold(InputObject::new(*name).description(object.description), InputObject::field));
    }
    for (name, declaration) in &tables.inputs.enumerations {
        let items = declaration.values.iter().map(|(name, description)| EnumItem::new(*name).description(*description));
        builder = builder.register(items.fold(Enum::new(*name).description(declaration.description), Enum::item));
    }
    for (type_index, table) in tables.tables.iter().enumerate().filter(|(_, table)| reader.sees(table.name)) {
        if table.name == live::ROOT {
            if has_subscriptions {
                let root = Subscription::new(table.name).description(table.description);
                builder = builder.register(table.fields.iter().map(event_field).fold(root, Subscription::field));
            }
            continue;
        }
        let mut object = Object::new(table.name).description(table.description);
        for interface in &table.interfaces {
            object = object.implement(*interface);
        }
        if reader == Reader::Gateway {
            object = as_entity(object, table);
        }
        for (place, field) in table.fields.iter().enumerate().filter(|(_, field)| reader.sees(field.name)) {
            object = object.field(dynamic_field(tables, type_index, place, field));
        }
        builder = builder.register(object);
    }
    builder
}

/// What an object type is to other subgraphs.
fn as_entity(object: Object, table: &Table) -> Object {
    match (table.is_node(), table.shareable) {
        (true, _) => object.directive(Directive::new("key").argument("fields", Value::from("id"))),
        (false, true) => object.directive(Directive::new("shareable")),
        (false, false) => object,
    }
}

/// The SDL as it is committed: everything that a client may know, directives included.
pub fn sdl(tables: &Arc<Tables>) -> Result<String, SchemaError> {
    Ok(printed(&schema_for(Reader::FrontEnd, tables).finish()?, ""))
}

/// The same as a subgraph of Apollo Federation.
pub fn subgraph_sdl(tables: &Arc<Tables>) -> Result<String, SchemaError> {
    Ok(printed(&schema_for(Reader::Gateway, tables).finish()?, SUBGRAPH))
}

fn printed(schema: &Schema, extended: &str) -> String {
    let mut text = schema.sdl_with_options(
        async_graphql::SDLExportOptions::new()
            .sorted_fields()
            .sorted_arguments()
            .sorted_enum_items()
            .include_specified_by()
            .use_space_ident(),
    );
    // Writing to a String cannot fail.
    let _ = write!(text, "{DIRECTIVES}{extended}");
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
    if field.price.weight > 0 {
        made = made.directive(Directive::new("cost").argument("weight", Value::from(field.price.weight.to_string())));
    }
    if let Some(directive) = list_size(field.price.rows) {
        made = made.directive(directive);
    }
    if let Some(instead) = field.deprecated {
        made = made.deprecation(Some(instead));
    }
    field.arguments.iter().map(input_value).fold(made.description(description), DynamicField::argument)
}

fn list_size(rows: RowCount) -> Option<Directive> {
    let list_size = Directive::new("listSize");
    let sliced = |arguments: Vec<&str>| {
        list_size
            .clone()
            .argument("slicingArguments", Value::from(arguments))
            .argument("requireOneSlicingArgument", Value::from(false))
    };
    match rows {
        RowCount::One | RowCount::OfPage => None,
        RowCount::Page => Some(sliced(vec!["first", "last"]).argument("sizedFields", Value::from(vec!["edges", "nodes"]))),
        RowCount::Items(argument) => Some(sliced(vec![argument])),
        RowCount::About(rows) => Some(list_size.argument("assumedSize", Value::from(rows))),
    }
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
