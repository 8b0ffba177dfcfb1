//! Clients that hang up at every point: no transaction, no tenant and no role of theirs stays behind in the pool.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::cluster::Content;
use crate::organization::ORG_TREE;
use crate::world::{Answer, World};

/// Fewer than there are clients.
const CONNECTIONS: u32 = 4;

/// When a client loses its patience.
#[derive(Clone, Copy, Debug)]
enum Patience {
    /// With part of its request still unsent.
    UntilSent(usize),
    /// So long after its request.
    For(Duration),
    /// When it has read so many bytes.
    UntilRead(usize),
}

/// Two clients of different tenants, and what each of them is to read.
struct Tenants {
    world: World,
    tokens: [String; 2],
    answers: [Value; 2],
}

impl Tenants {
    async fn new() -> Self {
        let world =
            World::with(Content::Demo, |settings| tenantry::database::Settings { connections: CONNECTIONS, ..settings }).await;
        let tokens = [world.act_as("owner").await, world.act_as("outsider").await];
        let mut answers = [json!(null), json!(null)];
        for (token, answer) in tokens.iter().zip(&mut answers) {
            *answer = content(&world.post(Some(token), &tree()).await);
            assert_eq!(answer[0]["organizations"]["nodes"][0]["members"]["nodes"].as_array().unwrap().len(), 5);
        }
        assert_ne!(answers[0], answers[1]);
        Self { world, tokens, answers }
    }

    /// Sends a request of the tenant and hangs up; did a whole answer come before?
    async fn hang_up(&self, tenant: usize, body: &Value, patience: Patience) -> tokio::task::JoinHandle<bool> {
        let request = raw(&self.tokens[tenant], body);
        let mut stream = TcpStream::connect(self.world.address).await.unwrap();
        tokio::spawn(async move {
            let sent = if let Patience::UntilSent(bytes) = patience {
                &request.as_bytes()[..bytes.min(request.len())]
            } else {
                request.as_bytes()
            };
            stream.write_all(sent).await.unwrap();
            let mut received = Vec::new();
            match patience {
                Patience::UntilSent(_) => {}
                Patience::UntilRead(bytes) => {
                    received.resize(bytes, 0);
                    let count = stream.read(&mut received).await.unwrap();
                    received.truncate(count);
                }
                Patience::For(duration) => drop(tokio::time::timeout(duration, read_answer(&mut stream, &mut received)).await),
            }
            is_whole(&received)
        })
    }

    /// The pool serves both tenants as ever, and nothing is left in it.
    async fn are_apart(&self) {
        // Before anything else: an honest request would end what it finds open.
        self.pool_is_clean().await;
        for round in 0..20 {
            let answers =
                [0, 1].map(|tenant| async move { self.world.post(Some(&self.tokens[(tenant + round) % 2]), &tree()).await });
            let [first, second] = answers;
            let (first, second) = tokio::join!(first, second);
            assert_eq!(content(&first), self.answers[round % 2]);
            assert_eq!(content(&second), self.answers[(round + 1) % 2]);
        }
        self.pool_is_clean().await;
    }

