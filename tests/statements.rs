//! The number of SQL statements of the important queries, as Postgres counts them in its log.

use std::time::Duration;

use serde_json::{Value, json};

use crate::cluster::{Content, TestDatabase};
use crate::organization::ORG_TREE;
use crate::own_server::{NAME, OwnServer};
use crate::world::{World, identity};

/// A gateway before a server that logs every statement.
struct Counted {
    world: World,
    owner: String,
    // Dropped last.
    server: OwnServer,
}

impl Counted {
    async fn new() -> Self {
        let server = OwnServer::start(Content::Demo, &[("log_statement", "all"), ("log_line_prefix", "%a|%d|")]).await;
        let world = World::before(TestDatabase::elsewhere(NAME, server.url()), |settings| settings).await;
        let owner = world.act_as("owner").await;
        Self { world, owner, server }
    }

    /// The statements of the gateway, each with its first line, once all transactions have ended: the COMMIT of a reader is not
    /// waited for by the answer.
    async fn log(&self) -> Vec<String> {
        let ours = format!("tenantry|{NAME}|LOG:  ");
        for _ in 0..400 {
            let log = self.server.log();
            let lines = log.lines().filter_map(|line| line.strip_prefix(&ours));
            let statements = lines.filter(|line| line.starts_with("statement: ") || line.starts_with("execute "));
            // With this a new connection introduces itself.
            let statements: Vec<String> =
                statements.filter(|line| !line.ends_with("SELECT pg_backend_pid()")).map(str::to_owned).collect();
            let number = |what: &str| statements.iter().filter(|line| line.starts_with(what)).count();
            if number("statement: BEGIN") == number("statement: COMMIT") {
                return statements;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("a transaction has not ended: {}", self.server.log());
    }

    /// Asks, and counts what Postgres was sent, from BEGIN, with which its settings come, to COMMIT.
    async fn count(&self, query: &str, variables: Value) -> usize {
        let before = self.log().await.len();
        let answer = self.world.ask(&self.owner, query, variables).await;
        answer.data();
        let log = self.log().await.split_off(before);
        assert!(log[0].starts_with("statement: BEGIN") || log.len() == 1, "{log:#?}");
        assert_eq!(log.len() as u64, answer.statements(), "what the answer says differs from the log: {log:#?}");
        log.len()
    }
}

#[tokio::test]
async fn a_tree_of_organizations_takes_five_statements_and_three_more_when_access_is_unknown() {
    let counted = Counted::new().await;
    let tree = async |first: u32, members: u32| counted.count(ORG_TREE, json!({ "first": first, "members": members })).await;
    let cold = tree(1, 5).await;
    assert!(cold <= 8, "{cold}");
    assert_eq!([tree(1, 5).await, tree(10, 10).await, tree(25, 25).await, tree(50, 25).await], [5; 4]);
    // Whatever changes access makes it unknown again.
    counted.world.sql("update access_versions set version = version + 1").await;
    assert_eq!(tree(25, 25).await, cold);
    assert_eq!(tree(1, 5).await, 5);
}

#[tokio::test]
async fn the_number_of_statements_does_not_depend_on_the_number_of_rows() {
    let counted = Counted::new().await;
    let world = &counted.world;
    let ids = world
        .ask(
            &counted.owner,
            "{ organizations(first: 26) { nodes { id owner { id } members(first: 2) { nodes { id roles { id } } } } } }",
            json!({}),
        )
        .await;
    let organizations = ids.data()["organizations"]["nodes"].as_array().unwrap().clone();
    let mixed = |count: usize| -> Value {
        let of = |organization: &Value| {
            let member = &organization["members"]["nodes"][0];
            [&organization["id"], &organization["owner"]["id"], &member["id"], &member["roles"][0]["id"]].map(Clone::clone)
        };
        organizations.iter().take(count).flat_map(of).collect()
    };
    let owner = tenantry_user(identity("owner").user_id);
    let table = [
        (
            "me",
            4,
            "query($n: Int!) { viewer { user { id displayName } memberships(first: $n) { nodes { id role organization { id name } roles { id key } } } } }",
        ),
        ("point", 1, "query($id: ID!) { organization(id: $id) { id name owner { email } } }"),
        ("node", 1, "query($id: ID!) { node(id: $id) { id ... on Organization { name } } }"),
        ("nodes of mixed types", 4, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"),
        ("products", 1, "query($n: Int!) { products(first: $n) { nodes { id key type } } }"),
        ("roles", 2, "query($n: Int!) { roles(first: $n) { nodes { id key parent { id } permissions { id key } } } }"),
        (
            "memberships of a user",
            6,
            "query($n: Int!, $user: ID!) { user(id: $user) { memberships(first: $n) { nodes { id organization { id name owner { id } } } } } }",
        ),
        (
            "memberships within memberships",
            7,
            "query($n: Int!) { organizations(first: $n) { nodes { members(first: $n) { nodes { user { memberships(first: $n) { nodes { organization { name } } } } } } } } }",
        ),
        ("totals", 5, "query($n: Int!) { organizations(first: $n) { totalCount nodes { members(first: $n) { totalCount } } } }"),
        (
            "businesses",
            7,
            "query($n: Int!) { organizations(first: $n) { nodes { businesses(first: $n) { totalCount nodes { legalName taxId owner { id } } } } } }",
        ),
        (
            "conversations",
            4,
            "query($n: Int!) { viewer { conversations(first: $n) { nodes { title messages(last: $n) { nodes { content } } } } } }",
        ),
        ("tenants", 4, "{ viewer { tenants { id name } tenant { id } } }"),
    ];
    let mut counts = Vec::new();
    for (name, expected, query) in table {
        let variables = |n: usize| json!({ "n": n, "id": organizations[n - 1]["id"], "ids": mixed(n), "user": owner });
        // What is unknown of access is read by the first; that one statement is enough is known of the second.
        counted.count(query, variables(1)).await;
        counted.count(query, variables(1)).await;
        let small = counted.count(query, variables(1)).await;
        counts.push((name, small, counted.count(query, variables(25)).await, expected));
    }
    let wrong: Vec<_> = counts.iter().filter(|(_, small, large, expected)| (small, large) != (expected, expected)).collect();
    assert!(wrong.is_empty(), "name, small, large, expected: {wrong:#?}");
}

#[tokio::test]
async fn a_hundred_questions_about_access_take_as_many_statements_as_one() {
    let counted = Counted::new().await;
    let query = "{ organizations(first: 26) { nodes { id members(first: 20) { nodes { user { id } } } } } }";
    let answer = counted.world.ask(&counted.owner, query, json!({})).await;
    let mut questions = Vec::new();
    for organization in answer.data()["organizations"]["nodes"].as_array().unwrap() {
        for member in organization["members"]["nodes"].as_array().unwrap() {
            let permission = ["members.read", "billing.manage", "webhooks.manage"][questions.len() % 3];
            questions
                .push(json!({ "userId": member["user"]["id"], "organizationId": organization["id"], "permission": permission }));
        }
    }
    assert!(questions.len() >= 100);
    let check = "query($questions: [AccessQuestion!]!) { checkAccess(questions: $questions) { allowed } }";
    let explain = "query($userId: ID, $organizationId: ID, $permission: String!) {
        explainAccess(userId: $userId, organizationId: $organizationId, permission: $permission) { decision { allowed } considered { rowId } } }";
    let mut counts = Vec::new();
    for number in [1, 100] {
        counted.world.sql("update access_versions set version = version + 1").await;
        for _ in 0..2 {
            // The third asks for what needs a plan's feature, as some of the hundred do.
            let asked = if number == 1 { &questions[2..3] } else { &questions[..100] };
            counts.push(counted.count(check, json!({ "questions": asked })).await);
        }
    }
    let [one_cold, one_warm, all_cold, all_warm] = counts[..] else { panic!("{counts:?}") };
    assert!(all_cold <= one_cold && all_warm <= one_warm, "{counts:?}");
    assert!(all_cold <= 9 && all_warm <= 4, "{counts:?}");
    let [cold, warm] = [counted.count(explain, questions[2].clone()).await, counted.count(explain, questions[2].clone()).await];
    assert!(cold <= 2 * one_cold && warm <= 2 * one_warm, "{cold} {warm} {counts:?}");
}

fn tenantry_user(id: uuid::Uuid) -> String {
    entity::id::UserId::from(id).to_string()
}
