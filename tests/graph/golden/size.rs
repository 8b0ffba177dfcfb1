//! Operations and answers that are too large, and such as only look so.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::parse_query;
use serde_json::json;
use tenantry::error::Code;
use tenantry::graph;

use super::{data, execute, library};

/// The code with which a text is refused when it is planned, whatever was measured before.
fn planned(text: &str) -> Result<usize, Code> {
    let document = parse_query(text).unwrap();
    let operation = graph::operation(&document, None).unwrap();
    match graph::plan(library::tables(), &document, operation, &IndexMap::new()) {
        Ok(plan) => Ok(plan.len()),
        Err(errors) => Err(errors[0].code()),
    }
}

fn aliases(count: usize) -> String {
    repeated(count, |number| format!("a{number}: number "))
}

#[test]
fn five_thousand_fields_are_planned_and_one_more_is_refused() {
    assert_eq!(planned(&format!("{{ book(number: 1) {{ {} }} }}", aliases(4_999))), Ok(5_000));
    assert_eq!(planned(&format!("{{ book(number: 1) {{ {} }} }}", aliases(5_000))), Err(Code::SelectionLimitExceeded));
}

#[test]
fn fragments_count_as_often_as_they_are_spread() {
    let fragment = format!("fragment part on Book {{ {} }}", aliases(1_000));
    let books = |count: usize| repeated(count, |number| format!("b{number}: book(number: 1) {{ ...part }} "));
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
    assert_eq!(errors.iter().map(tenantry::error::Error::code).collect::<Vec<_>>(), [Code::AnswerLimitExceeded]);
}

/// What becomes of a text that repeats itself: `data`, or the code of each refusal.
async fn fate(text: String) -> Result<String, Vec<Code>> {
    let outcome = execute(&text, None, json!({})).await;
    outcome.map(|outcome| outcome.data).map_err(|errors| errors.iter().map(tenantry::error::Error::code).collect())
}

fn repeated(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect::<Vec<_>>().concat()
}

#[tokio::test]
async fn a_document_that_repeats_itself_is_answered_up_to_a_limit() {
    let duplicates = |count: usize| format!("{{ book(number: 1) {{ {} }} }}", "number ".repeat(count));
    assert_eq!(fate(duplicates(4_999)).await, Ok(r#"{"book":{"number":1}}"#.to_owned()));
    assert_eq!(fate(duplicates(5_000)).await, Err(vec![Code::SelectionLimitExceeded]));
    let nested = |count: usize| format!("{{ book(number: 1) {{ {} }} }}", "next { next { next { number } } } ".repeat(count));
    assert_eq!(fate(nested(1_200)).await, Ok(r#"{"book":{"next":{"next":{"next":{"number":4}}}}}"#.to_owned()));
    let arguments =
        |count: usize| format!("{{ requiredBooks(numbers: [{}]) {{ __typename @skip(if: true) }} }}", "1 ".repeat(count));
    assert_eq!(fate(arguments(20_000)).await, Err(vec![Code::TokenLimitExceeded]));
}

#[tokio::test]
async fn many_variables_directives_and_fragments_are_read_and_not_endured() {
    let variables = |count: usize| {
        let (declared, used) = (
            repeated(count, |n| format!("$v{n}: Int = {n} ")),
            repeated(count, |n| format!("b{n}: book(number: $v{n}) {{ number }} ")),
        );
        format!("query({declared}) {{ {used} }}")
    };
    assert!(fate(variables(100)).await.unwrap().ends_with(r#""b99":{"number":99}}"#));
    assert_eq!(fate(variables(101)).await, Err(vec![Code::AliasLimitExceeded]));
    assert_eq!(fate(variables(2_000)).await, Err(vec![Code::TokenLimitExceeded]));
    let directives =
        |count: usize| format!("{{ __typename book(number: 1) {{ number {} }} }}", "@include(if: true) ".repeat(count));
    assert!(fate(directives(2)).await.unwrap_err().iter().all(|code| *code == Code::GraphqlValidationFailed));
    assert_eq!(fate(directives(5_000)).await, Err(vec![Code::DirectiveLimitExceeded]));
    // Doubled twelve times, in half a kilobyte.
    let doubled = repeated(12, |n| format!("fragment f{n} on Query {{ ...f{} ...f{} }} ", n + 1, n + 1));
    assert_eq!(
        fate(format!("{{ ...f0 }} {doubled} fragment f12 on Query {{ __typename }}")).await,
        Err(vec![Code::SelectionLimitExceeded])
    );
}
