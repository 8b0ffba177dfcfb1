//! Variables and arguments: §3.5, §3.9, §3.10, §6.1.2 and §6.4.1 of the specification.

use serde_json::json;

use super::{data_with, outcome, refusals};

/// What `echo` hears.
async fn heard(declared: &str, arguments: &str, variables: serde_json::Value) -> String {
    let data = data_with(&format!("query{declared} {{ echo{arguments} {{ heard }} }}"), variables).await;
    let data: serde_json::Value = serde_json::from_str(&data).unwrap();
    data["echo"]["heard"].as_str().unwrap().to_owned()
}

/// Why `echo` is not even asked, or fails.
async fn complaint(declared: &str, arguments: &str, variables: serde_json::Value) -> String {
    refusals(&format!("query{declared} {{ echo{arguments} {{ heard }} }}"), variables).await.join("; ")
}

#[tokio::test]
async fn null_and_absent_are_different_things() {
    assert_eq!(heard("", "", json!({})).await, "size=7");
    assert_eq!(heard("", "(int: null)", json!({})).await, "int=null size=7");
    assert_eq!(heard("($v: Int)", "(int: $v)", json!({})).await, "size=7");
    assert_eq!(heard("($v: Int)", "(int: $v)", json!({ "v": null })).await, "int=null size=7");
    assert_eq!(heard("($v: Int)", "(int: $v)", json!({ "v": 3 })).await, "int=3 size=7");
}

#[tokio::test]
async fn defaults_stand_in_for_what_is_absent_and_not_for_null() {
    assert_eq!(heard("($v: Int = 4)", "(int: $v)", json!({})).await, "int=4 size=7");
    assert_eq!(heard("($v: Int = 4)", "(int: $v)", json!({ "v": null })).await, "int=null size=7");
    assert_eq!(heard("($v: Int = null)", "(int: $v)", json!({})).await, "int=null size=7");
    assert_eq!(heard("($v: Int)", "(size: $v)", json!({})).await, "size=7");
    assert_eq!(heard("($v: Int)", "(size: $v)", json!({ "v": null })).await, "size=null");
    assert_eq!(heard("", "(size: null)", json!({})).await, "size=null");
}

#[tokio::test]
async fn a_single_value_stands_for_a_list_of_one() {
    assert_eq!(heard("", "(list: 3)", json!({})).await, "list=[3] size=7");
    assert_eq!(heard("", "(list: [3, 4])", json!({})).await, "list=[3, 4] size=7");
    assert_eq!(heard("", "(list: [])", json!({})).await, "list=[] size=7");
    assert_eq!(heard("", "(list: null)", json!({})).await, "list=null size=7");
    assert_eq!(heard("($v: [Int!])", "(list: $v)", json!({ "v": 3 })).await, "list=[3] size=7");
    assert_eq!(heard("($v: Int!)", "(list: [1, $v])", json!({ "v": 3 })).await, "list=[1, 3] size=7");
    assert_eq!(heard("($v: Int)", "(sparse: [1, $v, null])", json!({})).await, "sparse=[Some(1), None, None] size=7");
}

#[tokio::test]
async fn input_objects_get_their_defaults_and_keep_what_is_absent_absent() {
    assert_eq!(heard("", "(filter: { needed: true })", json!({})).await, "filter={ limit=5 needed=true } size=7");
    assert_eq!(
        heard("($v: String)", "(filter: { name: $v, needed: true })", json!({})).await,
        "filter={ limit=5 needed=true } size=7"
    );
    assert_eq!(
        heard("($v: Filter)", "(filter: $v)", json!({ "v": { "name": null, "limit": 2, "needed": false, "colors": "RED" } })).await,
        "filter={ name=null colors=[RED] limit=2 needed=false } size=7"
    );
    assert_eq!(
        heard("($v: Filter = { needed: true, colors: [BLUE, RED] })", "(filter: $v)", json!({})).await,
        "filter={ colors=[BLUE RED] limit=5 needed=true } size=7"
    );
}

