//! Teams, overrides and grants: read, changed, tried out, and holding from the next request on.

mod changing;
mod concurrent;
mod exceptions;
mod giving;
mod reading;
mod refusals;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{Answer, World, identity};

/// The demo with the organization that everybody looks at first.
struct Stage {
    world: World,
    /// `org_…` of Northgate Robotics.
    northgate: String,
}

impl Stage {
    async fn new() -> Self {
        let world = World::demo().await;
        let northgate = id_of(&world, "org", "select id from organizations where name = 'Northgate Robotics'").await;
        Self { world, northgate }
    }

    /// `team_…` of one of Northgate's teams.
    async fn team(&self, name: &str) -> String {
        let sql = format!(
            "select team.id from teams team join organizations place on place.id = team.organization_id
            where place.name = 'Northgate Robotics' and team.name = '{name}' and team.deleted_at is null"
        );
        id_of(&self.world, "team", &sql).await
    }

    /// `role_…` of a role of the first tenant.
    async fn role(&self, key: &str) -> String {
        let tenant = identity("owner").tenant_id;
        let sql = format!("select id from roles where tenant_id = '{tenant}' and key = '{key}' and deleted_at is null");
        id_of(&self.world, "role", &sql).await
    }

    /// `tmbr_…` of somebody's place in one of Northgate's teams.
    async fn place(&self, team: &str, person: &str) -> String {
        let sql = format!(
            "select place.id from team_members place join teams team on team.id = place.team_id
            join organizations organization on organization.id = team.organization_id
            join tenant_memberships member on member.id = place.tenant_membership_id
            where organization.name = 'Northgate Robotics' and team.name = '{team}' and member.user_id = '{}'",
            identity(person).user_id
        );
        id_of(&self.world, "tmbr", &sql).await
    }

    /// Sends one mutation as somebody.
    async fn send(&self, token: &str, mutation: &str, selection: &str, input: Value) -> Answer {
        send(&self.world, token, mutation, selection, input).await
    }

    /// The payload of a mutation that must succeed.
    async fn done(&self, token: &str, mutation: &str, selection: &str, input: Value) -> Value {
        let answer = self.send(token, mutation, selection, input).await;
        let payload = answer.data()["it"].clone();
        assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
        payload
    }

    /// Field and code of the user errors of a mutation that must be refused, and that nothing was written.
    async fn refused(&self, token: &str, mutation: &str, input: Value) -> Vec<(Value, String)> {
        let before = everything(&self.world).await;
        let answer = self.send(token, mutation, "", input).await;
        let errors = answer.data()["it"]["userErrors"].as_array().unwrap().clone();
        assert_eq!(before, everything(&self.world).await, "nothing was written");
        assert!(errors.iter().all(|error| error["message"].as_str().is_some_and(|message| message.len() > 10)), "{errors:#?}");
        errors.iter().map(|error| (error["field"].clone(), error["code"].as_str().unwrap().to_owned())).collect()
    }

    /// The codes of the errors of a mutation that fails as a whole, and that nothing was written.
    async fn failed(&self, token: &str, mutation: &str, input: Value) -> Vec<String> {
        let before = everything(&self.world).await;
        let answer = self.send(token, mutation, "", input).await;
        assert_eq!(before, everything(&self.world).await, "nothing was written");
        answer.codes().into_iter().map(str::to_owned).collect()
    }

    /// The actions of the audit log, the oldest first, with what they recorded.
    async fn audited(&self) -> Vec<(String, Value)> {
        let rows: Vec<(String, Value)> =
            sqlx::query_as("select action, changes from audit_logs order by index_id").fetch_all(&self.world.pool).await.unwrap();
        rows
    }

    /// May this person do this in Northgate?
    async fn may(&self, token: &str, field: &str) -> bool {
        let query = format!("query($id: ID!) {{ organization(id: $id) {{ {field} }} }}");
        let answer = self.world.ask(token, &query, json!({ "id": self.northgate })).await;
        answer.codes().is_empty() && !answer.body["data"]["organization"].is_null()
    }
}

async fn send(world: &World, token: &str, mutation: &str, selection: &str, input: Value) -> Answer {
    let (first, rest) = mutation.split_at(1);
    let kind = format!("{}{rest}Input", first.to_uppercase());
    let query = format!(
        "mutation($input: {kind}!) {{ it: {mutation}(input: $input) {{ {selection} dryRun userErrors {{ field code message }} clientMutationId }} }}"
    );
    world.ask(token, &query, json!({ "input": input })).await
}

/// An id as clients write it, of the one row that this finds.
async fn id_of(world: &World, prefix: &str, sql: &str) -> String {
    let id = world.value(sql).await.unwrap_or_else(|| panic!("nothing: {sql}"));
    entity::join(prefix, id.parse::<Uuid>().unwrap())
}

fn user(key: &str) -> String {
    entity::join("user", identity(key).user_id)
}

fn pair(field: &str, code: &str) -> (Value, String) {
    (json!([field]), code.to_owned())
}

/// A fingerprint of everything that these mutations write.
async fn everything(world: &World) -> String {
    let tables =
        ["teams", "team_members", "team_roles", "member_permission_overrides", "resource_grants", "audit_logs", "idempotency_keys"];
    let parts = tables.map(|table| format!("(select string_agg(row::text, ',' order by row::text) from {table} row)"));
    world.value(&format!("select md5(concat_ws('|', {}))", parts.join(", "))).await.unwrap()
}
