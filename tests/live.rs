//! What is told live: over sockets and event streams, to whom, for how long, and that nothing is lost.

pub mod client;
mod events;
pub mod follower;
mod limits;
mod order;
mod outage;
mod protocol;
mod revocation;
mod streams;

use entity::id::{OrganizationId, RoleId, UserId};
use migration::catalog::{BaseRole, Permission};
use serde_json::{Value, json};
use tenantry::gateway;
use uuid::Uuid;

use crate::cluster::Content;
use crate::people::{Rule, Script};
use crate::world::World;

const ORGANIZATION: &str = "subscription Changes($id: ID!, $after: String) { organizationChanged(id: $id, after: $after) {
    id cursor action occurredAt actor { displayName } organization { id name billingEmail } } }";
const MEMBERSHIP: &str = "subscription People($id: ID!, $after: String) { membershipChanged(organizationId: $id, after: $after) {
    id cursor action resourceId actor { displayName } organization { id } membership { role user { displayName } roles { key } } } }";
const ACCESS: &str = "subscription Access($after: String) { accessChanged(after: $after) { id cursor occurredAt viewer {
    user { displayName } memberships { nodes { organization { name } } } } } }";

/// A tenant with two organizations: their owner, an admin of the first one, and a plain member of it.
pub struct Office {
    pub world: World,
    tenant: Uuid,
    organizations: [Uuid; 2],
    pub boss: Someone,
    admin: Someone,
    mia: Someone,
    seat_of_mia: Uuid,
}

pub struct Someone {
    id: Uuid,
    pub token: String,
}

impl Office {
    async fn build() -> Self {
        Self::with(|settings| settings).await
    }

    async fn with(adjust: impl FnOnce(gateway::Settings) -> gateway::Settings) -> Self {
        Self::before(World::made_of(Content::Empty, adjust).await).await
    }

    /// Before this world, which is empty.
    pub async fn before(world: World) -> Self {
        let mut script = Script::default();
        let tenant = script.tenant("Office");
        let people = [("Boss", BaseRole::Owner), ("Admin", BaseRole::Member), ("Mia", BaseRole::Member)].map(|(name, role)| {
            let user = script.user(name);
            script.member(tenant, user, role);
            user
        });
        let organizations = ["First", "Second"].map(|name| script.organization(tenant, name, people[0]));
        script.seat(tenant, organizations[0], people[1], BaseRole::Admin);
        let seat_of_mia = script.seat(tenant, organizations[0], people[2], BaseRole::Member);
        script.role(tenant, "biller", None);
        script.rule(tenant, "biller", Permission::BillingRead, Rule::Allow);
        script.run(&world).await;
        let [boss, admin, mia] = people;
        let someone = async |id| Someone { id, token: world.token(id, Some(tenant)).await };
        let (boss, admin, mia) = (someone(boss).await, someone(admin).await, someone(mia).await);
        Self { world, tenant, organizations, boss, admin, mia, seat_of_mia }
    }

    /// `org_…`
    pub fn organization(&self, place: usize) -> String {
        OrganizationId::from(self.organizations[place]).to_string()
    }

    /// Where the present stands among the events, for somebody.
    pub async fn now(&self, someone: &Someone) -> String {
        let answer = self.world.ask(&someone.token, "{ liveCursor }", Value::Null).await;
        answer.data()["liveCursor"].as_str().unwrap().to_owned()
    }

    /// Renames an organization as the boss.
    async fn rename(&self, place: usize, name: &str) {
        let input = json!({ "organizationId": self.organization(place), "name": name });
        let query = "mutation($input: UpdateOrganizationInput!) { updateOrganization(input: $input) { userErrors { message } } }";
        let answer = self.world.ask(&self.boss.token, query, json!({ "input": input })).await;
        assert_eq!(answer.data()["updateOrganization"]["userErrors"], json!([]));
    }

    /// Gives the role `biller` as the boss, in the first organization; the answer is the assignment.
    async fn give_biller(&self, to: &Someone) -> String {
        let sql = format!("select id from roles where tenant_id = '{}' and key = 'biller'", self.tenant);
        let role = RoleId::from(self.world.value(&sql).await.unwrap().parse::<Uuid>().unwrap()).to_string();
        let input = json!({ "userId": UserId::from(to.id).to_string(), "roleId": role, "organizationId": self.organization(0) });
        let query = "mutation($input: AssignRoleInput!) { assignRole(input: $input) { assignment { id } userErrors { message } } }";
        let answer = self.world.ask(&self.boss.token, query, json!({ "input": input })).await;
        answer.data()["assignRole"]["assignment"]["id"].as_str().unwrap().to_owned()
    }

    /// Takes it back.
    async fn take(&self, assignment: &str) {
        let query = "mutation($input: RevokeRoleInput!) { revokeRole(input: $input) { userErrors { message } } }";
        let input = json!({ "input": { "assignmentId": assignment, "reason": "over" } });
        let answer = self.world.ask(&self.boss.token, query, input).await;
        assert_eq!(answer.data()["revokeRole"]["userErrors"], json!([]));
    }

    /// Variables of a subscription about an organization, from here on.
    fn about(&self, place: usize, after: &str) -> Value {
        json!({ "id": self.organization(place), "after": after })
    }
}
