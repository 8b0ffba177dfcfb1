//! Cases from the GraphQL specification, over a small library that needs no database.

mod coercion;
mod error;
mod mutation;
mod selection;
mod size;

use std::sync::{Arc, OnceLock};

use async_graphql::Value;
use serde_json::{Map, Value as Json, json};
use tenantry::access::Access;
use tenantry::budget::{self, Budgets};
use tenantry::clock;
use tenantry::database::{self, Database};
use tenantry::document::{Documents, Limits, ValidateOnly};
use tenantry::error::Error;
use tenantry::graph::{self, dynamic_schema};
use tenantry::request::{Request, Services};

use super::library;

/// What came of an operation.
struct Outcome {
    /// `data` as text: the order of keys is part of the answer.
    data: String,
    /// Each error as `CODE line:column path`.
    errors: Vec<String>,
    /// The whole body.
    body: Json,
}

/// Executes an operation that is not refused.
async fn outcome(text: &str, variables: Json) -> Outcome {
    execute(text, None, variables).await.unwrap_or_else(|errors| panic!("refused: {errors:?}"))
}

/// `data` of an operation without errors.
async fn data(text: &str) -> String {
    data_with(text, json!({})).await
}

async fn data_with(text: &str, variables: Json) -> String {
    let outcome = outcome(text, variables).await;
    assert_eq!(outcome.errors, [""; 0]);
    outcome.data
}

/// The messages with which a request is refused as a whole.
async fn refusals(text: &str, variables: Json) -> Vec<String> {
    match execute(text, None, variables).await {
        Ok(outcome) => panic!("not refused: {}", outcome.body),
        Err(errors) => errors.iter().map(|error| error.public_message().to_owned()).collect(),
    }
}

/// What is tested here is the executor: documents come to it that the door would not let in.
const LIMITS: Limits = Limits { tokens: 20_000, depth: 16, aliases: 100, root_fields: 1_000, ..Limits::DEFAULT };

async fn execute(text: &str, operation_name: Option<&str>, variables: Json) -> Result<Outcome, Vec<Error>> {
    static DOCUMENTS: OnceLock<Documents> = OnceLock::new();
    let tables = library::tables();
    let documents = DOCUMENTS.get_or_init(|| {
        Documents::new(dynamic_schema(tables).extension(ValidateOnly).finish().unwrap(), Arc::clone(tables), LIMITS)
    });
    let document = documents.get(text).await?;
    let operation = graph::operation(&document.syntax, operation_name).map_err(|error| vec![error])?;
    let plan = graph::plan(tables, &document.syntax, operation, &serde_json::from_value(variables).unwrap())?;
    // Nobody is signed in, so nobody asks the database, which is not there.
    let database = Database::new(&database::Settings::new("postgres://nobody@127.0.0.1:1/nowhere")).unwrap();
    let limits = tenantry::request::Limits::default();
    let budgets = Budgets::new(budget::Settings::default()).unwrap();
    let services = Services { database, access: Access::default(), limits, documents: documents.clone(), budgets };
    let request = Request::new(clock::secret("golden_"), services.into(), None, clock::now());
    let mut answer = graph::execute(tables, &request, &plan).await.map_err(|error| vec![error])?;
    answer.close(Map::new());
    let Value::Object(members) = serde_json::from_slice(&answer.body).unwrap() else { panic!("an answer is an object") };
    let body: Json = serde_json::from_slice(&answer.body).unwrap();
    let errors = body["errors"].as_array().into_iter().flatten().map(summary).collect();
    Ok(Outcome { data: serde_json::to_string(&members["data"]).unwrap(), errors, body })
}

fn summary(error: &Json) -> String {
    let place = &error["locations"][0];
    let path: Vec<String> = error["path"]
        .as_array()
        .unwrap()
        .iter()
        .map(|segment| segment.as_str().map_or_else(|| segment.to_string(), str::to_owned))
        .collect();
    format!("{} {}:{} {}", error["extensions"]["code"].as_str().unwrap(), place["line"], place["column"], path.join("."))
}
