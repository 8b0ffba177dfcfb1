//! What is selected, under which keys, in which order: §2.5–2.8, §3.13 and §6.3 of the specification.

use serde_json::json;

use super::{data, data_with, execute};

#[tokio::test]
async fn keys_come_in_the_order_of_the_document_under_their_aliases() {
    assert_eq!(
        data("{ book(number: 2) { color number id } }").await,
        r#"{"book":{"color":"RED","number":2,"id":"user_00000000000000000000000002"}}"#
    );
    assert_eq!(
        data("{ b: book(number: 2) { two: number number } a: book(number: 1) { number } }").await,
        r#"{"b":{"two":2,"number":2},"a":{"number":1}}"#
    );
    assert_eq!(
        data("{ book(number: 2) { next: author { name } author: next { number } } }").await,
        r#"{"book":{"next":{"name":"author 0"},"author":{"number":3}}}"#
    );
}

#[tokio::test]
async fn the_same_key_twice_is_one_field_where_it_stood_first() {
    assert_eq!(data("{ book(number: 2) { number color number } }").await, r#"{"book":{"number":2,"color":"RED"}}"#);
    assert_eq!(
        data("{ book(number: 2) { next { number } color next { color next { number } } next { next { color } } } }").await,
        r#"{"book":{"next":{"number":3,"color":"BLUE","next":{"number":4,"color":"RED"}},"color":"RED"}}"#
    );
}

#[tokio::test]
async fn fields_merge_across_fragments_of_all_kinds() {
    let text = "query { ...root ... { book(number: 2) { color } } ... on Query { book(number: 2) { next { color } } } }
        fragment root on Query { book(number: 2) { number ...inner } }
        fragment inner on Book { next { number ...deep } }
        fragment deep on Book { color next { number } }";
    assert_eq!(data(text).await, r#"{"book":{"number":2,"next":{"number":3,"color":"BLUE","next":{"number":4}},"color":"RED"}}"#);
}

#[tokio::test]
async fn a_fragment_that_is_spread_twice_counts_once() {
    let text = "{ book(number: 2) { ...part color ...part next { ...part } } } fragment part on Book { number }";
    assert_eq!(data(text).await, r#"{"book":{"number":2,"color":"RED","next":{"number":3}}}"#);
}

#[tokio::test]
async fn fragments_on_an_interface_and_on_its_types_apply_to_their_rows() {
    let text = "{ nodes(ids: [\"user_00000000000000000000000002\", \"org_00000000000000000000000003\", \"user_00000000000000000000000003\"]) {
        ...any ... on Book { number } ... on Shelf { label ... on Node { id } } ... on Node { ... on Book { color } } } }
        fragment any on Node { __typename }";
    assert_eq!(
        data(text).await,
        concat!(
            r#"{"nodes":[{"__typename":"Book","number":2,"color":"RED"},"#,
            r#"{"__typename":"Shelf","label":"shelf 3","id":"org_00000000000000000000000003"},"#,
            r#"{"__typename":"Book","number":3,"color":"BLUE"}]}"#
        )
    );
    let on_object = "{ book(number: 2) { ... on Node { id ... on Shelf { label } ... on Book { number } } } }";
    assert_eq!(data(on_object).await, r#"{"book":{"id":"user_00000000000000000000000002","number":2}}"#);
}

#[tokio::test]
async fn nodes_keep_the_order_of_their_ids_and_are_null_where_there_is_none() {
    let text = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let (book, shelf, nobody) =
        ("user_00000000000000000000000002", "org_00000000000000000000000003", "user_0000000000000000000000ffff");
    let answer = data_with(text, json!({ "ids": [shelf, nobody, book, shelf, nobody] })).await;
    assert_eq!(answer, format!(r#"{{"nodes":[{{"id":"{shelf}"}},null,{{"id":"{book}"}},{{"id":"{shelf}"}},null]}}"#));
    assert_eq!(data_with(text, json!({ "ids": [] })).await, r#"{"nodes":[]}"#);
    let alone = data_with("query($id: ID!) { node(id: $id) { __typename } }", json!({ "id": nobody })).await;
    assert_eq!(alone, r#"{"node":null}"#);
}

#[tokio::test]
async fn a_typename_can_be_asked_for_everywhere() {
    let text = "{ __typename book(number: 2) { __typename kind: __typename ... { next { __typename } } shelf { books(first: 1) { __typename
        edges { __typename node { __typename } } pageInfo { __typename } } } } node(id: \"org_00000000000000000000000003\") { __typename } }";
    assert_eq!(
        data(text).await,
        concat!(
            r#"{"__typename":"Query","book":{"__typename":"Book","kind":"Book","next":{"__typename":"Book"},"shelf":{"books":{"__typename":"BookConnection","#,
            r#""edges":[{"__typename":"BookEdge","node":{"__typename":"Book"}}],"pageInfo":{"__typename":"PageInfo"}}}},"node":{"__typename":"Shelf"}}"#
        )
    );
    assert_eq!(data("mutation { __typename }").await, r#"{"__typename":"Mutation"}"#);
}

#[tokio::test]
async fn skip_and_include_decide_by_literals() {
    let text = "{ book(number: 2) { a: number @skip(if: true) b: number @skip(if: false) c: number @include(if: true) d: number @include(if: false) } }";
    assert_eq!(data(text).await, r#"{"book":{"b":2,"c":2}}"#);
}

#[tokio::test]
async fn skip_and_include_decide_by_variables_and_their_defaults() {
    let text = "query($yes: Boolean!, $no: Boolean! = false) {
        book(number: 2) { a: number @skip(if: $yes) b: number @skip(if: $no) ... @include(if: $yes) { c: number } ...part @include(if: $no) } }
        fragment part on Book { d: number }";
    assert_eq!(data_with(text, json!({ "yes": true })).await, r#"{"book":{"b":2,"c":2}}"#);
    assert_eq!(data_with(text, json!({ "yes": false, "no": true })).await, r#"{"book":{"a":2,"d":2}}"#);
}

#[tokio::test]
async fn a_field_stays_only_where_both_conditions_let_it() {
    let text =
        "query($skip: Boolean!, $include: Boolean!) { book(number: 2) { color number @skip(if: $skip) @include(if: $include) } }";
    for (skip, include) in [(false, false), (false, true), (true, false), (true, true)] {
        let expected = if include && !skip { r#"{"book":{"color":"RED","number":2}}"# } else { r#"{"book":{"color":"RED"}}"# };
        assert_eq!(data_with(text, json!({ "skip": skip, "include": include })).await, expected);
    }
}

#[tokio::test]
async fn a_condition_takes_away_one_place_and_not_the_field() {
    let text = "{ book(number: 2) { number @skip(if: true) color number next @skip(if: true) { color } next { number } ...part @skip(if: true) ...part } }
        fragment part on Book { place }";
    assert_eq!(data(text).await, r#"{"book":{"color":"RED","number":2,"next":{"number":3},"place":0}}"#);
}

#[tokio::test]
async fn an_object_of_which_everything_was_skipped_is_empty() {
    assert_eq!(data("{ book(number: 2) { number @skip(if: true) } }").await, r#"{"book":{}}"#);
    assert_eq!(data("{ book(number: 2) @include(if: false) { number } }").await, "{}");
    assert_eq!(data("{ book(number: 2) { volumes { number @skip(if: true) } } }").await, r#"{"book":{"volumes":[{},{},{}]}}"#);
    assert_eq!(
        data("{ book(number: 2) { shelf { books(first: 2) { nodes { number @skip(if: true) } } } } }").await,
        r#"{"book":{"shelf":{"books":{"nodes":[{},{}]}}}}"#
    );
}

#[tokio::test]
async fn a_connection_pages_in_both_directions() {
    let text = "query($first: Int, $last: Int, $after: String, $before: String) { book(number: 12) { shelf {
        books(first: $first, last: $last, after: $after, before: $before) { nodes { number } totalCount
            pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor } } } } }";
    let page = async |variables: serde_json::Value| {
        let data: serde_json::Value = serde_json::from_str(&data_with(text, variables).await).unwrap();
        data["book"]["shelf"]["books"].clone()
    };
    let numbers = |page: &serde_json::Value| -> Vec<i64> {
        page["nodes"].as_array().unwrap().iter().map(|node| node["number"].as_i64().unwrap()).collect()
    };
    let more = |page: &serde_json::Value| (page["pageInfo"]["hasPreviousPage"] == true, page["pageInfo"]["hasNextPage"] == true);
    let first = page(json!({ "first": 4 })).await;
    assert_eq!((numbers(&first), more(&first)), (vec![10, 11, 12, 13], (false, true)));
    assert_eq!(first["totalCount"], 10);
    assert_eq!(first["pageInfo"]["endCursor"], first["edges"][3]["cursor"]);
    assert_eq!(first["pageInfo"]["startCursor"], first["edges"][0]["cursor"]);
    let next = page(json!({ "first": 6, "after": first["pageInfo"]["endCursor"] })).await;
    assert_eq!((numbers(&next), more(&next)), (vec![14, 15, 16, 17, 18, 19], (true, false)));
    let last = page(json!({ "last": 2 })).await;
    assert_eq!((numbers(&last), more(&last)), (vec![18, 19], (true, false)));
    let previous = page(json!({ "last": 3, "before": first["pageInfo"]["endCursor"] })).await;
    assert_eq!((numbers(&previous), more(&previous)), (vec![10, 11, 12], (false, true)));
    let empty = page(json!({ "first": 0 })).await;
    assert_eq!((numbers(&empty), more(&empty), &empty["pageInfo"]["endCursor"]), (vec![], (false, true), &json!(null)));
}

#[tokio::test]
async fn an_operation_is_chosen_by_its_name() {
    let text = "query One { book(number: 1) { number } } query Two { book(number: 2) { number } }";
    assert_eq!(execute(text, Some("Two"), json!({})).await.unwrap().data, r#"{"book":{"number":2}}"#);
    for (text, name, message) in [
        (text, Some("Three"), "`operationName` names no operation of the document"),
        (text, None, "the document has several operations: send `operationName`"),
        ("{ __typename }", Some("One"), "`operationName` names no operation of the document"),
    ] {
        let errors = execute(text, name, json!({})).await.err().unwrap();
        assert_eq!(errors.iter().map(tenantry::error::Error::public_message).collect::<Vec<_>>(), [message]);
    }
    assert_eq!(execute("query One { __typename }", None, json!({})).await.unwrap().data, r#"{"__typename":"Query"}"#);
}

#[tokio::test]
async fn strings_are_escaped_and_leaves_in_lists_are_written() {
    assert_eq!(data("{ book(number: 2) { tags } }").await, r#"{"book":{"tags":["a \"tag\"","a \"tag\""]}}"#);
    assert_eq!(data("{ book(number: 3) { tags } }").await, r#"{"book":{"tags":[]}}"#);
}
