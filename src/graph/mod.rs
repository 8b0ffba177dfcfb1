//! Typed tables and breadth-first execution: object types are declared field by field, and a query is loaded level by level.
//!
//! The way of a document through here: [`operation`] chooses, [`plan`] merges its selections for each type, the walk loads
//! each relation once for all parents of a level, and one synchronous pass writes the answer. async-graphql parses, validates,
//! introspects and prints the SDL from the same tables ([`dynamic`]).

mod by_id;
mod coerce;
mod connection;
mod dynamic;
mod execute;
mod federation;
mod inline;
mod input;
mod input_argument;
mod json;
mod leaf;
mod live;
mod modifier;
mod node;
mod object;
mod plan;
mod price;
mod rows;
mod schema;
mod shape;
mod spent;
mod stock;
mod union;
mod viewer_can;
mod walk;
mod write;

pub use by_id::ById;
pub use coerce::Variables;
pub use connection::{Connection, Edge, PageInfo, Uncounted};
pub use dynamic::{dynamic_schema, sdl, subgraph_sdl};
pub use execute::{Answer, Mutation, Query, complaints_of_variables, execute, operation, plan, variables};
pub use federation::{ENTITIES, federation_fields};
pub use input::{AnyId, Arguments, Change, Fields, Input, InputError, InputObject, Object as InputOf};
pub use input_argument::InputArgument;
pub use json::Json;
pub use leaf::{BigInt, Enumeration, Id, Leaf};
pub use live::{Stage, Subscription, deliver, watch};
pub use node::node_fields;
pub use object::{Field, Object, ObjectType, Table};
pub use plan::Plan;
pub use price::{Price, RowCount};
pub use rows::{Children, Rows};
pub use schema::{SchemaError, TableSet, Tables};
pub use shape::Shape;
pub use stock::StockLoader;
pub use union::UnionDeclaration;
pub use write::{Extensions, request_errors};
