//! `checkAccess`, `explainAccess` and `whoCan` as clients meet them: who may ask, what is refused, and what is not told.

use entity::id::{OrganizationId, TeamId, TenantId, UserId};
use migration::catalog::BaseRole;
use serde_json::{Value, json};
use tenantry::clock;
use uuid::Uuid;

use super::setting::Setting;
use crate::people::Script;

const CHECK: &str = "query($questions: [AccessQuestion!]!) { checkAccess(questions: $questions) {
    allowed step reason code userId permission organizationId resource } }";

fn user(id: Uuid) -> String {
    UserId::from(id).to_string()
}

fn organization(id: Uuid) -> String {
    OrganizationId::from(id).to_string()
}

#[tokio::test]
async fn answers_stand_in_the_order_of_the_questions_and_say_what_they_are_about() {
    let setting = Setting::new(BaseRole::Readonly).await;
    let here = organization(setting.here);
    let team = TeamId::from(clock::new_id::<Uuid>()).to_string();
    let questions = json!([
        { "permission": "members.read", "organizationId": here },
        { "permission": "members.invite", "organizationId": here, "resource": team },
        { "permission": "roles.read" },
        { "permission": "webhooks.manage", "organizationId": here },
    ]);
    let answer = setting.ask_as(setting.user, CHECK, json!({ "questions": questions })).await;
    let me = user(setting.user);
    let expected = json!([
        { "allowed": true, "step": "RULES", "reason": null, "code": null, "userId": me, "permission": "members.read",
            "organizationId": here, "resource": null },
        { "allowed": false, "step": "DEFAULT", "reason": "MISSING_PERMISSION", "code": "FORBIDDEN", "userId": me,
            "permission": "members.invite", "organizationId": here, "resource": team },
        { "allowed": true, "step": "RULES", "reason": null, "code": null, "userId": me, "permission": "roles.read",
            "organizationId": null, "resource": null },
        { "allowed": false, "step": "ENTITLEMENT", "reason": "PLAN_REQUIRED", "code": "PLAN_REQUIRED", "userId": me,
            "permission": "webhooks.manage", "organizationId": here, "resource": null },
    ]);
    assert_eq!(answer.data()["checkAccess"], expected);
    assert_eq!(setting.ask_as(setting.user, CHECK, json!({ "questions": [] })).await.data()["checkAccess"], json!([]));
}

#[tokio::test]
async fn a_question_that_cannot_be_read_is_refused_by_its_place() {
    let setting = Setting::new(BaseRole::Readonly).await;
    let good = json!({ "permission": "members.read" });
    for (bad, place, word) in [
        (json!({ "permission": "members.dance" }), "questions[1].permission", "members.dance"),
        (json!({ "permission": "members.read", "userId": "org_01h455vb4pex5vsknk084sn02q" }), "questions[1].userId", "user_"),
        (json!({ "permission": "members.read", "organizationId": "nonsense" }), "questions[1].organizationId", "nonsense"),
        (json!({ "permission": "members.read", "resource": "nonsense" }), "questions[1].resource", "nonsense"),
    ] {
        let answer = setting.ask_as(setting.user, CHECK, json!({ "questions": [good, bad] })).await;
        assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{:#}", answer.body);
        let message = answer.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(&format!("`{place}`")) && message.contains(word), "{message}");
    }
    let many = json!({ "questions": vec![good.clone(); 101] });
    let answer = setting.ask_as(setting.user, CHECK, many).await;
    assert_eq!(answer.codes(), ["BAD_USER_INPUT"]);
    assert!(answer.body["errors"][0]["message"].as_str().unwrap().contains("`questions[100]`"), "{:#}", answer.body);
    let hundred = setting.ask_as(setting.user, CHECK, json!({ "questions": vec![good; 100] })).await;
    assert_eq!(hundred.data()["checkAccess"].as_array().unwrap().len(), 100);
    for query in
        ["{ explainAccess(permission: \"no\") { decision { allowed } } }", "{ whoCan(permission: \"no\") { nodes { id } } }"]
    {
        assert_eq!(setting.ask_as(setting.user, query, Value::Null).await.codes(), ["BAD_USER_INPUT"], "{query}");
    }
}

