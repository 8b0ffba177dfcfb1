//! People and organizations through their life: invited, seated, suspended, removed, handed over.

mod accepting;
mod accounts;
mod businesses;
mod deleting;
mod inviting;
mod listed;
mod lockout;
mod machine;
mod members;
mod model;
mod ownership;
mod property;
mod purging;
mod seats;
mod signing_in;

use serde_json::{Value, json};
use tenantry::clock;
use uuid::Uuid;

use crate::people::Script;
use crate::world::{Answer, World};
use migration::catalog::BaseRole;

/// A tenant with one organization, and people of each kind in it.
struct Home {
    world: World,
    tenant: Uuid,
    organization: Uuid,
    plan: Uuid,
    /// Owns the organization, and nothing else.
    owner: Person,
    admin: Person,
    manager: Person,
    member: Person,
}

/// Somebody with a session.
struct Person {
    id: Uuid,
    email: String,
    token: String,
    /// `mem_…`, of those who are members.
    membership: String,
}

impl Home {
    async fn build() -> Self {
        Self::with(|_, _| ()).await
    }

    /// With further rows of the tenant and its organization.
    async fn with(more: impl FnOnce(&mut Script, (Uuid, Uuid))) -> Self {
        let world = World::empty().await;
        let mut script = Script::default();
        let tenant = script.tenant("Home");
        let people = ["Olga Owner", "Ada Admin", "Mara Manager", "Mel Member"].map(|name| script.user(name));
        for person in people {
            script.member(tenant, person, BaseRole::Member);
        }
        let organization = script.organization(tenant, "Hearth", people[0]);
        let roles = [BaseRole::Admin, BaseRole::Manager, BaseRole::Member];
        for (person, role) in people[1..].iter().zip(roles) {
            script.seat(tenant, organization, *person, role);
        }
        let plan = script.plan(tenant, "pro");
        script.subscription(tenant, organization, plan);
        script.add("update subscriptions set seat_quantity = 100");
        more(&mut script, (tenant, organization));
        script.run(&world).await;
        let [owner, admin, manager, member] = people;
        let person = async |id: Uuid| Person {
            id,
            email: world.value(&format!("select email from users where id = '{id}'")).await.unwrap(),
            token: world.token(id, Some(tenant)).await,
            membership: seat(&world, organization, id).await,
        };
        let (owner, admin) = (person(owner).await, person(admin).await);
        let (manager, member) = (person(manager).await, person(member).await);
        Self { world, tenant, organization, plan, owner, admin, manager, member }
    }

    /// `org_…`
    fn id(&self) -> String {
        entity::join("org", self.organization)
    }

    /// Somebody who belongs to no tenant, with a proven address.
    async fn stranger(&self, email: &str) -> Person {
        let id: Uuid = clock::new_id();
        let name = email.split('@').next().unwrap();
        self.world
            .sql(&format!(
                "insert into users (id, email, email_verified_at, display_name) values ('{id}', '{email}', now(), '{name}')"
            ))
            .await;
        let token = self.world.token(id, None).await;
        Person { id, email: email.to_owned(), token, membership: String::new() }
    }

    /// Sends one mutation as somebody.
    async fn send(&self, person: &Person, mutation: &str, selection: &str, input: Value) -> Answer {
        send(&self.world, &person.token, mutation, selection, input).await
    }

    /// The payload of a mutation that must succeed.
    async fn done(&self, person: &Person, mutation: &str, selection: &str, input: Value) -> Value {
        let answer = self.send(person, mutation, selection, input).await;
        let payload = answer.data()["it"].clone();
        assert_eq!(payload["userErrors"], json!([]), "{mutation}: {payload:#}");
        payload
    }

    /// The codes of the user errors of a mutation that must be refused, and that nothing was written.
    async fn refused(&self, person: &Person, mutation: &str, input: Value) -> Vec<String> {
        let before = self.everything().await;
        let answer = self.send(person, mutation, "", input).await;
        let errors = answer.data()["it"]["userErrors"].as_array().unwrap().clone();
        assert_eq!(before, self.everything().await, "{mutation}: nothing was written");
        assert!(errors.iter().all(|error| error["message"].as_str().is_some_and(|message| message.len() > 10)), "{errors:#?}");
        errors.iter().map(|error| error["code"].as_str().unwrap().to_owned()).collect()
    }

