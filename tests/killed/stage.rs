//! The tenant in which mutations run, and what they need there.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use migration::catalog::BaseRole;
use serde_json::{Value, json};
use tenantry::{clock, dns, gateway};
use uuid::Uuid;

use super::written::NOTES;
use crate::cluster::Content;
use crate::name_server::NameServer;
use crate::people::Script;
use crate::world::World;

/// A password that nobody tries first.
pub const PASSWORD: &str = "correct horse battery";

/// A tenant with an organization that has room for many, and its owner.
pub struct Stage {
    pub world: World,
    pub tenant: Uuid,
    pub organization: Uuid,
    pub boss: Person,
    /// Supports the platform.
    pub developer: Person,
    /// Knows of domains what it is told.
    pub server: NameServer,
    password_hash: String,
    count: AtomicU32,
}

/// Somebody with a session.
#[derive(Clone)]
pub struct Person {
    pub id: Uuid,
    pub email: String,
    pub token: String,
}

/// What is sent, and by whom.
pub struct Case {
    pub token: Option<String>,
    pub body: Value,
}

impl Person {
    /// `user_…`
    pub fn user(&self) -> String {
        entity::join("user", self.id)
    }

    /// A mutation of theirs.
    pub fn sends(&self, mutation: &str, input: Value) -> Case {
        Case { token: Some(self.token.clone()), body: body(mutation, "", input) }
    }
}

impl Case {
    /// A mutation of somebody who has not signed in.
    pub fn of_stranger(mutation: &str, input: Value) -> Self {
        Self { token: None, body: body(mutation, "", input) }
    }
}

fn body(mutation: &str, selection: &str, input: Value) -> Value {
    let (first, rest) = mutation.split_at(1);
    let kind = format!("{}{rest}Input", first.to_uppercase());
    let query = format!(
        "mutation($input: {kind}!) {{ it: {mutation}(input: $input) {{ {selection} userErrors {{ field code message }} }} }}"
    );
    let mut body = json!({ "query": query, "variables": {} });
    body["variables"]["input"] = input;
    body
}

impl Stage {
    pub async fn build() -> Self {
        let server = NameServer::start().await;
        let dns = dns::Settings { servers: vec![server.address], timeout: Duration::from_secs(2) };
        let world = World::made_of(Content::Empty, |settings| gateway::Settings { dns, ..settings }).await;
        let password_hash = world.gateway.services.passwords.hash(PASSWORD.to_owned()).await.unwrap();
        let mut script = Script::default();
        let tenant = script.tenant("Stage");
        let (boss, developer) = (script.user("Boss"), script.user("Developer"));
        script.member(tenant, boss, BaseRole::Owner);
        let organization = script.organization(tenant, "Home", boss);
        let plan = script.plan(tenant, "free");
        script.subscription(tenant, organization, plan);
        script.add(&format!(
            "update subscriptions set seat_quantity = 100000;
            update tenants set features = '{{\"api_access\": true}}' where id = '{tenant}';
            update products set features = '{{\"api_access\": true}}' where id = '{plan}';
            update users set user_type = 'developer' where id = '{developer}';
            insert into developer_roles (id, key, name) values ('00000000-0000-7000-8000-00000000d000', 'support', 'Support');
            insert into developer_role_permissions (developer_role_id, permission_id)
                select '00000000-0000-7000-8000-00000000d000', id from permissions;
            insert into developer_role_assignments (id, user_id, developer_role_id)
                values (gen_random_uuid(), '{developer}', '00000000-0000-7000-8000-00000000d000')"
        ));
        script.run(&world).await;
        world.sql(NOTES).await;
        let boss = Person { id: boss, email: String::new(), token: world.token(boss, Some(tenant)).await };
        let token = world.token(developer, Some(tenant)).await;
        let developer = Person { id: developer, email: String::new(), token };
        Self { world, tenant, organization, boss, developer, server, password_hash, count: AtomicU32::new(0) }
    }

    /// A word that nobody has used.
    pub fn word(&self) -> String {
        format!("word{}", self.count.fetch_add(1, Ordering::Relaxed))
    }

    /// Writes further rows.
    pub async fn script<T>(&self, write: impl FnOnce(&mut Script) -> T) -> T {
        let mut script = Script::default();
        let made = write(&mut script);
        script.run(&self.world).await;
        made
    }

    /// Does what must be done before, by way of the API: the payload.
    pub async fn did(&self, person: &Person, mutation: &str, selection: &str, input: Value) -> Value {
        let answer = self.world.post(Some(&person.token), &body(mutation, selection, input)).await;
        let payload = answer.data()["it"].clone();
        assert_eq!(payload["userErrors"], json!([]), "{mutation}: {payload:#}");
        payload
    }

    /// The same as nobody.
    pub async fn did_as_stranger(&self, mutation: &str, selection: &str, input: Value) -> Value {
        let answer = self.world.post(None, &body(mutation, selection, input)).await;
        answer.data()["it"].clone()
    }

    /// `org_…` of the organization with room.
    pub fn home(&self) -> String {
        entity::join("org", self.organization)
    }

    /// Somebody with a password and a proven address, who is in the tenant.
    pub async fn person(&self) -> Person {
        let (name, tenant, hash) = (self.word(), self.tenant, &self.password_hash);
        let id = self
            .script(|script| {
                let id = script.user(&name);
                script.member(tenant, id, BaseRole::Member);
                script.add(&format!("update users set password_hash = '{hash}', email_verified_at = now() where id = '{id}'"));
                id
            })
            .await;
        let (email, token) = (format!("{}@people.example", id.simple()), self.world.token(id, Some(tenant)).await);
        Person { id, email, token }
    }

    /// Somebody who is in no tenant.
    pub async fn newcomer(&self) -> Person {
        let name = self.word();
        let id = self.script(|script| script.user(&name)).await;
        self.world.sql(&format!("update users set email_verified_at = now() where id = '{id}'")).await;
        let (email, token) = (format!("{}@people.example", id.simple()), self.world.token(id, None).await);
        Person { id, email, token }
    }

    /// Somebody with a seat in the organization with room; and `mem_…`.
    pub async fn seated(&self) -> (Person, String) {
        let person = self.person().await;
        let seat = self.script(|script| script.seat(self.tenant, self.organization, person.id, BaseRole::Member)).await;
        (person, entity::join("mem", seat))
    }

    /// An organization of the boss; and `org_…`.
    pub async fn organization(&self) -> (Uuid, String) {
        let name = self.word();
        let id = self.script(|script| script.organization(self.tenant, &name, self.boss.id)).await;
        (id, entity::join("org", id))
    }

    /// Nothing was written so far.
    pub async fn forget_what_was_written(&self) {
        self.is_quiet().await;
        self.world.sql("delete from written").await;
    }

    /// Waits until nobody does anything in the database: what a dead process had sent is done, or undone.
    pub async fn is_quiet(&self) {
        let busy = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
            and backend_type = 'client backend' and state <> 'idle' and application_name = 'tenantry'";
        while self.world.value(busy).await.unwrap() != "0" {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// A one-time token of somebody, as mail brings it.
    pub async fn mailed(&self, person: &Person, purpose: &str) -> String {
        let token = clock::secret("t_");
        sqlx::query(
            "insert into user_tokens (id, user_id, purpose, token_hash, expires_at)
            values (gen_random_uuid(), $1, $2, $3, now() + interval '1 hour')",
        )
        .bind(person.id)
        .bind(purpose)
        .bind(tenantry::database::TokenHash::of(&token).bytes())
        .execute(&self.world.pool)
        .await
        .unwrap();
        token
    }
}
