//! The files that front-end tools write, taken as they are.
//!
//! Three tools write JSON: the Relay compiler (`persisted_queries.json`) and graphql-codegen's client preset
//! (`persisted-documents.json`) an object of texts by their ids, Apollo's `generate-persisted-query-manifest` a list of
//! operations. Whatever else is one document of GraphQL. Ids are hashes of different kinds, so each text is hashed anew,
//! and an id that is another hash is kept as an alias.

use serde::Deserialize;
use serde_json::Value;

use super::document_id::{DocumentId, sha256};

const APOLLO: &str = "apollo-persisted-query-manifest";

/// One document of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The SHA-256 of its text.
    pub sha256: String,
    /// What the file calls it, where that is another hash.
    pub alias: Option<String>,
    /// The name that the file gives it.
    pub name: Option<String>,
    /// Its text.
    pub body: String,
}

#[derive(Deserialize)]
struct Manifest {
    version: u32,
    operations: Vec<Operation>,
}

#[derive(Deserialize)]
struct Operation {
    id: String,
    name: Option<String>,
    body: String,
}

/// The documents of a file; what is wrong with it, where it is none of these.
pub(super) fn read(file: &str) -> Result<Vec<Entry>, String> {
    let Ok(json) = serde_json::from_str::<Value>(file) else {
        return Ok(vec![Entry::of(None, None, file.to_owned())?]);
    };
    let Value::Object(members) = &json else { return Err("the manifest is no object".to_owned()) };
    if let Some(format) = members.get("format") {
        if format != APOLLO {
            return Err(format!("the format of the manifest is not `{APOLLO}`"));
        }
        let manifest: Manifest = serde_json::from_value(json).map_err(|error| format!("the manifest cannot be read: {error}"))?;
        if manifest.version != 1 {
            return Err("the version of the manifest is not 1".to_owned());
        }
        return manifest
            .operations
            .into_iter()
            .map(|operation| Entry::of(Some(operation.id), operation.name, operation.body))
            .collect();
    }
    let entry = |(id, body): (&String, &Value)| match body {
        Value::String(body) => Entry::of(Some(id.clone()), None, body.clone()),
        _ => Err(format!("the manifest has no text for `{id}`")),
    };
    members.iter().map(entry).collect()
}

impl Entry {
    fn of(id: Option<String>, name: Option<String>, body: String) -> Result<Self, String> {
        let sha256 = sha256(&body);
        let alias = match id {
            // With `sha256:` before it or without: that of newer versions of graphql-codegen has it.
            Some(id) => match DocumentId::read(&id) {
                Some(id) => Some(id.as_str().to_owned()).filter(|id| *id != sha256),
                None => return Err(format!("`{id}` is no id: letters, digits and `-_.`, 128 at most")),
            },
            None => None,
        };
        Ok(Self { sha256, alias, name, body })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(alias: Option<&str>, name: Option<&str>, body: &str) -> Entry {
        Entry::of(alias.map(str::to_owned), name.map(str::to_owned), body.to_owned()).unwrap()
    }

    #[test]
    fn each_tool_is_understood() {
        let text = "query A { viewer { user { id } } }";
        let hash = sha256(text);
        let relay = json!({ "9f86d081884c7d65": text });
        assert_eq!(read(&relay.to_string()), Ok(vec![entry(Some("9f86d081884c7d65"), None, text)]));
        for id in [hash.clone(), format!("sha256:{hash}")] {
            assert_eq!(read(&json!({ id: text }).to_string()), Ok(vec![entry(None, None, text)]));
        }
        let operation = json!({ "id": hash, "name": "A", "type": "query", "body": text });
        let apollo = json!({ "format": APOLLO, "version": 1, "operations": [operation] });
        assert_eq!(read(&apollo.to_string()), Ok(vec![entry(None, Some("A"), text)]));
        assert_eq!(read(text), Ok(vec![entry(None, None, text)]));
        // A query that has no name begins as JSON does.
        assert_eq!(read("{ viewer { user { id } } }").map(|entries| entries.len()), Ok(1));
    }

    #[test]
    fn what_is_no_manifest_is_told_so() {
        for file in [
            json!([]),
            json!({ "a": 1 }),
            json!({ "a b": "{ x }" }),
            json!({ "format": "other", "version": 1, "operations": [] }),
            json!({ "format": APOLLO, "version": 2, "operations": [] }),
            json!({ "format": APOLLO, "version": 1 }),
        ] {
            assert!(read(&file.to_string()).is_err(), "{file}");
        }
    }
}
