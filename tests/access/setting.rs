//! A small world for rules of every kind: one member of the tenant, two organizations of somebody else, and rows by SQL.

use entity::id::{OrganizationId, UserId};
use migration::catalog::{BaseRole, Permission};
use serde_json::{Value, json};
use tenantry::clock;
use uuid::Uuid;

use crate::people::{Script, role_id};
use crate::world::{Answer, World};

/// One tenant.
pub struct Setting {
    pub world: World,
    pub tenant: Uuid,
    /// Who owns both organizations.
    pub owner: Uuid,
    pub user: Uuid,
    /// The membership of the user in the tenant.
    pub member: Uuid,
    pub here: Uuid,
    pub there: Uuid,
}

impl Setting {
    /// The user is a plain member of the tenant, with a seat in `here` only.
    pub async fn new(seat: BaseRole) -> Self {
        let world = World::empty().await;
        let mut script = Script::default();
        let tenant = script.tenant("Rules");
        let (owner, user) = (script.user("Olga Owner"), script.user("Una"));
        script.member(tenant, owner, BaseRole::Member);
        let member = script.member(tenant, user, BaseRole::Member);
        let here = script.organization(tenant, "Here", owner);
        let there = script.organization(tenant, "There", owner);
        script.seat(tenant, here, user, seat);
        script.run(&world).await;
        Self { world, tenant, owner, user, member, here, there }
    }

    pub async fn sql(&self, sql: &str) {
        self.world.sql(sql).await;
    }

    pub async fn ask_as(&self, user: Uuid, query: &str, variables: Value) -> Answer {
        let token = self.world.token(user, Some(self.tenant)).await;
        self.world.ask(&token, query, variables).await
    }

    /// The organizations that the user sees, each with what it sees of the billing e-mail; the total agrees.
    pub async fn seen(&self) -> Vec<(String, bool)> {
        let query = "{ organizations(orderBy: { field: NAME }) { totalCount nodes { name billingEmail } } }";
        let answer = self.ask_as(self.user, query, Value::Null).await;
        let list = &answer.body["data"]["organizations"];
        let nodes = list["nodes"].as_array().unwrap_or_else(|| panic!("{:#}", answer.body));
        assert_eq!(list["totalCount"], nodes.len());
        nodes.iter().map(|node| (node["name"].as_str().unwrap().to_owned(), !node["billingEmail"].is_null())).collect()
    }

    /// Does the user see the billing e-mail of `here`?
    pub async fn sees_bills(&self) -> bool {
        self.seen().await.iter().any(|(name, bills)| name == "Here" && *bills)
    }

    /// Tries to rename `here`; what came back.
    pub async fn rename(&self, user: Uuid) -> Answer {
        let mutation = "mutation($id: ID!, $name: String!) {
            updateOrganization(input: { organizationId: $id, name: $name }) { userErrors { code } } }";
        let name = format!("Here {}", clock::new_id::<Uuid>());
        self.ask_as(user, mutation, json!({ "id": OrganizationId::from(self.here).to_string(), "name": name })).await
    }

    /// The owner's id, as the API shows it.
    pub fn owner_id(&self) -> String {
        UserId::from(self.owner).to_string()
    }

    /// A role of the tenant's own with one rule, assigned to the user.
    pub async fn role(&self, key: &str, rule: (Permission, &str, Option<Value>), organization: Option<Uuid>) {
        let (permission, effect, conditions) = rule;
        self.sql(&format!(
            "insert into roles (tenant_id, id, key, name) values ('{tenant}', gen_random_uuid(), '{key}', '{key}');
            insert into role_permissions (tenant_id, role_id, permission_id, effect, conditions)
                values ('{tenant}', {role}, '{permission}', '{effect}', {conditions});
            insert into member_roles (tenant_id, id, tenant_membership_id, organization_id, role_id)
                values ('{tenant}', gen_random_uuid(), '{member}', {organization}, {role})",
            tenant = self.tenant,
            role = role_id(self.tenant, key),
            permission = id(permission),
            conditions = condition(conditions),
            member = self.member,
            organization = nullable(organization),
        ))
        .await;
    }

    /// An override for the user.
    pub async fn exception(&self, permission: Permission, effect: &str, priority: i32, organization: Option<Uuid>, more: &str) {
        let (columns, values) = more
            .split_once('=')
            .map_or((String::new(), String::new()), |(column, value)| (format!(", {column}"), format!(", {value}")));
        self.sql(&format!(
            "insert into member_permission_overrides
                (tenant_id, id, tenant_membership_id, organization_id, permission_id, effect, priority{columns})
            values ('{}', gen_random_uuid(), '{}', {}, '{}', '{effect}', {priority}{values})",
            self.tenant,
            self.member,
            nullable(organization),
            id(permission)
        ))
        .await;
    }

    /// A team of `here`, perhaps below another.
    pub async fn team(&self, name: &str, parent: Option<Uuid>) -> Uuid {
        let team = clock::new_id();
        self.sql(&format!(
            "insert into teams (tenant_id, id, organization_id, name, parent_team_id) values ('{}', '{team}', '{}', '{name}', {})",
            self.tenant,
            self.here,
            nullable(parent)
        ))
        .await;
        team
    }

    /// The user's place in a team.
    pub async fn join(&self, team: Uuid) {
        self.sql(&format!(
            "insert into team_members (tenant_id, id, team_id, tenant_membership_id) values ('{}', gen_random_uuid(), '{team}', '{}')",
            self.tenant, self.member
        ))
        .await;
    }

    /// A grant on a resource; `grantee` is the column and the id.
    pub async fn grant(&self, resource: (&str, Uuid), grantee: (&str, &str), permission: Permission, effect: &str) {
        self.sql(&format!(
            "insert into resource_grants (tenant_id, id, resource_type, resource_id, {}, permission_id, effect)
            values ('{}', gen_random_uuid(), '{}', '{}', {}, '{}', '{effect}')",
            grantee.0,
            self.tenant,
            resource.0,
            resource.1,
            grantee.1,
            id(permission)
        ))
        .await;
    }

    /// The plan of `here`.
    pub async fn subscribe(&self, features: &Value, status: &str, past_due_days: i64) {
        self.sql(&format!(
            "with plan as (
                insert into products (tenant_id, id, key, name, type, currency, features)
                values ('{tenant}', gen_random_uuid(), 'pro', 'Pro', 'plan', 'EUR', '{features}') returning id)
            insert into subscriptions
                (tenant_id, id, organization_id, product_id, product_type, status, currency, past_due_since)
            select '{tenant}', gen_random_uuid(), '{here}', plan.id, 'plan', '{status}', 'EUR', now() - interval '{past_due_days} days'
            from plan",
            tenant = self.tenant,
            here = self.here,
        ))
        .await;
    }
}

/// The id of a permission, for SQL.
pub fn id(permission: Permission) -> Uuid {
    Uuid::from_u128(permission.id())
}

fn nullable(id: Option<Uuid>) -> String {
    id.map_or_else(|| "null".to_owned(), |id| format!("'{id}'"))
}

fn condition(condition: Option<Value>) -> String {
    condition.map_or_else(|| "null".to_owned(), |condition| format!("'{condition}'"))
}
