//! What callers may spend: costs, buckets, dry runs.

mod shared;

use reqwest::header::RETRY_AFTER;
use serde_json::{Value, json};
use tenantry::budget::{self, Rate};
use tenantry::gateway;

use crate::api_keys::House;
use crate::world::{Answer, World};

/// Costs ten, whatever it finds.
const TEN: &str = "{ __schema { queryType { name } } }";

/// A rate at which nothing comes back while a test runs.
const fn drained_slowly(capacity: u64) -> Rate {
    Rate { capacity, per_minute: 1 }
}

async fn with_budgets(budgets: budget::Settings) -> World {
    World::behind(|settings| gateway::Settings { budgets, ..settings }).await
}

fn cost(answer: &Answer) -> &Value {
    &answer.body["extensions"]["cost"]
}

fn is_refused(answer: &Answer) -> bool {
    let refused = answer.codes() == ["RATE_LIMITED"];
    assert_eq!(refused, answer.status.as_u16() == 429, "{:#}", answer.body);
    assert!(refused || answer.status.as_u16() == 200, "{:#}", answer.body);
    refused
}

#[tokio::test]
async fn an_answer_says_what_it_cost_and_what_is_left() {
    let user = drained_slowly(1_000);
    let world = with_budgets(budget::Settings { user, ..budget::Settings::default() }).await;
    let token = world.act_as("owner").await;
    let document = "query Tree($first: Int!) { organizations(first: $first) { nodes { name owner { id } } } rateLimit { cost limit remaining } }";
    let answer = world.ask(&token, document, json!({ "first": 50 })).await;
    let rows = answer.data()["organizations"]["nodes"].as_array().unwrap().len() as u64;
    // One page, its rows, and an owner for each; in the end those that there were, an owner of several once.
    let told = cost(&answer);
    assert_eq!((told["requested"].as_u64(), told["limit"].as_u64()), (Some(101), Some(1_000)));
    let actual = told["actual"].as_u64().unwrap();
    assert!(rows > 1 && actual > 1 + rows && actual <= 1 + 2 * rows, "{rows} rows: {told}");
    assert_eq!(told["remaining"].as_u64(), Some(1_000 - actual));
    assert!(told["resetAt"].as_str().unwrap().ends_with('Z'));
    assert_eq!(answer.data()["rateLimit"], json!({ "cost": 101, "limit": 1_000, "remaining": 899 }));
    assert_eq!(answer.headers["ratelimit-policy"], "\"user\";q=1000;qu=\"cost\";w=60000");
    assert!(answer.headers["ratelimit"].to_str().unwrap().starts_with(&format!("\"user\";r={};t=", 1_000 - actual)));
    // Only the number of rows: none is loaded.
    let counted = world.ask(&token, "{ organizations(first: 50) { totalCount } }", json!({})).await;
    assert_eq!((cost(&counted)["requested"].as_u64(), cost(&counted)["actual"].as_u64()), (Some(1), Some(1)));
    let mutation =
        "mutation { createOrganization(input: { name: \"Dear\" }) { organization { owner { id } } userErrors { code } } }";
    let changed = world.ask(&token, mutation, json!({})).await;
    assert_eq!(cost(&changed)["requested"].as_u64(), Some(11), "{:#}", changed.body);
    // A page of which nothing is asked but whether there is more.
    let stranger = world.ask_as_stranger("{ rateLimit { cost limit remaining resetAt } }").await;
    assert_eq!(stranger.data()["rateLimit"]["cost"], 0);
    assert_eq!(stranger.data()["rateLimit"]["limit"], budget::Settings::ANONYMOUS.capacity);
}

