//! Which keys get in, and where.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::House;

#[tokio::test]
async fn a_key_gets_in_as_itself_and_shows_nothing_that_is_its_makers_own() {
    let house = House::new().await;
    // The owner lives in another tenant, too, and has an organization in which a key without scopes sees nothing.
    house
        .world
        .sql(&format!(
            "insert into tenants (id, slug, name, status) values (gen_random_uuid(), 'elsewhere', 'Elsewhere', 'active');
            insert into tenant_memberships (tenant_id, id, user_id, role)
                select id, gen_random_uuid(), '{}', 'owner' from tenants where slug = 'elsewhere'",
            house.owner
        ))
        .await;
    let (id, secret) = house.key(json!({ "scopes": ["roles.read"], "rateLimit": 500 })).await;
    let query = "{ viewer { user { email } apiKey { id name client scopes rateLimit status createdBy { displayName } }
        tenant { name } tenants { name } memberships { totalCount } } organizations { totalCount } roles { totalCount } }";
    let answer = house.world.ask(&secret, query, Value::Null).await;
    let data = answer.data();
    assert_eq!(
        data["viewer"],
        json!({
            "user": null,
            "apiKey": { "id": id, "name": "Acme's key", "client": "acme", "scopes": ["roles.read"], "rateLimit": 500,
                "status": "ACTIVE", "createdBy": null },
            "tenant": { "name": "Keys" }, "tenants": [{ "name": "Keys" }], "memberships": { "totalCount": 0 },
        })
    );
    assert_eq!((&data["organizations"]["totalCount"], &data["roles"]["totalCount"]), (&json!(0), &json!(5)));
    // The maker is a person like others: to be seen with the right to see people, and its address with that to contact them.
    let maker = entity::id::UserId::from(house.owner).to_string();
    let person = "query($id: ID!) { user(id: $id) { displayName email memberships { totalCount } } }";
    let ask = async |scopes: &[&str]| {
        let key = house.scoped(scopes).await;
        house.world.ask(&key, person, json!({ "id": maker })).await
    };
    assert_eq!(ask(&["roles.read", "users.contact"]).await.data()["user"], Value::Null);
    let seen = ask(&["members.read", "organization.read"]).await;
    assert_eq!(
        seen.body["data"]["user"],
        json!({ "displayName": "Olga Owner", "email": null, "memberships": { "totalCount": 2 } })
    );
    assert_eq!(seen.body["errors"][0]["extensions"]["reason"], "api_key_scope");
    assert!(ask(&["members.read", "users.contact"]).await.data()["user"]["email"].is_string());
    // The session beside it sees everything.
    let owner = house.world.ask(&house.token, "{ viewer { user { email } apiKey { id } tenants { name } } }", Value::Null).await;
    assert_eq!(owner.data()["viewer"]["apiKey"], Value::Null);
    assert_eq!(owner.data()["viewer"]["tenants"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_no_key_or_holds_no_more_is_refused_at_once() {
    let house = House::new().await;
    let (id, secret) = house.key(json!({})).await;
    let uuid = id.parse::<entity::id::ApiKeyId>().unwrap().uuid();
    // Mistyped, cut off, or of nobody: the same answer, whatever it was.
    let mistyped = format!("{}{}", &secret[..secret.len() - 1], if secret.ends_with('A') { 'B' } else { 'A' });
    let unknown = tenantry::api_keys::ApiKeySecret::new();
    for token in [mistyped.as_str(), &secret[..20], unknown.reveal(), "tk_", "tk_ü"] {
        let answer = house.world.ask(token, "{ __typename }", Value::Null).await;
        assert_eq!((answer.status, answer.codes()), (StatusCode::UNAUTHORIZED, vec!["UNAUTHENTICATED"]), "{token}");
    }
    // Each of these ends it from the next request on, though it was known a moment ago; and undone, it holds again.
    for (change, back) in [
        ("update api_keys set revoked_at = now()", "update api_keys set revoked_at = null"),
        ("update api_keys set expires_at = now() - interval '1 second'", "update api_keys set expires_at = null"),
        ("update api_keys set deleted_at = now()", "update api_keys set deleted_at = null"),
        ("update users set is_active = false where id = '{owner}'", "update users set is_active = true"),
        ("update users set deleted_at = now() where id = '{owner}'", "update users set deleted_at = null"),
        (
            "update tenant_memberships set status = 'suspended' where user_id = '{owner}'",
            "update tenant_memberships set status = 'active'",
        ),
        (
            "update tenant_memberships set deleted_at = now() where user_id = '{owner}'",
            "update tenant_memberships set deleted_at = null",
        ),
        ("update tenants set deleted_at = now()", "update tenants set deleted_at = null"),
    ] {
        assert!(house.gets_in(&secret).await, "before {change}");
        assert!(house.gets_in(&secret).await, "once more before {change}");
        house.world.sql(&change.replace("{owner}", &house.owner.to_string())).await;
        assert!(!house.gets_in(&secret).await, "after {change}");
        house.world.sql(back).await;
    }
    assert!(house.gets_in(&secret).await);
    // A key that ends by itself does so though nothing changes.
    house.world.sql(&format!("update api_keys set expires_at = now() + interval '2 seconds' where id = '{uuid}'")).await;
    assert!(house.gets_in(&secret).await);
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert!(!house.gets_in(&secret).await);
}

#[tokio::test]
async fn what_the_maker_loses_its_keys_lose_at_once() {
    let house = House::new().await;
    let admin = house.world.token(house.admin, Some(house.tenant)).await;
    let answer = house.create(&admin, json!({ "scopes": ["organization.read", "roles.read"] })).await;
    let (_, secret) = super::made(&answer, "createApiKey");
    let query = "{ organizations { totalCount } roles { totalCount } }";
    let ask = async || house.world.ask(&secret, query, Value::Null).await;
    assert_eq!(ask().await.data()["organizations"]["totalCount"], 2);
    let demote = format!("update tenant_memberships set role = 'member' where user_id = '{}'", house.admin);
    house.world.sql(&demote).await;
    let answer = ask().await;
    assert_eq!(answer.body["data"]["organizations"]["totalCount"], 0);
    // A plain member may still read roles; that is a right of its own.
    assert_eq!(answer.body["data"]["roles"]["totalCount"], 5);
    for (change, reason, back) in [
        ("update tenants set status = 'suspended'", "tenant_inactive", "update tenants set status = 'active'"),
        ("update users set locked_until = now() + interval '1 hour'", "user_inactive", "update users set locked_until = null"),
    ] {
        house.world.sql(change).await;
        let answer = ask().await;
        assert_eq!(answer.body["errors"][0]["extensions"]["reason"], reason, "{:#}", answer.body);
        let seen = &answer.body["data"]["organizations"]["totalCount"];
        assert!(seen.is_null() || seen == 0, "{:#}", answer.body);
        house.world.sql(back).await;
    }
    assert_eq!(ask().await.data()["roles"]["totalCount"], 5);
}

#[tokio::test]
async fn a_key_stays_in_its_tenant() {
    let house = House::new().await;
    let other = House::new_beside(&house.world).await;
    let secret = house.scoped(&["organization.read", "organization.update", "roles.read", "members.read", "api_keys.read"]).await;
    let (foreign_key, foreign_secret) = {
        let create = house
            .world
            .ask(
                &other.token,
                super::CREATE,
                json!({ "input": { "name": "Theirs", "client": "acme",
            "scopes": ["organization.read"], "documentsOnly": false } }),
            )
            .await;
        super::made(&create, "createApiKey")
    };
    let foreign = entity::id::OrganizationId::from(other.organization).to_string();
    let query = "query($organization: ID!, $key: ID!) { organization(id: $organization) { name } node(id: $organization) { id }
        apiKey(id: $key) { name } nodes(ids: [$organization, $key]) { id } organizations { nodes { name } } apiKeys { nodes { name } } }";
    let answer = house.world.ask(&secret, query, json!({ "organization": foreign, "key": foreign_key })).await;
    let data = answer.data();
    for field in ["organization", "node", "apiKey"] {
        assert_eq!(data[field], Value::Null, "{field}");
    }
    assert_eq!(data["nodes"], json!([null, null]));
    assert_eq!(data["organizations"]["nodes"].as_array().unwrap().len(), 2);
    assert_eq!(data["apiKeys"]["nodes"], json!([{ "name": "Acme's key" }]));
    let rename =
        "mutation($id: ID!) { updateOrganization(input: { organizationId: $id, name: \"Mine\" }) { userErrors { code } } }";
    assert_eq!(house.world.ask(&secret, rename, json!({ "id": foreign })).await.codes(), ["NOT_FOUND"]);
    assert_eq!(house.change(&house.token, "revokeApiKey", &foreign_key, json!({})).await.codes(), ["NOT_FOUND"]);
    let seen = house.world.ask(&foreign_secret, "{ organizations { nodes { name } } }", Value::Null).await;
    assert_eq!(seen.data()["organizations"]["nodes"], json!([{ "name": "Theirs" }]));
}

/// Another tenant in the same database.
pub struct Other {
    pub token: String,
    pub organization: uuid::Uuid,
}

impl House {
    pub async fn new_beside(world: &crate::world::World) -> Other {
        let mut script = crate::people::Script::default();
        let tenant = script.tenant("Other");
        let owner = script.user("Otto Other");
        script.member(tenant, owner, migration::catalog::BaseRole::Owner);
        let organization = script.organization(tenant, "Theirs", owner);
        script.add(&format!("update tenants set features = '{{\"api_access\": true}}' where id = '{tenant}'"));
        script.run(world).await;
        Other { token: world.token(owner, Some(tenant)).await, organization }
    }
}
