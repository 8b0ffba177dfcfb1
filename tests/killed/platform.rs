//! What partners build on.

use serde_json::{Value, json};

use super::stage::{Case, Stage};

fn wanted(stage: &Stage) -> Value {
    json!({ "name": stage.word(), "client": "acme", "scopes": ["organization.read"] })
}

/// An API key: `key_…`
async fn key(stage: &Stage) -> Value {
    stage.did(&stage.boss, "createApiKey", "apiKey { id }", wanted(stage)).await["apiKey"]["id"].clone()
}

fn files(stage: &Stage) -> Value {
    json!({ "client": "acme", "files": [format!("query {} {{ viewer {{ user {{ id }} }} }}", stage.word())] })
}

/// A registered document: `pdoc_…`
async fn document(stage: &Stage) -> Value {
    stage.did(&stage.boss, "publishDocuments", "documents { id }", files(stage)).await["documents"][0]["id"].clone()
}

/// The case of one of these mutations.
pub async fn case(stage: &Stage, mutation: &str) -> Option<Case> {
    let boss = &stage.boss;
    let case = match mutation {
        "createApiKey" => boss.sends(mutation, wanted(stage)),
        "rotateApiKey" | "revokeApiKey" => boss.sends(mutation, json!({ "apiKeyId": key(stage).await })),
        "updateApiKey" => boss.sends(mutation, json!({ "apiKeyId": key(stage).await, "name": stage.word() })),
        "publishDocuments" => boss.sends(mutation, files(stage)),
        "deprecateDocument" | "revokeDocument" => boss.sends(mutation, json!({ "documentId": document(stage).await })),
        _ => return None,
    };
    Some(case)
}
