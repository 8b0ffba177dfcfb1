//! Mutations: one after the other (§6.2.2), each with its payload. The thirteenth book cannot be renamed, and with the
//! fourteenth something breaks.

use serde_json::json;

use super::{data, outcome, refusals};

#[tokio::test]
async fn mutations_run_one_after_the_other_in_the_order_of_the_document() {
    let text =
        "mutation { c: rename(number: 3) { journal } a: rename(number: 1) { book { number next { color } } journal } ...rest }
        fragment rest on Mutation { b: rename(number: 2) { journal } }";
    assert_eq!(
        data(text).await,
        r#"{"c":{"journal":[3]},"a":{"book":{"number":1,"next":{"color":"RED"}},"journal":[3,1]},"b":{"journal":[3,1,2]}}"#
    );
}

#[tokio::test]
async fn a_mutation_that_is_selected_twice_under_one_key_runs_once() {
    let text = "mutation { rename(number: 1) { journal } ... { rename(number: 1) { book { number } } } again: rename(number: 1) { journal } }";
    assert_eq!(data(text).await, r#"{"rename":{"journal":[1],"book":{"number":1}},"again":{"journal":[1,1]}}"#);
}

#[tokio::test]
async fn a_mutation_that_is_skipped_does_not_run() {
    let text = "mutation { a: rename(number: 1) @skip(if: true) { journal } b: rename(number: 2) { journal } }";
    assert_eq!(data(text).await, r#"{"b":{"journal":[2]}}"#);
}

#[tokio::test]
async fn what_was_done_before_and_after_a_failure_is_told() {
    for (number, code) in [(13, "CONFLICT"), (14, "INTERNAL")] {
        let text = format!(
            "mutation {{ a: rename(number: 1) {{ journal }} b: rename(number: {number}) {{ journal }} c: rename(number: 3) {{ journal }} }}"
        );
        let outcome = outcome(&text, json!({})).await;
        assert_eq!(outcome.data, r#"{"a":{"journal":[1]},"b":null,"c":{"journal":[1,3]}}"#);
        assert_eq!(outcome.errors, [format!("{code} 1:45 b")]);
        assert!(!outcome.body.to_string().contains("secret"));
    }
}

#[tokio::test]
async fn a_first_mutation_that_breaks_ends_the_request() {
    for text in [
        "mutation { b: rename(number: 14) { journal } }",
        "mutation { __typename b: rename(number: 14) { journal } c: rename(number: 3) { journal } }",
    ] {
        assert_eq!(refusals(text, json!({})).await, ["something went wrong on the server"]);
    }
}

#[tokio::test]
async fn a_payload_that_cannot_be_read_does_not_undo_its_mutation() {
    let text = "mutation { a: rename(number: 7) { journal book { author { name } } } b: rename(number: 901) { book { shelf { label } isbn } journal } }";
    let outcome = outcome(text, json!({})).await;
    assert_eq!(outcome.data, r#"{"a":{"journal":[7],"book":null},"b":{"book":{"shelf":null,"isbn":null},"journal":[7,901]}}"#);
    assert_eq!(outcome.errors, ["INTERNAL 1:50 a.book.author", "CONFLICT 1:102 b.book.shelf", "FORBIDDEN 1:118 b.book.isbn"]);
}

#[tokio::test]
async fn wrong_arguments_of_a_mutation_keep_it_from_running() {
    let text = "mutation($number: Int = 5) { a: rename(number: $number) { journal } b: rename(number: 2) { journal } }";
    let outcome = outcome(text, json!({ "number": null })).await;
    assert_eq!(
        (outcome.data.as_str(), outcome.errors),
        (r#"{"a":null,"b":{"journal":[2]}}"#, vec!["BAD_USER_INPUT 1:30 a".to_owned()])
    );
}
