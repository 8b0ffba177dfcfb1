//! Generated tenants that look alike, share their people and are crawled from every root.

use std::collections::BTreeSet;

use entity::id::{PermissionId, TenantId, UserId};
use migration::catalog::{BaseRole, PERMISSIONS, Permission};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use serde_json::Value;
use uuid::Uuid;

use super::Locks;
use super::questions::{NODE_TYPES, written};
use crate::cluster::Content;
use crate::people::{Grantee, Lasts, Rule, Script};
use crate::world::World;

/// From every root as far as it goes.
const CRAWL: &str = "query {
    viewer { conversations { totalCount nodes { id messages { nodes { id conversation { id } } } } } invitations { invitationId } ownershipOffers { ...offer } notices { organizationId organization { id } } user { ...person } tenant { ...tenant } tenants { ...tenant } memberships(first: 100) { nodes { ...membership roleAssignments(first: 20) { totalCount nodes { ...assignment } } } } }
    tenant { ...tenant }
    organizations(first: 100, orderBy: { field: NAME }) { totalCount nodes { ...organization } }
    roles(first: 100) { totalCount nodes { ...role assignments(first: 20) { totalCount nodes { ...assignment } } } }
    permissions { id }
    products(first: 100) { totalCount nodes { id } }
    deletions(first: 100) { totalCount nodes { id resourceId organizationId } }
    userEvents(first: 100) { totalCount nodes { id user { id } } }
    auditLog(first: 100) { totalCount nodes { id resourceId actor { id } organization { id } changes } } }
  fragment tenant on Tenant { id organizations(first: 100) { totalCount nodes { ...organization } }
    members(first: 100) { totalCount nodes { id user { id } teams { nodes { id } } ...special } } }
  fragment special on TenantMembership { grants { totalCount nodes { ...grant } } permissionOverrides { nodes { id membership { id }
    organization { id } user { id } createdBy { id } } } }
  fragment grant on ResourceGrant { id resource membership { id } team { id } role { id } grantedBy { id } }
  fragment team on Team { id organization { id } parent { id } ancestors { id } children { nodes { id } } roles { id }
    grants { totalCount nodes { ...grant } } members { totalCount nodes { id team { id } user { id } membership { id } } } }
  fragment offer on OwnershipOffer { id organization { id } from { id } to { id } offeredBy { id } }
  fragment organization on Organization { id owner { ...person } ownershipOffer { ...offer } seats { used }
    invitations(first: 100) { totalCount nodes { id organization { id } invitedBy { id } acceptedBy { id } roles { id } teams { id } } } subscription { id product { id } organization { id } }
    businesses(first: 100) { totalCount nodes { id organization { id } owner { id } verifiedBy { id } verificationRequestedBy { id } } }
    teams(first: 100) { totalCount nodes { ...team } } members(first: 100) { totalCount nodes { ...membership } } }
  fragment membership on OrganizationMembership { id roles { ...role } organization { id } user { ...person } teams { totalCount nodes { id } }
    grants { nodes { ...grant } } permissionOverrides { nodes { id organization { id } membership { id } } } }
  fragment role on Role { id parent { id } permissions { id } deniedPermissions { id } grants { nodes { ...grant } } }
  fragment assignment on RoleAssignment { id tenantMembershipId role { id } user { id } organization { id } assignedBy { id } }
  fragment person on User { id memberships(first: 100) { totalCount nodes { id user { id } organization { id owner { id } } roles { id } } } }";

/// Two tenants that differ only in who may do what.
#[derive(Clone, Debug)]
struct Twins([Twin; 2]);

#[derive(Clone, Debug)]
struct Twin {
    /// The role of each person in the tenant; all belong to both tenants.
    people: Vec<BaseRole>,
    /// Who owns each organization.
    owners: Vec<usize>,
    /// Who sits where, as what.
    seats: Vec<(usize, usize, BaseRole)>,
    /// Who has the tenant's own role, and where.
    gifts: Vec<(usize, Option<usize>)>,
}

const PEOPLE: usize = 3;
const PLACES: usize = 2;

#[test]
fn whoever_lives_in_two_tenants_finds_in_each_nothing_of_the_other() {
    crawl(Locks::Both);
}

#[test]
fn without_the_filter_of_the_code_a_crawl_finds_nothing_of_the_other_tenant() {
    crawl(Locks::OnlyRows);
}

#[test]
fn without_row_level_security_a_crawl_finds_nothing_of_the_other_tenant() {
    crawl(Locks::OnlyCode);
}

