//! Domains of organizations: proven by a DNS record, and what a proven one does for those who have an address there.

mod assigning;
mod verifying;

use std::time::Duration;

use migration::catalog::BaseRole;
use serde_json::{Value, json};
use tenantry::{dns, gateway};
use uuid::Uuid;

use crate::cluster::Content;
use crate::name_server::NameServer;
use crate::people::Script;
use crate::world::{Answer, World};

/// A tenant with an organization whose domain is not proven, and a name server that says what the test wants.
struct Home {
    world: World,
    server: NameServer,
    tenant: Uuid,
    organization: Uuid,
    plan: Uuid,
    owner: String,
}

impl Home {
    async fn build() -> Self {
        let server = NameServer::start().await;
        let dns = dns::Settings { servers: vec![server.address], timeout: Duration::from_millis(800) };
        let world = World::made_of(Content::Empty, |settings| gateway::Settings { dns, ..settings }).await;
        let mut script = Script::default();
        let tenant = script.tenant("Home");
        let owner = script.user("Olga Owner");
        script.member(tenant, owner, BaseRole::Owner);
        let organization = script.organization(tenant, "Hearth", owner);
        let plan = script.plan(tenant, "pro");
        script.subscription(tenant, organization, plan);
        script.add("update subscriptions set seat_quantity = 100; update organizations set domain = 'hearth.example'");
        script.run(&world).await;
        let owner = world.token(owner, Some(tenant)).await;
        Self { world, server, tenant, organization, plan, owner }
    }

    fn id(&self) -> String {
        entity::join("org", self.organization)
    }

    async fn send(&self, mutation: &str, selection: &str, input: Value) -> Answer {
        send(&self.world, &self.owner, mutation, selection, input).await
    }

    /// Asks for the record: its name and its value.
    async fn challenge(&self, organization: &str) -> (String, String) {
        let input = json!({ "organizationId": organization });
        let answer = self.send("requestDomainVerification", "recordName recordValue", input).await;
        let payload = done(&answer);
        let text = |field: &str| payload[field].as_str().unwrap().to_owned();
        (text("recordName"), text("recordValue"))
    }

    async fn verify(&self, organization: &str) -> Answer {
        let input = json!({ "organizationId": organization });
        self.send("verifyDomain", "organization { domain domainVerifiedAt } recordName", input).await
    }

    /// Proves the domain, and lets it assign people.
    async fn proven(&self) {
        let (name, value) = self.challenge(&self.id()).await;
        self.server.says(&name, &value);
        done(&self.verify(&self.id()).await);
        let input = json!({ "organizationId": self.id(), "assignsByDomain": true });
        let answer = self.send("updateOrganization", "organization { assignsByDomain }", input).await;
        assert_eq!(done(&answer)["organization"]["assignsByDomain"], true);
    }

    async fn value(&self, sql: &str) -> Option<String> {
        self.world.value(sql).await
    }
}

async fn send(world: &World, token: &str, mutation: &str, selection: &str, input: Value) -> Answer {
    let (first, rest) = mutation.split_at(1);
    let kind = format!("{}{rest}Input", first.to_uppercase());
    let query = format!(
        "mutation($input: {kind}!) {{ it: {mutation}(input: $input) {{ {selection} userErrors {{ field code message }} clientMutationId }} }}"
    );
    world.ask(token, &query, json!({ "input": input })).await
}

/// The payload of an answer without errors of either kind.
fn done(answer: &Answer) -> &Value {
    let payload = &answer.data()["it"];
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    payload
}

/// The code of the only user error.
fn refused(answer: &Answer) -> String {
    let errors = answer.data()["it"]["userErrors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    errors[0]["code"].as_str().unwrap().to_owned()
}
