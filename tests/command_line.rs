//! The command line: what it says, its exit codes, and the gateways that it starts.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use tenantry::seed::demo::IDENTITIES;

use crate::cluster::{Content, TestDatabase};
use crate::own_server::OwnFolder;
use crate::program::{Program, run, said};
use crate::world::World;

const WHO: &str = "{ viewer { user { displayName } tenant { name } } }";

fn contract() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql").to_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_command_explains_itself() {
    for (command, purpose) in [
        (&[][..], "The organization graph of a B2B SaaS as one GraphQL endpoint"),
        (&["dev"], "Start everything on this machine"),
        (&["serve"], "Start the gateway for customers"),
        (&["migrate"], "Bring a database to this version, or back"),
        (&["migrate", "up"], "Run all migrations that have not run"),
        (&["migrate", "down"], "Undo the newest migrations"),
        (&["migrate", "status"], "List all migrations, and whether they have run"),
        (&["purge"], "Take away for good what was deleted"),
        (&["seed"], "Fill a development database with many realistic rows"),
        (&["schema"], "Print the GraphQL schema, or compare a file with it"),
        (&["permissions"], "Print the table of permissions and base roles, or compare a file with it"),
        (&["token"], "Make bearer tokens for people of a development database"),
        (&["postgres"], "Run a program with the private Postgres"),
    ] {
        let (code, help, errors) = said(&run(&[command, &["--help"]].concat(), &[]).await);
        assert_eq!((code, errors.as_str()), (0, ""), "{command:?}");
        assert!(help.starts_with(purpose) && help.contains("Usage: tenantry"), "{command:?}: {help}");
    }
    assert_eq!(said(&run(&["--version"], &[]).await).1, format!("tenantry {}\n", env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn a_command_that_is_called_wrongly_says_so_and_exits_with_2() {
    for (arguments, named) in [
        (&["serve"][..], &["DATABASE_URL", "TENANTRY_LISTEN"][..]),
        (&["migrate", "up"], &["DATABASE_URL"]),
        (&["purge"], &["DATABASE_URL"]),
        (&["serve", "--listen", "nowhere", "--database-url", "postgres://a/b"], &["nowhere"]),
        (&["token"], &["--tenant", "--user"]),
        (&["token", "--tenant", "org_1", "--user", "user_1"], &["org_1"]),
        (&["seed", "--tenants", "0"], &["--tenants", "0"]),
        (&["explode"], &["explode"]),
        (&[], &["Usage: tenantry"]),
    ] {
        let (code, output, errors) = said(&run(arguments, &[]).await);
        assert_eq!((code, output.as_str()), (2, ""), "{arguments:?}");
        assert!(named.iter().all(|name| errors.contains(name)), "{arguments:?}: {errors}");
    }
}

#[tokio::test]
async fn a_command_that_fails_says_why_and_exits_with_1() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let nothing = "postgres://nobody:nothing@127.0.0.1:1/nowhere";
    let (code, _, errors) = said(&run(&["serve", "--listen", &address], &[("DATABASE_URL", nothing)]).await);
    assert!(code == 1 && errors.contains(&format!("cannot listen on {address}")), "{errors}");
    let (code, _, errors) = said(&run(&["migrate", "status"], &[("DATABASE_URL", "rubbish")]).await);
    assert!(code == 1 && errors.starts_with("tenantry: "), "{errors}");
    let (code, _, errors) = said(&run(&["schema", "--check", "no-such-file"], &[]).await);
    assert!(code == 1 && errors.contains("no-such-file"), "{errors}");
}

#[tokio::test]
async fn the_committed_schema_is_the_one_that_is_printed() {
    let (code, output, errors) = said(&run(&["schema", "--check", &contract()], &[]).await);
    assert_eq!(code, 0, "{output}{errors}");
    let printed = said(&run(&["schema"], &[]).await).1;
    assert_eq!(printed, std::fs::read_to_string(contract()).unwrap());
}

#[tokio::test]
async fn the_page_about_permissions_is_the_one_that_is_printed() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/permissions.md");
    let (code, output, errors) = said(&run(&["permissions", "--check", page.to_str().unwrap()], &[]).await);
    assert_eq!(code, 0, "{output}{errors}");
    let printed = said(&run(&["permissions"], &[]).await).1;
    assert_eq!(printed, std::fs::read_to_string(&page).unwrap());
    // One row, read by a person: plain members look at teams, and manage none.
    assert!(printed.contains("| `teams.manage` | Create, change and delete teams, and choose their members. | ✓ | ✓ | ✓ | | |"));
    let (code, _, errors) = said(&run(&["permissions", "--check", &contract()], &[]).await);
    assert!(code == 3 && errors.contains("# Permissions and base roles"), "{code}: {errors}");
}

