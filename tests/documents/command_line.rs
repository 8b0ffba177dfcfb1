//! `tenantry documents`: the same from the command line.

use std::path::Path;

use entity::id::{TenantId, UserId};
use serde_json::json;

use super::{BILLS, NAMES, Office, id_of};
use crate::program::{run, said};
use crate::world::identity;

/// Runs it for the demo tenant.
async fn documents(office: &Office, arguments: &[&str]) -> (i32, String, String) {
    let tenant = TenantId::from(identity("owner").tenant_id).to_string();
    let mut all = vec!["documents"];
    all.extend(arguments);
    all.extend(["--tenant", &tenant]);
    said(&run(&all, &[("DATABASE_URL", &office.world.database_url())]).await)
}

#[tokio::test]
async fn documents_are_published_listed_and_retired() {
    let office = Office::new().await;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("documents-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, text: &str| {
        let file = folder.join(name);
        std::fs::write(&file, text).unwrap();
        file.to_string_lossy().into_owned()
    };
    let names = write("names.graphql", NAMES);
    let manifest = write("persisted_queries.json", &json!({ "0123abcd": BILLS }).to_string());
    let wrong = write("wrong.graphql", "{ nobody }");

    let (code, _, complaint) = documents(&office, &["publish", "--client", "acme", &names, &wrong]).await;
    assert_eq!(code, 1);
    assert!(complaint.contains("wrong.graphql: ") && complaint.contains("nobody"), "{complaint}");
    let (code, printed, complaint) =
        documents(&office, &["publish", "--client", "acme", "--bound", "Names.first<=3", &names, &manifest]).await;
    assert_eq!((code, complaint.as_str()), (0, ""), "{printed}");
    assert!(printed.contains(&id_of(NAMES)) && printed.contains("billing.read"), "{printed}");

    let key = office.key("acme", &["organization.read", "billing.read"]).await;
    assert_eq!(office.run(&key, &id_of(NAMES), json!({ "first": 3 })).await.status, 200);
    assert_eq!(office.run(&key, &id_of(NAMES), json!({ "first": 4 })).await.codes(), ["BAD_USER_INPUT"]);
    assert_eq!(office.run(&key, "0123abcd", json!({})).await.status, 200);

    let (code, listed, _) = documents(&office, &["list", "--client", "acme"]).await;
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!((code, lines.len()), (0, 2), "{listed}");
    let id = lines[0].split_whitespace().next().unwrap();
    let (code, deprecated, _) = documents(&office, &["deprecate", id]).await;
    assert!(code == 0 && deprecated.contains("deprecated"), "{deprecated}");
    let (code, revoked, _) = documents(&office, &["revoke", id]).await;
    assert!(code == 0 && revoked.contains("revoked"), "{revoked}");
    assert_eq!(office.run(&key, &id_of(NAMES), json!({ "first": 3 })).await.codes(), ["PERSISTED_QUERY_NOT_FOUND"]);
    assert_eq!(documents(&office, &["revoke", id]).await.0, 1, "it was revoked already");
    assert_eq!(documents(&office, &["list", "--client", "acme"]).await.1.lines().count(), 1);

    // Somebody did it, and no session of theirs is left.
    let log = "select string_agg(distinct actor_id || ' ' || user_agent, ',') from audit_logs where action like 'document.%'";
    let owner = identity("owner").user_id;
    assert_eq!(office.world.value(log).await, Some(format!("{owner} tenantry documents")));
    let open = "select count(*) from sessions where device = 'command line' and revoked_at is null";
    assert_eq!(office.world.value(open).await.as_deref(), Some("0"));
}

#[tokio::test]
async fn it_may_do_what_its_person_may_do() {
    let office = Office::new().await;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents.rs");
    let file = file.to_string_lossy();
    let readonly = UserId::from(identity("readonly").user_id).to_string();
    let (code, _, complaint) = documents(&office, &["publish", "--client", "acme", "--as", &readonly, &file]).await;
    assert!(code == 1 && complaint.contains("documents.manage"), "{complaint}");
    let (code, _, complaint) = documents(&office, &["publish", "--client", "acme", "--bound", "first<50", &file]).await;
    assert!(code == 2 && complaint.contains("first<=50"), "{complaint}");
}
