//! Bills and plans stand before all rules: what they close, for whom, and until when.

use migration::catalog::{BaseRole, Permission};
use serde_json::{Value, json};

use super::setting::Setting;

#[tokio::test]
async fn a_restricted_organization_is_read_only_for_all_but_its_owner() {
    let setting = Setting::new(BaseRole::Admin).await;
    setting.subscribe(&json!({}), "past_due", 20).await;
    assert_eq!(setting.seen().await, [("Here".to_owned(), true)], "reading is left");
    let refused = setting.rename(setting.user).await;
    let mut extensions = refused.body["errors"][0]["extensions"].clone();
    extensions.as_object_mut().unwrap().remove("organizationId").unwrap();
    let expected = json!({
        "code": "BILLING_LOCKED",
        "permission": "organization.update",
        "reason": "billing_restricted",
        "ownerId": setting.owner_id(),
        "ownerName": "Olga Owner",
    });
    assert_eq!(extensions, expected);
    assert_eq!(setting.rename(setting.owner).await.data()["updateOrganization"]["userErrors"], json!([]));
}

#[tokio::test]
async fn a_locked_organization_is_there_for_its_owner_only_until_it_is_paid() {
    let setting = Setting::new(BaseRole::Admin).await;
    setting.subscribe(&json!({}), "unpaid", 0).await;
    assert_eq!(setting.seen().await, []);
    let by_id = "query($id: ID!) { organization(id: $id) { name } node(id: $id) { id } }";
    let here = json!({ "id": entity::id::OrganizationId::from(setting.here).to_string() });
    let told = setting.ask_as(setting.user, by_id, here.clone()).await;
    assert_eq!(told.body["data"], json!({ "organization": null, "node": null }), "lists and nodes show nothing of it");
    let error = &told.body["errors"][0];
    assert_eq!((&error["path"], told.codes()), (&json!(["organization"]), vec!["BILLING_LOCKED"]), "its members are told why");
    assert_eq!(error["extensions"]["ownerName"], "Olga Owner");
    let refused = setting.rename(setting.user).await;
    assert_eq!(
        (refused.codes(), &refused.body["errors"][0]["extensions"]["reason"]),
        (vec!["BILLING_LOCKED"], &json!("billing_locked"))
    );
    let owner = setting.ask_as(setting.owner, by_id, here.clone()).await;
    assert_eq!(owner.data()["organization"]["name"], "Here");
    let refused = setting.rename(setting.owner).await;
    assert_eq!(refused.codes(), ["BILLING_LOCKED"], "the owner reads, pays and leaves");
    assert!(refused.body["errors"][0]["message"].as_str().unwrap().contains("Olga Owner"));
    setting.sql("update subscriptions set status = 'active', past_due_since = null").await;
    assert_eq!(setting.seen().await, [("Here".to_owned(), true)]);
    assert_eq!(setting.rename(setting.user).await.codes(), [""; 0]);
}

#[tokio::test]
async fn grace_and_what_has_ended_close_nothing() {
    for (status, days) in [("past_due", 13), ("canceled", 99), ("incomplete", 0), ("trialing", 0)] {
        let setting = Setting::new(BaseRole::Admin).await;
        setting.subscribe(&json!({}), status, days).await;
        assert_eq!(setting.rename(setting.user).await.codes(), [""; 0], "{status}");
    }
}

