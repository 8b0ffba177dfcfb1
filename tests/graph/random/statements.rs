//! What random queries cost: statements are bounded by the plan, never by the rows.

use std::collections::BTreeSet;

use async_graphql::Value;
use serde_json::{Map, json};
use tenantry::graph;

use super::differential::{Report, Setting};
use super::draft::{Drafter, Sizes};
use crate::graph::answer::Answer;

const QUERIES: u64 = 150;

#[tokio::test]
async fn the_number_of_statements_is_bounded_by_the_plan_and_not_by_the_rows() {
    let world = Setting::world().await;
    let setting = Setting::of(&world).await;
    let token = world.act_as("owner").await;
    let mut alike = 0;
    for seed in 0..QUERIES {
        let draft = Drafter::new(&setting.catalog, &setting.pool, seed, Sizes::Variable("size")).draft();
        let report = Report { seed, draft: &draft };
        let document = setting.gateway.documents.get(&draft.text).await.unwrap();
        let operation = graph::operation(&document.syntax, draft.operation_name).unwrap();
        let mut runs = Vec::new();
        for size in [2, 9] {
            let mut variables = draft.variables.clone();
            variables.insert("size".to_owned(), json!(size));
            let variables = serde_json::from_value(variables.into()).unwrap();
            let plan = graph::plan(&setting.gateway.tables, &document.syntax, operation, &variables).unwrap();
            let (mut places, mut fewest) = (BTreeSet::new(), usize::MAX);
            // Which relations meet in one statement can depend on which of them was answered first: the fewest count.
            for _ in 0..3 {
                let request = setting.request(Some(&token));
                let mut answer = graph::execute(&setting.gateway.tables, &request, &plan).await.unwrap();
                answer.close(Map::new());
                let statements = usize::try_from(request.forget().await.statements).unwrap();
                let bound = plan.statements_at_most(&setting.gateway.tables);
                assert!(statements <= bound, "{statements} statements for a plan of {bound}");
                collect(&Answer::of(&answer.body).data, &mut String::new(), &mut places);
                fewest = fewest.min(statements);
            }
            runs.push((places, fewest));
        }
        // A row that was read before is not read again, which needs luck; so equality is only asked of queries without such.
        if runs[0].0 == runs[1].0 && draft.targets_differ() {
            alike += 1;
            assert_eq!(runs[0].1, runs[1].1, "statements for small and for large pages");
        }
        drop(report);
    }
    // Snapshots end in the background, and the runtime of a test ends with it.
    world.gateway.services.database.close().await;
    assert!(alike > 10, "only {alike} queries could be compared");
}

/// The places of an answer where something is, lists not counted.
fn collect(value: &Value, path: &mut String, places: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            places.insert(path.clone());
            for (key, value) in members {
                let length = path.len();
                path.push('.');
                path.push_str(key);
                collect(value, path, places);
                path.truncate(length);
            }
        }
        Value::List(items) => items.iter().for_each(|item| collect(item, path, places)),
        _ => {}
    }
}
