//! Nobody is raised above those who gave: a search over random sequences of mutations.
//!
//! After each mutation, everybody's holdings are compared with those before it. Whatever anybody gained anywhere, whoever made
//! the mutation must have held there, without conditions. So no sequence ends with somebody holding more than those who
//! granted held.

use std::collections::{BTreeSet, HashMap};

use entity::id::{MemberRoleId, OrganizationId, RoleId, UserId};
use migration::catalog::{BaseRole, PERMISSIONS, Permission};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tenantry::access::{Holding, Levels};
use tenantry::clock;
use tenantry::database::{Credential, TokenHash};
use tenantry::request::Request;
use uuid::Uuid;

use crate::people::{Lasts, Rule, Script};
use crate::world::World;

const PLACES: usize = 2;
const WORLDS: u64 = 5;
const STEPS: usize = 120;

/// A tenant in which people who own nothing of it give and take.
struct Court {
    world: World,
    tenant: Uuid,
    people: Vec<(UserId, String)>,
    organizations: Vec<OrganizationId>,
    /// The token of somebody who may see everything.
    watcher: String,
}

/// How the search went.
#[derive(Default, Debug)]
struct Tally {
    done: usize,
    gained: usize,
    not_held: usize,
}

impl Court {
    /// People with different rights: some by base roles, some by roles that may be managed, assigned, denied or conditional.
    async fn convene(random: &mut StdRng) -> Self {
        let world = World::empty().await;
        let mut script = Script::default();
        let tenant = script.tenant("Court");
        let owner = script.user("Owner");
        script.member(tenant, owner, BaseRole::Owner);
        let organizations: Vec<Uuid> =
            (0..PLACES).map(|place| script.organization(tenant, &format!("Place {place}"), owner)).collect();
        // Whoever manages and assigns roles, with something besides.
        script.role(tenant, "minister", Some("readonly"));
        for permission in [
            Permission::RolesManage,
            Permission::RolesAssign,
            Permission::MembersInvite,
            Permission::TeamsManage,
            Permission::GrantsManage,
        ] {
            script.rule(tenant, "minister", permission, Rule::Allow);
        }
        script.role(tenant, "shy", None);
        script.rule(tenant, "shy", Permission::BillingRead, Rule::Deny);
        script.rule(tenant, "shy", Permission::OrganizationUpdate, Rule::DenyIf);
        script.role(tenant, "lucky", Some("minister"));
        script.rule(tenant, "lucky", Permission::TenantUpdate, Rule::AllowIf);
        script.rule(tenant, "lucky", Permission::OrganizationTransfer, Rule::Allow);
        for organization in &organizations {
            for (parent, name) in [(false, "Upper"), (true, "Lower")] {
                let above = "(select id from teams where organization_id = $ and name = 'Upper')"
                    .replace('$', &format!("'{organization}'"));
                script.add(&format!(
                    "insert into teams (tenant_id, id, organization_id, name, parent_team_id)
                    values ('{tenant}', gen_random_uuid(), '{organization}', '{name}', {})",
                    if parent { above.as_str() } else { "null" }
                ));
            }
        }
        let mut people = Vec::new();
        for (number, base) in
            [BaseRole::Admin, BaseRole::Manager, BaseRole::Member, BaseRole::Member, BaseRole::Readonly, BaseRole::Readonly]
                .iter()
                .enumerate()
        {
            let user = script.user(&format!("Person {number}"));
            let membership = script.member(tenant, user, *base);
            for organization in &organizations {
                if random.random_bool(0.4) {
                    let role = [BaseRole::Admin, BaseRole::Manager, BaseRole::Member].choose(random).unwrap();
                    script.seat(tenant, *organization, user, *role);
                }
            }
            for (role, chance) in [("minister", 0.6), ("shy", 0.3), ("lucky", 0.2)] {
                if random.random_bool(chance) {
                    let place = random.random_bool(0.4).then(|| organizations[random.random_range(0..PLACES)]);
                    script.assign(tenant, membership, role, place, Lasts::ForGood);
                }
            }
            people.push(user);
        }
        script.run(&world).await;
        let mut with_tokens = Vec::new();
        for user in people {
            with_tokens.push((user.into(), world.token(user, Some(tenant)).await));
        }
        let watcher = world.token(owner, Some(tenant)).await;
        Self {
            world,
            tenant,
            people: with_tokens,
            organizations: organizations.into_iter().map(OrganizationId::from).collect(),
            watcher,
        }
    }

