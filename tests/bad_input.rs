//! Bad input: every kind of it gets a clear error with a stable code, is nobody's fault but the client's, and writes nothing.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::{Answer, World};

/// An organization that never was.
const NO_ORGANIZATION: &str = "org_01hzzzzzzzfzzvzzzzzzzzzzzz";
/// What an honest client asks.
const HONEST: &str = "{ organizations(first: 1) { totalCount nodes { name } } }";

/// A world in which bad input is sent, with all its rows as they were before.
struct Trial {
    world: World,
    owner: String,
    rows: Vec<(String, String)>,
}

impl Trial {
    async fn new() -> Self {
        let world = World::demo().await;
        let owner = world.act_as("owner").await;
        let rows = rows(&world).await;
        Self { world, owner, rows }
    }

    async fn ask(&self, query: &str, variables: Value) -> Answer {
        self.world.ask(&self.owner, query, variables).await
    }

    /// The whole request is refused with this status and this code, and says why.
    async fn refuses(&self, query: &str, variables: Value, status: u16, code: &str) -> Answer {
        let answer = self.ask(query, variables).await;
        refused(&answer, status, code, query);
        answer
    }

    /// One field is refused: it is null, and its error says where, what, and why.
    async fn refuses_field(&self, query: &str, variables: Value, path: &[&str]) -> Answer {
        let answer = self.ask(query, variables).await;
        assert_eq!(
            (answer.status, answer.codes()),
            (StatusCode::OK, vec!["BAD_USER_INPUT"]),
            "{query}: {:.500}",
            answer.body.to_string()
        );
        assert_eq!(answer.body["errors"][0]["path"], json!(path), "{query}: {:.500}", answer.body.to_string());
        assert!(answer.body["data"][path[0]].is_null(), "{query}: {:.500}", answer.body.to_string());
        answer
    }

    /// The server answers as before, and no row of any table has come, gone or changed.
    async fn leaves_no_trace(self) {
        let answer = self.ask(HONEST, json!({})).await;
        assert_eq!(answer.data()["organizations"]["totalCount"], 25);
        assert_eq!(rows(&self.world).await, self.rows);
    }
}

/// A request without data, whose errors all carry the code and a text.
fn refused(answer: &Answer, status: u16, code: &str, what: &str) {
    assert_eq!(answer.status.as_u16(), status, "{what}: {:.500}", answer.body.to_string());
    assert!(
        !answer.codes().is_empty() && answer.codes().iter().all(|found| *found == code),
        "{what}: {:.500}",
        answer.body.to_string()
    );
    assert!(answer.body.get("data").is_none(), "{what}: {:.500}", answer.body.to_string());
    assert!(message(answer).len() > 10, "{what}: {:.500}", answer.body.to_string());
    assert!(answer.headers.contains_key("x-request-id"), "{what}");
}

fn message(answer: &Answer) -> &str {
    answer.body["errors"][0]["message"].as_str().unwrap()
}

/// The digest of each table, without what a gateway notes in the background: who was there, and when.
async fn rows(world: &World) -> Vec<(String, String)> {
    let sql = "select table_name::text from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' order by 1";
    let tables: Vec<String> = sqlx::query_scalar(sql).fetch_all(&world.pool).await.unwrap();
    let mut digests = Vec::with_capacity(tables.len());
    for table in tables {
        let row = "(to_jsonb(row) - 'last_active_at' - 'last_seen_at' - 'updated_at')::text";
        let digest = world.value(&format!("select md5(string_agg({row}, ',' order by {row})) from {table} row")).await;
        digests.push((table, digest.unwrap_or_default()));
    }
    digests
}

#[tokio::test]
async fn what_does_not_exist_is_null_and_no_error() {
    let trial = Trial::new().await;
    let query = "query($org: ID!, $user: ID!, $role: ID!) {
        organization(id: $org) { name } user(id: $user) { displayName } role(id: $role) { name } node(id: $org) { id } nodes(ids: [$org, $user]) { id } }";
    let unknown = |prefix: &str| NO_ORGANIZATION.replace("org_", prefix);
    let answer = trial.ask(query, json!({ "org": unknown("org_"), "user": unknown("user_"), "role": unknown("role_") })).await;
    let expected = json!({ "organization": null, "user": null, "role": null, "node": null, "nodes": [null, null] });
    assert_eq!(answer.data(), &expected);
    let update = "mutation($id: ID!) { updateOrganization(input: { organizationId: $id, name: \"New\" }) { organization { id } } }";
    let answer = trial.ask(update, json!({ "id": NO_ORGANIZATION })).await;
    assert_eq!(answer.codes(), ["NOT_FOUND"], "{:.500}", answer.body.to_string());
    trial.leaves_no_trace().await;
}

