//! Documents made to hurt: refused by their shape, in linear time, before anything runs.

use serde_json::json;

use crate::world::World;

/// Asks as the owner; the whole document is refused with this code, and the server goes on.
async fn refused(world: &World, owner: &str, what: &str, document: &str, code: &str) {
    let answer = world.ask(owner, document, json!({})).await;
    assert_eq!(answer.status.as_u16(), 200, "{what}: {:.500}", answer.body.to_string());
    assert!(
        !answer.codes().is_empty() && answer.codes().iter().all(|found| *found == code),
        "{what}: {:.500}",
        answer.body.to_string()
    );
    assert!(answer.body.get("data").is_none(), "{what}");
    assert!(answer.body.to_string().len() < 20_000, "{what}: an answer of {} bytes", answer.body.to_string().len());
    assert_eq!(
        world.ask(owner, "{ viewer { user { displayName } } }", json!({})).await.data()["viewer"]["user"]["displayName"],
        "Olivia Owner"
    );
}

#[tokio::test]
async fn a_text_that_is_no_document_is_refused() {
    let world = World::demo().await;
    let owner = world.act_as("owner").await;
    for text in [
        "{",
        "}",
        "{}",
        "query",
        "{ a b: }",
        "{ viewer { id }",
        "{ viewer(",
        "\"\"\"",
        "\"",
        "{ \"viewer\" }",
        "{ a(b: \"\\ud800\") }",
        "{ a(b: \"\\q\") }",
        "🙂",
        "select 1",
        "# only a comment",
    ] {
        refused(&world, &owner, text, text, "GRAPHQL_PARSE_FAILED").await;
    }
}

#[tokio::test]
async fn nesting_without_end_is_refused() {
    let world = World::demo().await;
    let owner = world.act_as("owner").await;
    let deep = 100_000;
    refused(&world, &owner, "lists", &format!("{{ organizations(filter: {}", "[".repeat(deep)), "NESTING_LIMIT_EXCEEDED").await;
    refused(&world, &owner, "objects", &format!("{{ organizations(filter: {}", "{a:".repeat(deep)), "NESTING_LIMIT_EXCEEDED").await;
    refused(&world, &owner, "selections", &"{a".repeat(deep), "DEPTH_LIMIT_EXCEEDED").await;
    refused(&world, &owner, "types", &format!("query($a: {}", "[".repeat(deep)), "NESTING_LIMIT_EXCEEDED").await;
    let members = "members { nodes { organization { ".repeat(8);
    let fields = format!("{{ organizations {{ nodes {{ {members} id {} }} }} }}", "} } } ".repeat(8));
    refused(&world, &owner, "fields", &fields, "DEPTH_LIMIT_EXCEEDED").await;
}

#[tokio::test]
async fn fragments_that_multiply_are_refused() {
    let world = World::demo().await;
    let owner = world.act_as("owner").await;
    // Each fragment spreads the next one so many times.
    let chain = |length: usize, times: usize| {
        let fragment = |level: usize| format!("fragment f{level} on Query {{ {} }}", format!("...f{} ", level + 1).repeat(times));
        let fragments: Vec<String> = (0..length).map(fragment).collect();
        format!("{{ ...f0 }} {} fragment f{length} on Query {{ __typename }}", fragments.join(" "))
    };
    refused(&world, &owner, "a bomb", &chain(30, 2), "SELECTION_LIMIT_EXCEEDED").await;
    refused(&world, &owner, "a chain", &chain(1_000, 1), "TOKEN_LIMIT_EXCEEDED").await;
    for (what, cycle) in [
        ("itself", "{ ...a } fragment a on Query { ...a }"),
        ("each other", "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }"),
        ("unused", "{ __typename } fragment a on Query { ...b } fragment b on Query { ...a }"),
        (
            "deep inside",
            "{ viewer { ...a } } fragment a on Viewer { memberships { nodes { user { ...b } } } } fragment b on User { memberships { nodes { user { ...b } } } }",
        ),
    ] {
        refused(&world, &owner, what, cycle, "FRAGMENT_CYCLE").await;
    }
    refused(&world, &owner, "unknown", "{ ...nobody }", "GRAPHQL_VALIDATION_FAILED").await;
}

