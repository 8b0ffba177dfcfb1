//! A revocation holds from the next request on, on every gateway, however warm its caches are.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tenantry::gateway::Mode;

use crate::world::{Answer, World, identity};

/// Two gateways before one database.
struct Pair {
    world: World,
    second: SocketAddr,
}

impl Pair {
    async fn demo() -> Self {
        let world = World::demo().await;
        let (_, second) = world.second_gateway(Mode::Development(Vec::new())).await;
        Self { world, second }
    }

    async fn ask(&self, token: &str, query: &str) -> [Answer; 2] {
        let first = self.world.ask(token, query, Value::Null).await;
        [first, self.world.ask_at(self.second, token, query, Value::Null).await]
    }

    /// Asks on both, twice, so that the second answer comes from caches: both times without any denial.
    async fn allowed(&self, token: &str, query: &str) -> Value {
        for answer in self.ask(token, query).await {
            answer.data();
        }
        let [first, second] = self.ask(token, query).await.map(|answer| answer.data().clone());
        assert_eq!(first, second);
        first
    }

    /// Asks on both: each denies one field, for this reason.
    async fn denied(&self, token: &str, query: &str, permission: &str, reason: &str) {
        for answer in self.ask(token, query).await {
            let errors = answer.body["errors"].as_array().unwrap_or_else(|| panic!("still allowed: {:#}", answer.body));
            let extensions: Vec<_> = errors.iter().map(|error| &error["extensions"]).collect();
            assert_eq!(extensions.len(), 1, "{extensions:?}");
            let told = (&extensions[0]["code"], &extensions[0]["permission"], &extensions[0]["reason"]);
            assert_eq!(told, (&json!("FORBIDDEN"), &json!(permission), &json!(reason)));
        }
    }

    /// The organization of that name as somebody sees it, on both.
    async fn organization(&self, token: &str, name: &str) -> [Value; 2] {
        let query = format!("{{ organizations(filter: {{ name: \"{name}\" }}) {{ totalCount nodes {{ id name }} }} }}");
        self.ask(token, &query).await.map(|answer| answer.data()["organizations"]["nodes"][0]["name"].clone())
    }
}

const BLUEFIN: &str = r#"{ organizations(filter: { name: "Bluefin" }) { nodes { billingEmail } } }"#;

/// The assignment by which the demo's member is billing admin of Bluefin Logistics.
const ASSIGNMENT: &str = "id = (select assignment.id from member_roles assignment
    join tenant_memberships member on member.id = assignment.tenant_membership_id
    join users person on person.id = member.user_id
    join roles role on role.id = assignment.role_id
    where person.display_name = 'Max Member' and role.key = 'billing_admin' and assignment.revoked_at is null)";

#[tokio::test]
async fn a_role_that_is_revoked_or_switched_off_or_changed_gives_nothing_any_more() {
    for change in [
        format!("update member_roles set revoked_at = now(), revoke_reason = 'gone' where {ASSIGNMENT}"),
        format!("update member_roles set deleted_at = now() where {ASSIGNMENT}"),
        "update roles set is_active = false where key = 'billing_admin'".to_owned(),
        "update role_permissions set effect = 'deny' from roles role
            where role.id = role_id and role.key = 'billing_admin' and effect = 'allow'"
            .to_owned(),
        "delete from role_permissions using roles role where role.id = role_id and role.key = 'billing_admin'".to_owned(),
        "update role_permissions set conditions = 'false' from roles role where role.id = role_id and role.key = 'billing_admin'"
            .to_owned(),
    ] {
        let pair = Pair::demo().await;
        let token = pair.world.act_as("member").await;
        let before = pair.allowed(&token, BLUEFIN).await;
        assert_eq!(before["organizations"]["nodes"][0]["billingEmail"], "billing@bluefin-logistics.example");
        pair.world.sql(&change).await;
        pair.denied(&token, BLUEFIN, "billing.read", "missing_permission").await;
    }
}

#[tokio::test]
async fn a_role_that_expires_gives_nothing_from_that_moment_on() {
    let pair = Pair::demo().await;
    let token = pair.world.act_as("member").await;
    // What is asked before the end must find the role in force; where the machine was too slow for that, it gets longer.
    for patience in ["250 milliseconds", "2 seconds", "20 seconds"] {
        pair.world.sql(&format!("update member_roles set expires_at = now() + interval '{patience}' where {ASSIGNMENT}")).await;
        let warm = pair.ask(&token, BLUEFIN).await;
        while pair
            .world
            .value(&format!("select expires_at <= clock_timestamp() from member_roles where {ASSIGNMENT}"))
            .await
            .as_deref()
            == Some("false")
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        pair.denied(&token, BLUEFIN, "billing.read", "missing_permission").await;
        if warm.iter().all(|answer| answer.codes().is_empty()) {
            return;
        }
    }
    panic!("the role was never in force");
}