#[tokio::test]
async fn about_others_asks_only_who_may_explain_there() {
    let setting = Setting::new(BaseRole::Member).await;
    let about =
        |id: Uuid, place: Uuid| json!({ "userId": user(id), "permission": "members.read", "organizationId": organization(place) });
    let explain = "query($userId: ID, $organizationId: ID, $permission: String!) {
        explainAccess(userId: $userId, organizationId: $organizationId, permission: $permission) { decision { allowed reason } considered { rowId } } }";
    let who = "query($organizationId: ID, $permission: String!) { whoCan(organizationId: $organizationId, permission: $permission) { nodes { id } } }";

    // The owner may, in its own organization.
    let answer = setting.ask_as(setting.owner, CHECK, json!({ "questions": [about(setting.user, setting.here)] })).await;
    assert_eq!(answer.data()["checkAccess"][0]["allowed"], true);
    let answer = setting.ask_as(setting.owner, explain, about(setting.user, setting.here)).await;
    assert_eq!(answer.data()["explainAccess"]["decision"]["allowed"], true);
    let answer = setting.ask_as(setting.owner, who, about(setting.user, setting.here)).await;
    assert_eq!(answer.data()["whoCan"]["nodes"], json!([{ "id": user(setting.owner) }, { "id": user(setting.user) }]));

    // A plain member may not, and not even about where the other has no place.
    let own = json!({ "permission": "members.read", "organizationId": organization(setting.here) });
    let answer = setting.ask_as(setting.user, CHECK, json!({ "questions": [own, about(setting.owner, setting.here)] })).await;
    assert_eq!(answer.codes(), ["FORBIDDEN"]);
    let error = &answer.body["errors"][0];
    assert!(error["message"].as_str().unwrap().starts_with("`questions[1]`"), "{error}");
    assert_eq!(
        (&error["extensions"]["permission"], &error["extensions"]["reason"]),
        (&json!("access.explain"), &json!("missing_permission"))
    );
    assert_eq!(setting.ask_as(setting.user, explain, about(setting.owner, setting.here)).await.codes(), ["FORBIDDEN"]);
    assert_eq!(setting.ask_as(setting.user, who, about(setting.owner, setting.here)).await.codes(), ["FORBIDDEN"]);
    assert_eq!(setting.ask_as(setting.user, who, json!({ "permission": "roles.read" })).await.codes(), ["FORBIDDEN"]);

    // About itself everybody may ask, by name or not.
    let answer = setting.ask_as(setting.user, CHECK, json!({ "questions": [own, about(setting.user, setting.here)] })).await;
    assert_eq!(answer.data()["checkAccess"][0], answer.data()["checkAccess"][1]);
}

