//! The endpoints of AuthZEN 1.0, as a policy enforcement point calls them.

use entity::id::{OrganizationId, TenantId, UserId};
use migration::catalog::{BaseRole, Permission};
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::setting::Setting;

/// Sends a request to an endpoint: the status, the body as it came, and the id of the request.
async fn post(setting: &Setting, asker: Option<Uuid>, path: &str, body: &Value) -> (StatusCode, String, Option<String>) {
    let mut request = setting.world.client().post(setting.world.url(path)).header("x-request-id", "a b/c: d").json(body);
    if let Some(asker) = asker {
        request = request.bearer_auth(setting.world.token(asker, Some(setting.tenant)).await);
    }
    let response = request.send().await.unwrap();
    let id = response.headers().get("x-request-id").map(|id| id.to_str().unwrap().to_owned());
    (response.status(), response.text().await.unwrap(), id)
}

async fn decided(setting: &Setting, asker: Uuid, path: &str, body: &Value) -> Value {
    let (status, text, id) = post(setting, Some(asker), path, body).await;
    assert_eq!((status, id.as_deref()), (StatusCode::OK, Some("a b/c: d")), "{text}");
    serde_json::from_str(&text).unwrap()
}

const ONE: &str = "/access/v1/evaluation";
const MANY: &str = "/access/v1/evaluations";

fn subject(id: Uuid) -> Value {
    json!({ "type": "user", "id": UserId::from(id).to_string() })
}

fn place(id: Uuid) -> Value {
    json!({ "type": "organization", "id": OrganizationId::from(id).to_string() })
}

fn action(key: &str) -> Value {
    json!({ "name": key })
}

#[tokio::test]
async fn an_evaluation_is_a_question_to_the_engine() {
    let setting = Setting::new(BaseRole::Readonly).await;
    let (me, owner) = (setting.user, setting.owner);
    let ask = |key: &str| json!({ "subject": subject(me), "action": action(key), "resource": place(setting.here) });
    let here = OrganizationId::from(setting.here).to_string();
    for asker in [me, owner] {
        let answer = decided(&setting, asker, ONE, &ask("members.read")).await;
        assert_eq!(
            answer,
            json!({ "decision": true, "context": { "reason": "rules", "permission": "members.read", "organization_id": here } })
        );
        let answer = decided(&setting, asker, ONE, &ask("members.invite")).await;
        assert_eq!((&answer["decision"], &answer["context"]["reason"]), (&json!(false), &json!("missing_permission")));
    }
    // About the tenant, and about a thing of one's own in an organization.
    let in_tenant = json!({ "subject": subject(me), "action": action("roles.read"),
        "resource": { "type": "tenant", "id": TenantId::from(setting.tenant).to_string() } });
    assert_eq!(decided(&setting, me, ONE, &in_tenant).await["decision"], true);
    let document = Uuid::from_u128(7);
    let doc = UserId::from(document).to_string().replace("user_", "doc_");
    let own = json!({ "subject": subject(me), "action": action("billing.manage"), "resource": { "type": "doc", "id": doc },
        "context": { "organization_id": here } });
    assert_eq!(decided(&setting, me, ONE, &own).await["decision"], false);
    setting
        .sql(&format!(
            "insert into resource_grants (tenant_id, id, resource_type, resource_id, tenant_membership_id, permission_id)
            values ('{}', gen_random_uuid(), 'doc', '{document}', '{}', '{}')",
            setting.tenant,
            setting.member,
            Uuid::from_u128(Permission::BillingManage.id())
        ))
        .await;
    assert_eq!(decided(&setting, me, ONE, &own).await["decision"], true);
}

#[tokio::test]
async fn conditions_see_what_the_caller_tells_and_nothing_that_it_supposes_stays() {
    let setting = Setting::new(BaseRole::Readonly).await;
    let condition = json!({ "and": [
        { "==": [{ "var": "request.ip" }, "192.0.2.7"] }, { ">": [{ "var": "request.unix" }, 4_000_000_000_u64] },
        { "==": [{ "var": "resource.color" }, "red"] }] });
    setting
        .sql(&format!(
            "insert into member_permission_overrides (tenant_id, id, tenant_membership_id, permission_id, effect, conditions)
            values ('{0}', gen_random_uuid(), '{1}', '{2}', 'allow', '{condition}');
            insert into member_permission_overrides (tenant_id, id, tenant_membership_id, permission_id, effect, expires_at)
            values ('{0}', gen_random_uuid(), '{1}', '{3}', 'deny', '2090-01-01')",
            setting.tenant,
            setting.member,
            Uuid::from_u128(Permission::BillingManage.id()),
            Uuid::from_u128(Permission::MembersRead.id()),
        ))
        .await;
    let ask = |key: &str, context: Value, color: &str| {
        let mut resource = place(setting.here);
        resource["properties"] = json!({ "color": color });
        json!({ "subject": subject(setting.user), "action": action(key), "resource": resource, "context": context })
    };
    let late = json!({ "ip": "192.0.2.7", "time": "2099-06-01T12:00:00Z" });
    for (context, color, expected) in [
        (late.clone(), "red", true),
        (late.clone(), "blue", false),
        (json!({ "ip": "192.0.2.8", "time": "2099-06-01T12:00:00Z" }), "red", false),
        (json!({ "ip": "192.0.2.7" }), "red", false),
        (json!({ "time": "2099-06-01T12:00:00Z" }), "red", false),
    ] {
        let answer = decided(&setting, setting.user, ONE, &ask("billing.manage", context.clone(), color)).await;
        assert_eq!(answer["decision"], expected, "{context} {color}");
    }
    // What ends in 2090 holds today, whatever is supposed; and before and after it was supposed.
    for context in [json!({}), late, json!({})] {
        assert_eq!(decided(&setting, setting.user, ONE, &ask("members.read", context, "red")).await["decision"], false);
    }
    assert_eq!(setting.seen().await.len(), 1);
}

