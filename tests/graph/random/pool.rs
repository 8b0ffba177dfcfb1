//! Ids, cursors and words that random arguments are drawn from: real ones of two tenants, foreign, unknown and malformed ones.

use serde_json::{Value, json};

use crate::world::World;

const HARVEST: &str = "query Harvest($order: OrganizationOrderField!) {
    viewer { user { id } tenant { id } }
    roles(first: 3) { edges { cursor node { id } } }
    products(first: 3) { edges { cursor node { id } } }
    permissions { id }
    organizations(first: 6, orderBy: { field: $order }) { edges { cursor node { id
        owner { id } subscription { id }
        members(first: 3) { edges { cursor node { id user { id } } } } } } } }";

/// What arguments are drawn from.
#[derive(Default)]
pub struct Pool {
    pub ids: Vec<String>,
    pub cursors: Vec<String>,
}

/// Text that names of the demo data contain, or do not.
pub const WORDS: [&str; 8] = ["a", "er", "North", "o", "ü", "nowhere to be found", "", "%_\\"];

impl Pool {
    /// Reads a pool from the demo data.
    pub async fn harvest(world: &World) -> Self {
        let mut pool = Self::default();
        for identity in ["owner", "outsider"] {
            let token = world.act_as(identity).await;
            for order in ["CREATED_AT", "NAME"] {
                let answer = world.ask(&token, HARVEST, json!({ "order": order })).await;
                pool.collect(&answer.body["data"]);
            }
        }
        pool.ids.sort();
        pool.ids.dedup();
        // The catalog is long: as many of it as of the others will do.
        let mut permissions = 0;
        pool.ids.retain(|id| {
            permissions += usize::from(id.starts_with("perm_"));
            !id.starts_with("perm_") || permissions <= 3
        });
        let unknown = ["org_00000000000000000000000001", "user_00000000000000000000000001", "sub_00000000000000000000000001"];
        pool.ids.extend(unknown.map(str::to_owned));
        assert!(pool.ids.len() > 40 && pool.cursors.len() > 20, "the demo data is poor");
        pool
    }

    fn collect(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.collect(item)),
            Value::Object(fields) => {
                for (key, value) in fields {
                    match (key.as_str(), value) {
                        ("id", Value::String(id)) => self.ids.push(id.clone()),
                        ("cursor", Value::String(cursor)) => self.cursors.push(cursor.clone()),
                        _ => self.collect(value),
                    }
                }
            }
            _ => {}
        }
    }
}
