//! How keys are made, changed and listed.

use entity::id::OrganizationId;
use serde_json::{Value, json};

use super::{House, made, user_errors};

#[tokio::test]
async fn a_key_is_shown_once_and_kept_as_a_hash() {
    let house = House::new().await;
    let answer = house.create(&house.token, json!({ "idempotencyKey": "one", "clientMutationId": "m", "rateLimit": 9 })).await;
    let (_, secret) = made(&answer, "createApiKey");
    let payload = &answer.data()["createApiKey"];
    assert_eq!(payload["clientMutationId"], "m");
    let key = &payload["apiKey"];
    assert_eq!(
        (&key["client"], &key["scopes"], &key["rateLimit"], &key["status"], &key["createdBy"]["displayName"]),
        (&json!("acme"), &json!(["organization.read"]), &json!(9), &json!("ACTIVE"), &json!("Olga Owner"))
    );
    assert!(secret.starts_with("tk_") && secret.starts_with(key["prefix"].as_str().unwrap()) && secret.len() == 52, "{secret}");
    assert!(house.gets_in(&secret).await);
    // The database has the hash, and nothing else of it but how it begins.
    let row =
        house.value("select to_jsonb(key)::text || (select string_agg(changes::text, '') from audit_logs) from api_keys key").await;
    assert!(!row.unwrap().contains(&secret[12..]), "the secret is stored");
    let hashed = format!("select key_hash = sha256(convert_to('{secret}', 'UTF8')) from api_keys");
    assert_eq!(house.value(&hashed).await.unwrap(), "true");
}

#[tokio::test]
async fn a_repetition_gives_the_same_key_and_no_secret() {
    let house = House::new().await;
    let first = house.create(&house.token, json!({ "idempotencyKey": "one" })).await;
    let (id, _) = made(&first, "createApiKey");
    let again = house.create(&house.token, json!({ "idempotencyKey": "one" })).await;
    assert_eq!(again.data()["createApiKey"]["apiKey"]["id"], json!(id));
    assert_eq!(again.data()["createApiKey"]["secret"], Value::Null);
    let other = house.create(&house.token, json!({ "idempotencyKey": "one", "name": "Another" })).await;
    assert_eq!(user_errors(&other, "createApiKey"), [(json!(["idempotencyKey"]), "IDEMPOTENCY_KEY_REUSED".to_owned())]);
    assert_eq!(house.value("select count(*) from api_keys").await.unwrap(), "1");
}

#[tokio::test]
async fn whoever_makes_a_key_holds_what_it_may_use() {
    let house = House::new().await;
    let admin = house.world.token(house.admin, Some(house.tenant)).await;
    let member = house.world.token(house.member, Some(house.tenant)).await;
    // A plain member manages no keys; an admin does, and gives no more than it holds.
    let refused = house.create(&member, json!({})).await;
    assert_eq!(
        (refused.codes(), refused.body["errors"][0]["extensions"]["permission"].clone()),
        (vec!["FORBIDDEN"], json!("api_keys.manage"))
    );
    let refused = house.create(&admin, json!({ "scopes": ["organization.read", "audit.export", "roles.read"] })).await;
    let extensions = &refused.body["errors"][0]["extensions"];
    assert_eq!((&extensions["reason"], &extensions["permissions"]), (&json!("not_held"), &json!(["audit.export"])));
    made(&house.create(&admin, json!({ "scopes": ["organization.read", "roles.read"] })).await, "createApiKey");
    // What is not held in one organization is not given in all of them, but may be given in another.
    house
        .world
        .sql(&format!(
            "insert into member_permission_overrides (tenant_id, id, tenant_membership_id, organization_id, permission_id, effect)
            select tenant_id, gen_random_uuid(), id, '{}', (select id from permissions where key = 'roles.read'), 'deny'
            from tenant_memberships where user_id = '{}'",
            house.there, house.admin
        ))
        .await;
    let refused = house.create(&admin, json!({ "scopes": ["roles.read"] })).await;
    assert_eq!(refused.body["errors"][0]["extensions"]["organizationId"], OrganizationId::from(house.there).to_string());
    assert_eq!(house.value("select count(*) from api_keys").await.unwrap(), "1");
}

