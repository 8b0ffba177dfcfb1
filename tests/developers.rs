//! The platform's staff: how they visit tenants, act as people, and what is written down of it.

mod acting;
mod visiting;

use entity::id::{TenantId, UserId};
use serde_json::{Value, json};

use crate::world::{Answer, World, identity};

/// Sends a mutation with its input.
async fn send(world: &World, token: &str, mutation: &str, shown: &str, input: Value) -> Answer {
    let name = mutation[..1].to_uppercase() + &mutation[1..];
    let query =
        format!("mutation($input: {name}Input!) {{ it: {mutation}(input: $input) {{ {shown} userErrors {{ field code }} }} }}");
    world.ask(token, &query, json!({ "input": input })).await
}

/// Lets the developer of the demo act as others.
async fn permit(world: &World) {
    world
        .sql(
            "insert into developer_role_permissions (developer_role_id, permission_id)
            select role.id, permission.id from developer_roles role cross join permissions permission where permission.key = 'users.impersonate'",
        )
        .await;
}

fn user(key: &str) -> String {
    UserId::from(identity(key).user_id).to_string()
}

fn tenant(key: &str) -> String {
    TenantId::from(identity(key).tenant_id).to_string()
}

/// Begins to act as one of the demo people.
async fn act(world: &World, developer: &str, key: &str) -> Answer {
    let input = json!({ "userId": user(key), "tenantId": tenant(key), "reason": "ticket 4711" });
    send(world, developer, "impersonate", "session { id token expiresAt }", input).await
}

/// The token of the session in which that is done.
fn token(answer: &Answer) -> String {
    let payload = &answer.data()["it"];
    payload["session"]["token"].as_str().unwrap_or_else(|| panic!("no session: {payload:#}")).to_owned()
}
