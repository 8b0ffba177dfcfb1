//! Somebody who reads a list to its end, page by page.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::World;

/// From which end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Forward,
    Backward,
}

/// How to read a list.
pub struct Pager<'a> {
    /// The connection's field; where it hangs below another, that one around it: `a { b }`, or its first row: `a { nodes { b } }`.
    pub field: &'a str,
    /// Its own arguments.
    pub arguments: String,
    pub direction: Direction,
    pub size: usize,
}

/// One page: the ids of its rows in the order in which they are met on the way, and where the next one begins.
pub struct Page {
    pub ids: Vec<String>,
    pub next: Option<String>,
}

impl Pager<'_> {
    /// Every row, in the order of the list. On the way each page must say of itself what is true.
    pub async fn all(&self, world: &World, token: &str) -> Vec<String> {
        let mut ids = Vec::new();
        let mut cursor = None;
        loop {
            let page = self.page(world, token, cursor.as_deref()).await;
            assert!(page.ids.len() <= self.size);
            assert!(page.next.is_none() || page.ids.len() == self.size, "only the last page is short");
            ids.extend(page.ids);
            assert!(ids.len() < 1000, "the list has an end");
            if page.next.is_none() {
                break;
            }
            cursor = page.next;
        }
        if self.direction == Direction::Backward {
            ids.reverse();
        }
        ids
    }

    /// One page.
    pub async fn page(&self, world: &World, token: &str, cursor: Option<&str>) -> Page {
        let (size, from) = match self.direction {
            Direction::Forward => ("first", "after"),
            Direction::Backward => ("last", "before"),
        };
        let mut outer: Vec<&str> = self.field.trim_end_matches([' ', '}']).split(" { ").collect();
        let inner = outer.pop().unwrap();
        let mut path = String::new();
        let mut list = String::new();
        for field in &outer {
            let name = field.split('(').next().unwrap();
            path += &if name == "nodes" { "/nodes/0".to_owned() } else { format!("/{name}") };
            list += &format!("{field} {{ ");
        }
        path += "/list";
        list += &format!("list: {inner}(ARGUMENTS) {{ ROWS }}{}", " }".repeat(outer.len()));
        let arguments = format!("{} {size}: $size, {from}: $cursor", self.arguments);
        let rows =
            "totalCount edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";
        let query =
            format!("query($size: Int!, $cursor: String) {{ {} }}", list.replace("ARGUMENTS", &arguments).replace("ROWS", rows));
        let answer = world.ask(token, &query, json!({ "size": self.size, "cursor": cursor })).await;
        let connection = answer.data().pointer(&path).unwrap().clone();
        self.checked(&connection, cursor.is_some())
    }

    fn checked(&self, connection: &Value, is_later: bool) -> Page {
        let edges = connection["edges"].as_array().unwrap();
        let info = &connection["pageInfo"];
        let nodes: Vec<&Value> = edges.iter().map(|edge| &edge["node"]).collect();
        assert_eq!(nodes, connection["nodes"].as_array().unwrap().iter().collect::<Vec<_>>(), "nodes and edges are the same rows");
        let cursor = |edge: Option<&Value>| edge.map_or(Value::Null, |edge| edge["cursor"].clone());
        assert_eq!((&info["startCursor"], &info["endCursor"]), (&cursor(edges.first()), &cursor(edges.last())));
        let (behind, ahead, next) = match self.direction {
            Direction::Forward => ("hasPreviousPage", "hasNextPage", "endCursor"),
            Direction::Backward => ("hasNextPage", "hasPreviousPage", "startCursor"),
        };
        assert_eq!(info[behind], is_later, "there is something behind every page but the first");
        let mut ids = uuids(connection);
        if self.direction == Direction::Backward {
            ids.reverse();
        }
        let next = (info[ahead] == true).then(|| info[next].as_str().unwrap().to_owned());
        Page { ids, next }
    }
}

/// The ids of the rows of a connection, as the database writes them.
pub fn uuids(connection: &Value) -> Vec<String> {
    let id = |node: &Value| -> Uuid { entity::split(node["id"].as_str().unwrap()).unwrap().1 };
    connection["nodes"].as_array().unwrap().iter().map(|node| id(node).to_string()).collect()
}