#[tokio::test]
async fn an_id_that_is_none_or_of_another_type_is_refused() {
    let trial = Trial::new().await;
    let user = NO_ORGANIZATION.replace("org_", "user_");
    let bad = [
        "",
        "org",
        "org_",
        "org_1",
        "1",
        "42",
        "Northgate Robotics",
        "nobody_01hzzzzzzzfzzvzzzzzzzzzzzz",
        "org_01HZZZZZZZFZZVZZZZZZZZZZZZ",
        "org_01hzzzzzzzfzzvzzzzzzzzzzzzz",
        "org_81hzzzzzzzfzzvzzzzzzzzzzzz",
        "org_01hzzzzzzzfzzvzzzzzzzzzzzü",
        "org_\0",
        "org_01hzzzzzzzfzzvzzzzzzzzzzz'",
        "00000000-0000-0000-0000-000000000000",
        &user,
        &"x".repeat(100_000),
    ];
    for id in bad {
        let answer =
            trial.refuses_field("query($id: ID!) { organization(id: $id) { name } }", json!({ "id": id }), &["organization"]).await;
        assert!(message(&answer).len() < 200, "{:.500}", answer.body.to_string());
        if id != user {
            trial.refuses_field("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id }), &["node"]).await;
            trial
                .refuses_field(
                    "query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
                    json!({ "ids": [NO_ORGANIZATION, id] }),
                    &["nodes"],
                )
                .await;
        }
        let update =
            "mutation($id: ID!) { updateOrganization(input: { organizationId: $id, name: \"New\" }) { organization { id } } }";
        trial.refuses_field(update, json!({ "id": id }), &["updateOrganization"]).await;
        let switch = "mutation($id: ID!) { switchTenant(input: { tenantId: $id }) { viewer { user { id } } } }";
        trial.refuses_field(switch, json!({ "id": id }), &["switchTenant"]).await;
        let filter = "query($id: ID!) { organizations(filter: { ids: [$id] }) { totalCount } }";
        trial.refuses_field(filter, json!({ "id": id }), &["organizations"]).await;
    }
    trial.leaves_no_trace().await;
}

#[tokio::test]
async fn a_page_of_an_impossible_size_is_refused() {
    let trial = Trial::new().await;
    for sizes in [
        "first: -1",
        "first: 101",
        "first: 100000",
        "last: -1",
        "last: 100000",
        "first: 1, last: 1",
        "first: 2147483647",
        "last: -2147483648",
    ] {
        for list in ["organizations", "products", "roles"] {
            trial.refuses_field(&format!("{{ {list}({sizes}) {{ nodes {{ id }} }} }}"), json!({}), &[list]).await;
        }
        let nested = format!("{{ organizations(first: 3) {{ nodes {{ name members({sizes}) {{ nodes {{ id }} }} }} }} }}");
        let answer = trial.ask(&nested, json!({})).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.codes(), ["BAD_USER_INPUT"; 3], "{:.500}", answer.body.to_string());
        assert_eq!(answer.body["data"]["organizations"]["nodes"][0], json!({ "name": "Northgate Robotics", "members": null }));
    }
    for size in
        ["2147483648", "-2147483649", "99999999999999999999999999999", "1e400", "1.5", "\"1\"", "true", "[1, 2]", "{}", "ONE"]
    {
        let answer = trial.ask(&format!("{{ organizations(first: {size}) {{ nodes {{ id }} }} }}"), json!({})).await;
        assert!(
            matches!(answer.codes()[..], ["GRAPHQL_VALIDATION_FAILED" | "GRAPHQL_PARSE_FAILED" | "BAD_USER_INPUT"]),
            "{size}: {:.500}",
            answer.body.to_string()
        );
    }
    let query = "query($first: Int) { organizations(first: $first) { nodes { id } } }";
    for size in
        [json!(2_147_483_648_u64), json!(u64::MAX), json!(1.5), json!(1e300), json!("1"), json!(true), json!([1, 2]), json!({})]
    {
        trial.refuses(query, json!({ "first": size }), 200, "BAD_USER_INPUT").await;
    }
    assert_eq!(
        trial.ask("{ organizations(first: 0) { nodes { id } } }", json!({})).await.data(),
        &json!({ "organizations": { "nodes": [] } })
    );
    trial.leaves_no_trace().await;
}

#[tokio::test]
async fn a_cursor_that_is_none_or_of_another_order_is_refused() {
    let trial = Trial::new().await;
    let by_age = "query($after: String) { organizations(first: 2, after: $after) { pageInfo { endCursor } } }";
    let by_name =
        "query($after: String) { organizations(first: 2, after: $after, orderBy: { field: NAME }) { pageInfo { endCursor } } }";
    let cursor = async |query| {
        trial.ask(query, json!({})).await.data()["organizations"]["pageInfo"]["endCursor"].as_str().unwrap().to_owned()
    };
    let (age, name) = (cursor(by_age).await, cursor(by_name).await);
    trial.refuses_field(by_age, json!({ "after": name }), &["organizations"]).await;
    trial.refuses_field(by_name, json!({ "after": age }), &["organizations"]).await;
    for list in ["roles", "products"] {
        let query = format!("query($after: String) {{ {list}(after: $after) {{ nodes {{ id }} }} }}");
        trial.refuses_field(&query, json!({ "after": name }), &[list]).await;
    }
    let truncated = &age[..age.len() / 2];
    // In base64: `c`, `c1:\0`, `c99999999999999999999:`, `c1`, the byte 255, `' or true --`.
    for garbage in [
        "",
        " ",
        "rubbish",
        truncated,
        "!!!",
        "%00",
        "\0",
        "Yw",
        "YzE6AA",
        "Yzk5OTk5OTk5OTk5OTk5OTk5OTk5Og",
        "YzE",
        "_w",
        "JyBvciB0cnVlIC0t",
        "🙂",
    ] {
        for name in ["after", "before"] {
            let query = format!("query($cursor: String) {{ organizations({name}: $cursor) {{ nodes {{ id }} }} }}");
            trial.refuses_field(&query, json!({ "cursor": garbage }), &["organizations"]).await;
        }
    }
    trial.leaves_no_trace().await;
}

