//! What a key may do: its scopes, and its maker's rights, whatever gives them.

use entity::id::{OrganizationId, TeamId, UserId};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::House;

const RENAME: &str = "mutation($id: ID!, $name: String!) {
    updateOrganization(input: { organizationId: $id, name: $name }) { organization { name } userErrors { code } } }";

#[tokio::test]
async fn ownership_gives_a_key_nothing_that_its_scopes_leave_out() {
    let house = House::new().await;
    let here = OrganizationId::from(house.here).to_string();
    let secret = house.scoped(&["organization.read", "members.read"]).await;
    let query = "query($id: ID!) { organization(id: $id) { name billingEmail members { totalCount }
        viewerCan(permissions: [\"organization.read\", \"organization.update\", \"billing.read\", \"members.read\"]) } }";
    let answer = house.world.ask(&secret, query, json!({ "id": here })).await;
    assert_eq!(
        answer.body["data"]["organization"],
        json!({ "name": "Here", "billingEmail": null, "members": { "totalCount": 2 }, "viewerCan": ["organization.read", "members.read"] })
    );
    let errors = answer.body["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1);
    assert_eq!(
        errors[0]["extensions"],
        json!({ "code": "FORBIDDEN", "permission": "billing.read", "organizationId": here, "reason": "api_key_scope" })
    );
    // The owner of the organization renames it; a key of the owner's does with the scope, and not without.
    let rename = json!({ "id": here, "name": "Renamed" });
    let refused = house.world.ask(&secret, RENAME, rename.clone()).await;
    assert_eq!((refused.codes(), &refused.body["errors"][0]["extensions"]["reason"]), (vec!["FORBIDDEN"], &json!("api_key_scope")));
    let writing = house.scoped(&["organization.read", "organization.update"]).await;
    assert_eq!(house.world.ask(&writing, RENAME, rename).await.data()["updateOrganization"]["organization"]["name"], "Renamed");
}

#[tokio::test]
async fn a_key_of_one_organization_works_there_only() {
    let house = House::new().await;
    let (here, there) = (OrganizationId::from(house.here).to_string(), OrganizationId::from(house.there).to_string());
    let scopes =
        json!(["organization.read", "organization.update", "members.read", "teams.read", "roles.read", "organization.create"]);
    let (_, secret) = house.key(json!({ "organizationId": here, "scopes": scopes })).await;
    let query =
        "query($there: ID!) { organizations { totalCount nodes { name } } organization(id: $there) { name } roles { totalCount }
        tenant { members { totalCount } } }";
    let answer = house.world.ask(&secret, query, json!({ "there": there })).await;
    let data = &answer.body["data"];
    assert_eq!(data["organizations"], json!({ "totalCount": 1, "nodes": [{ "name": "Here" }] }));
    assert_eq!((&data["organization"], &data["roles"], &data["tenant"]["members"]), (&Value::Null, &Value::Null, &Value::Null));
    let reasons: Vec<&Value> =
        answer.body["errors"].as_array().unwrap().iter().map(|error| &error["extensions"]["reason"]).collect();
    assert_eq!(reasons, ["api_key_scope", "api_key_scope"]);
    assert_eq!(house.world.ask(&secret, RENAME, json!({ "id": there, "name": "X" })).await.codes(), ["NOT_FOUND"]);
    house.world.ask(&secret, RENAME, json!({ "id": here, "name": "Mine" })).await.data();
    let create = "mutation { createOrganization(input: { name: \"New\" }) { userErrors { code } } }";
    assert_eq!(house.world.ask(&secret, create, Value::Null).await.codes(), ["FORBIDDEN"]);
    // Where the organization has gone, the key sees nothing any more.
    house.world.sql(&format!("update organizations set deleted_at = now() where id = '{}'", house.here)).await;
    let answer = house.world.ask(&secret, "{ organizations { totalCount } }", Value::Null).await;
    assert_eq!(answer.data()["organizations"]["totalCount"], 0);
}

#[tokio::test]
async fn what_people_do_for_themselves_is_not_for_their_keys() {
    let house = House::new().await;
    let every = house.value("select json_agg(key) from permissions where not is_deprecated").await.unwrap();
    let every: Vec<String> = serde_json::from_str(&every).unwrap();
    house.world.sql("update tenants set features = (select jsonb_object_agg(required_feature, true) from permissions where required_feature is not null)").await;
    let every: Vec<&str> = every.iter().map(String::as_str).collect();
    let (id, secret) = house.key(json!({ "scopes": every })).await;
    // It cannot make keys, though it holds the permission, nor get to know another secret, nor change itself.
    assert_eq!(house.create(&secret, json!({})).await.codes(), ["FORBIDDEN"]);
    assert_eq!(house.change(&secret, "rotateApiKey", &id, json!({})).await.codes(), ["FORBIDDEN"]);
    assert_eq!(house.change(&secret, "updateApiKey", &id, json!({ "documentsOnly": false })).await.codes(), ["FORBIDDEN"]);
    // It stays where it was made.
    let switch = format!(
        "mutation {{ switchTenant(input: {{ tenantId: \"{}\" }}) {{ userErrors {{ code }} }} }}",
        entity::id::TenantId::from(house.tenant)
    );
    assert_eq!(house.world.ask(&secret, &switch, Value::Null).await.codes(), ["FORBIDDEN"]);
    assert_eq!(house.value("select count(*) from api_keys").await.unwrap(), "1");
    // It ends keys with the permission for it, itself too.
    house.change(&secret, "revokeApiKey", &id, json!({})).await;
    assert!(!house.gets_in(&secret).await);
}

#[tokio::test]
async fn a_key_gives_what_it_may_use_and_no_more() {
    let house = House::new().await;
    let secret = house.scoped(&["roles.read", "roles.assign", "members.read", "organization.read"]).await;
    house
        .world
        .sql(&format!(
            "insert into roles (tenant_id, id, key, name) values ('{0}', gen_random_uuid(), 'reader', 'Reader'), ('{0}', gen_random_uuid(), 'biller', 'Biller');
            insert into role_permissions (tenant_id, role_id, permission_id, effect)
                select role.tenant_id, role.id, permission.id, 'allow' from roles role join permissions permission
                    on (role.key, permission.key) in (('reader', 'roles.read'), ('biller', 'billing.read')) where role.tenant_id = '{0}'",
            house.tenant
        ))
        .await;
    let assign = async |token: &str, key: &str| {
        let role = house.value(&format!("select id from roles where key = '{key}'")).await.unwrap().parse::<uuid::Uuid>().unwrap();
        let input =
            json!({ "roleId": entity::id::RoleId::from(role).to_string(), "userId": UserId::from(house.member).to_string() });
        let mutation = "mutation($input: AssignRoleInput!) { assignRole(input: $input) { userErrors { code } } }";
        house.world.ask(token, mutation, json!({ "input": input })).await
    };
    let refused = assign(&secret, "biller").await;
    assert_eq!((refused.codes(), &refused.body["errors"][0]["extensions"]["reason"]), (vec!["FORBIDDEN"], &json!("not_held")));
    assert_eq!(assign(&secret, "reader").await.data()["assignRole"]["userErrors"], json!([]));
    assert_eq!(assign(&house.token, "biller").await.data()["assignRole"]["userErrors"], json!([]));
}

const CHECK: &str = "query($questions: [AccessQuestion!]!) { checkAccess(questions: $questions) { allowed step reason code } }";

#[tokio::test]
async fn questions_of_a_key_are_about_itself_until_it_names_somebody() {
    let house = House::new().await;
    let here = OrganizationId::from(house.here).to_string();
    let owner = UserId::from(house.owner).to_string();
    let secret = house.scoped(&["organization.read", "access.explain"]).await;
    let ask = async |token: &str, question: Value| {
        let answer = house.world.ask(token, CHECK, json!({ "questions": [question] })).await;
        answer.body["data"]["checkAccess"].as_array().map_or(Value::Null, |answers| answers[0].clone())
    };
    let own = ask(&secret, json!({ "permission": "billing.read", "organizationId": here })).await;
    assert_eq!(own, json!({ "allowed": false, "step": "API_KEY", "reason": "API_KEY_SCOPE", "code": "FORBIDDEN" }));
    assert_eq!(ask(&secret, json!({ "permission": "organization.read", "organizationId": here })).await["allowed"], true);
    // Of its maker it asks as of any person: what that person may do, and with the right to ask.
    let named = json!({ "permission": "billing.read", "organizationId": here, "userId": owner });
    assert_eq!(ask(&secret, named.clone()).await["step"], "OWNERSHIP");
    let reader = house.scoped(&["organization.read"]).await;
    let refused = house.world.ask(&reader, CHECK, json!({ "questions": [named] })).await;
    assert_eq!((refused.codes(), &refused.body["errors"][0]["extensions"]["reason"]), (vec!["FORBIDDEN"], &json!("api_key_scope")));
    // A key that knows of no organization is not told whether there is one.
    let blind = house.scoped(&["roles.read"]).await;
    for id in [here.clone(), OrganizationId::from(uuid::Uuid::max()).to_string()] {
        let answer = ask(&blind, json!({ "permission": "members.read", "organizationId": id })).await;
        assert_eq!((&answer["step"], &answer["reason"]), (&json!("STANDING"), &json!("ORGANIZATION_NOT_FOUND")), "{id}");
    }
    let explain = "query($permission: String!, $id: ID) { explainAccess(permission: $permission, organizationId: $id) {
        decision { allowed step reason } considered { source } nearestMiss { kind apiKeyId organizationId } } }";
    let (id, bound) = house.key(json!({ "organizationId": here, "scopes": ["organization.read"] })).await;
    let explained = house.world.ask(&bound, explain, json!({ "permission": "billing.read", "id": here })).await;
    assert_eq!(
        explained.data()["explainAccess"],
        json!({ "decision": { "allowed": false, "step": "API_KEY", "reason": "API_KEY_SCOPE" }, "considered": [],
            "nearestMiss": { "kind": "WIDEN_API_KEY", "apiKeyId": id, "organizationId": here } })
    );
}

