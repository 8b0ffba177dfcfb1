//! Businesses of an organization: made, found, changed, verified, deleted and restored.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::machine::{Dice, seed};
use super::{Home, Person, send};

/// Everything that can be said of a business.
fn everything(home: &Home) -> Value {
    json!({
        "organizationId": home.id(), "legalName": "  Kiln & Co. ", "ownerId": entity::join("user", home.member.id), "type": "LIMITED_COMPANY",
        "industry": "Ceramics", "employeeCount": 12, "logoUrl": "https://kiln.example/logo.svg", "contactName": "Kay Kiln",
        "contactEmail": "kay@kiln.example", "contactPhone": "+31 20 123 4567", "taxId": "NL 0012.345.67", "fiscalYearEnd": "06-30",
        "address": { "line1": "Oven Lane 1", "city": "Delft", "postalCode": "2611 AB", "country": "nl" },
        "annualRevenue": { "amountMinor": "125000000", "currency": "eur" },
    })
}

async fn make(home: &Home, person: &Person, legal_name: &str) -> String {
    let input = json!({ "organizationId": home.id(), "legalName": legal_name, "ownerId": entity::join("user", home.owner.id) });
    let made = home.done(person, "createBusiness", "business { id }", input).await;
    made["business"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_said_of_a_business_is_shown_to_whoever_may_see_it() {
    let home = Home::build().await;
    let selection = "business { id legalName isVerified verification }";
    let mut input = everything(&home);
    input["idempotencyKey"] = json!("once");
    let made = home.done(&home.owner, "createBusiness", selection, input.clone()).await;
    let again = home.done(&home.owner, "createBusiness", selection, input).await;
    assert_eq!(made, again, "the same key makes no second one");
    assert_eq!(made["business"]["legalName"], "Kiln & Co.");
    let id = &made["business"]["id"];
    let query = "query($id: ID!) { business(id: $id) { legalName type status industry employeeCount logoUrl contactName contactEmail contactPhone
        fiscalYearEnd isVerified verifiedAt taxId address { line1 line2 city region postalCode country } annualRevenue { formatted }
        owner { displayName } organization { name } verificationDocuments { name } } }";
    let seen = home.world.ask(&home.admin.token, query, json!({ "id": id })).await;
    assert_eq!(
        seen.data()["business"],
        json!({
            "legalName": "Kiln & Co.", "type": "LIMITED_COMPANY", "status": "ACTIVE", "industry": "Ceramics", "employeeCount": 12,
            "logoUrl": "https://kiln.example/logo.svg", "contactName": "Kay Kiln", "contactEmail": "kay@kiln.example",
            "contactPhone": "+31 20 123 4567", "fiscalYearEnd": "06-30", "isVerified": false, "verifiedAt": null, "taxId": "NL 0012.345.67",
            "address": { "line1": "Oven Lane 1", "line2": null, "city": "Delft", "region": null, "postalCode": "2611 AB", "country": "NL" },
            "annualRevenue": { "formatted": "EUR 1250000.00" }, "owner": { "displayName": "Mel Member" },
            "organization": { "name": "Hearth" }, "verificationDocuments": [],
        })
    );
    let seen = home.world.ask(&home.member.token, query, json!({ "id": id })).await;
    assert_eq!(seen.codes(), ["FORBIDDEN"; 3], "tax id, revenue and documents are for fewer people");
    let business = &seen.body["data"]["business"];
    assert_eq!(
        (&business["taxId"], &business["annualRevenue"], &business["legalName"]),
        (&Value::Null, &Value::Null, &json!("Kiln & Co."))
    );
    let stored = "select concat((select string_agg(row::text, ' ') from businesses row), (select string_agg(row::text, ' ') from audit_logs row),
        (select string_agg(row::text, ' ') from outbox_events row), (select encode(tax_id_sealed, 'escape') from businesses))";
    let stored = home.world.value(stored).await.unwrap();
    assert!(!stored.contains("0012.345.67"), "a tax id is stored sealed, and told to no log");
    assert!(stored.contains("taxIdChanged"), "{stored}");
    let stranger = home.stranger("stranger@example.com").await;
    let unseen = home.world.ask(&stranger.token, query, json!({ "id": id })).await;
    assert_eq!(unseen.data()["business"], Value::Null);
}

