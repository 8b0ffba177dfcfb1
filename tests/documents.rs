//! Registered documents, and those that register themselves: published, found, bounded, kept and counted; through the front door.

mod automatic;
mod command_line;
mod keeping;
mod publishing;
mod running;
mod usage;

use reqwest::RequestBuilder;
use reqwest::header::{DATE, HeaderMap};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::world::{Answer, World, identity};

/// A page of names, as a partner would ask for it.
pub const NAMES: &str = "query Names($first: Int!) { organizations(first: $first) { nodes { id name } } }";
/// Another, of another partner.
pub const BILLS: &str = "query Bills($first: Int = 5) { organizations(first: $first) { nodes { name billingEmail } } }";

const PUBLISH: &str = "mutation($input: PublishDocumentsInput!) { publishDocuments(input: $input) {
    documents { id documentId alias name client cost permissions { key } bounds { variable minimum maximum } calls revokedAt deprecatedAt }
    userErrors { field code message } } }";
const KEY: &str = "mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret userErrors { message } } }";

/// The demo tenant, which publishes documents for partners.
pub struct Office {
    pub world: World,
    /// A session of the owner's.
    pub owner: String,
}

impl Office {
    pub async fn new() -> Self {
        Self::in_world(World::demo().await).await
    }

    pub async fn in_world(world: World) -> Self {
        let tenant = identity("owner").tenant_id;
        world.sql(&format!("update tenants set features = features || '{{\"api_access\": true}}' where id = '{tenant}'")).await;
        let owner = world.act_as("owner").await;
        Self { world, owner }
    }

    /// Publishes with this input.
    pub async fn try_publish(&self, token: &str, input: Value) -> Answer {
        self.world.ask(token, PUBLISH, json!({ "input": input })).await
    }

    /// Publishes, and gives the documents.
    pub async fn publish(&self, input: Value) -> Vec<Value> {
        let answer = self.try_publish(&self.owner, input).await;
        let payload = &answer.data()["publishDocuments"];
        assert_eq!(payload["userErrors"], json!([]), "{:#}", answer.body);
        payload["documents"].as_array().unwrap().clone()
    }

    /// Publishes one text for a client.
    pub async fn publish_text(&self, client: &str, text: &str) -> Value {
        self.publish(json!({ "client": client, "files": [text] })).await.remove(0)
    }

    /// What is wrong with an input: where, which code, and in which words.
    pub async fn complaints(&self, input: Value) -> Vec<(Value, String, String)> {
        let answer = self.try_publish(&self.owner, input).await;
        let payload = &answer.data()["publishDocuments"];
        assert_eq!(payload["documents"], json!([]));
        let text = |error: &Value, name: &str| error[name].as_str().unwrap().to_owned();
        let errors = payload["userErrors"].as_array().unwrap();
        errors.iter().map(|error| (error["field"].clone(), text(error, "code"), text(error, "message"))).collect()
    }

    /// A key of a client that runs registered documents only.
    pub async fn key(&self, client: &str, scopes: &[&str]) -> String {
        self.key_with(client, scopes, json!({})).await
    }

    /// The same, with more said of it.
    pub async fn key_with(&self, client: &str, scopes: &[&str], more: Value) -> String {
        let mut input = json!({ "name": client, "client": client, "scopes": scopes });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = self.world.ask(&self.owner, KEY, json!({ "input": input })).await;
        answer.data()["createApiKey"]["secret"].as_str().unwrap_or_else(|| panic!("{:#}", answer.body)).to_owned()
    }

    /// Runs the document with this id.
    pub async fn run(&self, token: &str, id: &str, variables: Value) -> Answer {
        self.world.post(Some(token), &json!({ "documentId": id, "variables": variables })).await
    }

    /// A GET of the document with this id, at its own address.
    pub fn get(&self, token: &str, id: &str, variables: &Value) -> RequestBuilder {
        let mut url = reqwest::Url::parse(&self.world.url(&format!("/graphql/d/{id}"))).unwrap();
        url.query_pairs_mut().append_pair("variables", &variables.to_string());
        self.world.client().get(url).bearer_auth(token)
    }

    /// Revokes the document with this id.
    pub async fn revoke(&self, id: &Value) {
        let revoke =
            "mutation($id: ID!) { revokeDocument(input: { documentId: $id }) { document { revokedAt } userErrors { code } } }";
        let answer = self.world.ask(&self.owner, revoke, json!({ "id": id })).await;
        assert!(answer.data()["revokeDocument"]["document"]["revokedAt"].is_string(), "{:#}", answer.body);
    }
}

/// The id of a text.
pub fn id_of(text: &str) -> String {
    format!("sha256:{}", hash_of(text))
}

/// The SHA-256 of a text.
pub fn hash_of(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// All of an answer that a client sees, but for what tells requests apart.
pub fn seen(answer: &Answer) -> (u16, HeaderMap, String) {
    let mut headers = answer.headers.clone();
    headers.remove("x-request-id");
    headers.remove(DATE);
    // What a request costs its caller is counted down from one to the next.
    for counted in ["ratelimit", "ratelimit-policy"] {
        headers.remove(counted);
    }
    let mut body = answer.body.clone();
    if let Some(members) = body.as_object_mut() {
        members.remove("extensions");
    }
    (answer.status.as_u16(), headers, body.to_string())
}
