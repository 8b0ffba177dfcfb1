//! Operations and answers that are too large, and such as only look so.

use async_graphql::parser::parse_query;
use serde_json::json;
use tenantry::error::Code;
use tenantry::graph;

use super::{data, execute, library};

/// The code with which a text is refused when it is planned, whatever was measured before.
fn planned(text: &str) -> Result<usize, Code> {
    let document = parse_query(text).unwrap();
    let operation = graph::operation(&document, None).unwrap();
    match graph::plan(library::tables(), &document, operation, &Default::default()) {
        Ok(plan) => Ok(plan.len()),
        Err(errors) => Err(errors[0].code()),
    }
}

fn aliases(count: usize) -> String {
    (0..count).map(|number| format!("a{number}: number ")).collect()
}

#[test]
fn five_thousand_fields_are_planned_and_one_more_is_refused() {
    assert_eq!(planned(&format!("{{ book(number: 1) {{ {} }} }}", aliases(4_999))), Ok(5_000));
    assert_eq!(planned(&format!("{{ book(number: 1) {{ {} }} }}", aliases(5_000))), Err(Code::SelectionLimitExceeded));
}

#[test]
fn fragments_count_as_often_as_they_are_spread() {
    let fragment = format!("fragment part on Book {{ {} }}", aliases(1_000));
    let books = |count: usize| (0..count).map(|number| format!("b{number}: book(number: 1) {{ ...part }} ")).collect::<String>();
    assert_eq!(planned(&format!("{{ {} }} {fragment}", books(4))), Ok(4_004));
    assert_eq!(planned(&format!("{{ {} }} {fragment}", books(5))), Err(Code::SelectionLimitExceeded));
}

#[test]
fn the_same_field_many_times_is_one_field() {
    assert_eq!(planned(&format!("{{ {} }}", "book(number: 1) { number } ".repeat(10_000))), Ok(2));
}

#[test]
fn what_was_skipped_does_not_count() {
    let all = aliases(6_000);
    assert_eq!(planned(&format!("{{ book(number: 1) {{ ... @skip(if: true) {{ {all} }} number }} }}")), Ok(2));
}

/// A hundred books, whose author has written a hundred books, whose …
fn bestsellers(levels: usize) -> String {
    let (mut open, mut close) = (String::new(), String::new());
    for _ in 0..levels {
        open += "coauthor { books { ";
        close += " } }";
    }
    format!("{{ book(number: 1) {{ {open} number {close} }} }}")
}

#[tokio::test]
async fn rows_that_multiply_in_the_answer_are_written_up_to_a_limit() {
    let two = data(&bestsellers(2)).await;
    // Every seventh of the hundred has no author.
    assert_eq!(two.matches("number").count(), 86 * 100);
    let errors = execute(&bestsellers(5), None, json!({})).await.err().unwrap();
    assert_eq!(errors.iter().map(|error| error.code()).collect::<Vec<_>>(), [Code::AnswerLimitExceeded]);
}