#[tokio::test]
async fn businesses_of_an_organization_are_filtered_ordered_and_paged() {
    let home = Home::build().await;
    for name in ["Delta", "alpha", "Charlie", "Bravo"] {
        make(&home, &home.manager, name).await;
    }
    home.world.sql("update businesses set industry = 'Tea', type = 'nonprofit' where legal_name in ('alpha', 'Bravo')").await;
    let list = async |arguments: &str| {
        let query = format!(
            "query($id: ID!) {{ organization(id: $id) {{ businesses({arguments}) {{ totalCount nodes {{ legalName }} pageInfo {{ hasNextPage endCursor startCursor }} }} }} }}"
        );
        let answer = home.world.ask(&home.member.token, &query, json!({ "id": home.id() })).await;
        let page = answer.data()["organization"]["businesses"].clone();
        let names: Vec<String> =
            page["nodes"].as_array().unwrap().iter().map(|node| node["legalName"].as_str().unwrap().to_owned()).collect();
        (names, page)
    };
    assert_eq!(list("first: 10").await.0, ["Delta", "alpha", "Charlie", "Bravo"]);
    assert_eq!(list("filter: { industry: \"TEA\", type: NONPROFIT }").await.0, ["alpha", "Bravo"]);
    assert_eq!(list("filter: { legalName: \"LT\" }").await.0, ["Delta"]);
    assert_eq!(list("filter: { verification: VERIFIED }").await.1["totalCount"], 0);
    let (names, page) = list("first: 3, orderBy: { field: LEGAL_NAME, direction: DESC }").await;
    let all = list("orderBy: { field: LEGAL_NAME, direction: DESC }").await.0;
    assert_eq!((names.as_slice(), &page["totalCount"], &page["pageInfo"]["hasNextPage"]), (&all[..3], &json!(4), &json!(true)));
    let after = format!("orderBy: {{ field: LEGAL_NAME, direction: DESC }}, after: {}", page["pageInfo"]["endCursor"]);
    assert_eq!(list(&after).await.0, all[3..]);
    let (_, page) = list("last: 1").await;
    let before = format!("last: 2, before: {}", page["pageInfo"]["startCursor"]);
    assert_eq!(list(&before).await.0, ["alpha", "Charlie"]);
}

#[tokio::test]
async fn what_is_wrong_is_said_field_by_field_and_who_may_not_is_refused() {
    let home = Home::build().await;
    let wrong = json!({
        "organizationId": home.id(), "legalName": " ", "ownerId": entity::join("user", home.member.id), "employeeCount": -1,
        "logoUrl": "javascript:alert(1)", "contactEmail": "nobody", "contactPhone": "call me", "taxId": "<1>", "fiscalYearEnd": "02-30",
        "address": { "line1": "", "city": "Delft", "country": "Holland" }, "annualRevenue": { "amountMinor": "-1", "currency": "€" },
    });
    let answer = home.send(&home.owner, "createBusiness", "", wrong).await;
    let errors = answer.data()["it"]["userErrors"].as_array().unwrap();
    let fields: Vec<String> = errors
        .iter()
        .map(|error| error["field"].as_array().unwrap().iter().filter_map(Value::as_str).collect::<Vec<_>>().join("."))
        .collect();
    assert_eq!(
        fields,
        [
            "legalName",
            "address.line1",
            "address.country",
            "annualRevenue.amountMinor",
            "annualRevenue.currency",
            "employeeCount",
            "contactEmail",
            "contactPhone",
            "logoUrl",
            "fiscalYearEnd",
            "taxId"
        ]
    );
    let stranger = home.stranger("stranger@example.com").await;
    let plain = |name: &str| json!({ "organizationId": home.id(), "legalName": name });
    let mut of_a_stranger = plain("Theirs");
    of_a_stranger["ownerId"] = json!(entity::join("user", stranger.id));
    assert_eq!(home.refused(&home.owner, "createBusiness", of_a_stranger).await, ["NOT_FOUND"]);
    assert_eq!(home.failed(&home.member, "createBusiness", plain("Mine")).await, ["FORBIDDEN"]);
    let mut financial = plain("Rich");
    financial["taxId"] = json!("1");
    assert_eq!(home.failed(&home.manager, "createBusiness", financial).await, ["FORBIDDEN"]);
    let id = make(&home, &home.manager, "Mine").await;
    assert_eq!(home.refused(&home.manager, "createBusiness", plain("MINE")).await, ["TAKEN"]);
    let this = json!({ "businessId": id });
    for mutation in ["deleteBusiness", "verifyBusiness"] {
        assert_eq!(home.failed(&home.manager, mutation, this.clone()).await, ["FORBIDDEN"]);
    }
    assert_eq!(home.failed(&home.member, "updateBusiness", json!({ "businessId": id, "industry": "Tea" })).await, ["FORBIDDEN"]);
    let revenue = json!({ "businessId": id, "annualRevenue": { "amountMinor": "1", "currency": "EUR" } });
    assert_eq!(home.failed(&home.manager, "updateBusiness", revenue).await, ["FORBIDDEN"]);
    // Somebody of the tenant who sits elsewhere knows nothing of it.
    home.done(&home.owner, "removeMember", "", json!({ "membershipId": home.member.membership })).await;
    assert_eq!(home.failed(&home.member, "updateBusiness", json!({ "businessId": id, "industry": "Tea" })).await, ["NOT_FOUND"]);
    assert_eq!(home.failed(&home.member, "createBusiness", plain("Other")).await, ["NOT_FOUND"]);
}

