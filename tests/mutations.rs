//! The mutations: what they change, what they refuse, and that they do either all of it or nothing.

mod creating;
mod switching;
mod updating;

use serde_json::{Value, json};

use crate::world::{Answer, World};

/// Sends one mutation with its input.
async fn send(world: &World, token: &str, mutation: &str, input: Value) -> Answer {
    let (name, selection) = match mutation {
        "updateOrganization" => ("UpdateOrganizationInput", "organization { id name domain domainVerifiedAt billingEmail }"),
        "createOrganization" => ("CreateOrganizationInput", "organization { id name domain billingEmail owner { id } }"),
        _ => ("SwitchTenantInput", "viewer { tenant { id slug } memberships { totalCount } }"),
    };
    let query = format!(
        "mutation($input: {name}!) {{ it: {mutation}(input: $input) {{ {selection} userErrors {{ field code message }} clientMutationId }} }}"
    );
    world.ask(token, &query, json!({ "input": input })).await
}

/// The payload of an answer without errors.
fn payload(answer: &Answer) -> &Value {
    &answer.data()["it"]
}

/// Field and code of each user error. Where there are some, nothing else is in the payload.
fn user_errors(answer: &Answer) -> Vec<(Value, String)> {
    let payload = payload(answer);
    let errors = payload["userErrors"].as_array().unwrap();
    if !errors.is_empty() {
        assert!(payload["organization"].is_null() && payload["viewer"].is_null(), "{payload:#}");
    }
    assert!(errors.iter().all(|error| error["message"].as_str().is_some_and(|message| message.len() > 10)), "{errors:#?}");
    errors.iter().map(|error| (error["field"].clone(), error["code"].as_str().unwrap().to_owned())).collect()
}

/// The id of the organization of that name, whoever may see it.
async fn organization(world: &World, name: &str) -> String {
    let id = world.value(&format!("select id from organizations where name = '{name}'")).await.unwrap();
    entity::id::OrganizationId::from(id.parse::<uuid::Uuid>().unwrap()).to_string()
}

/// A fingerprint of everything that these mutations write.
async fn everything(world: &World) -> String {
    world
        .value(
            "select md5(concat(
                (select string_agg(row::text, ',' order by id) from organizations row),
                (select string_agg(row::text, ',' order by id) from organization_memberships row),
                (select string_agg(row::text, ',' order by tenant_id, metric) from tenant_quotas row),
                (select string_agg(row::text, ',' order by key) from idempotency_keys row)))",
        )
        .await
        .unwrap()
}