#[tokio::test]
async fn a_lock_takes_effect_when_its_time_comes_whatever_is_cached() {
    let setting = Setting::new(BaseRole::Admin).await;
    setting.subscribe(&json!({}), "past_due", 0).await;
    let soon = "update subscriptions set grace_until = now() - interval '14 days' + interval '2 seconds'";
    setting.sql(soon).await;
    let restricted = setting.seen().await;
    while setting.world.value("select grace_until + interval '14 days' <= clock_timestamp() from subscriptions").await.as_deref()
        == Some("false")
    {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(setting.seen().await, [], "before: {restricted:?}");
}

#[tokio::test]
async fn developers_pass_the_gate() {
    let setting = Setting::new(BaseRole::Admin).await;
    setting.subscribe(&json!({}), "unpaid", 0).await;
    setting
        .sql(&format!(
            "update users set user_type = 'developer' where id = '{}';
            insert into developer_roles (id, key, name) values ('00000000-0000-7000-8000-00000000d000', 'support', 'Support');
            insert into developer_role_permissions (developer_role_id, permission_id)
                select '00000000-0000-7000-8000-00000000d000', id from permissions where key in ('organization.read', 'organization.update');
            insert into developer_role_assignments (id, user_id, developer_role_id)
                values (gen_random_uuid(), '{0}', '00000000-0000-7000-8000-00000000d000')",
            setting.user
        ))
        .await;
    assert_eq!(setting.seen().await, [("Here".to_owned(), true), ("There".to_owned(), false)]);
    assert_eq!(setting.rename(setting.user).await.codes(), [""; 0]);
}

/// The guard's own question about a permission that needs a feature.
async fn denial(setting: &Setting, user: uuid::Uuid, permission: Permission) -> Option<Value> {
    use tenantry::database::{Credential, TokenHash};
    let token = setting.world.token(user, Some(setting.tenant)).await;
    let credential = Credential::Session(TokenHash::of(&token));
    let services = setting.world.gateway.services.clone();
    let request = tenantry::request::Request::new(String::new(), services, Some(credential), tenantry::clock::now());
    let scope = tenantry::access::Scope::Organization(setting.here.into());
    let denials = request.decide(permission, &[scope]).await.unwrap();
    let denial = denials.and_then(|denials| denials.into_iter().flatten().next());
    request.forget().await;
    denial.map(|denial| Value::Object(tenantry::error::Error::from(denial).extensions("")))
}

#[tokio::test]
async fn a_feature_that_the_plan_lacks_is_denied_to_the_owner_too() {
    let setting = Setting::new(BaseRole::Admin).await;
    let told = |denial: Option<Value>| denial.map(|denial| (denial["code"].clone(), denial["feature"].clone()));
    let required = Some((json!("PLAN_REQUIRED"), json!("api_access")));
    assert_eq!(told(denial(&setting, setting.owner, Permission::ApiKeysManage).await), required);
    setting.subscribe(&json!({ "api_access": true, "webhooks": false }), "active", 0).await;
    assert_eq!(denial(&setting, setting.owner, Permission::ApiKeysManage).await, None);
    assert_eq!(denial(&setting, setting.user, Permission::ApiKeysManage).await, None);
    let webhooks = denial(&setting, setting.owner, Permission::WebhooksManage).await.unwrap();
    assert_eq!((&webhooks["code"], &webhooks["reason"]), (&json!("PLAN_REQUIRED"), &json!("plan_required")));
    // A plan that is edited or ends holds from the next request on.
    setting.sql("update products set features = '{\"webhooks\": true}'").await;
    assert_eq!(told(denial(&setting, setting.owner, Permission::ApiKeysManage).await), required);
    assert_eq!(denial(&setting, setting.owner, Permission::WebhooksManage).await, None);
    setting.sql("update subscriptions set status = 'canceled'").await;
    assert!(denial(&setting, setting.owner, Permission::WebhooksManage).await.is_some());
    // Where nothing is bought, the tenant's free plan is in effect.
    setting.sql("update products set key = 'free'").await;
    assert_eq!(denial(&setting, setting.owner, Permission::WebhooksManage).await, None);
    setting.sql("update products set is_current = false").await;
    assert!(denial(&setting, setting.owner, Permission::WebhooksManage).await.is_some());
}

#[tokio::test]
async fn an_account_that_is_closed_or_locked_or_comes_back_counts_at_once() {
    let setting = Setting::new(BaseRole::Admin).await;
    for (closed, open) in
        [("is_active = false", "is_active = true"), ("locked_until = now() + interval '1 hour'", "locked_until = null")]
    {
        setting.sql(&format!("update users set {closed} where id = '{}'", setting.user)).await;
        assert_eq!(setting.seen().await, [], "{closed}");
        setting.sql(&format!("update users set {open} where id = '{}'", setting.user)).await;
        assert_eq!(setting.seen().await, [("Here".to_owned(), true)], "{open}");
    }
    let before = setting.world.value("select sum(version) from access_versions").await;
    setting.sql(&format!("update users set last_active_at = now(), email = 'u@u.example' where id = '{}'", setting.user)).await;
    assert_eq!(setting.world.value("select sum(version) from access_versions").await, before, "what alters nothing bumps nothing");
}