#[tokio::test]
async fn what_a_key_cannot_be_is_said_field_by_field() {
    let house = House::new().await;
    let wrong = json!({ "name": " ", "client": "Acme Inc.", "scopes": ["nonsense", "roles.read", "roles.read"], "rateLimit": 0,
        "expiresAt": "2020-01-01T00:00:00Z", "idempotencyKey": "" });
    let answer = house.create(&house.token, wrong).await;
    let fields: Vec<Value> = user_errors(&answer, "createApiKey").into_iter().map(|(field, _)| field).collect();
    assert_eq!(
        fields,
        [
            json!(["name"]),
            json!(["client"]),
            json!(["scopes", "0"]),
            json!(["scopes", "2"]),
            json!(["rateLimit"]),
            json!(["expiresAt"]),
            json!(["idempotencyKey"])
        ]
    );
    let none = house.create(&house.token, json!({ "scopes": [] })).await;
    assert_eq!(user_errors(&none, "createApiKey"), [(json!(["scopes"]), "INVALID".to_owned())]);
    for client in ["", "-acme", "acme_", "a".repeat(64).as_str(), "acmé"] {
        let answer = house.create(&house.token, json!({ "client": client })).await;
        assert_eq!(user_errors(&answer, "createApiKey"), [(json!(["client"]), "INVALID".to_owned())], "{client}");
    }
    let unknown = OrganizationId::from(uuid::Uuid::max()).to_string();
    assert_eq!(house.create(&house.token, json!({ "organizationId": unknown })).await.codes(), ["NOT_FOUND"]);
    assert_eq!(house.value("select count(*) from api_keys").await.unwrap(), "0");
}

#[tokio::test]
async fn the_staff_of_the_platform_lends_its_rights_to_no_key() {
    let house = House::new().await;
    let developer = write_developer(&house).await;
    let token = house.world.token(developer, Some(house.tenant)).await;
    let refused = house.create(&token, json!({})).await;
    assert_eq!(refused.codes(), ["FORBIDDEN"], "{:#}", refused.body);
    // As a member it makes one, which has what the membership gives and nothing of the staff's.
    house
        .world
        .sql(&format!(
            "insert into tenant_memberships (tenant_id, id, user_id, role) values ('{}', gen_random_uuid(), '{developer}', 'member')",
            house.tenant
        ))
        .await;
    let (_, secret) = made(&house.create(&token, json!({})).await, "createApiKey");
    let list = "{ organizations { totalCount } }";
    assert_eq!(house.world.ask(&token, list, Value::Null).await.data()["organizations"]["totalCount"], 2);
    assert_eq!(house.world.ask(&secret, list, Value::Null).await.data()["organizations"]["totalCount"], 0);
}

#[tokio::test]
async fn a_key_that_is_changed_is_another_at_once() {
    let house = House::new().await;
    let (id, secret) = house.key(json!({ "scopes": ["roles.read"] })).await;
    let roles = async || house.world.ask(&secret, "{ roles { totalCount } }", Value::Null).await.codes().len();
    assert_eq!(roles().await, 0);
    let changed =
        house.change(&house.token, "updateApiKey", &id, json!({ "name": "New", "scopes": ["members.read"], "rateLimit": 5 })).await;
    let key = &changed.data()["updateApiKey"]["apiKey"];
    assert_eq!((&key["name"], &key["scopes"], &key["rateLimit"]), (&json!("New"), &json!(["members.read"]), &json!(5)));
    assert_eq!(roles().await, 1);
    // Whoever adds a scope holds it; taking one away needs nothing but the right to manage keys.
    let admin = house.world.token(house.admin, Some(house.tenant)).await;
    let refused = house.change(&admin, "updateApiKey", &id, json!({ "scopes": ["members.read", "audit.export"] })).await;
    assert_eq!(refused.body["errors"][0]["extensions"]["reason"], "not_held");
    house.change(&house.token, "updateApiKey", &id, json!({ "scopes": ["members.read", "audit.export"] })).await.data();
    house.change(&admin, "updateApiKey", &id, json!({ "scopes": ["audit.export"], "rateLimit": null })).await.data();
    // Runs registered documents only, from the next request on.
    house.change(&house.token, "updateApiKey", &id, json!({ "documentsOnly": true })).await.data();
    assert_eq!(house.world.ask(&secret, "{ __typename }", Value::Null).await.codes(), ["DOCUMENT_REQUIRED"]);
    let invalid =
        house.change(&house.token, "updateApiKey", &id, json!({ "scopes": [], "expiresAt": "2020-01-01T00:00:00Z" })).await;
    assert_eq!(user_errors(&invalid, "updateApiKey").len(), 2);
    house.change(&house.token, "revokeApiKey", &id, json!({})).await.data();
    let late = house.change(&house.token, "updateApiKey", &id, json!({ "name": "Late" })).await;
    assert_eq!(user_errors(&late, "updateApiKey"), [(json!(["apiKeyId"]), "IMMUTABLE".to_owned())]);
}