    /// What everybody holds at this moment, as the engine knows it.
    async fn holdings(&self) -> HashMap<UserId, Holding> {
        let credential = Credential::Session(TokenHash::of(&self.watcher));
        let request = Request::new("court".to_owned(), self.world.gateway.services.clone(), Some(credential), clock::now());
        let users: Vec<UserId> = self.people.iter().map(|(user, _)| *user).collect();
        let reader = request.reader().await.unwrap();
        let profiles = reader.profiles(&users).await.unwrap();
        drop(reader);
        request.forget().await;
        profiles.into_iter().map(|(user, profile)| (user, profile.holding())).collect()
    }

    async fn ids(&self, sql: &str) -> Vec<Uuid> {
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).bind(self.tenant).fetch_all(&self.world.pool).await.unwrap()
    }

    /// Some mutation, with its input.
    async fn draw(&self, random: &mut StdRng) -> (&'static str, Value) {
        let roles = self.ids("select id from roles where tenant_id = $1 and deleted_at is null").await;
        let own = self.ids("select id from roles where tenant_id = $1 and deleted_at is null and not is_system").await;
        let assignments = self.ids("select id from member_roles where tenant_id = $1 and revoked_at is null").await;
        let role = |id: Option<&Uuid>| id.map(|id| RoleId::from(*id).to_string());
        let place = |random: &mut StdRng| random.random_bool(0.6).then(|| self.organizations[random.random_range(0..PLACES)]);
        if random.random_bool(0.5) {
            return self.draw_beside_roles(random, &own).await;
        }
        match random.random_range(0..12) {
            0..2 => {
                let parent = role(roles.choose(random)).filter(|_| random.random_bool(0.5));
                let key = format!("r{}", random.random_range(0..1_000_000));
                let input = json!({ "key": key, "name": key, "parentRoleId": parent, "permissions": rules(random) });
                ("createRole", input)
            }
            2..4 => {
                let mut input = json!({ "roleId": role(own.choose(random)) });
                if random.random_bool(0.6) {
                    input["setPermissions"] = rules(random);
                }
                if random.random_bool(0.3) {
                    input["parentRoleId"] = json!(role(roles.choose(random)).filter(|_| random.random_bool(0.7)));
                }
                if random.random_bool(0.2) {
                    input["isActive"] = json!(random.random_bool(0.5));
                }
                if random.random_bool(0.3) {
                    input["removePermissions"] = json!([PERMISSIONS.choose(random).unwrap().key]);
                }
                ("updateRole", input)
            }
            4..10 => {
                let (user, _) = self.people.choose(random).unwrap();
                let roles = if random.random_bool(0.8) { &own } else { &roles };
                let input =
                    json!({ "userId": user.to_string(), "roleId": role(roles.choose(random)), "organizationId": place(random) });
                ("assignRole", input)
            }
            10 if !assignments.is_empty() => {
                let assignment = MemberRoleId::from(*assignments.choose(random).unwrap()).to_string();
                ("revokeRole", json!({ "assignmentId": assignment }))
            }
            _ => ("deleteRole", json!({ "roleId": role(own.choose(random)) })),
        }
    }

    /// Some mutation of teams, overrides or grants.
    async fn draw_beside_roles(&self, random: &mut StdRng, roles: &[Uuid]) -> (&'static str, Value) {
        let teams = self.ids("select id from teams where tenant_id = $1 and deleted_at is null").await;
        let members = self.ids("select id from team_members where tenant_id = $1").await;
        let overrides = self.ids("select id from member_permission_overrides where tenant_id = $1 and deleted_at is null").await;
        let grants = self.ids("select id from resource_grants where tenant_id = $1 and deleted_at is null").await;
        let written = |prefix: &str, ids: &[Uuid], random: &mut StdRng| {
            ids.choose(random).map_or_else(|| entity::join(prefix, Uuid::nil()), |id| entity::join(prefix, *id))
        };
        let (user, _) = self.people.choose(random).unwrap();
        let (team, role) = (written("team", &teams, random), written("role", roles, random));
        let place = self.organizations[random.random_range(0..PLACES)].to_string();
        let permission = some_permission(random);
        let effect = if random.random_bool(0.4) { "DENY" } else { "ALLOW" };
        match random.random_range(0..11) {
            0..2 => ("addTeamMember", json!({ "teamId": team, "userId": user.to_string() })),
            2 => ("removeTeamMember", json!({ "teamMemberId": written("tmbr", &members, random) })),
            3..5 => ("addTeamRole", json!({ "teamId": team, "roleId": role })),
            5 => ("removeTeamRole", json!({ "teamId": team, "roleId": role })),
            6 => {
                let parent = random.random_bool(0.5).then(|| written("team", &teams, random));
                ("moveTeam", json!({ "teamId": team, "parentTeamId": parent }))
            }
            7..9 => {
                let place = random.random_bool(0.6).then_some(place);
                let priority = random.random_range(99..102);
                let input = json!({
                    "userId": user.to_string(), "organizationId": place, "permission": permission, "effect": effect, "priority": priority,
                });
                ("setPermissionOverride", input)
            }
            9 if random.random_bool(0.5) => {
                ("removePermissionOverride", json!({ "permissionOverrideId": written("povr", &overrides, random) }))
            }
            10 if random.random_bool(0.3) => ("revokeGrant", json!({ "grantId": written("grant", &grants, random) })),
            // What is denied about one thing counts as not held anywhere: its end would look like a gain elsewhere.
            _ => (
                "grantAccess",
                json!({ "resource": place, "granteeId": if random.random_bool(0.5) { team } else { role }, "permission": permission }),
            ),
        }
    }

    /// One mutation by somebody, and what came of it.
    async fn step(&self, random: &mut StdRng, before: &HashMap<UserId, Holding>, tally: &mut Tally) -> HashMap<UserId, Holding> {
        // The first holds much, and so gives often; the others try what they should not.
        let (actor, token) = if random.random_bool(0.4) { &self.people[0] } else { self.people.choose(random).unwrap() };
        let (mutation, input) = self.draw(random).await;
        let mut name = mutation.to_owned();
        name[..1].make_ascii_uppercase();
        let query = format!("mutation($input: {name}Input!) {{ it: {mutation}(input: $input) {{ userErrors {{ code }} }} }}");
        let answer = self.world.ask(token, &query, json!({ "input": input })).await;
        let written = answer.body["data"]["it"]["userErrors"] == json!([]);
        tally.done += usize::from(written);
        tally.not_held += usize::from(answer.body["errors"][0]["extensions"]["reason"] == "not_held");
        let after = self.holdings().await;
        for (user, _) in &self.people {
            let gained = gains(&before[user], &after[user]);
            tally.gained += usize::from(!gained.is_empty());
            for (place, permission) in gained {
                let held = levels(&before[actor], place).allowed.contains(permission);
                assert!(held, "{actor} gave {user} `{}` in {place:?} by {mutation} {input}, and did not hold it", permission.key());
            }
            assert!(written || before[user] == after[user], "what is refused changes nothing: {mutation} {input}");
        }
        after
    }
}