#[tokio::test]
async fn another_name_or_another_tax_id_makes_a_business_unverified_and_nothing_else_does() {
    let home = Home::build().await;
    let made = home.done(&home.owner, "createBusiness", "business { id }", everything(&home)).await;
    let id = made["business"]["id"].as_str().unwrap();
    let documents = json!([{ "name": "Extract", "reference": "storage/1" }]);
    let verify = async || {
        home.done(&home.manager, "requestBusinessVerification", "", json!({ "businessId": id, "documents": documents })).await;
        home.done(
            &home.admin,
            "verifyBusiness",
            "business { isVerified verifiedAt verifiedBy { displayName } }",
            json!({ "businessId": id }),
        )
        .await
    };
    let verified = verify().await;
    assert_eq!(
        (&verified["business"]["isVerified"], &verified["business"]["verifiedBy"]["displayName"]),
        (&json!(true), &json!("Ada Admin"))
    );
    let mut change = everything(&home);
    change.as_object_mut().unwrap().remove("organizationId");
    (change["businessId"], change["industry"], change["annualRevenue"]) = (json!(id), json!("Glass"), Value::Null);
    let kept =
        home.done(&home.owner, "updateBusiness", "business { isVerified industry annualRevenue { formatted } }", change).await;
    assert_eq!(kept["business"], json!({ "isVerified": true, "industry": "Glass", "annualRevenue": null }));
    for another in [json!({ "legalName": "Kiln Ltd" }), json!({ "taxId": "NL 9" }), json!({ "taxId": null })] {
        let mut input = another.clone();
        input["businessId"] = json!(id);
        let changed =
            home.done(&home.owner, "updateBusiness", "business { verification verifiedAt verifiedBy { id } }", input).await;
        assert_eq!(
            changed["business"],
            json!({ "verification": "UNVERIFIED", "verifiedAt": null, "verifiedBy": null }),
            "{another}"
        );
        verify().await;
    }
}

#[tokio::test]
async fn a_legal_name_is_free_while_its_business_is_deleted() {
    let home = Home::build().await;
    let id = make(&home, &home.manager, "Phoenix").await;
    let this = json!({ "businessId": id });
    assert_eq!(home.failed(&home.admin, "restoreBusiness", this.clone()).await, ["NOT_FOUND"], "it lives");
    let gone = home.done(&home.admin, "deleteBusiness", "deletedBusinessId deletionId", this.clone()).await;
    assert_eq!(gone["deletedBusinessId"], json!(id));
    assert_eq!(home.failed(&home.admin, "deleteBusiness", this.clone()).await, ["NOT_FOUND"]);
    let second = make(&home, &home.manager, "phoenix").await;
    assert_eq!(home.refused(&home.admin, "restoreBusiness", this.clone()).await, ["TAKEN"]);
    assert_eq!(home.failed(&home.manager, "restoreBusiness", this.clone()).await, ["FORBIDDEN"]);
    home.done(&home.admin, "deleteBusiness", "", json!({ "businessId": second })).await;
    let back = home.done(&home.admin, "restoreBusiness", "business { id legalName }", this.clone()).await;
    assert_eq!(back["business"], json!({ "id": id, "legalName": "Phoenix" }));
    // What went with its organization comes back with it, and what went before does not.
    let organization = json!({ "organizationId": home.id() });
    home.done(&home.owner, "deleteOrganization", "", organization.clone()).await;
    assert_eq!(home.failed(&home.admin, "restoreBusiness", this).await, ["NOT_FOUND"]);
    home.done(&home.owner, "restoreOrganization", "", organization).await;
    let list = "query($id: ID!) { organization(id: $id) { businesses { nodes { id } } } }";
    let list = home.world.ask(&home.member.token, list, json!({ "id": home.id() })).await;
    assert_eq!(list.data()["organization"]["businesses"]["nodes"], json!([{ "id": id }]));
    assert_eq!(
        home.audited().await,
        [
            "business.create",
            "business.delete",
            "business.create",
            "business.delete",
            "business.restore",
            "organization.delete",
            "organization.restore"
        ]
    );
}