#[tokio::test]
async fn lists_show_the_keys_that_one_may_read_where_they_work() {
    let house = House::new().await;
    let there = OrganizationId::from(house.there).to_string();
    let here = OrganizationId::from(house.here).to_string();
    let (first, _) = house.key(json!({ "name": "Everywhere" })).await;
    let (_, bound) =
        house.key(json!({ "name": "There", "client": "beta", "organizationId": there, "scopes": ["api_keys.read"] })).await;
    house.key(json!({ "name": "Here", "organizationId": here })).await;
    house.change(&house.token, "revokeApiKey", &first, json!({})).await.data();
    let list =
        "query($filter: ApiKeyFilter) { apiKeys(filter: $filter) { totalCount nodes { name status organization { name } } } }";
    let names = async |token: &str, filter: Value| {
        let answer = house.world.ask(token, list, json!({ "filter": filter })).await;
        let connection = answer.data()["apiKeys"].clone();
        let nodes = connection["nodes"].as_array().unwrap();
        assert_eq!(connection["totalCount"], nodes.len());
        nodes.iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&house.token, Value::Null).await, ["Here", "There", "Everywhere"]);
    assert_eq!(names(&house.token, json!({ "isActive": true })).await, ["Here", "There"]);
    assert_eq!(names(&house.token, json!({ "isActive": false })).await, ["Everywhere"]);
    assert_eq!(names(&house.token, json!({ "client": "beta" })).await, ["There"]);
    assert_eq!(names(&house.token, json!({ "organization": here })).await, ["Here"]);
    // A key of one organization sees those of that organization.
    assert_eq!(names(&bound, Value::Null).await, ["There"]);
    let member = house.world.token(house.member, Some(house.tenant)).await;
    assert_eq!(house.world.ask(&member, list, Value::Null).await.codes(), ["FORBIDDEN"]);
    let one = "query($id: ID!) { apiKey(id: $id) { name status revokedAt viewerCan(permissions: [\"api_keys.manage\"]) } }";
    let shown = house.world.ask(&house.token, one, json!({ "id": first })).await;
    assert_eq!(
        (&shown.data()["apiKey"]["status"], &shown.data()["apiKey"]["viewerCan"]),
        (&json!("REVOKED"), &json!(["api_keys.manage"]))
    );
    assert_eq!(house.world.ask(&member, one, json!({ "id": first })).await.data()["apiKey"], Value::Null);
}

/// One of the platform's staff, who may manage keys and read organizations in every tenant.
async fn write_developer(house: &House) -> uuid::Uuid {
    let id: uuid::Uuid = tenantry::clock::new_id();
    house
        .world
        .sql(&format!(
            "insert into users (id, email, display_name, user_type) values ('{id}', 'dev@people.example', 'Dev', 'developer');
            insert into developer_roles (id, key, name) values ('{id}', 'dev', 'Dev');
            insert into developer_role_permissions (developer_role_id, permission_id)
                select '{id}', id from permissions where key in ('api_keys.manage', 'organization.read');
            insert into developer_role_assignments (id, user_id, developer_role_id) values ('{id}', '{id}', '{id}')"
        ))
        .await;
    id
}
