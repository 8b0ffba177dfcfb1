//! Every root field, asked by somebody who has not signed in.

use std::collections::BTreeMap;

use async_graphql::parser::types::{BaseType, Type, TypeDefinition, TypeKind};
use reqwest::StatusCode;
use serde_json::Value;
use tenantry::schema;

use super::contract::{fields, types};
use crate::world::{Answer, World};

/// What an id may begin with: which one a field wants, its answer tells.
const PREFIXES: [&str; 21] = [
    "org", "user", "role", "ten", "mem", "prod", "sub", "perm", "team", "tmbr", "tmem", "povr", "grant", "mrole", "sess", "key",
    "inv", "otr", "pdoc", "biz", "conv",
];

/// Fields of inputs that name ids of several types: which one each of these is.
const NAMED: [(&str, &str); 4] = [("documentId", "pdoc"), ("teamId", "team"), ("userId", "user"), ("roleId", "role")];

/// How people come in: what strangers may call. Nothing that these say tells one stranger more than another.
const DOORS: [&str; 7] =
    ["answerSignInChallenge", "requestPasswordReset", "resendVerification", "resetPassword", "signIn", "signUp", "verifyEmail"];

/// A value that an argument takes, made from the schema alone.
fn value(types: &BTreeMap<String, TypeDefinition>, of: &Type, prefix: &str) -> String {
    let name = match &of.base {
        BaseType::List(inner) => return format!("[{}]", value(types, inner, prefix)),
        BaseType::Named(name) => name.as_str(),
    };
    match (name, types.get(name).map(|definition| &definition.kind)) {
        ("ID", _) => format!("\"{prefix}_01h455vb4pex5vsknk084sn02q\""),
        ("String", _) => "\"something\"".to_owned(),
        ("Int", _) => "1".to_owned(),
        ("Boolean", _) => "true".to_owned(),
        ("JSON", _) => "{}".to_owned(),
        (_, Some(TypeKind::Enum(set))) => set.values[0].node.value.to_string(),
        (_, Some(TypeKind::InputObject(input))) => {
            let required = input.fields.iter().filter(|field| !field.node.ty.node.nullable);
            let fields = required.map(|field| {
                let own = NAMED.iter().find(|(name, _)| *name == field.node.name.node).map_or(prefix, |(_, own)| own);
                format!("{}: {}", field.node.name, value(types, &field.node.ty.node, own))
            });
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        _ => panic!("no value of the type `{name}` is known"),
    }
}

/// Each root field of a document that calls it as plainly as the schema lets one, by the prefix of its ids.
fn calls(root: &str) -> Vec<(String, Vec<String>)> {
    let types: BTreeMap<String, TypeDefinition> =
        types().into_iter().map(|definition| (definition.name.to_string(), definition)).collect();
    let call = |field: &async_graphql::parser::types::FieldDefinition, prefix: &str| {
        let required = field.arguments.iter().filter(|argument| !argument.node.ty.node.nullable);
        let arguments: Vec<_> =
            required.map(|argument| format!("{}: {}", argument.node.name, value(&types, &argument.node.ty.node, prefix))).collect();
        let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
        let operation = if root == "Query" { "query" } else { "mutation" };
        let selection = match &field.ty.node.base {
            BaseType::Named(name) if !types.contains_key(name.as_str()) => "",
            _ => " { __typename }",
        };
        format!("{operation} {{ it: {}{arguments}{selection} }}", field.name)
    };
    fields(&types[root])
        .iter()
        .map(|field| (field.node.name.to_string(), PREFIXES.map(|prefix| call(&field.node, prefix)).into()))
        .collect()
}

#[tokio::test]
async fn every_root_field_refuses_a_stranger() {
    let world = World::demo().await;
    let tables = schema::tables().unwrap();
    for root in ["Query", "Mutation"] {
        let calls = calls(root);
        let names: Vec<&str> = calls.iter().map(|(name, _)| name.as_str()).collect();
        // What is for machines is not in the contract, and is tried by itself.
        let mut declared: Vec<&str> = tables.fields(root).map(|field| field.name).filter(|name| !name.starts_with('_')).collect();
        declared.sort_unstable();
        assert_eq!(names, declared, "every field is asked");
        for (name, documents) in &calls {
            let mut answer: Option<Answer> = None;
            for document in documents {
                let asked = world.ask_as_stranger(document).await;
                let wrong_prefix = asked.codes().contains(&"BAD_USER_INPUT");
                answer = Some(asked);
                if !wrong_prefix {
                    break;
                }
            }
            let answer = answer.unwrap();
            // What one may still spend is everybody's own.
            let is_told = name == "rateLimit";
            if DOORS.contains(&name.as_str()) {
                let refused_the_form = answer.codes() == ["BAD_USER_INPUT"];
                assert!(refused_the_form || answer.data()["it"]["__typename"].is_string(), "{name}: {:#}", answer.body);
            } else if is_told || name == "viewer" {
                assert_eq!(answer.body["data"]["it"] == Value::Null, !is_told, "{name}: {:#}", answer.body);
                // Nobody is not an error: null says it.
                assert_eq!(answer.codes(), Vec::<&str>::new());
            } else {
                assert_eq!(answer.body["data"]["it"], Value::Null, "{name}: {:#}", answer.body);
                let code = answer.codes();
                assert!(code == ["UNAUTHENTICATED"] || code == ["FORBIDDEN"], "{name}: {:#}", answer.body);
            }
            let unknown = world.ask("ts_no_such_token", &documents[0], Value::Null).await;
            assert_eq!((unknown.status, unknown.codes()), (StatusCode::UNAUTHORIZED, vec!["UNAUTHENTICATED"]), "{name}");
            assert_eq!(unknown.body.get("data"), None);
        }
    }
}