    /// The codes of the errors of a mutation that fails as a whole, and that nothing was written.
    async fn failed(&self, person: &Person, mutation: &str, input: Value) -> Vec<String> {
        let before = self.everything().await;
        let answer = self.send(person, mutation, "", input).await;
        assert_eq!(before, self.everything().await, "{mutation}: nothing was written");
        answer.codes().into_iter().map(str::to_owned).collect()
    }

    /// Invites somebody as the owner; `inv_…` and the token.
    async fn invite(&self, email: &str, role: &str) -> (String, String) {
        self.invite_as(&self.owner, json!({ "email": email, "role": role })).await
    }

    async fn invite_as(&self, person: &Person, mut input: Value) -> (String, String) {
        input["organizationId"] = json!(self.id());
        let payload = self.done(person, "inviteMember", "invitation { id } token", input).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&payload["invitation"]["id"]), text(&payload["token"]))
    }

    /// Invites somebody and lets them accept.
    async fn join(&self, email: &str, role: &str) -> Person {
        let person = self.stranger(email).await;
        let (_, token) = self.invite(email, role).await;
        self.done(&person, "acceptInvitation", "", json!({ "token": token })).await;
        Person { membership: seat(&self.world, self.organization, person.id).await, ..person }
    }

    /// `used`, `pending` and `limit` of the organization.
    async fn seats(&self) -> [i64; 3] {
        let query = "query($id: ID!) { organization(id: $id) { seats { used pending limit } } }";
        let answer = self.world.ask(&self.owner.token, query, json!({ "id": self.id() })).await;
        let seats = &answer.data()["organization"]["seats"];
        ["used", "pending", "limit"].map(|field| seats[field].as_i64().unwrap_or(-1))
    }

    async fn limit_seats(&self, seats: usize) {
        self.world.sql(&format!("update subscriptions set seat_quantity = {seats}, auto_scale_seats = false")).await;
    }

    /// Does this person see the members of the organization?
    async fn is_inside(&self, person: &Person) -> bool {
        let query = "query($id: ID!) { organization(id: $id) { members { totalCount } } }";
        let answer = self.world.ask(&person.token, query, json!({ "id": self.id() })).await;
        answer.body["data"]["organization"]["members"]["totalCount"].is_number()
    }

    /// The actions of the audit log, the oldest first.
    async fn audited(&self) -> Vec<String> {
        sqlx::query_scalar("select action from audit_logs order by index_id").fetch_all(&self.world.pool).await.unwrap()
    }

    /// A fingerprint of everything that these mutations write.
    async fn everything(&self) -> String {
        let tables = [
            "invitations",
            "invitation_roles",
            "invitation_teams",
            "ownership_transfers",
            "organizations",
            "businesses",
            "organization_memberships",
            "tenant_memberships",
            "member_roles",
            "team_members",
            "resource_grants",
            "subscriptions",
            "tenant_quotas",
            "sessions",
            "audit_logs",
            "idempotency_keys",
        ];
        // That somebody was seen is written behind the requests, whatever these do.
        let row = "(to_jsonb(row) - '{updated_at,last_seen_at,last_active_at}'::text[])::text";
        let parts = tables.map(|table| format!("(select string_agg({row}, ',' order by {row}) from {table} row)"));
        self.world.value(&format!("select md5(concat_ws('|', {}))", parts.join(", "))).await.unwrap()
    }
}

/// `mem_…` of somebody's place in an organization.
async fn seat(world: &World, organization: Uuid, user: Uuid) -> String {
    let sql = format!("select id from organization_memberships where organization_id = '{organization}' and user_id = '{user}'");
    entity::join("mem", world.value(&sql).await.unwrap().parse().unwrap())
}

async fn send(world: &World, token: &str, mutation: &str, selection: &str, input: Value) -> Answer {
    let (first, rest) = mutation.split_at(1);
    let kind = format!("{}{rest}Input", first.to_uppercase());
    let query = format!(
        "mutation($input: {kind}!) {{ it: {mutation}(input: $input) {{ {selection} userErrors {{ field code message }} clientMutationId }} }}"
    );
    world.ask(token, &query, json!({ "input": input })).await
}
