//! Questions of a realm, asked through the front door and compared with the reference.

use std::net::SocketAddr;

use entity::id::{OrganizationId, UserId};
use futures_util::StreamExt as _;
use futures_util::stream;
use migration::catalog::Permission;
use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use serde_json::{Value, json};
use tenantry::clock;
use uuid::Uuid;

use super::{ASKED, Question, Realm, Resource, Step, Verdict};
use crate::world::World;

const CHECK: &str = "query($questions: [AccessQuestion!]!) { checkAccess(questions: $questions) { allowed step reason } }";

/// So many questions fit into one call.
pub const BATCH: usize = 100;

/// One of the platform's staff who may ask about everybody, and whom no bill locks out.
pub async fn write_asker(world: &World) -> Uuid {
    let id: Uuid = clock::new_id();
    let explain = Uuid::from_u128(Permission::AccessExplain.id());
    world
        .sql(&format!(
            "insert into users (id, email, display_name, user_type) values ('{id}', 'asker-{0}@people.example', 'Asker', 'developer');
            insert into developer_roles (id, key, name) values ('{id}', 'a{0}', 'Asker');
            insert into developer_role_permissions (developer_role_id, permission_id) values ('{id}', '{explain}');
            insert into developer_role_assignments (id, user_id, developer_role_id) values ('{id}', '{id}', '{id}')",
            id.simple()
        ))
        .await;
    id
}

impl Realm {
    /// Every person, everywhere, for every permission that anything speaks of; on the place itself and on other things.
    pub fn questions(&self, random: &mut StdRng) -> Vec<Question> {
        let mut questions = Vec::new();
        let places: Vec<Option<usize>> = std::iter::once(None).chain((0..self.organizations.len()).map(Some)).collect();
        for person in 0..self.people.len() {
            for place in &places {
                for permission in ASKED {
                    questions.push(Question { person, permission, place: *place, resource: None });
                    for _ in 0..4 {
                        let resource = Some(self.any_resource(random));
                        questions.push(Question { person, permission, place: *place, resource });
                    }
                }
            }
        }
        questions
    }

    /// Mostly one that there are grants on.
    fn any_resource(&self, random: &mut StdRng) -> Resource {
        match self.grants.choose(random) {
            Some(grant) if random.random_range(0..10) < 8 => grant.resource,
            _ => Resource { kind: "doc", id: self.tenant },
        }
    }

    /// A question as clients send it.
    pub fn sent(&self, question: &Question) -> Value {
        json!({
            "userId": UserId::from(self.people[question.person].id).to_string(),
            "organizationId": question.place.map(|place| OrganizationId::from(self.organizations[place].id).to_string()),
            "permission": question.permission.key(),
            "resource": question.resource.map(Resource::typed_id),
        })
    }

    /// Asks all of these, a hundred a call and some calls at once; panics at what the reference answers otherwise.
    pub async fn compare(&self, world: &World, address: SocketAddr, token: &str, questions: &[Question], when: &str) -> usize {
        let calls = stream::iter(questions.chunks(BATCH)).map(|batch| async move {
            let sent: Vec<Value> = batch.iter().map(|question| self.sent(question)).collect();
            let answer = world.ask_at(address, token, CHECK, json!({ "questions": sent })).await;
            let decisions = answer.data()["checkAccess"].as_array().unwrap().clone();
            assert_eq!(decisions.len(), batch.len());
            batch.iter().zip(decisions).filter_map(|(question, decision)| self.difference(question, &decision)).collect::<Vec<_>>()
        });
        let differences: Vec<String> = calls.buffer_unordered(4).concat().await;
        assert!(
            differences.is_empty(),
            "{when}, in the realm {}: {} of {} differ, such as\n{}",
            self.tenant,
            differences.len(),
            questions.len(),
            differences.iter().take(4).cloned().collect::<Vec<_>>().join("\n")
        );
        questions.len()
    }

    fn difference(&self, question: &Question, decision: &Value) -> Option<String> {
        let expected = self.decide(question);
        (told(decision) != expected.told())
            .then(|| format!("{question:?}\n  sent      {}\n  expected  {expected:?}\n  answered  {decision}", self.sent(question)))
    }
}

/// What an answer says.
pub fn told(decision: &Value) -> (bool, &str) {
    (decision["allowed"].as_bool().unwrap(), decision["step"].as_str().unwrap())
}

impl Verdict {
    /// As an answer says it.
    pub fn told(self) -> (bool, &'static str) {
        (self.allowed, self.step.name())
    }
}

impl Step {
    /// As the API names it.
    fn name(self) -> &'static str {
        match self {
            // Whether there is an organization is part of the standing.
            Self::Nowhere | Self::Standing => "STANDING",
            Self::Billing => "BILLING",
            Self::Entitlement => "ENTITLEMENT",
            Self::Ownership => "OWNERSHIP",
            Self::Override => "OVERRIDE",
            Self::Rules => "RULES",
            Self::Default => "DEFAULT",
        }
    }
}
