//! Keys of generated people, compared with the reference: what a key may do is what its maker may do, where the scopes have it.

use std::collections::BTreeSet;

use entity::id::OrganizationId;
use migration::catalog::Permission;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use tenantry::api_keys::ApiKeySecret;
use tenantry::clock;
use tenantry::gateway::Mode;
use uuid::Uuid;

use super::reference::{ASKED, Account, BATCH, Question, Realm, draft};
use crate::world::World;

const REALMS: u64 = 8;
/// So many keys has each person.
const KEYS: usize = 3;
/// So many things happen to each tenant; after each the keys are asked again.
const CHANGES: usize = 3;

const CHECK: &str = "query($questions: [AccessQuestion!]!) { checkAccess(questions: $questions) { allowed step } }";
const LISTS: &str = "query($permissions: [String!]!) {
    organizations(first: 100) { totalCount nodes { id viewerCan(permissions: $permissions) members(first: 1) { totalCount } } } }";

struct Key {
    person: usize,
    scopes: Vec<Permission>,
    organization: Option<usize>,
    secret: ApiKeySecret,
}

impl Key {
    fn draft(realm: &Realm, person: usize, random: &mut StdRng) -> Self {
        let organization = random.random_bool(0.3).then(|| random.random_range(0..realm.organizations.len()));
        let scopes = ASKED.into_iter().filter(|_| random.random_bool(0.6)).collect();
        Self { person, scopes, organization, secret: ApiKeySecret::new() }
    }

    async fn write(&self, world: &World, realm: &Realm) {
        let keys: Vec<&str> = self.scopes.iter().map(|permission| permission.key()).chain(["audit.read"]).collect();
        sqlx::query(
            "insert into api_keys (tenant_id, id, name, client, prefix, key_hash, scopes, organization_id, documents_only, created_by)
            values ($1, $2, 'Key', 'acme', 'tk_', $3, $4, $5, false, $6)",
        )
        .bind(realm.tenant)
        .bind(clock::new_id::<Uuid>())
        .bind(self.secret.hash().bytes())
        .bind(keys)
        .bind(self.organization.map(|place| realm.organizations[place].id))
        .bind(realm.people[self.person].id)
        .execute(&world.pool)
        .await
        .unwrap();
    }

    /// Does it hold: is its maker a member in good standing, whose account is neither closed nor deleted?
    fn holds(&self, realm: &Realm) -> bool {
        let person = &realm.people[self.person];
        let is_open = matches!(person.account, Account::Active | Account::Locked);
        is_open && person.membership.is_some_and(|membership| !membership.is_deleted && !membership.is_suspended)
    }

    fn leaves(&self, question: &Question) -> bool {
        self.scopes.contains(&question.permission) && (self.organization.is_none() || self.organization == question.place)
    }

    /// The property: the maker's decision, and the scope.
    fn may(&self, realm: &Realm, question: &Question) -> bool {
        self.leaves(question) && as_member(realm, question)
    }
}

/// The same tenant, in which the platform's staff has no rights by that: what keys may use of their makers' rights. Conditions
/// still see who the maker is.
fn without_rights_of_staff(realm: &Realm) -> Realm {
    let mut realm = realm.clone();
    for permissions in realm.people.iter_mut().filter_map(|person| person.developer.as_mut()) {
        permissions.clear();
    }
    realm
}

