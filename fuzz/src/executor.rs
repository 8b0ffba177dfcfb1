//! The executor beside async-graphql's own, over tables that need no database: both answer, and both say the same.

use std::sync::{Arc, OnceLock};

use async_graphql::dynamic::Schema;
use serde_json::Map;
use tenantry::budget::{self, Budgets};
use tenantry::clock;
use tenantry::database::{self, Database};
use tenantry::document::{Documents, Limits, ValidateOnly};
use tenantry::graph::{self, StockLoader, dynamic_schema};
use tenantry::request::{Request, Services};

use super::answer::Answer;
use super::compare::{Errors, assert_agree};
use super::library;
use super::sketch::Sketch;

/// What is tried is the executor: whatever is drawn is let in.
const LIMITS: Limits =
    Limits { tokens: 20_000, directives: 1_000, depth: 40, aliases: 1_000, root_fields: 1_000, ..Limits::DEFAULT };

/// What all runs share.
struct Setting {
    schema: Schema,
    documents: Documents,
    services: Arc<Services>,
}

fn setting() -> &'static Setting {
    static SETTING: OnceLock<Setting> = OnceLock::new();
    SETTING.get_or_init(|| {
        let schema = dynamic_schema(library::tables()).extension(ValidateOnly).finish().expect("the library is a schema");
        // Nobody is signed in, so nobody asks the database, which is not there.
        let database = Database::new(&database::Settings::new("postgres://nobody@127.0.0.1:1/nowhere"));
        let documents = Documents::new(schema.clone(), Arc::clone(library::tables()), LIMITS);
        let budgets = Budgets::new(budget::Settings::default()).expect("budgets need nothing");
        let services =
            Services::new(database.expect("an address is enough"), documents.clone(), budgets).expect("mail leaves by no server");
        Setting { schema, documents, services: Arc::new(services) }
    })
}

/// Draws a query from these bytes and executes it twice; panics where the answers differ. Gives what was asked and answered.
pub async fn check(bytes: &[u8]) -> (String, Vec<u8>) {
    let Setting { schema, documents, services } = setting();
    let Sketch { text, variables } = Sketch::of(bytes);
    let tables = library::tables();
    let document = match documents.get(&text).await {
        Ok(document) => document,
        Err(refusal) => panic!("refused: {:?}\n{text}", refusal.errors),
    };
    let operation = graph::operation(&document.syntax, None).expect("there is one");
    let request = || Request::new(clock::secret("fuzz_"), Arc::clone(services), None, clock::now());
    let coerced = serde_json::from_value(variables.clone().into()).expect("variables are an object");
    let plan = graph::plan(tables, &document.syntax, operation, &coerced);
    let plan = plan.unwrap_or_else(|errors| panic!("not planned: {errors:?}\n{text}"));
    let ours = graph::execute(tables, &request(), &plan).await;
    let mut ours = ours.unwrap_or_else(|error| panic!("not executed: {error:?}\n{text}"));
    ours.close(Map::new());
    let stock = request();
    let stock = async_graphql::Request::new(&text)
        .data(stock.clone())
        .data(StockLoader::batching(stock, Arc::clone(tables)))
        .variables(async_graphql::Variables::from_json(variables.into()));
    // The stock executor runs a field once for each place that selects it, so it may fail oftener.
    assert_agree(&Answer::of(&ours.body), &schema.execute(stock).await, Errors::Kinds);
    (text, ours.body)
}