    async fn pool_is_clean(&self) {
        self.wait_until(
            "select not exists (select from pg_stat_activity where application_name = 'tenantry'
            and datname = current_database() and state <> 'idle')",
        )
        .await;
        // What a transaction set went with it: a connection that is idle, and not in a transaction, has no tenant.
        let connected =
            "select count(*) from pg_stat_activity where application_name = 'tenantry' and datname = current_database()";
        self.wait_until(&format!("select ({connected}) <= {CONNECTIONS}")).await;
    }

    async fn wait_until(&self, condition: &str) {
        for _ in 0..200 {
            let holds: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(condition)).fetch_one(&self.world.pool).await.unwrap();
            if holds {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("never came true: {condition}");
    }

    /// Lets so many requests run into a lock on the table, has their clients hang up there, and gives the lock back.
    async fn hang_up_behind_a_lock(&self, table: &str, count: usize, body: impl Fn(usize) -> Value) {
        let mut lock = self.world.pool.begin().await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("lock table {table} in access exclusive mode")))
            .execute(&mut *lock)
            .await
            .unwrap();
        let mut waiting = Vec::new();
        for place in 0..count {
            waiting.push(self.hang_up(place % 2, &body(place), Patience::For(Duration::from_secs(60))).await);
        }
        self.wait_until(&format!(
            "select count(*) = {count} from pg_stat_activity where application_name = 'tenantry' and datname = current_database() and wait_event_type = 'Lock'"
        ))
        .await;
        for client in waiting {
            client.abort();
            assert!(client.await.unwrap_err().is_cancelled(), "answered in spite of the lock");
        }
        // The gateway has noticed when the server side of each connection is gone: an honest request behind them shows it.
        let honest = self.world.send(self.world.client().get(self.world.url("/healthz"))).await;
        assert_eq!(honest.body["status"], "alive");
        tokio::time::sleep(Duration::from_millis(50)).await;
        lock.rollback().await.unwrap();
    }
}

/// Data and errors: the outsider may not see everything.
fn content(answer: &Answer) -> Value {
    json!([answer.body["data"], answer.body["errors"]])
}

fn tree() -> Value {
    json!({ "query": ORG_TREE.replace("query OrgTree", "query Tree"), "variables": { "first": 10, "members": 5 } })
}

fn creation(place: usize) -> Value {
    let query = "mutation($name: String!, $key: String) { createOrganization(input: { name: $name, idempotencyKey: $key }) {
        organization { id name owner { displayName } members { totalCount } } userErrors { code } } }";
    json!({ "query": query, "variables": { "name": format!("Hung up {place}"), "key": format!("key {place}") } })
}