#[tokio::test]
async fn aliases_fields_at_the_root_and_directives_are_answered_up_to_their_limits() {
    let world = World::demo().await;
    let owner = world.act_as("owner").await;
    let aliased = |count: usize| {
        let fields: Vec<String> = (0..count).map(|alias| format!("a{alias}: name")).collect();
        format!("{{ organizations(first: 1) {{ nodes {{ {} }} }} }}", fields.join(" "))
    };
    let answer = world.ask(&owner, &aliased(30), json!({})).await;
    assert_eq!(answer.data()["organizations"]["nodes"][0]["a29"], "Northgate Robotics");
    refused(&world, &owner, "31 aliases", &aliased(31), "ALIAS_LIMIT_EXCEEDED").await;
    refused(&world, &owner, "1 000 aliases", &aliased(1_000), "TOKEN_LIMIT_EXCEEDED").await;
    let roots = |count: usize| {
        let fields: Vec<String> = (0..count).map(|alias| format!("a{alias}: __typename")).collect();
        format!("{{ {} }}", fields.join(" "))
    };
    assert_eq!(world.ask(&owner, &roots(20), json!({})).await.data()["a19"], "Query");
    refused(&world, &owner, "21 fields at the root", &roots(21), "ROOT_FIELD_LIMIT_EXCEEDED").await;
    let directives = |count: usize| {
        let fields: Vec<String> = (0..count).map(|_| "name @include(if: true)".to_owned()).collect();
        format!("{{ organizations(first: 1) {{ nodes {{ {} }} }} }}", fields.join(" "))
    };
    assert_eq!(
        world.ask(&owner, &directives(20), json!({})).await.data()["organizations"]["nodes"][0]["name"],
        "Northgate Robotics"
    );
    refused(&world, &owner, "21 directives", &directives(21), "DIRECTIVE_LIMIT_EXCEEDED").await;
}

#[tokio::test]
async fn a_document_of_several_operations_needs_a_name_that_it_holds() {
    let world = World::demo().await;
    let owner = world.act_as("owner").await;
    let two = "query A { viewer { user { displayName } } } query B { tenant { name } }";
    let named = async |name: serde_json::Value| world.post(Some(&owner), &json!({ "query": two, "operationName": name })).await;
    assert_eq!(named(json!("B")).await.data(), &json!({ "tenant": { "name": "Larkspur Cloud" } }));
    for name in [json!(null), json!("C"), json!("")] {
        let answer = named(name).await;
        assert_eq!((answer.status.as_u16(), answer.codes()), (400, vec!["BAD_USER_INPUT"]), "{:#}", answer.body);
    }
    let answer = world.post(Some(&owner), &json!({ "query": "query A { tenant { name } }", "operationName": "B" })).await;
    assert_eq!((answer.status.as_u16(), answer.codes()), (400, vec!["BAD_USER_INPUT"]), "{:#}", answer.body);
}

#[tokio::test]
async fn nodes_takes_a_hundred_ids_and_no_more() {
    let world = World::demo().await;
    let owner = world.act_as("owner").await;
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let ids = |count| json!({ "ids": vec!["org_01hzzzzzzzfzzvzzzzzzzzzzzz"; count] });
    assert_eq!(world.ask(&owner, query, ids(100)).await.data()["nodes"].as_array().unwrap().len(), 100);
    assert_eq!(world.ask(&owner, query, ids(0)).await.data()["nodes"], json!([]));
    for count in [101, 10_000] {
        assert_eq!(world.ask(&owner, query, ids(count)).await.codes(), ["BAD_USER_INPUT"]);
    }
}
