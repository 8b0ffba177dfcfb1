//! API keys: how they are made, what they may do, and when they end; through the front door.

mod entering;
mod limits;
mod making;
mod masking;
mod processes;
mod rotating;
mod traces;

use migration::catalog::BaseRole;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::people::Script;
use crate::world::{Answer, World};

/// A tenant with two organizations of its owner, and two people besides.
pub struct House {
    pub world: World,
    pub tenant: Uuid,
    /// Owns the tenant and both organizations.
    pub owner: Uuid,
    pub admin: Uuid,
    /// A plain member of the tenant, who has a seat in `here`.
    pub member: Uuid,
    pub here: Uuid,
    pub there: Uuid,
    /// A session of the owner's.
    pub token: String,
}

const CREATE: &str = "mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) {
    apiKey { id name client prefix scopes documentsOnly rateLimit status expiresAt organization { name } createdBy { displayName } }
    secret clientMutationId userErrors { field code message } } }";

impl House {
    pub async fn new() -> Self {
        let world = World::empty().await;
        let mut script = Script::default();
        let tenant = script.tenant("Keys");
        let (owner, admin, member) = (script.user("Olga Owner"), script.user("Ada Admin"), script.user("Mo Member"));
        script.member(tenant, owner, BaseRole::Owner);
        script.member(tenant, admin, BaseRole::Admin);
        script.member(tenant, member, BaseRole::Member);
        let here = script.organization(tenant, "Here", owner);
        let there = script.organization(tenant, "There", owner);
        script.seat(tenant, here, member, BaseRole::Member);
        // The tenant has it, and so do organizations on its free plan.
        let plan = script.plan(tenant, "free");
        script.add(&format!(
            "update tenants set features = '{{\"api_access\": true}}' where id = '{tenant}';
            update products set features = '{{\"api_access\": true}}' where id = '{plan}'"
        ));
        script.run(&world).await;
        let token = world.token(owner, Some(tenant)).await;
        Self { world, tenant, owner, admin, member, here, there, token }
    }

    /// Tries to make a key with this input, beside what every key needs.
    pub async fn create(&self, token: &str, input: Value) -> Answer {
        let mut whole = json!({ "name": "Acme's key", "client": "acme", "scopes": ["organization.read"], "documentsOnly": false });
        whole.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
        self.world.ask(token, CREATE, json!({ "input": whole })).await
    }

    /// A key of the owner's that runs any document: its id and its secret.
    pub async fn key(&self, input: Value) -> (String, String) {
        made(&self.create(&self.token, input).await, "createApiKey")
    }

    /// The same with these scopes.
    pub async fn scoped(&self, scopes: &[&str]) -> String {
        self.key(json!({ "scopes": scopes })).await.1
    }

    /// A mutation about a key by its id.
    pub async fn change(&self, token: &str, mutation: &str, id: &str, more: Value) -> Answer {
        let mut input = json!({ "apiKeyId": id });
        input.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let secret =
            if mutation == "rotateApiKey" { "secret replacedApiKey { id status expiresAt replacedBy { id } }" } else { "" };
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{
                apiKey {{ id name scopes status expiresAt rateLimit documentsOnly createdBy {{ displayName }} }}
                userErrors {{ field code message }} {secret} }} }}"
        );
        self.world.ask(token, &query, json!({ "input": input })).await
    }

    /// What a question to the database gives.
    pub async fn value(&self, sql: &str) -> Option<String> {
        self.world.value(sql).await
    }

    /// Does a key, or a session, get in?
    pub async fn gets_in(&self, token: &str) -> bool {
        let answer = self.world.ask(token, "{ viewer { tenant { name } } }", Value::Null).await;
        let is_in = answer.body["data"]["viewer"]["tenant"]["name"] == "Keys";
        assert_eq!(is_in, answer.status == 200, "{:#}", answer.body);
        assert!(is_in || answer.codes() == ["UNAUTHENTICATED"], "{:#}", answer.body);
        is_in
    }
}

/// The id and the secret of a key that was made.
pub fn made(answer: &Answer, mutation: &str) -> (String, String) {
    let payload = &answer.data()[mutation];
    assert_eq!(payload["userErrors"], json!([]), "{:#}", answer.body);
    (payload["apiKey"]["id"].as_str().unwrap().to_owned(), payload["secret"].as_str().unwrap().to_owned())
}

/// The codes of what is to be mended.
pub fn user_errors(answer: &Answer, mutation: &str) -> Vec<(Value, String)> {
    let errors = answer.data()[mutation]["userErrors"].as_array().unwrap();
    errors.iter().map(|error| (error["field"].clone(), error["code"].as_str().unwrap().to_owned())).collect()
}