#[tokio::test]
async fn a_member_who_is_suspended_or_removed_does_not_see_the_organization_any_more() {
    for change in ["status = 'suspended'", "deleted_at = now()"] {
        let pair = Pair::demo().await;
        let token = pair.world.act_as("readonly").await;
        assert_eq!(pair.organization(&token, "Acorn").await, ["Acorn & Ash Bakery", "Acorn & Ash Bakery"]);
        let user = identity("readonly").user_id;
        pair.world
            .sql(&format!(
                "update organization_memberships set {change} where user_id = '{user}'
                    and organization_id = (select id from organizations where name = 'Acorn & Ash Bakery')"
            ))
            .await;
        assert_eq!(pair.organization(&token, "Acorn").await, [Value::Null, Value::Null], "{change}");
        assert_eq!(pair.organization(&token, "Northgate").await, ["Northgate Robotics", "Northgate Robotics"], "the others stay");
    }
}

#[tokio::test]
async fn a_lower_role_in_an_organization_holds_at_once() {
    let pair = Pair::demo().await;
    let token = pair.world.act_as("admin").await;
    pair.allowed(&token, BLUEFIN).await;
    let user = identity("admin").user_id;
    pair.world.sql(&format!("update organization_memberships set role = 'member' where user_id = '{user}'")).await;
    pair.denied(&token, BLUEFIN, "billing.read", "missing_permission").await;
}

#[tokio::test]
async fn a_lower_role_in_the_tenant_or_none_holds_at_once() {
    let pair = Pair::demo().await;
    let token = pair.world.act_as("owner").await;
    let query = "{ organizations(first: 1) { totalCount } roles(first: 1) { totalCount } }";
    assert_eq!(pair.allowed(&token, query).await["organizations"]["totalCount"], 25);
    let user = identity("owner").user_id;
    let larkspur = identity("owner").tenant_id;
    let change = async |what: &str| {
        pair.world
            .sql(&format!("update tenant_memberships set {what} where user_id = '{user}' and tenant_id = '{larkspur}'"))
            .await;
    };
    // She owns six organizations, and sits in two more.
    change("role = 'member'").await;
    assert_eq!(pair.allowed(&token, query).await["organizations"]["totalCount"], 8);
    change("deleted_at = now()").await;
    pair.denied(&token, query, "roles.read", "no_tenant").await;
    for answer in pair.ask(&token, query).await {
        assert_eq!(answer.body["data"]["organizations"]["totalCount"], 0);
    }
    change("deleted_at = null, status = 'suspended'").await;
    pair.denied(&token, query, "roles.read", "membership_suspended").await;
    change("status = 'active'").await;
    assert_eq!(pair.allowed(&token, query).await["organizations"]["totalCount"], 8);
}

#[tokio::test]
async fn who_has_handed_over_an_organization_is_no_owner_from_then_on() {
    let pair = Pair::demo().await;
    let token = pair.world.act_as("outsider").await;
    let query = r#"{ organizations(filter: { name: "Cormorant" }) { nodes { billingEmail owner { displayName } } } }"#;
    let owner = |answer: &Answer| answer.body["data"]["organizations"]["nodes"][0]["owner"]["displayName"].clone();
    assert_eq!(pair.allowed(&token, query).await["organizations"]["nodes"][0]["owner"]["displayName"], "Oscar Outsider");
    pair.world
        .sql(&format!(
            "begin; set local app.ownership_transfer = 'on';
            update organizations set owner_id = (select user_id from organization_memberships member
                    where member.organization_id = organizations.id and member.user_id <> owner_id and member.status = 'active' limit 1)
                where name = 'Cormorant Charter';
            update organization_memberships set role = 'member' where user_id = '{}'; commit",
            identity("outsider").user_id
        ))
        .await;
    pair.denied(&token, query, "billing.read", "missing_permission").await;
    for answer in pair.ask(&token, query).await {
        assert_ne!(owner(&answer), "Oscar Outsider");
    }
}

#[tokio::test]
async fn a_developer_role_that_is_taken_back_opens_nothing_any_more() {
    let pair = Pair::demo().await;
    let token = pair.world.act_as("developer").await;
    pair.allowed(&token, BLUEFIN).await;
    pair.world.sql("update developer_role_assignments set revoked_at = now()").await;
    assert_eq!(pair.organization(&token, "Bluefin").await, [Value::Null, Value::Null]);
}
