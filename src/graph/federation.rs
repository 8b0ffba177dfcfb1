//! A subgraph of Apollo Federation: what a gateway asks that puts this schema together with those of other services.
//!
//! `_service` tells the schema, and `_entities` finds the objects that other subgraphs speak of. Both are for machines, so the
//! contract with front ends does not show them.

use std::sync::Arc;

use async_graphql::Value;

use super::dynamic;
use super::execute::Query;
use super::input::{Arguments, Fields, Input, InputError};
use super::node::{self, MOST_IDS, NodeKey};
use super::object::{Load, Object, ObjectType, Table};
use super::rows::Children;
use super::schema::Tables;
use super::shape::Shape;
use super::union::UnionDeclaration;
use crate::error::Error;

/// The object types that other subgraphs may refer to: all that have a global id.
pub const ENTITIES: UnionDeclaration = UnionDeclaration {
    name: "_Entity",
    description: "An object that other subgraphs may refer to by its key, the global id.",
    holds: Table::is_node,
};

/// What the whole schema costs: as much as introspection.
const SERVICE: u32 = 10;

/// What this subgraph says of itself.
pub struct Service {
    sdl: String,
}

impl Object for Service {
    fn name() -> &'static str {
        "_Service"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What this subgraph says of itself to a gateway.").field(
            "sdl",
            "The schema in the words of Apollo Federation: the contract, with `@key` at every type that has a global id.",
            |service: &Self| &service.sdl,
        )
    }
}

/// One object as another subgraph knows it.
#[derive(Clone)]
struct Representation(Value);

impl Input for Representation {
    fn shape() -> Shape {
        Shape::required("_Any")
    }
    fn read(value: &Value) -> Result<Self, InputError> {
        // What is wrong with it concerns this one only: it is said where the object would stand.
        Ok(Self(value.clone()))
    }
}

#[derive(Clone, Default)]
struct Representations(Vec<Representation>);

impl Arguments for Representations {
    fn fields() -> Fields<Self> {
        Fields::default().field(
            "representations",
            "The objects that are wanted, up to 100: each with its `__typename` and its `id`.",
            |into: &mut Self, representations| into.0 = representations,
        )
    }
}

/// Adds `_service` and `_entities` to the query root.
#[must_use]
pub fn federation_fields(query: ObjectType<Query>) -> ObjectType<Query> {
    query
        .leads_to::<Service>()
        .abstract_root(
            "_service",
            "This schema as a subgraph, for a gateway that puts it together with others. Shown to whoever may see the schema.",
            Shape::required(Service::name()),
            |load: Load, _: Arc<()>| async move { Ok(Children::one(load.target, vec![Some(service(&load.tables)?)])) },
        )
        .costs(SERVICE)
        .abstract_root(
            "_entities",
            "The objects that other subgraphs refer to, in the same order; null for each that does not exist or you may not know of.",
            Shape::required(ENTITIES.name).nullable().list(),
            |load: Load, arguments: Arc<Representations>| async move { entities(&load, &arguments.0).await },
        )
        .sized_by("representations")
}

fn service(tables: &Arc<Tables>) -> Result<Arc<Service>, Error> {
    if let Some(service) = tables.service.get() {
        return Ok(Arc::clone(service));
    }
    let sdl = dynamic::subgraph_sdl(tables).map_err(Error::internal)?;
    Ok(Arc::clone(tables.service.get_or_init(|| Arc::new(Service { sdl }))))
}

/// One load for each type, whatever their number. A representation that cannot be read leaves the others as they are.
async fn entities(load: &Load, representations: &[Representation]) -> Result<Children, Error> {
    if representations.len() > MOST_IDS {
        return Err(Error::bad_input(format!("`representations` must be at most {MOST_IDS} objects")));
    }
    let keys: Vec<_> = representations.iter().map(|representation| representation.key(&load.tables)).collect();
    let readable: Vec<_> = keys.iter().map(|key| key.as_ref().ok().copied()).collect();
    let mut children = node::by_keys(load, &readable).await?;
    children.failed = keys.into_iter().enumerate().filter_map(|(place, key)| Some((place, key.err()?))).collect();
    Ok(children)
}

impl Representation {
    fn key(&self, tables: &Tables) -> Result<NodeKey, Error> {
        let Value::Object(fields) = &self.0 else {
            return Err(Error::bad_input("a representation must be an object with `__typename` and `id`"));
        };
        let Some(Value::String(type_name)) = fields.get("__typename") else {
            return Err(Error::bad_input("a representation must have the name of its type as `__typename`"));
        };
        let Some(Value::String(id)) = fields.get("id") else {
            return Err(Error::bad_input("a representation must have the key of its type: `id`, a string"));
        };
        let named = tables.possible_types(ENTITIES.name).iter().find(|member| tables.tables[**member].name == type_name);
        let Some(named) = named else {
            return Err(Error::bad_input("the `__typename` of a representation names no type with a key"));
        };
        let key = node::key(tables, id)?;
        if key.0 != *named {
            let expected = tables.node_prefix(*named).unwrap_or_default();
            return Err(Error::bad_input(format!(
                "the `id` of a representation is of another type than it names: expects `{expected}_…`"
            )));
        }
        Ok(key)
    }
}
