//! Whether the peers give the same data. Figures of different answers could not be compared.

use serde_json::Value;

use crate::{failure::Failure, identity::Identity, load::Connection, peer::Peer, question::question, shape::Shape};

/// Asks every peer the same, and fails at the first difference. The first peer is the one that the others
/// are compared with.
pub(crate) async fn check<'a>(
    peers: &[Peer],
    shapes: &[Shape],
    identities: impl Iterator<Item = &'a Identity>,
) -> Result<(), Failure> {
    let Some((reference, others)) = peers.split_first() else {
        return Ok(());
    };
    for identity in identities {
        for shape in shapes {
            let expected = data(reference, *shape, identity).await?;
            if is_empty(&expected) {
                let tenant = &identity.tenant_id;
                return Err(format!("{}: `{shape}` finds nothing in {tenant}", reference.kind).into());
            }
            for peer in others {
                let found = data(peer, *shape, identity).await?;
                if let Some(difference) = difference("data", &expected, &found) {
                    return Err(format!(
                        "{} and {} disagree on `{shape}` in {}: {difference}",
                        reference.kind, peer.kind, identity.tenant_id
                    )
                    .into());
                }
            }
        }
    }
    Ok(())
}

async fn data(peer: &Peer, shape: Shape, identity: &Identity) -> Result<Value, Failure> {
    let told = |error: Failure| format!("{}: `{shape}`: {error}", peer.kind);
    let mut connection = Connection::open(peer.address, 1).await?;
    let question = question(peer.kind, shape, identity)?;
    let answer = connection.ask(&question).await.map_err(told)?;
    let mut answer: Value = serde_json::from_slice(&answer)?;
    if let Some(errors) = answer.get("errors") {
        return Err(told(errors.to_string().into()).into());
    }
    Ok(answer["data"].take())
}

/// Whether there is nothing in it. Equal answers without content would prove nothing, and cost nothing.
fn is_empty(data: &Value) -> bool {
    let content = data.as_object().and_then(|fields| fields.values().next());
    content.is_none_or(|content| content.is_null() || content["nodes"].as_array().is_some_and(Vec::is_empty))
}

/// Where two values first differ, and how. The order of an object's fields is no difference.
fn difference(path: &str, expected: &Value, found: &Value) -> Option<String> {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            let missing = expected.keys().find(|key| !found.contains_key(*key));
            let surplus = found.keys().find(|key| !expected.contains_key(*key));
            match (missing, surplus) {
                (Some(key), _) => Some(format!("`{path}.{key}` is missing in the second")),
                (_, Some(key)) => Some(format!("`{path}.{key}` is missing in the first")),
                (None, None) => expected.iter().find_map(|(key, value)| difference(&format!("{path}.{key}"), value, &found[key])),
            }
        }
        (Value::Array(expected), Value::Array(found)) => expected
            .iter()
            .zip(found)
            .enumerate()
            .find_map(|(place, (expected, found))| difference(&format!("{path}[{place}]"), expected, found))
            .or_else(|| {
                (expected.len() != found.len()).then(|| format!("`{path}` has {} and {} elements", expected.len(), found.len()))
            }),
        _ => (expected != found).then(|| format!("`{path}` is {expected} and {found}")),
    }
}

#[cfg(test)]
mod tests {
    use super::{difference, is_empty};
    use serde_json::json;

    #[test]
    fn an_answer_without_content_is_empty() {
        for empty in [json!({}), json!({ "organization": null }), json!({ "organizations": { "nodes": [] } })] {
            assert!(is_empty(&empty), "{empty}");
        }
        for full in [json!({ "organization": { "id": 1 } }), json!({ "organizations": { "nodes": [1] } })] {
            assert!(!is_empty(&full), "{full}");
        }
    }

    #[test]
    fn the_first_difference_is_named() {
        let expected = json!({ "a": [{ "b": 1, "c": null }, { "b": 2 }] });
        assert_eq!(difference("data", &expected, &expected), None);
        for (found, message) in [
            (json!({ "a": [{ "b": 1, "c": 0 }, { "b": 2 }] }), "`data.a[0].c` is null and 0"),
            (json!({ "a": [{ "b": 1 }] }), "`data.a[0].c` is missing in the second"),
            (json!({ "a": [{ "b": 1, "c": null }] }), "`data.a` has 2 and 1 elements"),
            (json!({ "a": 1 }), "`data.a` is [{\"b\":1,\"c\":null},{\"b\":2}] and 1"),
        ] {
            assert_eq!(difference("data", &expected, &found).as_deref(), Some(message));
        }
    }
}