#[tokio::test]
async fn the_endpoints_of_authzen_take_keys_with_the_scope_to_ask() {
    let house = House::new().await;
    let evaluation = json!({
        "subject": { "type": "user", "id": UserId::from(house.member).to_string() }, "action": { "name": "organization.read" },
        "resource": { "type": "organization", "id": OrganizationId::from(house.here).to_string() },
    });
    let ask = async |key: &str| {
        let request = house.world.client().post(house.world.url("/access/v1/evaluation")).bearer_auth(key).json(&evaluation);
        let response = request.send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    };
    // Evaluations are no documents: a key that runs registered ones only may ask them.
    let (_, asking) = house.key(json!({ "scopes": ["access.explain", "organization.read"], "documentsOnly": true })).await;
    let (status, body) = ask(&asking).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["decision"], true, "{body}");
    let (status, body) = ask(&house.scoped(&["organization.read"]).await).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{body}");
    assert_eq!(ask("tk_nonsense").await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_key_sees_teams_and_single_grants_through_its_scopes() {
    let house = House::new().await;
    let team: uuid::Uuid = tenantry::clock::new_id();
    house
        .world
        .sql(&format!(
            "insert into teams (tenant_id, id, organization_id, name) values ('{0}', '{team}', '{1}', 'Crew');
            insert into resource_grants (tenant_id, id, resource_type, resource_id, tenant_membership_id, permission_id, effect)
                select '{0}', gen_random_uuid(), 'team', '{team}', id, (select id from permissions where key = 'teams.manage'), 'deny'
                from tenant_memberships where user_id = '{2}'",
            house.tenant, house.here, house.admin
        ))
        .await;
    let admin = house.world.token(house.admin, Some(house.tenant)).await;
    let query = "query($id: ID!) { team(id: $id) { name viewerCan(permissions: [\"teams.read\", \"teams.manage\"]) } }";
    let seen = async |scopes: &[&str]| {
        let answer = house
            .create(&admin, json!({ "scopes": scopes, "organizationId": OrganizationId::from(house.there).to_string() }))
            .await;
        assert!(answer.body["data"]["createApiKey"]["secret"].is_string(), "{:#}", answer.body);
        let bound = answer.body["data"]["createApiKey"]["secret"].as_str().unwrap().to_owned();
        let (_, everywhere) = super::made(&house.create(&admin, json!({ "scopes": scopes })).await, "createApiKey");
        let ask = async |key: &str| {
            house.world.ask(key, query, json!({ "id": TeamId::from(team).to_string() })).await.data()["team"].clone()
        };
        (ask(&bound).await, ask(&everywhere).await)
    };
    assert_eq!(seen(&["teams.read"]).await, (Value::Null, json!({ "name": "Crew", "viewerCan": ["teams.read"] })));
    assert_eq!(seen(&["organization.read"]).await, (Value::Null, Value::Null));
}