fn raw(token: &str, body: &Value) -> String {
    let body = body.to_string();
    format!(
        "POST /graphql HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn read_answer(stream: &mut TcpStream, received: &mut Vec<u8>) {
    while !is_whole(received) {
        if stream.read_buf(received).await.unwrap_or_default() == 0 {
            return;
        }
    }
}

fn is_whole(received: &[u8]) -> bool {
    let text = String::from_utf8_lossy(received);
    let Some((head, _)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    length.is_some_and(|length| received.len() >= head.len() + 4 + length)
}

/// Numbers without order that are the same in every run.
fn scattered(number: usize, below: usize) -> usize {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % below
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_hang_up_at_any_point_leave_nothing_behind() {
    let tenants = Tenants::new().await;
    let mut clients = JoinSet::new();
    let mut answered = Vec::new();
    for place in 0..400 {
        let patience = match place % 8 {
            0 => Patience::UntilSent(scattered(place, 600)),
            1 => Patience::UntilRead(1 + scattered(place, 4_000)),
            _ => Patience::For(Duration::from_micros(scattered(place, 30_000) as u64)),
        };
        let client = tenants.hang_up(place % 2, &tree(), patience).await;
        clients.spawn(async move { client.await.unwrap() });
        // A dozen at a time: three for each connection.
        while clients.len() >= 12 {
            answered.push(clients.join_next().await.unwrap().unwrap());
        }
    }
    answered.extend(clients.join_all().await);
    let hung_up = answered.iter().filter(|whole| !**whole).count();
    assert!(hung_up >= 100, "only {hung_up} of {} hung up before their answers", answered.len());
    tenants.are_apart().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_hang_up_while_their_transaction_opens_leave_nothing_behind() {
    let tenants = Tenants::new().await;
    tenants.hang_up_behind_a_lock("sessions", CONNECTIONS as usize, |_| tree()).await;
    tenants.are_apart().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_hang_up_during_a_statement_leave_nothing_behind() {
    let tenants = Tenants::new().await;
    for table in ["organizations", "organization_memberships", "users", "subscriptions"] {
        tenants.hang_up_behind_a_lock(table, CONNECTIONS as usize, |_| tree()).await;
    }
    tenants.are_apart().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_hang_up_while_they_enter_and_read_at_once_leave_nothing_behind() {
    let tenants = Tenants::new().await;
    let shallow = || json!({ "query": "{ organizations(first: 3) { nodes { id name } } }" });
    for round in 0..6 {
        let answer = tenants.world.post(Some(&tenants.tokens[round % 2]), &shallow()).await;
        assert!(round < 4 || answer.statements() == 1, "{}", answer.statements());
    }
    for table in ["sessions", "organizations"] {
        tenants.hang_up_behind_a_lock(table, CONNECTIONS as usize, |_| shallow()).await;
    }
    tenants.are_apart().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mutation_whose_client_hangs_up_is_done_wholly_or_not_at_all() {
    let tenants = Tenants::new().await;
    tenants.world.sql("update tenant_quotas set quota_limit = 10000").await;
    let mut clients = Vec::new();
    for place in 0..120 {
        let patience = Patience::For(Duration::from_micros(scattered(place, 30_000) as u64));
        clients.push(tenants.hang_up(0, &creation(place), patience).await);
    }
    for client in clients {
        client.await.unwrap();
    }
    tenants.pool_is_clean().await;
    let parts = "select count(*)::text || ' ' || count(member.id) || ' ' || count(taken.resource_id)
        from organizations made
        left join organization_memberships member on member.organization_id = made.id
        full join idempotency_keys taken on taken.resource_id = made.id
        where made.name like 'Hung up %' or taken.resource_id is not null";
    let parts = tenants.world.value(parts).await.unwrap();
    let counts: Vec<&str> = parts.split(' ').collect();
    assert!(counts.iter().all(|count| *count == counts[0]), "organizations, memberships, keys: {parts}");
    // Whoever asks again gets the one organization, whether the first attempt was done or not.
    for place in 0..120 {
        let answer = tenants.world.post(Some(&tenants.tokens[0]), &creation(place)).await;
        let organization = &answer.data()["createOrganization"]["organization"];
        assert_eq!(organization["name"], format!("Hung up {place}"));
        assert_eq!(
            (&organization["owner"]["displayName"], &organization["members"]["totalCount"]),
            (&json!("Olivia Owner"), &json!(1))
        );
    }
    assert_eq!(tenants.world.value("select count(*) from organizations where name like 'Hung up %'").await.unwrap(), "120");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mutation_whose_client_hangs_up_before_its_commit_is_undone() {
    let tenants = Tenants::new().await;
    let before = tenants.world.value("select count(*) from organizations").await;
    // The organization is written already when the membership waits for the lock.
    tenants.hang_up_behind_a_lock("idempotency_keys", 1, creation).await;
    tenants.hang_up_behind_a_lock("organization_memberships", 1, creation).await;
    tenants.pool_is_clean().await;
    assert_eq!(tenants.world.value("select count(*) from organizations").await, before);
    assert_eq!(tenants.world.value("select count(*) from idempotency_keys").await.unwrap(), "0");
    tenants.are_apart().await;
}

#[test]
fn a_program_that_ends_amid_a_request_ends_quietly() {
    let run = |work: std::pin::Pin<Box<dyn Future<Output = World>>>| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let world = runtime.block_on(work);
        // Requests are cut off in the middle of a statement; their transactions are to be rolled back by tasks that no longer run.
        drop(runtime);
        drop(world);
    };
    run(Box::pin(async {
        let tenants = Tenants::new().await;
        let mut lock = tenants.world.pool.begin().await.unwrap();
        sqlx::raw_sql("lock table organizations in access exclusive mode").execute(&mut *lock).await.unwrap();
        for tenant in [0, 1] {
            drop(tenants.hang_up(tenant, &tree(), Patience::For(Duration::from_secs(60))).await);
        }
        tenants
            .wait_until("select count(*) = 2 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
            .await;
        drop(lock);
        tenants.world
    }));
}
