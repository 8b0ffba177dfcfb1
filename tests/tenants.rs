//! Tenants through their life: founded, changed, suspended, ended; their quotas, and where signing in goes.

mod changing;
mod founding;
mod machine;
mod model;
mod quotas;
mod standing;

use migration::catalog::{BaseRole, Permission};
use serde_json::{Value, json};
use tenantry::clock;
use uuid::Uuid;

use crate::people::Script;
use crate::world::{Answer, World};

/// A tenant with its owner, one who runs it, a plain member, and somebody of the platform's staff who is in it.
struct House {
    world: World,
    tenant: Uuid,
    owner: String,
    admin: String,
    member: String,
    /// Of the staff, with `tenant.update` by a role of the platform.
    staff: String,
    owner_id: Uuid,
}

impl House {
    async fn build() -> Self {
        Self::with(|_, _| ()).await
    }

    async fn with(more: impl FnOnce(&mut Script, Uuid)) -> Self {
        let world = World::empty().await;
        let mut script = Script::default();
        let tenant = script.tenant("House");
        let people = ["Olga Owner", "Ada Admin", "Mel Member"].map(|name| script.user(name));
        for (person, role) in people.iter().zip([BaseRole::Owner, BaseRole::Admin, BaseRole::Member]) {
            script.member(tenant, *person, role);
        }
        let staff = script.user("Dana Developer");
        let (role, update, read) =
            (clock::new_id::<Uuid>(), permission(Permission::TenantUpdate), permission(Permission::TenantRead));
        script.add(&format!(
            "update users set user_type = 'developer' where id = '{staff}';
            update users set email_verified_at = now();
            insert into developer_roles (id, key, name) values ('{role}', 'accounts', 'Accounts');
            insert into developer_role_permissions (developer_role_id, permission_id) values ('{role}', '{update}'), ('{role}', '{read}');
            insert into developer_role_assignments (id, user_id, developer_role_id) values (gen_random_uuid(), '{staff}', '{role}')"
        ));
        more(&mut script, tenant);
        script.run(&world).await;
        let [owner_id, admin, member] = people;
        let token = async |user: Uuid| world.token(user, Some(tenant)).await;
        let (owner, admin) = (token(owner_id).await, token(admin).await);
        let (member, staff) = (token(member).await, token(staff).await);
        Self { world, tenant, owner, admin, member, staff, owner_id }
    }

    /// `ten_…`
    fn id(&self) -> String {
        entity::join("ten", self.tenant)
    }

    async fn set_status(&self, status: &str) {
        let input = json!({ "tenantId": self.id(), "status": status, "reason": "a test" });
        let answer = send(&self.world, &self.staff, "setTenantStatus", "tenant { status }", input).await;
        assert_eq!(done(&answer)["tenant"]["status"], status);
    }
}

fn permission(permission: Permission) -> Uuid {
    Uuid::from_u128(permission.id())
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

/// Field and code of the only user error.
fn refused(answer: &Answer) -> (Value, String) {
    let errors = answer.data()["it"]["userErrors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    (errors[0]["field"].clone(), errors[0]["code"].as_str().unwrap().to_owned())
}

/// The actions of the audit log of a tenant, the oldest first, and of the events that tell of them.
async fn audited(world: &World, tenant: &str) -> Vec<String> {
    let tenant = entity::split(tenant).unwrap().1;
    let of = async |sql: &str| -> Vec<String> {
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).bind(tenant).fetch_all(&world.pool).await.unwrap()
    };
    let log = of("select action from audit_logs where tenant_id = $1 order by index_id").await;
    let events = of("select type from outbox_events where tenant_id = $1 and type <> 'access.change' order by index_id").await;
    assert_eq!(log, events, "what is written down is told");
    log
}
