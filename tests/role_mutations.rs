//! The mutations of roles: what they change, what they refuse, who gains by them, and what is written down.

mod assigning;
mod audit;
mod changing;
mod dry_run;
mod giving;
mod making;
mod no_escalation;

use entity::id::{MemberRoleId, OrganizationId, RoleId, UserId};
use migration::catalog::BaseRole;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::people::Script;
use crate::world::{Answer, World};

/// A tenant with two organizations, and people of each kind.
pub struct House {
    world: World,
    tenant: Uuid,
    /// Owns the tenant and both organizations.
    boss: Someone,
    /// Base role `admin` in the tenant.
    admin: Someone,
    /// A plain member of the tenant; admin of the first organization.
    lead: Someone,
    /// A plain member of the tenant and of the first organization.
    mia: Someone,
    /// A plain member of the tenant, and of no organization.
    nina: Someone,
    organizations: [Uuid; 2],
}

/// Somebody with a session.
pub struct Someone {
    id: Uuid,
    membership: Uuid,
    token: String,
}

impl Someone {
    fn user(&self) -> String {
        UserId::from(self.id).to_string()
    }
}

impl House {
    async fn build() -> Self {
        Self::with(|_, _, _| ()).await
    }

    /// With further rows: of the tenant, its organizations, and the memberships of boss, admin, lead, mia and nina.
    async fn with(more: impl FnOnce(&mut Script, Uuid, ([Uuid; 2], [Uuid; 5]))) -> Self {
        let world = World::empty().await;
        let mut script = Script::default();
        let tenant = script.tenant("House");
        let mut people = Vec::new();
        for (name, role) in [
            ("Boss", BaseRole::Owner),
            ("Admin", BaseRole::Admin),
            ("Lead", BaseRole::Member),
            ("Mia", BaseRole::Member),
            ("Nina", BaseRole::Member),
        ] {
            let user = script.user(name);
            people.push((user, script.member(tenant, user, role)));
        }
        let organizations = ["First", "Second"].map(|name| script.organization(tenant, name, people[0].0));
        script.seat(tenant, organizations[0], people[2].0, BaseRole::Admin);
        script.seat(tenant, organizations[0], people[3].0, BaseRole::Member);
        let memberships = [0, 1, 2, 3, 4].map(|place| people[place].1);
        more(&mut script, tenant, (organizations, memberships));
        script.run(&world).await;
        let mut someone = Vec::new();
        for (id, membership) in people {
            someone.push(Someone { id, membership, token: world.token(id, Some(tenant)).await });
        }
        let mut someone = someone.into_iter();
        let mut next = || someone.next().unwrap();
        Self { boss: next(), admin: next(), lead: next(), mia: next(), nina: next(), world, tenant, organizations }
    }

    /// The first or the second organization, as clients write it.
    fn organization(&self, place: usize) -> String {
        OrganizationId::from(self.organizations[place]).to_string()
    }

    /// The role of that key.
    async fn role(&self, key: &str) -> String {
        let sql = format!("select id from roles where tenant_id = '{}' and key = '{key}'", self.tenant);
        RoleId::from(self.world.value(&sql).await.unwrap().parse::<Uuid>().unwrap()).to_string()
    }

    /// Sends a mutation of roles.
    async fn send(&self, someone: &Someone, mutation: &str, input: Value) -> Answer {
        let selection = match mutation {
            "createRole" | "updateRole" => {
                "role { id key name description isActive parent { key } rules { permission { key } effect conditions } }"
            }
            "deleteRole" => "deletedRoleId",
            _ => "assignment { id role { key } user { id } organization { id } isTenantWide expiresAt revokedAt revokeReason }",
        };
        let mut name = mutation.to_owned();
        name[..1].make_ascii_uppercase();
        let query = format!(
            "mutation($input: {name}Input!) {{ it: {mutation}(input: $input) {{ {selection} userErrors {{ field code message }} clientMutationId dryRun }} }}"
        );
        self.world.ask(&someone.token, &query, json!({ "input": input })).await
    }