#[tokio::test]
async fn values_that_do_not_fit_their_types_are_refused() {
    let trial = Trial::new().await;
    for query in [
        "{ organizations(orderBy: { field: COLOUR }) { totalCount } }",
        "{ organizations(orderBy: {}) { totalCount } }",
        "{ organizations(orderBy: null, filter: { colour: \"red\" }) { totalCount } }",
        "{ organizations(colour: \"red\") { totalCount } }",
        "{ organization { name } }",
        "{ organization(id: null) { name } }",
        "{ organization(id: {}) { name } }",
        "{ colour }",
        "{ organizations }",
        "{ viewer { user { displayName { length } } } }",
        "query($first: Colour) { organizations(first: $first) { totalCount } }",
        "{ organizations(first: $first) { totalCount } }",
        "subscription { organizations { totalCount } }",
        "mutation { deleteEverything }",
        "mutation { createOrganization(input: {}) { organization { id } } }",
    ] {
        trial.refuses(query, json!({}), 200, "GRAPHQL_VALIDATION_FAILED").await;
    }
    let mistyped = "query($first: String) { organizations(first: $first) { totalCount } }";
    trial.refuses_field(mistyped, json!({ "first": "1" }), &["organizations"]).await;
    trial.refuses_field("{ organizations(filter: \"red\") { totalCount } }", json!({}), &["organizations"]).await;
    let order = "query($order: OrganizationOrder, $filter: OrganizationFilter) { organizations(orderBy: $order, filter: $filter) { totalCount } }";
    for variables in [
        json!({ "order": { "field": "COLOUR" } }),
        json!({ "order": { "field": 1 } }),
        json!({ "order": { "field": null } }),
        json!({ "order": {} }),
        json!({ "order": "NAME" }),
        json!({ "order": [] }),
        json!({ "filter": { "colour": "red" } }),
        json!({ "filter": { "name": 1 } }),
        json!({ "filter": { "ids": [null] } }),
        json!({ "filter": { "ids": [{}] } }),
    ] {
        trial.refuses(order, variables, 200, "BAD_USER_INPUT").await;
    }
    let by_id = "query($id: ID!) { organization(id: $id) { name } }";
    for variables in [
        json!({}),
        json!(null),
        json!({ "id": null }),
        json!({ "ID": NO_ORGANIZATION }),
        json!({ "id": true }),
        json!({ "id": [] }),
        json!({ "id": {} }),
    ] {
        trial.refuses(by_id, variables, 200, "BAD_USER_INPUT").await;
    }
    trial.leaves_no_trace().await;
}

#[tokio::test]
async fn a_nul_in_a_text_never_reaches_postgres() {
    let trial = Trial::new().await;
    let create = "mutation($name: String!, $domain: String) {
        createOrganization(input: { name: $name, domain: $domain }) { organization { id } userErrors { field code } } }";
    for variables in [json!({ "name": "a\0b" }), json!({ "name": "\0" }), json!({ "name": "Fine", "domain": "a\0.example" })] {
        let answer = trial.ask(create, variables).await;
        let mended = &answer.body["data"]["createOrganization"]["userErrors"][0]["code"];
        assert!(mended == "INVALID" || answer.codes() == ["BAD_USER_INPUT"], "{:.500}", answer.body.to_string());
    }
    for query in [
        r#"mutation { createOrganization(input: { name: "a\u0000b" }) { organization { id } userErrors { code } } }"#,
        r#"{ organizations(filter: { name: "a\u0000b" }) { totalCount } }"#,
        r#"{ organizations(filter: { domain: "\u0000" }) { totalCount } }"#,
        r#"{ organizations(first: 1) { nodes { members(filter: { name: "\u0000" }) { totalCount } } } }"#,
        r#"mutation { createOrganization(input: { name: "Fine", idempotencyKey: "\u0000" }) { organization { id } userErrors { code } } }"#,
        "{ organizations(filter: { name: \"\0\" }) { totalCount } }",
        "\0",
    ] {
        let answer = trial.ask(query, json!({})).await;
        let mended = &answer.body["data"]["createOrganization"]["userErrors"][0]["code"];
        let refused = matches!(answer.codes()[..], ["BAD_USER_INPUT" | "GRAPHQL_PARSE_FAILED"]);
        assert!(mended == "INVALID" || refused, "{query:?}: {:.500}", answer.body.to_string());
    }
    trial.leaves_no_trace().await;
}