/// What a business is, as a reading of the rules has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Unverified,
    Pending,
    Verified,
    Rejected,
}

const MOVES: [&str; 5] = ["requestBusinessVerification", "verifyBusiness", "rejectBusiness", "rename", "updateBusiness"];

/// Where a move leads, or what is said of it.
fn after(state: State, mutation: &str) -> Result<State, &'static str> {
    use State::{Pending, Rejected, Unverified, Verified};
    match (mutation, state) {
        ("requestBusinessVerification", Unverified | Rejected) => Ok(Pending),
        ("requestBusinessVerification", Pending | Verified) | ("verifyBusiness", Verified) | ("rejectBusiness", Rejected) => {
            Err("ALREADY_DONE")
        }
        ("verifyBusiness", Pending) => Ok(Verified),
        ("verifyBusiness", Unverified | Rejected) | ("rejectBusiness", Unverified) => Err("INVALID"),
        ("rejectBusiness", Pending | Verified) => Ok(Rejected),
        ("rename", Pending | Verified) => Ok(Unverified),
        _ => Ok(state),
    }
}

fn input(id: &str, mutation: &str, number: usize) -> (String, Value) {
    let more = match mutation {
        "requestBusinessVerification" => json!({ "documents": [{ "name": "Extract", "reference": format!("storage/{number}") }] }),
        "rejectBusiness" => json!({ "reason": "it is somebody else" }),
        "rename" => json!({ "legalName": format!("Name {number}") }),
        "updateBusiness" => json!({ "industry": format!("Industry {number}") }),
        _ => json!({}),
    };
    let mut input = more;
    input["businessId"] = json!(id);
    let mutation = if mutation == "rename" { "updateBusiness" } else { mutation };
    (mutation.to_owned(), input)
}

#[tokio::test]
async fn random_moves_lead_where_the_rules_say() {
    let home = Home::build().await;
    let id = make(&home, &home.owner, "Name").await;
    let mut dice = Dice(seed());
    let mut state = State::Unverified;
    for number in 0..80 {
        let kind = MOVES[dice.roll(MOVES.len())];
        let (mutation, input) = input(&id, kind, number);
        // Who may not decide leaves it as it is.
        let person = [&home.owner, &home.admin, &home.manager][dice.roll(3)];
        let decides = ["verifyBusiness", "rejectBusiness"].contains(&kind);
        let answer = home.send(person, &mutation, "business { verification }", input).await;
        if decides && person.id == home.manager.id {
            assert_eq!(answer.codes(), ["FORBIDDEN"]);
            continue;
        }
        let payload = &answer.data()["it"];
        match after(state, kind) {
            Ok(next) => {
                state = next;
                assert_eq!(payload["userErrors"], json!([]), "{kind}");
                assert_eq!(payload["business"]["verification"], json!(format!("{state:?}").to_uppercase()), "{kind}");
            }
            Err(code) => assert_eq!(payload["userErrors"][0]["code"], json!(code), "{kind} where it is {state:?}"),
        }
    }
}

#[tokio::test]
async fn of_moves_at_once_each_is_one_after_the_other() {
    let home = Home::build().await;
    let mut dice = Dice(seed());
    for round in 0..4 {
        let id = make(&home, &home.owner, &format!("Business {round}")).await;
        home.done(&home.owner, "requestBusinessVerification", "", input(&id, "requestBusinessVerification", 0).1).await;
        let calls = (0..10).map(|number| {
            let (mutation, input) = input(&id, MOVES[dice.roll(MOVES.len())], number + 100 * round);
            let (world, token) = (&home.world, &home.admin.token);
            async move { send(world, token, &mutation, "", input).await }
        });
        let done = join_all(calls).await.into_iter().filter(|answer| answer.data()["it"]["userErrors"] == json!([])).count();
        // Each change that was made stands in the log, and each names what it found.
        let sql = format!(
            "select count(*) from audit_logs where resource_id = '{}' and action not in ('business.create')",
            entity::split(&id).unwrap().1
        );
        assert_eq!(home.world.value(&sql).await.unwrap().parse::<usize>().unwrap(), done + 1);
        let chain = format!(
            "select bool_and(before is not distinct from earlier) from (
                select changes -> 'before' ->> 'verification' as before,
                    lag(changes -> 'after' ->> 'verification') over (order by index_id) as earlier
                from audit_logs where resource_id = '{}' and changes -> 'after' ? 'verification') chain where earlier is not null",
            entity::split(&id).unwrap().1
        );
        assert_eq!(home.world.value(&chain).await.as_deref().unwrap_or("true"), "true");
    }
}
