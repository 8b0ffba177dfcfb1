//! A dry run: what a request would cost and need, told without executing it. A client asks for it with `extensions: { dryRun: true }`.

use async_graphql::parser::types::{OperationDefinition, OperationType};
use serde_json::{Map, Value, json};

use super::answer::Refusal;
use crate::document::{self, Document};
use crate::gateway::Gateway;
use crate::graph::{Answer, Extensions, Plan, Variables};

/// What a dry run itself costs.
pub(super) const COST: u64 = 1;

/// What an operation with these variables would cost.
pub(super) struct Priced<'a> {
    pub document: &'a Document,
    pub operation: &'a OperationDefinition,
    pub operation_name: Option<&'a str>,
    pub variables: &'a Variables,
    pub cost: u64,
    /// What it may cost at most.
    pub most: u64,
}

/// The answer, still open: its data is null.
pub(super) fn answer() -> Answer {
    Answer::of(b"{\"data\":null".to_vec(), Vec::new(), COST)
}

impl Priced<'_> {
    /// What is told in the extensions of the answer.
    pub fn extensions(&self, gateway: &Gateway) -> Result<Extensions, Refusal> {
        let Self { document, operation, operation_name, variables, cost, most } = self;
        let page = gateway.services.limits.page;
        let at_most = document.cost(*operation_name).map_or(0, |program| program.worst(&|_| None, page));
        let statements = match operation.ty {
            OperationType::Query if !document.introspects(*operation_name) => {
                let plan = Plan::new(&gateway.tables, &document.syntax, operation, variables)?;
                json!({ "atMost": plan.statements_at_most(&gateway.tables) })
            }
            // What a mutation does depends on what it finds, and introspection reads no rows.
            OperationType::Query | OperationType::Mutation | OperationType::Subscription => Value::Null,
        };
        let permissions: Vec<Value> = document::needs_of_operation(&gateway.tables, &document.syntax, operation)
            .into_iter()
            .map(|need| json!({ "permission": need.permission.key(), "field": format!("{}.{}", need.object, need.field) }))
            .collect();
        let would = json!({
            "cost": cost,
            "costLimit": most,
            "costAtMost": at_most,
            "permissions": permissions,
            "statements": statements,
        });
        Ok(Map::from_iter([("dryRun".to_owned(), would)]))
    }
}