    /// Sends one that succeeds, and gives its payload.
    async fn done(&self, someone: &Someone, mutation: &str, input: Value) -> Value {
        let answer = self.send(someone, mutation, input).await;
        let payload = &answer.data()["it"];
        assert_eq!(payload["userErrors"], json!([]), "{mutation}: {:#}", answer.body);
        payload.clone()
    }

    /// Makes a role as the boss, and gives its id.
    async fn make(&self, key: &str, permissions: Value) -> String {
        let input = json!({ "key": key, "name": key, "permissions": permissions });
        self.done(&self.boss, "createRole", input).await["role"]["id"].as_str().unwrap().to_owned()
    }

    /// Gives a role as the boss, and gives the assignment's id.
    async fn give(&self, to: &Someone, role: &str, organization: Option<usize>) -> String {
        let organization = organization.map(|place| self.organization(place));
        let input = json!({ "userId": to.user(), "roleId": role, "organizationId": organization });
        self.done(&self.boss, "assignRole", input).await["assignment"]["id"].as_str().unwrap().to_owned()
    }

    /// In which organizations somebody sees the billing e-mail, by their names.
    async fn bills_seen_by(&self, someone: &Someone) -> Vec<String> {
        let answer = self.world.ask(&someone.token, "{ organizations { nodes { name billingEmail } } }", Value::Null).await;
        let nodes = answer.body["data"]["organizations"]["nodes"].as_array().unwrap().clone();
        nodes.iter().filter(|node| node["billingEmail"].is_string()).map(|node| node["name"].as_str().unwrap().to_owned()).collect()
    }

    /// A fingerprint of everything that these mutations write.
    async fn everything(&self) -> String {
        self.world
            .value(
                "select md5(concat(
                    (select string_agg(row::text, ',' order by id) from roles row),
                    (select string_agg(row::text, ',' order by role_id, permission_id) from role_permissions row),
                    (select string_agg(row::text, ',' order by id) from member_roles row),
                    (select string_agg(row::text, ',' order by key) from idempotency_keys row),
                    (select string_agg(row::text, ',' order by id) from audit_logs row),
                    (select string_agg(row::text, ',') from access_versions row)))",
            )
            .await
            .unwrap()
    }
}

/// Field and code of each user error. Where there are some, nothing else is in the payload.
fn user_errors(answer: &Answer) -> Vec<(Value, String)> {
    let payload = &answer.data()["it"];
    let errors = payload["userErrors"].as_array().unwrap();
    if !errors.is_empty() {
        for object in ["role", "assignment", "deletedRoleId"] {
            assert!(payload.get(object).is_none_or(Value::is_null), "{payload:#}");
        }
    }
    assert!(errors.iter().all(|error| error["message"].as_str().is_some_and(|message| message.len() > 10)), "{errors:#?}");
    errors.iter().map(|error| (error["field"].clone(), error["code"].as_str().unwrap().to_owned())).collect()
}

/// What a refusal to give says is not held.
fn not_held(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.codes(), ["FORBIDDEN"], "{:#}", answer.body);
    let extensions = &answer.body["errors"][0]["extensions"];
    assert_eq!(extensions["reason"], "not_held", "{extensions}");
    let keys = extensions["permissions"].as_array().unwrap();
    assert_eq!(extensions["permission"], keys[0]);
    keys.iter().map(|key| key.as_str().unwrap().to_owned()).collect()
}

/// A rule that allows.
fn allow(key: &str) -> Value {
    json!({ "permission": key })
}

/// A rule that denies.
fn deny(key: &str) -> Value {
    json!({ "permission": key, "effect": "DENY" })
}

/// An id that nothing has.
fn no_role() -> String {
    RoleId::from(tenantry::clock::new_id::<Uuid>()).to_string()
}

/// An id that nothing has.
fn no_assignment() -> String {
    MemberRoleId::from(tenantry::clock::new_id::<Uuid>()).to_string()
}