#[test]
#[should_panic(expected = "of another tenant")]
fn without_both_locks_a_crawl_finds_the_other_tenant() {
    crawl(Locks::None);
}

fn crawl(locks: Locks) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = runtime.block_on(locks.world(Content::Empty));
    let config = Config { cases: 12, failure_persistence: None, max_shrink_iters: 32, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome = runner.run(&twins(), |twins| runtime.block_on(check(&world, twins)));
    assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
}

async fn check(world: &World, Twins(twins): Twins) -> Result<(), TestCaseError> {
    let mut script = Script::default();
    let people: Vec<Uuid> = (0..PEOPLE).map(|number| script.user(&format!("Person {number}"))).collect();
    let tenants = twins.each_ref().map(|twin| twin.write(&mut script, &people));
    script.run(world).await;
    for tenant in tenants {
        for person in &people {
            let token = world.token(*person, Some(tenant)).await;
            let own = own_ids(world, tenant, &token).await;
            let answer = world.ask(&token, CRAWL, Value::Null).await;
            prop_assert_eq!(answer.status, 200);
            let data = &answer.body["data"];
            prop_assert!(mentioned(data).len() > PERMISSIONS.len(), "there is something to see: {:#}", data);
            let foreign = foreign(data, &own);
            prop_assert!(foreign.is_empty(), "of another tenant: {:?}", foreign);
        }
    }
    Ok(())
}

impl Twin {
    fn write(&self, script: &mut Script, people: &[Uuid]) -> Uuid {
        let tenant = script.tenant("Twin");
        let memberships: Vec<Uuid> =
            self.people.iter().zip(people).map(|(role, person)| script.member(tenant, *person, *role)).collect();
        let plan = script.plan(tenant, "pro");
        let places: Vec<Uuid> =
            (0..PLACES).map(|place| script.organization(tenant, &format!("Place {place}"), people[self.owners[place]])).collect();
        for place in &places {
            script.subscription(tenant, *place, plan);
        }
        let mut taken: BTreeSet<(usize, usize)> = self.owners.iter().copied().enumerate().collect();
        for (place, person, role) in &self.seats {
            if taken.insert((*place, *person)) {
                script.seat(tenant, places[*place], people[*person], *role);
            }
        }
        script.role(tenant, "own", Some("readonly"));
        script.rule(tenant, "own", Permission::BillingRead, Rule::Allow);
        script.rule(tenant, "own", Permission::ProductsRead, Rule::Deny);
        for (place, organization) in places.iter().enumerate() {
            let top = script.team(tenant, *organization, "Top", None);
            let below = script.team(tenant, *organization, "Below", Some(top));
            script.place(tenant, below, memberships[self.owners[place]], true);
            script.team_role(tenant, top, "own");
            script.grant(tenant, ("team", below), Grantee::Team(top), Permission::TeamsManage, Rule::Allow);
            script.grant(tenant, ("organization", *organization), Grantee::Role("own"), Permission::AuditRead, Rule::Deny);
            script.grant(
                tenant,
                ("organization", *organization),
                Grantee::Member(memberships[0]),
                Permission::TeamsRead,
                Rule::Allow,
            );
            script.special(tenant, memberships[0], Some(*organization), Permission::AuditRead, Rule::Deny);
        }
        script.special(tenant, memberships[1], None, Permission::AccessExplain, Rule::Allow);
        for place in &places {
            script.add(&format!(
                "with made as (
                    insert into invitations (tenant_id, id, batch_id, organization_id, email, role, token_hash, expires_at, invited_by_user_id)
                    values ('{tenant}', gen_random_uuid(), gen_random_uuid(), '{place}', 'x@x.example', 'member', sha256('{place}'), now() + interval '7 days', '{}')
                    returning id),
                teams as (insert into invitation_teams (tenant_id, invitation_id, team_id)
                    select '{tenant}', made.id, team.id from made, teams team where team.organization_id = '{place}')
                insert into invitation_roles (tenant_id, invitation_id, role_id)
                select '{tenant}', made.id, role.id from made, roles role where role.tenant_id = '{tenant}' and role.key = 'own'",
                people[0]
            ));
            script.add(&format!(
                "insert into businesses (tenant_id, id, organization_id, owner_user_id, legal_name, verification, verification_requested_at,
                    verification_requested_by, verified_at, verified_by)
                values ('{tenant}', gen_random_uuid(), '{place}', '{0}', 'Business', 'verified', now(), '{1}', now(), '{0}')",
                people[0], people[1]
            ));
            script.add(&format!(
                "with started as (
                    insert into conversations (tenant_id, id, user_id) values ('{tenant}', gen_random_uuid(), '{0}') returning tenant_id, id, user_id)
                insert into messages (tenant_id, id, conversation_id, user_id, role, content)
                select tenant_id, gen_random_uuid(), id, user_id, 'user', 'Hello' from started",
                people[0]
            ));
            script.add(&format!(
                "insert into ownership_transfers (tenant_id, id, organization_id, from_user_id, to_user_id, offered_by_user_id, expires_at)
                select '{tenant}', gen_random_uuid(), '{place}', owner_id, case when owner_id = '{0}' then '{1}' else '{0}' end::uuid, owner_id,
                    now() + interval '1 day' from organizations where id = '{place}'",
                people[0], people[1]
            ));
        }
        let mut given = BTreeSet::new();
        for (person, place) in &self.gifts {
            if given.insert((person, place)) {
                script.assign(tenant, memberships[*person], "own", place.map(|place| places[place]), Lasts::ForGood);
            }
        }
        let [who, first] = [people[0], places[0]];
        for (organization, resource) in [("null".to_owned(), memberships[0]), (format!("'{first}'"), first)] {
            let kind = if organization == "null" { "tenant_membership" } else { "organization" };
            script.add(&format!(
                "insert into audit_logs (tenant_id, id, actor_type, actor_id, action, resource_type, resource_id, organization_id, changes, request_id)
                values ('{tenant}', gen_random_uuid(), 'user', '{who}', 'role.update', '{kind}', '{resource}', {organization}, '{{}}', 'r')"
            ));
        }
        tenant
    }
}

