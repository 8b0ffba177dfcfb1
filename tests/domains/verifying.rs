//! `requestDomainVerification` and `verifyDomain`.

use futures_util::future::join_all;
use migration::catalog::BaseRole;
use serde_json::{Value, json};

use super::{Home, done, refused, send};
use crate::people::Script;

#[tokio::test]
async fn whoever_can_set_the_record_proves_the_domain() {
    let home = Home::build().await;
    let (name, value) = home.challenge(&home.id()).await;
    assert_eq!(name, "_tenantry.hearth.example");
    let token = value.strip_prefix("tenantry-verification=").unwrap();
    assert!(token.len() >= 32, "{token}");
    assert_eq!(home.challenge(&home.id()).await, (name.clone(), value.clone()), "asked again it is the same");
    home.server.say_all(&name, &["v=spf1 -all", &value]);
    let answer = home.verify(&home.id()).await;
    let organization = &done(&answer)["organization"];
    assert_eq!(organization["domain"], "hearth.example");
    assert!(organization["domainVerifiedAt"].is_string());
    assert_eq!(home.server.asked().last().map(String::as_str), Some("_tenantry.hearth.example."));
    assert_eq!(refused(&home.verify(&home.id()).await), "ALREADY_DONE");
    let log = home.value("select string_agg(action, ' ' order by index_id) from audit_logs").await;
    assert_eq!(log.as_deref(), Some("organization.request_domain organization.verify_domain"));
    // A form that sends the same domain proves on; another one is unproven.
    let update = async |domain: &str| {
        let input = json!({ "organizationId": home.id(), "domain": domain });
        let answer = home.send("updateOrganization", "organization { domainVerifiedAt }", input).await;
        done(&answer)["organization"]["domainVerifiedAt"].clone()
    };
    assert!(update("Hearth.Example").await.is_string());
    assert_eq!(update("other.example").await, Value::Null);
    assert_eq!(refused(&home.verify(&home.id()).await), "NOT_FOUND", "the token was another domain's");
    let (other, other_value) = home.challenge(&home.id()).await;
    assert_eq!((other.as_str(), other_value == value), ("_tenantry.other.example", false));
}

#[tokio::test]
async fn each_way_in_which_the_record_is_not_there_is_told_apart() {
    let home = Home::build().await;
    assert_eq!(refused(&home.verify(&home.id()).await), "NOT_FOUND", "nothing was asked for yet");
    assert_eq!(home.server.asked(), Vec::<String>::new());
    let (name, value) = home.challenge(&home.id()).await;
    let told = async || {
        let answer = home.verify(&home.id()).await;
        assert_eq!(answer.data()["it"]["organization"], Value::Null);
        assert_eq!(answer.data()["it"]["recordName"], name);
        let code = refused(&answer);
        (code, answer.data()["it"]["userErrors"][0]["message"].as_str().unwrap().to_owned())
    };
    let (code, message) = told().await;
    assert!(code == "NOT_FOUND" && message.contains("there is no TXT record") && message.contains(&value), "{message}");
    home.server.says(&name, "something else");
    assert_eq!(told().await.0, "NOT_FOUND");
    home.server.says(&name, "tenantry-verification=wrong");
    let (code, message) = told().await;
    assert!(code == "INVALID" && message.contains("another token"), "{message}");
    home.server.fails_at(&name);
    let (code, message) = told().await;
    assert!(code == "NOT_FOUND" && message.contains("cannot tell"), "{message}");
    home.server.is_silent_at(&name);
    let (code, message) = told().await;
    assert!(code == "NOT_FOUND" && message.contains("did not answer in time"), "{message}");
    assert_eq!(home.value("select count(*) from organizations where domain_verified_at is not null").await.as_deref(), Some("0"));
    home.server.says(&name, &value);
    done(&home.verify(&home.id()).await);
}

#[tokio::test]
async fn while_a_name_server_is_silent_no_transaction_is_open() {
    let home = Home::build().await;
    let (name, _) = home.challenge(&home.id()).await;
    home.server.is_silent_at(&name);
    let watch = async {
        while home.server.asked().is_empty() {
            tokio::task::yield_now().await;
        }
        // The row that was locked a moment ago is free, and nobody waits in a transaction.
        let update = json!({ "organizationId": home.id(), "name": "Renamed" });
        done(&home.send("updateOrganization", "organization { name }", update).await);
        home.value("select count(*) from pg_stat_activity where datname = current_database() and state = 'idle in transaction' and query ilike '%domain_verifications%'").await
    };
    let id = home.id();
    let (answer, open) = tokio::join!(home.verify(&id), watch);
    assert_eq!((refused(&answer).as_str(), open.as_deref()), ("NOT_FOUND", Some("0")));
}

