//! What a tenant makes of itself, whom its organizations serve, and what people talk about.

use serde_json::{Value, json};

use super::stage::{Case, Person, Stage};

/// The developer in a tenant that nobody else is in; and `ten_…`.
async fn in_another_tenant(stage: &Stage) -> (Person, String) {
    let name = stage.word();
    let other = stage.script(|script| script.tenant(&name)).await;
    let visitor = Person { token: stage.world.token(stage.developer.id, Some(other)).await, ..stage.developer.clone() };
    (visitor, entity::join("ten", other))
}

/// An organization with a domain whose record is to be looked up: `org_…`
async fn domain_to_prove(stage: &Stage) -> String {
    let ((id, organization), domain) = (stage.organization().await, format!("{}.example", stage.word()));
    stage.world.sql(&format!("update organizations set domain = '{domain}' where id = '{id}'")).await;
    organization
}

/// A business of the organization with room: `biz_…`
async fn business(stage: &Stage) -> Value {
    let input = json!({ "organizationId": stage.home(), "legalName": stage.word() });
    stage.did(&stage.boss, "createBusiness", "business { id }", input).await["business"]["id"].clone()
}

fn papers(business: &Value) -> Value {
    json!({ "businessId": business, "documents": [{ "name": "Extract", "reference": "https://files.example/extract.pdf" }] })
}

/// A business whose verification was asked for.
async fn business_to_verify(stage: &Stage) -> Value {
    let business = business(stage).await;
    stage.did(&stage.boss, "requestBusinessVerification", "", papers(&business)).await;
    business
}

/// A conversation of the boss: `conv_…`
async fn conversation(stage: &Stage) -> Value {
    stage.did(&stage.boss, "startConversation", "conversation { id }", json!({})).await["conversation"]["id"].clone()
}

/// The case of one of these mutations.
pub async fn case(stage: &Stage, mutation: &str) -> Option<Case> {
    let (boss, developer, tenant) = (&stage.boss, &stage.developer, entity::join("ten", stage.tenant));
    let case = match mutation {
        "createTenant" => stage.person().await.sends(mutation, json!({ "name": stage.word() })),
        "updateTenant" => boss.sends(mutation, json!({ "tenantId": tenant, "brand": stage.word() })),
        "setPrimaryTenant" => stage.person().await.sends(mutation, json!({ "tenantId": tenant })),
        "setTenantStatus" => {
            // A closed one would refuse all else.
            let (visitor, other) = in_another_tenant(stage).await;
            visitor.sends(mutation, json!({ "tenantId": other, "status": "SUSPENDED", "reason": "unpaid" }))
        }
        "setTenantFeatures" => {
            let mut features = json!({});
            features[stage.word()] = json!(true);
            developer.sends(mutation, json!({ "tenantId": tenant, "features": features, "reason": "bought" }))
        }
        "setTenantQuota" => {
            // The first quota of its kind is a row more.
            let (visitor, other) = in_another_tenant(stage).await;
            let input = json!({ "tenantId": other, "metric": "API_KEYS", "limit": 100, "reason": "bought" });
            visitor.sends(mutation, input)
        }
        "requestDomainVerification" => boss.sends(mutation, json!({ "organizationId": domain_to_prove(stage).await })),
        "verifyDomain" => {
            let input = json!({ "organizationId": domain_to_prove(stage).await });
            let asked = stage.did(boss, "requestDomainVerification", "recordName recordValue", input.clone()).await;
            let [name, value] = ["recordName", "recordValue"].map(|field| asked[field].as_str().unwrap());
            stage.server.says(name, value);
            boss.sends(mutation, input)
        }
        "createBusiness" => boss.sends(mutation, json!({ "organizationId": stage.home(), "legalName": stage.word() })),
        "updateBusiness" => boss.sends(mutation, json!({ "businessId": business(stage).await, "industry": stage.word() })),
        "deleteBusiness" => boss.sends(mutation, json!({ "businessId": business(stage).await })),
        "restoreBusiness" => {
            let input = json!({ "businessId": business(stage).await });
            stage.did(boss, "deleteBusiness", "", input.clone()).await;
            boss.sends(mutation, input)
        }
        "requestBusinessVerification" => boss.sends(mutation, papers(&business(stage).await)),
        "verifyBusiness" => boss.sends(mutation, json!({ "businessId": business_to_verify(stage).await })),
        "rejectBusiness" => boss.sends(mutation, json!({ "businessId": business_to_verify(stage).await, "reason": "unreadable" })),
        "startConversation" => boss.sends(mutation, json!({ "title": stage.word() })),
        "postMessage" => boss.sends(mutation, json!({ "conversationId": conversation(stage).await, "content": stage.word() })),
        "archiveConversation" => boss.sends(mutation, json!({ "conversationId": conversation(stage).await })),
        "unarchiveConversation" => {
            let input = json!({ "conversationId": conversation(stage).await });
            stage.did(boss, "archiveConversation", "", input.clone()).await;
            boss.sends(mutation, input)
        }
        _ => return None,
    };
    Some(case)
}
