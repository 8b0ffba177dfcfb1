//! Organizations: read, listed, made, changed.

use serde_json::json;

use crate::world::World;

/// The query of the README and of the benchmark.
pub const ORG_TREE: &str = "query OrgTree($first: Int!, $members: Int!) {
    organizations(first: $first) { nodes { id name domain billingEmail owner { id email displayName }
        subscription { status seatQuantity product { key name } }
        members(first: $members) { nodes { id role status lastActiveAt user { id email displayName }
            roles { id key name permissions { id key } } } } } } }";

#[tokio::test]
async fn an_owner_reads_the_tree_of_organizations() {
    let world = World::demo().await;
    let owner = world.act_as("owner").await;
    let answer = world.ask(&owner, ORG_TREE, json!({ "first": 2, "members": 2 })).await;
    let nodes = answer.data()["organizations"]["nodes"].as_array().unwrap().clone();
    assert_eq!(nodes.len(), 2);
    assert_eq!(nodes[0]["name"], "Northgate Robotics");
    assert_eq!(nodes[0]["owner"]["displayName"], "Olivia Owner");
    assert_eq!(nodes[0]["members"]["nodes"][0]["role"], "OWNER");
    assert_eq!(nodes[0]["members"]["nodes"][0]["roles"][0]["key"], "owner");
}

#[tokio::test]
async fn a_tree_costs_the_same_number_of_statements_whatever_its_size() {
    let world = World::demo().await;
    let owner = world.act_as("owner").await;
    let cost = async |first: u32, members: u32| {
        world.ask(&owner, ORG_TREE, json!({ "first": first, "members": members })).await.statements()
    };
    let cold = cost(1, 5).await;
    let warm = cost(1, 5).await;
    assert_eq!((warm, cost(25, 25).await), (5, 5));
    assert!(cold <= warm + 3, "cold {cold}, warm {warm}");
}