#[tokio::test]
async fn a_proven_domain_belongs_to_one_organization_however_many_prove_it_at_once() {
    let home = Home::build().await;
    let mut script = Script::default();
    let owner = home.value("select owner_id from organizations").await.unwrap().parse().unwrap();
    let others: Vec<_> = (0..5).map(|number| script.organization(home.tenant, &format!("Other {number}"), owner)).collect();
    script.add("update organizations set domain = 'hearth.example'");
    script.run(&home.world).await;
    let ids: Vec<String> = others.into_iter().map(|id| entity::join("org", id)).collect();
    let mut values = Vec::new();
    for id in &ids {
        values.push(home.challenge(id).await.1);
    }
    let texts: Vec<&str> = values.iter().map(String::as_str).collect();
    home.server.say_all("_tenantry.hearth.example", &texts);
    let answers = join_all(ids.iter().map(|id| home.verify(id))).await;
    let proven = answers.iter().filter(|answer| answer.data()["it"]["userErrors"] == json!([])).count();
    let taken = answers.iter().filter(|answer| answer.data()["it"]["userErrors"][0]["code"] == "TAKEN").count();
    assert_eq!((proven, taken), (1, 4));
}

#[tokio::test]
async fn lookups_are_limited_in_an_hour() {
    let home = Home::build().await;
    home.challenge(&home.id()).await;
    let mut codes = Vec::new();
    for _ in 0..21 {
        let answer = home.verify(&home.id()).await;
        codes.push(answer.codes().first().map_or("looked up".to_owned(), |code| (*code).to_owned()));
    }
    assert_eq!((codes.iter().filter(|code| *code == "looked up").count(), codes[20].as_str()), (20, "RATE_LIMITED"));
    // Asking for the record anew, or changing the domain and back, gives no further ones.
    home.challenge(&home.id()).await;
    assert_eq!(home.verify(&home.id()).await.codes(), ["RATE_LIMITED"]);
    home.world.sql("update domain_verifications set lookups_since = now() - interval '61 minutes'").await;
    assert_eq!(refused(&home.verify(&home.id()).await), "NOT_FOUND");
}

#[tokio::test]
async fn who_may_not_change_the_organization_proves_nothing() {
    let home = Home::build().await;
    let mut script = Script::default();
    let (member, stranger) = (script.user("Mel Member"), script.user("Sam Stranger"));
    script.member(home.tenant, member, BaseRole::Member);
    script.member(home.tenant, stranger, BaseRole::Member);
    script.seat(home.tenant, home.organization, member, BaseRole::Member);
    script.run(&home.world).await;
    for (user, code) in [(member, "FORBIDDEN"), (stranger, "NOT_FOUND")] {
        let token = home.world.token(user, Some(home.tenant)).await;
        for mutation in ["requestDomainVerification", "verifyDomain"] {
            let answer = send(&home.world, &token, mutation, "recordValue", json!({ "organizationId": home.id() })).await;
            assert_eq!((answer.codes(), &answer.body["data"]["it"]), (vec![code], &Value::Null), "{mutation}");
        }
    }
    assert_eq!(home.value("select count(*) from domain_verifications").await.as_deref(), Some("0"));
}

#[tokio::test]
async fn metadata_is_patched_and_bounded() {
    let home = Home::build().await;
    let update = async |metadata: Value| {
        home.send("updateOrganization", "organization { metadata }", json!({ "organizationId": home.id(), "metadata": metadata }))
            .await
    };
    let first = update(json!({ "region": "eu", "crm": { "id": 7, "tier": "gold" } })).await;
    assert_eq!(done(&first)["organization"]["metadata"], json!({ "region": "eu", "crm": { "id": 7, "tier": "gold" } }));
    let second = update(json!({ "region": null, "crm": { "tier": "lead" } })).await;
    assert_eq!(done(&second)["organization"]["metadata"], json!({ "crm": { "id": 7, "tier": "lead" } }));
    assert_eq!(refused(&update(json!([1])).await), "INVALID");
    assert_eq!(refused(&update(json!({ "a": "x".repeat(17_000) })).await), "TOO_LONG");
    let input = json!({ "name": "Fresh", "metadata": { "a": { "b": 1, "c": null } }, "idempotencyKey": "k" });
    let made = home.send("createOrganization", "organization { id metadata }", input.clone()).await;
    assert_eq!(done(&made)["organization"]["metadata"], json!({ "a": { "b": 1 } }));
    let again = home.send("createOrganization", "organization { id metadata }", input).await;
    assert_eq!(done(&again)["organization"]["id"], done(&made)["organization"]["id"]);
    let other = json!({ "name": "Fresh", "metadata": {}, "idempotencyKey": "k" });
    assert_eq!(refused(&home.send("createOrganization", "", other).await), "IDEMPOTENCY_KEY_REUSED");
}
