//! `node` and `nodes`: any object by its global id, as the Relay specification defines them.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use uuid::Uuid;

use super::execute::Query;
use super::input::{AnyId, Arguments, Fields};
use super::object::{Load, ObjectType};
use super::rows::{Children, Slot, small};
use super::schema::Tables;
use super::shape::Shape;
use crate::error::Error;

/// Ids in one call of `nodes`.
pub(super) const MOST_IDS: usize = 100;

#[derive(Clone, Default)]
struct NodeArguments {
    id: AnyId,
}

impl Arguments for NodeArguments {
    fn fields() -> Fields<Self> {
        Fields::default().field("id", "The global id.", |into: &mut Self, id| into.id = id)
    }
}

#[derive(Clone, Default)]
struct NodesArguments {
    ids: Vec<AnyId>,
}

impl Arguments for NodesArguments {
    fn fields() -> Fields<Self> {
        Fields::default().field("ids", "Global ids, up to 100, of any types.", |into: &mut Self, ids| into.ids = ids)
    }
}

/// Adds `node` and `nodes` to the query root.
#[must_use]
pub fn node_fields(query: ObjectType<Query>) -> ObjectType<Query> {
    let node = Shape::required("Node").nullable();
    query
        .abstract_root(
            "node",
            "Any object by its global id; null where it does not exist or you may not know of it.",
            node,
            |load: Load, arguments: Arc<NodeArguments>| async move {
                let mut children = by_ids(&load, std::slice::from_ref(&arguments.id)).await?;
                children.offsets = None;
                Ok(children)
            },
        )
        .abstract_root(
            "nodes",
            "Objects by their global ids, in the same order; null for each that does not exist or you may not know of.",
            node.list().nullable(),
            |load: Load, arguments: Arc<NodesArguments>| async move {
                if arguments.ids.len() > MOST_IDS {
                    return Err(Error::bad_input(format!("`ids` must be at most {MOST_IDS} ids")));
                }
                by_ids(&load, &arguments.ids).await
            },
        )
        .sized_by("ids")
}

/// The type of an object by its index, and its id within: what a global id says.
pub(super) type NodeKey = (usize, Uuid);

/// Reads a global id.
pub(super) fn key(tables: &Tables, id: &str) -> Result<NodeKey, Error> {
    let (prefix, uuid) = entity::split(id)
        .ok_or_else(|| Error::bad_input("the id is malformed: send an id as the server gave it, such as `org_…`"))?;
    let type_index = tables
        .possible_types("Node")
        .iter()
        .find(|type_index| tables.node_prefix(**type_index) == Some(prefix))
        .ok_or_else(|| Error::bad_input("the prefix of the id names no type: send an id as the server gave it"))?;
    Ok((*type_index, uuid))
}

async fn by_ids(load: &Load, ids: &[AnyId]) -> Result<Children, Error> {
    let keys: Vec<_> = ids.iter().map(|AnyId(id)| key(&load.tables, id).map(Some)).collect::<Result<_, _>>()?;
    by_keys(load, &keys).await
}

/// One load for each type among the keys; null where there is none, or no such object.
pub(super) async fn by_keys(load: &Load, keys: &[Option<NodeKey>]) -> Result<Children, Error> {
    // In an order of their own, so that the same ids always cost the same statements.
    let mut of_type: BTreeMap<usize, Vec<(usize, Uuid)>> = BTreeMap::new();
    for (place, key) in keys.iter().enumerate() {
        if let Some((type_index, uuid)) = key {
            of_type.entry(*type_index).or_default().push((place, *uuid));
        }
    }
    let mut places = Vec::with_capacity(of_type.len());
    let mut loads = Vec::with_capacity(of_type.len());
    for (type_index, wanted) in of_type {
        let Some(node) = &load.tables.tables[type_index].node else { continue };
        let (of_wanted, uuids): (Vec<usize>, Vec<Uuid>) = wanted.into_iter().unzip();
        places.push(of_wanted);
        loads.push((node.load)(load.request.clone(), uuids, type_index));
    }
    let mut slots: Vec<Slot> = vec![None; keys.len()];
    let mut batches = Vec::with_capacity(loads.len());
    for (places, found) in places.into_iter().zip(join_all(loads).await) {
        let found = found?;
        for (place, slot) in places.into_iter().zip(found.slots) {
            slots[place] = slot.map(|(_, row)| (small(batches.len()), row));
        }
        batches.extend(found.batches);
    }
    let offsets = Some(vec![0, small(slots.len())]);
    Ok(Children { batches, slots, offsets, failed: BTreeMap::new() })
}
