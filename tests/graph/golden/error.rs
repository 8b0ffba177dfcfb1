//! Errors and nulls: §6.4.4 and §7.1.2 of the specification. Every seventh book lacks its author; books from 900 on stand on
//! shelves that are locked.

use serde_json::json;

use super::{data, outcome};

/// Executes a query and compares both parts of its answer.
async fn assert_answer(text: &str, data: &str, errors: &[&str]) {
    let outcome = outcome(text, json!({})).await;
    assert_eq!(outcome.data, data);
    assert_eq!(outcome.errors, errors);
}

#[tokio::test]
async fn an_error_carries_message_place_path_and_code() {
    let outcome = outcome("{\n  b: book(number: 901) {\n    s: shelf { label }\n  }\n}", json!({})).await;
    let expected = json!([{
        "message": "a shelf is locked",
        "locations": [{ "line": 3, "column": 5 }],
        "path": ["b", "s"],
        "extensions": { "code": "CONFLICT" },
    }]);
    assert_eq!(outcome.body["errors"], expected);
    assert_eq!(outcome.data, r#"{"b":{"s":null}}"#);
}

#[tokio::test]
async fn what_is_broken_inside_is_masked_and_leads_to_the_log() {
    let outcome = outcome("{ book(number: 7) { author { name } } }", json!({})).await;
    let error = &outcome.body["errors"][0];
    assert_eq!(error["message"], "something went wrong on the server");
    assert!(error["extensions"]["requestId"].as_str().unwrap().starts_with("golden_"));
}

#[tokio::test]
async fn a_required_field_without_a_value_takes_its_parent_down() {
    assert_answer("{ book(number: 7) { number author { name } } }", r#"{"book":null}"#, &["INTERNAL 1:28 book.author"]).await;
    assert_answer(
        "{ book(number: 6) { number next { author { name } number } color } }",
        r#"{"book":{"number":6,"next":null,"color":"RED"}}"#,
        &["INTERNAL 1:35 book.next.author"],
    )
    .await;
}

#[tokio::test]
async fn a_null_climbs_through_all_that_is_required() {
    let text = "{ book(number: 6) { number next { required { number required { author { name } } } } } }";
    assert_answer(text, r#"{"book":{"number":6,"next":null}}"#, &["INTERNAL 1:35 book.next.required"]).await;
    assert_answer("{ requiredBook(number: 7) { author { name } } }", "null", &["INTERNAL 1:29 requiredBook.author"]).await;
    assert_answer("{ requiredBook(number: 0) { number } }", "null", &["INTERNAL 1:3 requiredBook"]).await;
    assert_answer(
        "{ a: book(number: 1) { number } b: requiredBook(number: 7) { author { name } } }",
        "null",
        &["INTERNAL 1:62 b.author"],
    )
    .await;
}

#[tokio::test]
async fn a_nullable_relation_without_a_row_is_null_without_an_error() {
    assert_eq!(
        data("{ book(number: 7) { coauthor { name } next { number } } none: book(number: 0) { number } }").await,
        r#"{"book":{"coauthor":null,"next":{"number":8}},"none":null}"#
    );
    assert_eq!(data("{ book(number: 9) { next { number } place } }").await, r#"{"book":{"next":null,"place":0}}"#);
}

#[tokio::test]
async fn a_null_among_required_items_takes_the_list_down() {
    // [Book!]: the list.
    assert_answer("{ books(numbers: [6, 7, 8]) { author { name } } }", r#"{"books":null}"#, &["INTERNAL 1:31 books.1.author"])
        .await;
    // [Book!]!: what holds the list.
    assert_answer(
        "{ book(number: 5) { number volumes { author { name } } } }",
        r#"{"book":null}"#,
        &["INTERNAL 1:38 book.volumes.2.author"],
    )
    .await;
    assert_answer("{ requiredBooks(numbers: [7]) { author { name } } }", "null", &["INTERNAL 1:33 requiredBooks.0.author"]).await;
    assert_answer(
        "{ books(numbers: [4, 5]) { number next { volumes { author { name } } } } }",
        r#"{"books":[{"number":4,"next":null},{"number":5,"next":null}]}"#,
        &["INTERNAL 1:52 books.0.next.volumes.2.author", "INTERNAL 1:52 books.1.next.volumes.1.author"],
    )
    .await;
}

#[tokio::test]
async fn a_null_among_nullable_items_stays_alone() {
    // [Node]
    let text = "{ nodes(ids: [\"user_00000000000000000000000006\", \"user_00000000000000000000000007\", \"user_00000000000000000000000008\"]) {
... on Book { number author { name } } } }";
    assert_answer(
        text,
        r#"{"nodes":[{"number":6,"author":{"name":"author 0"}},null,{"number":8,"author":{"name":"author 0"}}]}"#,
        &["INTERNAL 2:22 nodes.1.author"],
    )
    .await;
}

#[tokio::test]
async fn what_was_written_of_a_parent_that_falls_is_taken_back() {
    let text = "{ before: book(number: 2) { author { name } } books(numbers: [1, 2, 7]) { number author { name books { number @skip(if: true) } } }
        after: book(number: 3) { author { name } } }";
    assert_answer(
        text,
        r#"{"before":{"author":{"name":"author 0"}},"books":null,"after":{"author":{"name":"author 0"}}}"#,
        &["INTERNAL 1:82 books.2.author"],
    )
    .await;
}

#[tokio::test]
async fn rows_that_are_shared_are_written_again_after_a_text_of_theirs_was_taken_back() {
    // The author of all of them is one row; the list in which its text stood first falls.
    let text = "{ books(numbers: [4, 1]) { next { volumes { coauthor { name } required { number } } } coauthor { name } } }";
    let fallen = r#"{"next":null,"coauthor":{"name":"author 0"}}"#;
    let stays = r#"{"volumes":[{"coauthor":{"name":"author 0"},"required":{"number":2}},{"coauthor":{"name":"author 0"},"required":{"number":3}},{"coauthor":{"name":"author 0"},"required":{"number":4}}]}"#;
    assert_answer(
        text,
        &format!(r#"{{"books":[{fallen},{{"next":{stays},"coauthor":{{"name":"author 0"}}}}]}}"#),
        &["INTERNAL 1:63 books.0.next.volumes.2.required"],
    )
    .await;
}

#[tokio::test]
async fn a_load_that_fails_is_an_error_of_each_place_that_needed_it() {
    assert_answer(
        "{ books(numbers: [901, 2]) { number shelf { label } place tags } }",
        r#"{"books":[{"number":901,"shelf":null,"place":null,"tags":["a \"tag\""]},{"number":2,"shelf":null,"place":null,"tags":["a \"tag\"","a \"tag\""]}]}"#,
        &["CONFLICT 1:37 books.0.shelf", "CONFLICT 1:53 books.0.place", "CONFLICT 1:37 books.1.shelf", "CONFLICT 1:53 books.1.place"],
    )
    .await;
    assert_answer(
        "{ book(number: 900) { related { number } number } }",
        r#"{"book":{"related":null,"number":900}}"#,
        &["CONFLICT 1:23 book.related"],
    )
    .await;
}

#[tokio::test]
async fn wrong_arguments_fail_their_field_alone() {
    let text =
        "{ book(number: 2) { number shelf { label a: books(first: -1) { totalCount } b: books(first: 1, last: 1) { totalCount }
c: books(after: \"rubbish\") { totalCount } d: books(first: 1) { totalCount } } } }";
    let data = r#"{"book":{"number":2,"shelf":{"label":"shelf 0","a":null,"b":null,"c":null,"d":{"totalCount":10}}}}"#;
    assert_answer(
        text,
        data,
        &["BAD_USER_INPUT 1:42 book.shelf.a", "BAD_USER_INPUT 1:77 book.shelf.b", "BAD_USER_INPUT 2:1 book.shelf.c"],
    )
    .await;
    assert_answer(
        "{ node(id: \"rubbish\") { id } __typename }",
        r#"{"node":null,"__typename":"Query"}"#,
        &["BAD_USER_INPUT 1:3 node"],
    )
    .await;
}

#[tokio::test]
async fn a_denied_field_is_null_and_its_siblings_are_there() {
    let text = "{ book(number: 2) { number isbn color editor { name } } forbidden { number } }";
    let data = r#"{"book":{"number":2,"isbn":null,"color":"RED","editor":null},"forbidden":null}"#;
    assert_answer(text, data, &["FORBIDDEN 1:28 book.isbn", "FORBIDDEN 1:39 book.editor", "FORBIDDEN 1:57 forbidden"]).await;
    let denied = outcome("{ book(number: 2) { isbn } }", json!({})).await;
    assert_eq!(
        denied.body["errors"][0]["extensions"],
        json!({ "code": "FORBIDDEN", "permission": "billing.read", "reason": "not_signed_in" })
    );
}

#[tokio::test]
async fn a_field_that_is_selected_twice_fails_once_where_it_stood_first() {
    let text = "{ book(number: 901) { shelf { label } ...part ... { shelf { id } } } } fragment part on Book { shelf { label } isbn isbn }";
    assert_answer(text, r#"{"book":{"shelf":null,"isbn":null}}"#, &["CONFLICT 1:23 book.shelf", "FORBIDDEN 1:112 book.isbn"]).await;
}

#[tokio::test]
async fn shared_rows_are_copied_and_their_errors_are_not() {
    // All of them have the same author, whose name may be copied; the error of the salary is told at each place.
    assert_eq!(
        data("{ books(numbers: [1, 2, 3]) { coauthor { name } } }").await,
        r#"{"books":[{"coauthor":{"name":"author 0"}},{"coauthor":{"name":"author 0"}},{"coauthor":{"name":"author 0"}}]}"#
    );
    assert_answer(
        "{ books(numbers: [1, 2, 3]) { coauthor { name salary } } }",
        r#"{"books":[{"coauthor":{"name":"author 0","salary":null}},{"coauthor":{"name":"author 0","salary":null}},{"coauthor":{"name":"author 0","salary":null}}]}"#,
        &["FORBIDDEN 1:47 books.0.coauthor.salary", "FORBIDDEN 1:47 books.1.coauthor.salary", "FORBIDDEN 1:47 books.2.coauthor.salary"],
    )
    .await;
}

#[tokio::test]
async fn errors_come_in_the_order_of_the_answer_and_not_of_the_levels() {
    let text = "{ book(number: 901) { next { isbn } related { number } volumes { shelf { label } } isbn } forbidden { number } }";
    let data = r#"{"book":{"next":null,"related":null,"volumes":[{"shelf":null},{"shelf":null},{"shelf":null}],"isbn":null},"forbidden":null}"#;
    let errors = [
        "CONFLICT 1:37 book.related",
        "CONFLICT 1:66 book.volumes.0.shelf",
        "CONFLICT 1:66 book.volumes.1.shelf",
        "CONFLICT 1:66 book.volumes.2.shelf",
        "FORBIDDEN 1:84 book.isbn",
        "FORBIDDEN 1:91 forbidden",
    ];
    assert_answer(text, data, &errors).await;
}

#[tokio::test]
async fn fifty_errors_are_told_and_further_ones_counted() {
    let numbers: Vec<i32> = (1..=60).collect();
    let text = "query($numbers: [Int!]!) { books(numbers: $numbers) { isbn } forbidden { number } }";
    let many = outcome(text, json!({ "numbers": numbers })).await;
    assert_eq!(many.errors.len(), 50);
    assert_eq!(many.errors[49], "FORBIDDEN 1:55 books.49.isbn");
    assert_eq!(many.body["extensions"]["errorsOmitted"], 11);
    assert_eq!(many.data.matches("null").count(), 61);
    let few = outcome(text, json!({ "numbers": numbers[..49] })).await;
    assert_eq!((few.errors.len(), few.body.get("extensions")), (50, None));
}