#[tokio::test]
async fn several_evaluations_share_what_they_have_in_common_and_end_as_they_are_told() {
    let setting = Setting::new(BaseRole::Readonly).await;
    let body = |semantic: Option<&str>| {
        let mut body = json!({
            "subject": subject(setting.user),
            "resource": place(setting.here),
            "evaluations": [
                { "action": action("members.read") },
                { "action": action("members.invite") },
                { "action": action("members.read"), "resource": place(setting.there) },
                { "action": action("teams.read") },
            ],
        });
        if let Some(semantic) = semantic {
            body["options"] = json!({ "evaluations_semantic": semantic });
        }
        body
    };
    for (semantic, expected) in [
        (None, &[true, false, false, true][..]),
        (Some("execute_all"), &[true, false, false, true]),
        (Some("deny_on_first_deny"), &[true, false]),
        (Some("permit_on_first_permit"), &[true]),
    ] {
        let answer = decided(&setting, setting.user, MANY, &body(semantic)).await;
        let decisions: Vec<bool> =
            answer["evaluations"].as_array().unwrap().iter().map(|one| one["decision"].as_bool().unwrap()).collect();
        assert_eq!(decisions, expected, "{semantic:?}");
    }
    // Without evaluations of its own it is a single one.
    for evaluations in [json!([]), Value::Null] {
        let mut single =
            json!({ "subject": subject(setting.user), "resource": place(setting.here), "action": action("members.read") });
        if !evaluations.is_null() {
            single["evaluations"] = evaluations;
        }
        assert_eq!(decided(&setting, setting.user, MANY, &single).await["decision"], true);
    }
    // What is wrong with one is said of that one.
    let mixed = json!({ "subject": subject(setting.user), "resource": place(setting.here), "evaluations": [
        { "action": action("members.dance") }, {}, { "action": action("members.read"), "subject": subject(setting.owner) },
        { "action": action("members.read") }] });
    let answer = decided(&setting, setting.user, MANY, &mixed).await;
    let told: Vec<_> = answer["evaluations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["decision"], &one["context"]["error"]["status"]))
        .collect();
    let (no, yes, none) = (json!(false), json!(true), Value::Null);
    assert_eq!(told, [(&no, &json!(400)), (&no, &json!(400)), (&no, &json!(403)), (&yes, &none)]);
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_a_status_and_a_text() {
    let setting = Setting::new(BaseRole::Readonly).await;
    let good = json!({ "subject": subject(setting.user), "action": action("members.read"), "resource": place(setting.here) });
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    let wrong_type = json!({ "type": "team", "id": OrganizationId::from(setting.here).to_string() });
    for (asker, body, status, word) in [
        (None, good.clone(), StatusCode::UNAUTHORIZED, "sign in"),
        (None, with("action", action("nothing")), StatusCode::UNAUTHORIZED, "sign in"),
        (Some(setting.user), with("subject", subject(setting.owner)), StatusCode::FORBIDDEN, "access.explain"),
        (Some(setting.user), with("subject", Value::Null), StatusCode::BAD_REQUEST, "subject"),
        (Some(setting.user), with("subject", json!({ "type": "robot", "id": "r2d2" })), StatusCode::BAD_REQUEST, "subject.type"),
        (Some(setting.user), with("subject", json!({ "type": "user", "id": "r2d2" })), StatusCode::BAD_REQUEST, "subject.id"),
        (Some(setting.user), with("action", action("members.dance")), StatusCode::BAD_REQUEST, "action.name"),
        (Some(setting.user), with("resource", json!({ "type": "doc", "id": "7" })), StatusCode::BAD_REQUEST, "resource.id"),
        (Some(setting.user), with("resource", wrong_type), StatusCode::BAD_REQUEST, "resource.type"),
        (Some(setting.user), with("context", json!({ "organization_id": "x" })), StatusCode::BAD_REQUEST, "organization_id"),
        (Some(setting.user), with("context", json!({ "time": "yesterday" })), StatusCode::BAD_REQUEST, "body"),
        (Some(setting.user), json!([]), StatusCode::BAD_REQUEST, "body"),
    ] {
        let (told, text, id) = post(&setting, asker, ONE, &body).await;
        assert_eq!(told, status, "{body}: {text}");
        assert!(text.contains(word), "{text}");
        assert_eq!(id.as_deref(), Some("a b/c: d"));
    }
    let many = json!({ "evaluations": vec![good.clone(); 101] });
    assert_eq!(post(&setting, Some(setting.user), MANY, &many).await.0, StatusCode::BAD_REQUEST);
    let url = setting.world.url(ONE);
    let get = setting.world.client().get(&url).send().await.unwrap();
    assert_eq!((get.status(), get.headers()["allow"].to_str().unwrap()), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
    let token = setting.world.token(setting.user, Some(setting.tenant)).await;
    let text = setting.world.client().post(&url).bearer_auth(token).body("{}").send().await.unwrap();
    assert_eq!(text.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}