/// What most who may make roles hold, and now and then something that they do not.
fn some_permission(random: &mut StdRng) -> &'static str {
    let common = ["members.invite", "roles.assign", "roles.manage", "members.read", "billing.read"];
    if random.random_bool(0.85) { common.choose(random).unwrap() } else { PERMISSIONS.choose(random).unwrap().key }
}

/// Some rules.
fn rules(random: &mut StdRng) -> Value {
    let mut rules = Vec::new();
    let mut named = BTreeSet::new();
    for _ in 0..random.random_range(0..4) {
        let key = some_permission(random);
        if named.insert(key) {
            let conditions = random.random_bool(0.25).then(|| json!({ "==": [{ "var": "user.userType" }, "standard"] }));
            let effect = if random.random_bool(0.25) { "DENY" } else { "ALLOW" };
            rules.push(json!({ "permission": key, "effect": effect, "conditions": conditions }));
        }
    }
    Value::Array(rules)
}

/// A place where something is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Spot {
    Tenant,
    Elsewhere,
    In(OrganizationId),
}

fn levels(holding: &Holding, spot: Spot) -> Levels {
    match spot {
        Spot::Tenant => holding.tenant,
        Spot::Elsewhere => holding.elsewhere,
        Spot::In(organization) => holding.within(organization),
    }
}

/// What is held further after than before, and where.
fn gains(before: &Holding, after: &Holding) -> Vec<(Spot, Permission)> {
    let listed = before.organizations.keys().chain(after.organizations.keys()).map(|id| Spot::In(*id));
    let spots: BTreeSet<Spot> = [Spot::Tenant, Spot::Elsewhere].into_iter().chain(listed).collect();
    let more = |spot: &Spot, permission: &Permission| levels(after, *spot).of(*permission) > levels(before, *spot).of(*permission);
    let all = || PERMISSIONS.iter().map(|definition| definition.permission);
    spots
        .into_iter()
        .flat_map(|spot| all().filter(move |permission| more(&spot, permission)).map(move |permission| (spot, permission)))
        .collect()
}

#[tokio::test]
async fn no_sequence_of_mutations_raises_anybody_above_those_who_gave() {
    let mut tally = Tally::default();
    for seed in 0..WORLDS {
        let mut random = StdRng::seed_from_u64(seed);
        let court = Court::convene(&mut random).await;
        let mut holdings = court.holdings().await;
        for _ in 0..STEPS {
            holdings = court.step(&mut random, &holdings, &mut tally).await;
        }
    }
    // It did search: there were mutations of either kind, and people did gain by some.
    assert!(tally.done > 60 && tally.gained > 20 && tally.not_held > 40, "{tally:?}");
}