fn twins() -> impl Strategy<Value = Twins> {
    [twin(), twin()].prop_map(Twins)
}

fn twin() -> impl Strategy<Value = Twin> {
    let seat = (0..PLACES, 0..PEOPLE, select(&BaseRole::ALL[1..]));
    let gift = (0..PEOPLE, proptest::option::of(0..PLACES));
    (vec(select(&BaseRole::ALL[..]), PEOPLE), vec(0..PEOPLE, PLACES), vec(seat, 0..5), vec(gift, 0..4))
        .prop_map(|(people, owners, seats, gifts)| Twin { people, owners, seats, gifts })
}

/// Every id that somebody may meet in a tenant: its rows, its people, oneself, the tenants one lives in, the catalog.
pub async fn own_ids(world: &World, tenant: Uuid, token: &str) -> BTreeSet<String> {
    let mut own: BTreeSet<String> =
        PERMISSIONS.iter().map(|definition| PermissionId::from(Uuid::from_u128(definition.permission.id())).to_string()).collect();
    for (name, prefix, sql) in NODE_TYPES {
        // All the tenant's people, also those who live elsewhere too.
        let sql = if name == "User" { "select user_id from tenant_memberships where tenant_id = $1" } else { sql };
        let ids: Vec<Uuid> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(tenant).fetch_all(&world.pool).await.unwrap();
        own.extend(ids.into_iter().map(|id| written(prefix, id)));
    }
    for (prefix, table) in [
        ("audit", "audit_logs"),
        ("uevt", "user_events"),
        ("del", "deletions"),
        ("tmem", "tenant_memberships"),
        ("otr", "ownership_transfers"),
    ] {
        let sql = format!("select id from {table} where tenant_id = $1");
        let ids: Vec<Uuid> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(tenant).fetch_all(&world.pool).await.unwrap();
        own.extend(ids.into_iter().map(|id| written(prefix, id)));
    }
    let hash = tenantry::database::TokenHash::of(token);
    let sql =
        "select session.user_id, array(select tenant_id from tenant_memberships member where member.user_id = session.user_id)
        from sessions session where token_hash = $1";
    let (user, homes): (Uuid, Vec<Uuid>) = sqlx::query_as(sql).bind(hash.bytes()).fetch_one(&world.pool).await.unwrap();
    own.insert(UserId::from(user).to_string());
    own.extend(homes.into_iter().map(|home| TenantId::from(home).to_string()));
    own
}

/// The ids in an answer that are not among these.
pub fn foreign(data: &Value, own: &BTreeSet<String>) -> BTreeSet<String> {
    mentioned(data).difference(own).cloned().collect()
}

fn mentioned(value: &Value) -> BTreeSet<String> {
    match value {
        Value::String(text) if entity::split(text).is_some() => BTreeSet::from([text.clone()]),
        Value::Array(items) => items.iter().flat_map(mentioned).collect(),
        Value::Object(members) => members.values().flat_map(mentioned).collect(),
        _ => BTreeSet::new(),
    }
}