#[tokio::test]
async fn another_schema_is_told_by_its_first_line_that_differs() {
    let folder = OwnFolder::new();
    let file = folder.path().join("other.graphql");
    let contract = std::fs::read_to_string(contract()).unwrap();
    for (other, line) in [
        (contract.replace("billingEmail: String", "billingEmail: Int"), "billingEmail: Int"),
        (contract + "scalar More\n", "scalar More"),
    ] {
        std::fs::write(&file, other).unwrap();
        let (code, _, errors) = said(&run(&["schema", "--check", file.to_str().unwrap()], &[]).await);
        assert!(code == 3 && errors.contains(line), "{code}: {errors}");
    }
}

#[tokio::test]
async fn migrations_are_run_undone_and_listed() {
    let database = TestDatabase::new(Content::Empty).await;
    let url = database.url();
    let migrate = async |arguments: &[&str]| {
        let (code, output, errors) = said(&run(&[&["migrate"], arguments].concat(), &[("DATABASE_URL", &url)]).await);
        (code, output.matches("has run  m").count(), output.matches("pending  m").count(), errors)
    };
    let (code, all, pending, errors) = migrate(&["status"]).await;
    assert_eq!((code, pending, errors.as_str()), (0, 0, ""));
    assert!(all > 10);
    assert_eq!(migrate(&["down"]).await, (0, all - 1, 1, String::new()));
    assert_eq!(migrate(&["status"]).await, (3, all - 1, 1, String::new()));
    assert_eq!(migrate(&["down", "--steps", "3"]).await, (0, all - 4, 4, String::new()));
    assert_eq!(migrate(&["up"]).await, (0, all, 0, String::new()));
    assert_eq!(migrate(&["up"]).await, (0, all, 0, String::new()));
    assert_eq!(migrate(&["status"]).await, (0, all, 0, String::new()));
}

#[tokio::test]
async fn seeded_people_get_tokens_that_work_where_the_gateway_serves() {
    let database = TestDatabase::new(Content::Empty).await;
    let url = database.url();
    let environment = [("DATABASE_URL", url.as_str())];
    let (code, output, _) = said(&run(&["seed", "--tenants", "2", "--organizations", "3", "--members", "4"], &environment).await);
    assert!(
        code == 0 && output.contains("2 tenants") && output.contains("6 organizations") && output.contains("24 memberships"),
        "{output}"
    );
    let folder = OwnFolder::new();
    let file = folder.path().join("tokens.json");
    let (code, output, _) = said(&run(&["token", "--one-per-tenant", file.to_str().unwrap()], &environment).await);
    assert_eq!((code, output.starts_with("2 tokens in ")), (0, true), "{output}");
    let tokens: BTreeMap<String, Value> = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!((tokens.len(), std::fs::metadata(&file).unwrap().permissions().mode() & 0o777), (2, 0o600));
    // What is past due would be hidden.
    let pool = sqlx::PgPool::connect(&url).await.unwrap();
    sqlx::raw_sql("update subscriptions set status = 'active' where status in ('past_due', 'unpaid', 'paused')")
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    let program = Program::serve(&url).await;
    let mut strangers = Vec::new();
    for (tenant, made) in &tokens {
        let query = format!(
            "{{ viewer {{ user {{ id }} tenant {{ id }} }} organization(id: {}) {{ id members {{ totalCount }} }} organizations {{ totalCount }} }}",
            made["organizationId"]
        );
        let (user, organization) = (made["userId"].as_str().unwrap(), &made["organizationId"]);
        let expected = json!({ "viewer": { "user": { "id": user }, "tenant": { "id": tenant } },
            "organization": { "id": organization, "members": { "totalCount": 4 } }, "organizations": { "totalCount": 3 } });
        assert_eq!(program.ask(made["token"].as_str(), &query).await.data(), &expected);
        let (code, another, _) = said(&run(&["token", "--tenant", tenant, "--user", user], &environment).await);
        assert_eq!((code, program.ask(Some(another.trim()), &query).await.data()), (0, &expected));
        strangers.push((tenant, user));
    }
    let (tenant, user) = (strangers[0].0, strangers[1].1);
    let (code, output, errors) = said(&run(&["token", "--tenant", tenant, "--user", user], &environment).await);
    assert_eq!((code, output.as_str(), errors.contains("is no member of")), (1, "", true), "{errors}");
    assert_eq!(program.stop().await, 0);
}

