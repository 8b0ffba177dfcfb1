//! Conditions on guards and on lists: what is met, what is not, and what fails closed.

use migration::catalog::{BaseRole, Permission};
use serde_json::{Value, json};

use super::setting::Setting;

const BILLS: Permission = Permission::BillingRead;
const READ: Permission = Permission::OrganizationRead;

fn equal(path: &str, value: impl Into<Value>) -> Value {
    json!({ "==": [{ "var": path }, value.into()] })
}

/// Sets the one condition there is.
async fn put(setting: &Setting, condition: &Value) {
    setting
        .sql(&format!(
            "update role_permissions set conditions = '{condition}' from roles role where role.id = role_id and not role.is_system"
        ))
        .await;
}

#[tokio::test]
async fn a_guard_knows_user_membership_organization_resource_and_request() {
    let setting = Setting::new(BaseRole::Member).await;
    setting.role("conditional", (BILLS, "allow", Some(json!(false))), Some(setting.here)).await;
    setting.sql("update organizations set metadata = '{\"region\": \"eu\", \"tags\": [\"a\", \"b\"]}'").await;
    let here = entity::id::OrganizationId::from(setting.here).to_string();
    let user = entity::id::UserId::from(setting.user).to_string();
    for (condition, met) in [
        (equal("user.id", user), true),
        (equal("user.displayName", "Una"), true),
        (equal("user.emailVerified", false), true),
        (equal("user.userType", "developer"), false),
        (equal("membership.role", "member"), true),
        (equal("membership.role", "admin"), false),
        (equal("membership.status", "active"), true),
        (equal("organization.id", here.clone()), true),
        (equal("organization.name", "There"), false),
        (equal("organization.tier", "free"), true),
        (equal("organization.billingState", "none"), true),
        (equal("organization.metadata.region", "eu"), true),
        (json!({ "in": ["b", { "var": "organization.metadata.tags" }] }), true),
        (equal("resource.type", "organization"), true),
        (equal("resource.id", here), true),
        (equal("request.ip", "127.0.0.1"), true),
        (json!({ ">": [{ "var": "request.unix" }, 1_700_000_000] }), true),
        (json!({ ">": [{ "var": "request.time" }, "2024-01-01T00:00:00Z"] }), true),
        (equal("organization.metadata.nothing", Value::Null), false),
        (json!({ "var": "user.id" }), false),
    ] {
        put(&setting, &condition).await;
        assert_eq!(setting.sees_bills().await, met, "{condition}");
    }
    for unreadable in [json!({ "exec": ["rm"] }), json!("admin"), json!(null)] {
        put(&setting, &unreadable).await;
        assert!(!setting.sees_bills().await, "{unreadable}");
    }
}

#[tokio::test]
async fn a_denial_whose_condition_fails_denies() {
    let setting = Setting::new(BaseRole::Admin).await;
    setting.role("conditional", (BILLS, "deny", Some(equal("user.displayName", "Somebody"))), None).await;
    assert!(setting.sees_bills().await);
    for failing in [equal("organization.metadata.nothing", 1), json!({ "/": [1, 0] }), json!({ "exec": [] }), json!(1)] {
        put(&setting, &failing).await;
        assert!(!setting.sees_bills().await, "{failing}");
    }
    put(&setting, &equal("user.displayName", "Una")).await;
    assert!(!setting.sees_bills().await);
}

#[tokio::test]
async fn lists_show_what_conditions_allow_wherever_they_look() {
    let setting = Setting::new(BaseRole::Member).await;
    setting.sql("update organizations set metadata = jsonb_build_object('region', lower(name))").await;
    setting.role("conditional", (READ, "allow", Some(json!(false))), None).await;
    let there = entity::id::OrganizationId::from(setting.there).to_string();
    for (condition, expected) in [
        (json!(true), 2),
        (equal("user.displayName", "Una"), 2),
        (equal("user.displayName", "Unn"), 1),
        // There is no membership there.
        (equal("membership.role", "member"), 1),
        (equal("organization.metadata.region", "there"), 2),
        (equal("organization.metadata.region", "nowhere"), 1),
        (equal("resource.id", there), 2),
        (equal("request.ip", "10.0.0.1"), 1),
    ] {
        put(&setting, &condition).await;
        assert_eq!(setting.seen().await.len(), expected, "{condition}");
    }
    setting.sql("update role_permissions set effect = 'deny' from roles role where role.id = role_id and not role.is_system").await;
    for (condition, expected) in [
        (equal("organization.metadata.region", "here"), 0),
        (equal("organization.metadata.region", "there"), 1),
        (equal("membership.role", "member"), 0),
        (equal("membership.role", "admin"), 1),
    ] {
        put(&setting, &condition).await;
        assert_eq!(setting.seen().await.len(), expected, "denied: {condition}");
    }
}

#[tokio::test]
async fn what_a_condition_speaks_of_is_read_anew_for_each_request() {
    let setting = Setting::new(BaseRole::Member).await;
    setting.role("conditional", (READ, "allow", Some(equal("organization.metadata.open", true))), None).await;
    let version = setting.world.value("select version from access_versions").await;
    assert_eq!(setting.seen().await.len(), 1);
    setting.sql(&format!("update organizations set metadata = '{{\"open\": true}}' where id = '{}'", setting.there)).await;
    assert_eq!(setting.seen().await.len(), 2);
    assert_eq!(setting.world.value("select version from access_versions").await, version, "nothing was bumped for it");
}

#[tokio::test]
async fn conditions_cost_one_statement_for_all_organizations_and_none_for_the_request() {
    let setting = Setting::new(BaseRole::Member).await;
    setting.role("conditional", (READ, "allow", Some(json!(true))), None).await;
    let query = "{ organizations { nodes { id } } }";
    let mut counts = Vec::new();
    for condition in
        [json!(true), equal("request.ip", "127.0.0.1"), equal("user.displayName", "Una"), equal("organization.name", "There")]
    {
        put(&setting, &condition).await;
        setting.ask_as(setting.user, query, Value::Null).await;
        counts.push(setting.ask_as(setting.user, query, Value::Null).await.statements());
    }
    assert_eq!(counts, [3, 3, 4, 4]);
}

#[tokio::test]
async fn what_expires_ends_at_its_moment_whatever_is_cached() {
    let setting = Setting::new(BaseRole::Member).await;
    setting.exception(BILLS, "allow", 1, None, "").await;
    assert!(setting.sees_bills().await);
    setting.sql("update member_permission_overrides set expires_at = now() + interval '2 seconds'").await;
    setting.sees_bills().await;
    while setting.world.value("select expires_at <= clock_timestamp() from member_permission_overrides").await.as_deref()
        == Some("false")
    {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(!setting.sees_bills().await);
}