#[tokio::test]
async fn what_one_may_not_know_of_is_answered_like_what_does_not_exist() {
    let setting = Setting::new(BaseRole::Member).await;
    let mut script = Script::default();
    let tenant = script.tenant("Neighbour");
    let neighbour = script.user("Nora");
    script.member(tenant, neighbour, BaseRole::Owner);
    let foreign = script.organization(tenant, "Foreign", neighbour);
    let plan = script.plan(setting.tenant, "pro");
    let locked = script.subscription(setting.tenant, setting.there, plan);
    script.add(&format!("update subscriptions set status = 'unpaid' where id = '{locked}'"));
    script.run(&setting.world).await;
    let nowhere = clock::new_id::<Uuid>();
    let explain = "query($userId: ID, $organizationId: ID, $permission: String!) {
        explainAccess(userId: $userId, organizationId: $organizationId, permission: $permission) {
            decision { allowed step reason code } considered { rowId } deciding { rowId } nearestMiss { message } } }";
    let who = "query($organizationId: ID, $permission: String!) { whoCan(organizationId: $organizationId, permission: $permission) { nodes { id } } }";
    // Of the organization there, which exists and is locked, the user knows as little as of a neighbour's.
    for permission in ["members.read", "organization.update", "webhooks.manage"] {
        for about in [setting.user, setting.owner] {
            let mut answers = Vec::new();
            for place in [setting.there, foreign, nowhere] {
                let asked = json!({ "userId": user(about), "permission": permission, "organizationId": organization(place) });
                let check = setting.ask_as(setting.user, CHECK, json!({ "questions": [asked] })).await;
                let explained = setting.ask_as(setting.user, explain, asked.clone()).await;
                let found = setting.ask_as(setting.user, who, asked).await;
                let all = json!([
                    check.body["data"],
                    check.codes(),
                    explained.body["data"],
                    explained.codes(),
                    found.body["data"],
                    found.body["errors"]
                ]);
                answers.push(all.to_string().replace(&organization(place), "<place>"));
            }
            assert!(answers[2].contains("ORGANIZATION_NOT_FOUND") && answers[2].contains("NOT_FOUND"), "{}", answers[2]);
            assert_eq!((&answers[0], &answers[1]), (&answers[2], &answers[2]), "{permission}");
        }
    }
    // People of the neighbour's, asked about by somebody who may ask, are like people who do not exist.
    let mut answers = Vec::new();
    for about in [neighbour, nowhere] {
        let asked = json!({ "userId": user(about), "permission": "members.read", "organizationId": organization(setting.here) });
        let check = setting.ask_as(setting.owner, CHECK, json!({ "questions": [asked] })).await;
        let explained = setting.ask_as(setting.owner, explain, asked).await;
        assert_eq!(check.data()["checkAccess"][0]["reason"], "NO_TENANT");
        answers.push(format!("{}{}", check.body["data"], explained.data()).replace(&user(about), "<user>"));
    }
    assert_eq!(answers[0], answers[1]);
    // A tenant that is not this one is nothing that anything could be allowed on.
    for tenant in [tenant, nowhere] {
        let asked = json!({ "permission": "roles.read", "resource": TenantId::from(tenant).to_string() });
        let answer = setting.ask_as(setting.user, CHECK, json!({ "questions": [asked] })).await;
        assert_eq!(answer.data()["checkAccess"][0]["reason"], "NO_TENANT");
    }
}

#[tokio::test]
async fn whoever_is_in_no_tenant_is_told_to_choose_one() {
    let setting = Setting::new(BaseRole::Member).await;
    let token = setting.world.token(setting.user, None).await;
    for query in [
        "{ checkAccess(questions: [{ permission: \"roles.read\" }]) { allowed } }",
        "{ explainAccess(permission: \"roles.read\") { decision { allowed } } }",
        "{ whoCan(permission: \"roles.read\") { nodes { id } } }",
    ] {
        assert_eq!(setting.world.ask(&token, query, Value::Null).await.codes(), ["BAD_USER_INPUT"], "{query}");
    }
}

#[tokio::test]
async fn viewer_can_names_what_is_held_on_every_object_that_has_a_place() {
    let setting = Setting::new(BaseRole::Manager).await;
    let query = "query($can: [String!]!) { viewer { user { viewerCan(permissions: $can) } tenant { viewerCan(permissions: $can) } }
        organizations { nodes { name viewerCan(permissions: $can) members { nodes { user { displayName viewerCan(permissions: $can) } viewerCan(permissions: $can) } } } } }";
    let can = json!({ "can": ["members.invite", "members.read", "billing.manage", "users.contact", "members.read"] });
    let answer = setting.ask_as(setting.user, query, can).await;
    let data = answer.data();
    let here = &data["organizations"]["nodes"][0];
    assert_eq!(here["viewerCan"], json!(["members.invite", "members.read", "users.contact", "members.read"]), "{:#}", answer.body);
    assert_eq!(here["members"]["nodes"][1]["viewerCan"], here["viewerCan"]);
    // In the tenant it is a plain member; about itself it may do everything.
    assert_eq!(data["viewer"]["tenant"]["viewerCan"], json!(["members.read", "users.contact", "members.read"]));
    assert_eq!(data["viewer"]["user"]["viewerCan"].as_array().unwrap().len(), 5);
    for bad in [json!(["members.dance"]), json!(vec!["members.read"; 101])] {
        let answer = setting
            .ask_as(setting.user, "query($can: [String!]!) { tenant { id viewerCan(permissions: $can) } }", json!({ "can": bad }))
            .await;
        assert_eq!(answer.codes(), ["BAD_USER_INPUT"]);
        assert_eq!(answer.body["data"]["tenant"]["viewerCan"], Value::Null);
        assert!(answer.body["data"]["tenant"]["id"].is_string());
    }
}