#[tokio::test]
async fn a_gateway_for_customers_has_no_doors_of_development() {
    let world = World::demo().await;
    let owner = world.act_as("owner").await;
    let program = Program::serve(&world.database_url()).await;
    for path in ["/", "/playground/identities", "/assets/index.js"] {
        assert_eq!(program.get(path).await.status(), 404, "{path}");
    }
    assert_eq!(
        (program.get("/healthz").await.status(), program.get("/readyz").await.status()),
        (reqwest::StatusCode::OK, reqwest::StatusCode::OK)
    );
    for query in [
        "{ __schema { queryType { name } } }",
        "{ __type(name: \"User\") { name } }",
        "{ viewer { user { id } } ...a } fragment a on Query { __schema { queryType { name } } }",
    ] {
        let answer = program.ask(None, query).await;
        assert_eq!((answer.status.as_u16(), answer.codes()), (401, vec!["UNAUTHENTICATED"]), "{query}");
    }
    let introspection = program.ask(Some(&owner), "{ __schema { queryType { name } } }").await;
    assert_eq!(introspection.data()["__schema"]["queryType"]["name"], "Query");
    // Suggestions tell the schema, too: they are for those who may see it. And nobody sees what the database has to do.
    let misspelt = async |token| program.ask(token, "{ organisations { totalCount } }").await.body.to_string();
    let (strangers, owners) = (misspelt(None).await, misspelt(Some(&owner)).await);
    assert!(strangers.contains("organisations") && !strangers.contains("organizations"), "{strangers}");
    assert!(owners.contains("organizations"), "{owners}");
    let answer = program.ask(Some(&owner), WHO).await;
    assert_eq!(
        json!({ "data": answer.data() }),
        json!({ "data": { "viewer": { "user": { "displayName": "Olivia Owner" }, "tenant": { "name": "Larkspur Cloud" } } } })
    );
    let extensions: Vec<&String> = answer.body["extensions"].as_object().unwrap().keys().collect();
    assert_eq!(extensions, ["cost"]);
    assert_eq!(program.stop().await, 0);
}

#[tokio::test]
async fn a_gateway_that_is_told_to_stop_finishes_what_it_has_begun() {
    let world = World::demo().await;
    let owner = world.act_as("owner").await;
    let program = Program::serve(&world.database_url()).await;
    let mut program = Arc::new(program);
    let mut lock = world.pool.begin().await.unwrap();
    sqlx::raw_sql("lock table organizations in access exclusive mode").execute(&mut *lock).await.unwrap();
    let running = Arc::clone(&program);
    let answer = tokio::spawn(async move { running.ask(Some(&owner), "{ organizations(first: 1) { nodes { name } } }").await });
    let waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while world.value(waiting).await.unwrap() != "1" {
        tokio::task::yield_now().await;
    }
    program.terminate().await;
    // It takes no new ones any more.
    while tokio::net::TcpStream::connect(program.address()).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!answer.is_finished());
    lock.rollback().await.unwrap();
    assert_eq!(answer.await.unwrap().data()["organizations"]["nodes"][0]["name"], "Northgate Robotics");
    assert_eq!(Arc::get_mut(&mut program).unwrap().ended().await, 0);
}

#[tokio::test]
async fn development_starts_with_nothing_and_keeps_its_tokens() {
    let folder = OwnFolder::new();
    let file = folder.path().join("dev-tokens.json");
    let mut first = BTreeMap::new();
    for start in 0..2 {
        let (program, printed) = Program::dev(folder.path()).await;
        let tokens: BTreeMap<String, String> = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(tokens.keys().eq(["admin", "developer", "manager", "member", "outsider", "owner", "readonly"]), "{tokens:?}");
        for identity in &IDENTITIES {
            assert!(printed.contains(identity.key) && printed.contains(identity.label), "{printed}");
            let answer = program.ask(Some(&tokens[identity.key]), WHO).await;
            assert_eq!(answer.data()["viewer"]["user"]["displayName"], identity.label);
            assert_eq!(
                answer.data()["viewer"]["tenant"]["name"],
                if identity.key == "outsider" { "Tidewater Exchange" } else { "Larkspur Cloud" }
            );
        }
        let offered: Vec<Value> = program.get("/playground/identities").await.json().await.unwrap();
        assert!(offered.iter().all(|offered| tokens[offered["key"].as_str().unwrap()] == offered["token"].as_str().unwrap()));
        assert_eq!((offered.len(), program.get("/readyz").await.status().as_u16()), (7, 200));
        assert_eq!(program.stop().await, 0);
        assert!(!folder.path().join("postgres/data/postmaster.pid").exists(), "its Postgres still runs");
        if start == 0 {
            first = tokens;
        } else {
            assert_eq!(tokens, first);
        }
    }
}