#[tokio::test]
async fn a_spent_budget_refuses_and_recovers() {
    let user = Rate { capacity: 30, per_minute: 600 };
    let world = with_budgets(budget::Settings { user, ..budget::Settings::default() }).await;
    let token = world.act_as("owner").await;
    let mut refused = None;
    for _ in 0..1_000 {
        let answer = world.ask(&token, TEN, json!({})).await;
        if is_refused(&answer) {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("it is spent at some time");
    let extensions = &refused.body["errors"][0]["extensions"];
    assert_eq!(extensions["limit"], 30);
    assert!(extensions["remaining"].as_u64().unwrap() < 10);
    assert_eq!(refused.headers[RETRY_AFTER], extensions["retryAfter"].to_string());
    assert_eq!(refused.headers["ratelimit-policy"], "\"user\";q=30;qu=\"cost\";w=3");
    assert!(refused.body.get("data").is_none());
    // What costs nothing is answered, and after the time that was named the rest is, too.
    assert_eq!(world.ask(&token, "{ rateLimit { remaining } }", json!({})).await.status.as_u16(), 200);
    tokio::time::sleep(std::time::Duration::from_secs(extensions["retryAfter"].as_u64().unwrap())).await;
    assert!(!is_refused(&world.ask(&token, TEN, json!({})).await));
}

#[tokio::test]
async fn users_and_strangers_have_budgets_apart_and_all_sessions_of_a_user_share_one() {
    let (user, anonymous) = (drained_slowly(50), drained_slowly(20));
    let world = with_budgets(budget::Settings { user, anonymous, ..budget::Settings::default() }).await;
    let (first, second, other) = (world.act_as("owner").await, world.act_as("owner").await, world.act_as("member").await);
    for number in 0..5 {
        let token = if number % 2 == 0 { &first } else { &second };
        assert!(!is_refused(&world.ask(token, TEN, json!({})).await), "{number}");
    }
    assert!(is_refused(&world.ask(&first, TEN, json!({})).await));
    assert!(is_refused(&world.ask(&second, TEN, json!({})).await));
    assert!(!is_refused(&world.ask(&other, TEN, json!({})).await));
    let strangers = [world.ask_as_stranger(TEN).await, world.ask_as_stranger(TEN).await, world.ask_as_stranger(TEN).await];
    assert_eq!(strangers.each_ref().map(is_refused), [false, false, true]);
    assert!(!is_refused(&world.ask(&other, TEN, json!({})).await));
    // Evaluations of AuthZEN are paid from the same budget.
    let body = json!({ "subject": { "type": "user", "id": "x" }, "action": { "name": "x" }, "resource": { "type": "organization", "id": "x" } });
    let evaluations = json!({ "evaluations": vec![body; 31] });
    let sent =
        world.client().post(world.url("/access/v1/evaluations")).bearer_auth(&other).json(&evaluations).send().await.unwrap();
    assert_eq!(sent.status().as_u16(), 429);
}

#[tokio::test]
async fn whoever_guesses_tokens_is_stopped_and_nobody_else() {
    let anonymous = drained_slowly(30);
    let world = with_budgets(budget::Settings { anonymous, ..budget::Settings::default() }).await;
    let token = world.act_as("owner").await;
    // Those that hold cost nothing, however often they are new.
    for _ in 0..5 {
        let fresh = world.act_as("owner").await;
        assert_eq!(world.ask(&fresh, "{ __typename }", json!({})).await.status.as_u16(), 200);
    }
    assert_eq!(world.ask(&token, "{ __typename }", json!({})).await.status.as_u16(), 200);
    for number in 0..3 {
        assert_eq!(world.ask(&format!("ts_guess{number}"), "{ __typename }", json!({})).await.codes(), ["UNAUTHENTICATED"]);
    }
    // Not even one that would hold is looked up now, so that guessing tells nothing.
    for unknown in ["ts_guess".to_owned(), world.act_as("member").await] {
        // Nor does a document that is wrong tell it.
        for document in ["{ __typename }", "query ($first: Int!) { organizations(first: $first) { totalCount } }"] {
            assert!(is_refused(&world.ask(&unknown, document, json!({})).await), "{document}");
        }
    }
    assert_eq!(world.ask(&token, "{ __typename }", json!({})).await.status.as_u16(), 200);
    assert!(!is_refused(&world.ask_as_stranger(TEN).await));
}

/// What the benchmark asks, at its largest.
const ORG_TREE: &str = "query OrgTree($first: Int!, $membersFirst: Int!) {
  organizations(first: $first) { nodes {
    id name domain billingEmail
    owner { id email displayName }
    subscription { status seatQuantity product { key name } }
    members(first: $membersFirst) { nodes {
      id role status lastActiveAt
      user { id email displayName }
      roles { id key name permissions { id key } }
    } }
  } }
}";

#[tokio::test]
async fn what_costs_too_much_is_refused_before_it_runs_and_its_price_is_told() {
    let world = with_budgets(budget::Settings::default()).await;
    let token = world.act_as("owner").await;
    let largest = json!({ "first": 50, "membersFirst": 25 });
    let answer = world.ask(&token, ORG_TREE, largest.clone()).await;
    assert!(answer.body["errors"].is_null(), "{:#}", answer.body["errors"]);
    let dear = "{ organizations(first: 100) { nodes { members(first: 100) { nodes { user { id } organization { id } a: user { id } b: user { id } } } } } }";
    let body = json!({ "query": dear });
    let request = world.request(Some(&token)).header("accept", "application/graphql-response+json").json(&body);
    let refused = world.send(request).await;
    assert_eq!((refused.status.as_u16(), refused.codes()), (422, vec!["COST_LIMIT_EXCEEDED"]));
    let extensions = &refused.body["errors"][0]["extensions"];
    assert_eq!((extensions["cost"].as_u64(), extensions["limit"].as_u64()), (Some(50_201), Some(50_000)));
    // A token that does not hold is told so, whatever is asked with it.
    assert_eq!(world.ask("ts_made_up", dear, json!({})).await.codes(), ["UNAUTHENTICATED"]);
    let dry = world.post(Some(&token), &json!({ "query": dear, "extensions": { "dryRun": true } })).await;
    assert_eq!(dry.body["extensions"]["dryRun"]["cost"], 50_201);
    let dry = json!({ "query": ORG_TREE, "variables": largest, "extensions": { "dryRun": true } });
    let dry = world.post(Some(&token), &dry).await;
    let told = &dry.body["extensions"]["dryRun"];
    // Fifty organizations with an owner, a subscription with its product, and 25 members with a user and three roles.
    assert_eq!(told["cost"], 1 + 50 + 50 * (1 + 1 + 1 + 1 + 25 + 25 * (1 + 1 + 3)), "{told}");
    assert_eq!(told["costLimit"], 50_000);
    assert!(told["costAtMost"].as_u64() > told["cost"].as_u64(), "{told}");
    assert_eq!(cost(&dry)["requested"], 1);
}

#[tokio::test]
async fn a_dry_run_tells_permissions_and_statements_and_does_nothing() {
    let world = with_budgets(budget::Settings::default()).await;
    let token = world.act_as("readonly").await;
    let dry = async |query: &str| {
        let answer = world.post(Some(&token), &json!({ "query": query, "extensions": { "dryRun": true } })).await;
        assert_eq!((answer.status.as_u16(), &answer.body["data"]), (200, &Value::Null), "{:#}", answer.body);
        answer.body["extensions"]["dryRun"].clone()
    };
    let query = "{ roles(first: 5) { nodes { name } } viewer { user { ...mail } } organizations(first: 1) { nodes { billingEmail billingEmail } } }
        fragment mail on User { email }";
    let told = dry(query).await;
    let needs: Vec<_> = told["permissions"].as_array().unwrap().iter().map(|need| (&need["permission"], &need["field"])).collect();
    assert!(needs.contains(&(&json!("roles.read"), &json!("Query.roles"))), "{needs:?}");
    assert_eq!(needs.iter().filter(|(_, field)| *field == "Organization.billingEmail").count(), 1, "{needs:?}");
    // More than it takes, and yet no more than there are loads.
    let really = world.ask(&token, query, json!({})).await.statements();
    let at_most = told["statements"]["atMost"].as_u64().unwrap();
    assert!(really <= at_most && at_most < 12, "{really} of {at_most}");
    let mutation = "mutation { createOrganization(input: { name: \"Nowhere\" }) { organization { id } userErrors { code } } }";
    let told = dry(mutation).await;
    assert_eq!(told["permissions"][0]["field"], "Mutation.createOrganization");
    assert_eq!((&told["statements"], told["cost"].as_u64()), (&Value::Null, Some(10)));
    assert_eq!(world.value("select count(*) from organizations where name = 'Nowhere'").await.unwrap(), "0");
    // A document that is wrong is wrong in a dry run, too, and a token that does not hold is told so.
    let wrong = json!({ "query": "query ($id: ID!) { organization(id: $id) { id } }", "extensions": { "dryRun": true } });
    assert_eq!(world.post(Some(&token), &wrong).await.codes(), ["BAD_USER_INPUT"]);
    let right = json!({ "query": "{ __typename }", "extensions": { "dryRun": true } });
    assert_eq!(world.post(Some("ts_made_up"), &right).await.codes(), ["UNAUTHENTICATED"]);
}

#[tokio::test]
async fn a_key_spends_by_itself_and_at_its_own_rate() {
    let house = House::new().await;
    let ask = async |token: &str| house.world.ask(token, TEN, json!({})).await;
    let (_, narrow) = house.key(json!({ "rateLimit": 20 })).await;
    let (_, other) = house.key(json!({ "rateLimit": 1_000_000 })).await;
    let first = ask(&narrow).await;
    assert_eq!((cost(&first)["limit"].as_u64(), cost(&first)["remaining"].as_u64()), (Some(20), Some(10)), "{:#}", first.body);
    assert_eq!(first.headers["ratelimit-policy"], "\"api-key\";q=20;qu=\"cost\";w=60");
    let dear = house.world.ask(&narrow, "{ organizations(first: 20) { nodes { name } } }", json!({})).await;
    assert_eq!(dear.codes(), ["COST_LIMIT_EXCEEDED"], "{:#}", dear.body);
    // Its maker and its neighbour spend nothing of it.
    assert!(!is_refused(&ask(&other).await) && !is_refused(&ask(&house.token).await));
    assert_eq!(cost(&ask(&other).await)["limit"], 1_000_000);
}