/// May the maker, as a member of the tenant? Bills that lock out members lock out the keys of all.
fn as_member(realm: &Realm, question: &Question) -> bool {
    let is_locked_out = question.place.is_some_and(|place| realm.billing_denies(place, question.person, question.permission));
    realm.decide(question).allowed && !is_locked_out
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_may_do_what_its_maker_may_and_its_scopes_name_and_nothing_else() {
    let world = World::empty().await;
    let (_second, second) = world.second_gateway(Mode::Development(Vec::new())).await;
    let (mut asked, mut allowed, mut masked, mut shut_out) = (0, 0, 0, 0);
    for number in 0..REALMS {
        let mut realm = draft(number);
        realm.write(&world).await;
        let random = &mut StdRng::seed_from_u64(number);
        let mut keys = Vec::new();
        for person in 0..realm.people.len() {
            // A key needs a membership; one that has ended will do.
            for _ in 0..if realm.people[person].membership.is_some() { KEYS } else { 0 } {
                let key = Key::draft(&realm, person, random);
                key.write(&world, &realm).await;
                keys.push(key);
            }
        }
        let questions = realm.questions(random);
        for step in 0..=CHANGES {
            if step > 0 {
                let change = realm.change(random);
                world.sql(&change).await;
            }
            let model = without_rights_of_staff(&realm);
            for key in &keys {
                let address = if random.random() { world.address } else { second };
                let own: Vec<Question> = questions.iter().filter(|question| question.person == key.person).copied().collect();
                let sample: Vec<Question> = own.choose_multiple(random, BATCH).copied().collect();
                let sent: Vec<Value> = sample.iter().map(|question| sent(&realm, question)).collect();
                let answer = world.ask_at(address, key.secret.reveal(), CHECK, json!({ "questions": sent })).await;
                if !key.holds(&realm) {
                    assert_eq!(answer.codes(), ["UNAUTHENTICATED"], "{number} {step}");
                    shut_out += 1;
                    continue;
                }
                let decisions = answer.data()["checkAccess"].as_array().unwrap().clone();
                assert_eq!(decisions.len(), sample.len());
                for (question, decision) in sample.iter().zip(&decisions) {
                    let expected = key.may(&model, question);
                    assert_eq!(decision["allowed"], expected, "{number} {step}: {question:?} {:?} {decision}", key.scopes);
                    // What the scopes leave out is denied by them, unless the key may not know of the place.
                    let step = decision["step"].as_str().unwrap();
                    assert!(key.leaves(question) == (step != "API_KEY") || step == "STANDING", "{question:?} {decision}");
                    asked += 1;
                    allowed += usize::from(expected);
                    masked += usize::from(!expected && as_member(&model, question));
                }
                assert_lists(&world, &model, key, number).await;
            }
        }
    }
    assert!(asked > 20_000 && allowed > 2_000 && masked > 2_000 && shut_out > 20, "{asked} {allowed} {masked} {shut_out}");
}

/// About itself: the key names nobody.
fn sent(realm: &Realm, question: &Question) -> Value {
    let mut sent = realm.sent(question);
    sent.as_object_mut().unwrap().remove("userId");
    sent
}

/// Lists show what the check allows, and buttons are shown for what it allows there.
async fn assert_lists(world: &World, model: &Realm, key: &Key, number: u64) {
    let permissions: Vec<&str> = ASKED.iter().map(|permission| permission.key()).collect();
    let answer = world.ask(key.secret.reveal(), LISTS, json!({ "permissions": permissions })).await;
    let may = |permission, place| key.may(model, &Question { person: key.person, permission, place: Some(place), resource: None });
    let living = (0..model.organizations.len()).filter(|place| !model.organizations[*place].is_deleted);
    let visible: Vec<usize> = living.filter(|place| may(Permission::OrganizationRead, *place)).collect();
    let expected: BTreeSet<String> =
        visible.iter().map(|place| OrganizationId::from(model.organizations[*place].id).to_string()).collect();
    let list = &answer.body["data"]["organizations"];
    let nodes = list["nodes"].as_array().unwrap_or_else(|| panic!("{:#}", answer.body));
    let shown: BTreeSet<String> = nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(shown, expected, "the list of {number}");
    assert_eq!(list["totalCount"], expected.len());
    for node in nodes {
        let id: OrganizationId = node["id"].as_str().unwrap().parse().unwrap();
        let place = model.organizations.iter().position(|organization| organization.id == id.uuid()).unwrap();
        let held: Vec<&str> = ASKED.into_iter().filter(|permission| may(*permission, place)).map(Permission::key).collect();
        assert_eq!(node["viewerCan"], json!(held), "what may be done in {number}");
        assert_eq!(node["members"].is_object(), may(Permission::MembersRead, place));
    }
}