#[tokio::test]
async fn enums_are_names_in_documents_and_strings_in_variables() {
    assert_eq!(heard("", "(color: RED)", json!({})).await, "color=[RED] size=7");
    assert_eq!(heard("($v: Color)", "(color: $v)", json!({ "v": "BLUE" })).await, "color=[BLUE] size=7");
    assert_eq!(
        complaint("($v: Color)", "(color: $v)", json!({ "v": "GREEN" })).await,
        "variable `$v` expects a value of the enum `Color`"
    );
    assert_eq!(
        complaint("($v: Color)", "(color: $v)", json!({ "v": 1 })).await,
        "variable `$v` expects a value of the enum `Color`"
    );
    assert!(complaint("", "(color: GREEN)", json!({})).await.contains("does not contain the value"));
    let quoted = outcome("{ echo(color: \"RED\") { heard } }", json!({})).await;
    assert_eq!((quoted.data.as_str(), quoted.errors), (r#"{"echo":null}"#, vec!["BAD_USER_INPUT 1:3 echo".to_owned()]));
}

#[tokio::test]
async fn an_id_may_be_written_as_a_string_or_as_an_integer() {
    assert_eq!(heard("", "(id: 4)", json!({})).await, "id=4 size=7");
    assert_eq!(heard("", "(id: \"4\")", json!({})).await, "id=4 size=7");
    assert_eq!(heard("($v: ID)", "(id: $v)", json!({ "v": 4 })).await, "id=4 size=7");
    assert_eq!(complaint("($v: ID)", "(id: $v)", json!({ "v": 4.5 })).await, "variable `$v` expects a value of type `ID`");
}

#[tokio::test]
async fn variables_of_another_type_are_refused_before_anything_runs() {
    for (kind, argument, wrong) in [
        ("Int", "int", json!("3")),
        ("Int", "int", json!(3.5)),
        ("Int", "int", json!(2_147_483_648_i64)),
        ("Int", "int", json!(true)),
        ("Int", "int", json!([3])),
        ("String", "text", json!(3)),
        ("String", "text", json!({})),
        ("Boolean", "flag", json!("true")),
        ("Boolean", "flag", json!(0)),
        ("[Int!]", "list", json!([1, "2"])),
        ("ID", "id", json!(true)),
    ] {
        let message = complaint(&format!("($v: {kind})"), &format!("({argument}: $v)"), json!({ "v": wrong })).await;
        let inner = kind.trim_matches(['[', ']', '!']);
        assert_eq!(message, format!("variable `$v` expects a value of type `{inner}`"), "{wrong} as {kind}");
    }
    assert_eq!(heard("($v: Int)", "(int: $v)", json!({ "v": -2_147_483_648_i64 })).await, "int=-2147483648 size=7");
}

#[tokio::test]
async fn what_is_required_must_be_there() {
    let need = "query($v: Int!) { need(number: $v) { heard } }";
    assert_eq!(refusals(need, json!({})).await, ["variable `$v` of type `Int!` is required"]);
    assert_eq!(refusals(need, json!({ "v": null })).await, ["variable `$v` of type `Int!` must not be null"]);
    assert_eq!(data_with(need, json!({ "v": 1, "unknown": 2 })).await, r#"{"need":{"heard":"1"}}"#);
    assert_eq!(complaint("($v: Filter)", "(filter: $v)", json!({ "v": {} })).await, "variable `$v` lacks the field `needed`");
    assert_eq!(
        complaint("($v: Filter)", "(filter: $v)", json!({ "v": { "needed": null } })).await,
        "variable `$v` field `needed` must not be null"
    );
    let unknown = complaint("($v: Filter)", "(filter: $v)", json!({ "v": { "needed": true, "other": 1 } })).await;
    assert_eq!(unknown, "variable `$v` has the field `other`, which `Filter` does not define");
    assert_eq!(
        complaint("($v: [Int!])", "(list: $v)", json!({ "v": [1, null] })).await,
        "variable `$v` of type `Int!` must not be null"
    );
}

#[tokio::test]
async fn every_wrong_variable_is_named() {
    let text = "query($a: Int!, $b: Int, $c: Boolean!) { echo(int: $b, flag: $c) { heard } need(number: $a) { heard } }";
    let refused = refusals(text, json!({ "b": "x", "c": true })).await;
    assert_eq!(refused, ["variable `$a` of type `Int!` is required", "variable `$b` expects a value of type `Int`"]);
}

#[tokio::test]
async fn a_null_variable_where_a_default_allowed_it_fails_the_field_alone() {
    let text = "query($v: Int = 3) { need(number: $v) { heard } echo { heard } }";
    assert_eq!(data_with(text, json!({})).await, r#"{"need":{"heard":"3"},"echo":{"heard":"size=7"}}"#);
    let null = outcome(text, json!({ "v": null })).await;
    assert_eq!(null.data, r#"{"need":null,"echo":{"heard":"size=7"}}"#);
    assert_eq!(null.errors, ["BAD_USER_INPUT 1:22 need"]);
}
