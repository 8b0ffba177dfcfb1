//! The walk: a plan is loaded level by level. Guards answer once a level, each relation loads once for all parents.

use std::sync::Arc;

use super::object::{Load, Source};
use super::plan::{Plan, PlanField, PlanSource};
use super::rows::{Children, Rows};
use super::schema::Tables;
use crate::error::{Denial, Error};
use crate::request::Request;

/// What was loaded for a plan: everything that the answer is written from.
pub(super) struct Loaded {
    /// The rows of each plan node that was reached.
    pub levels: Vec<Option<Rows>>,
    /// What became of each guarded field and each relation, by the number of the field.
    pub fields: Vec<Option<FieldState>>,
}

/// What became of a field, for all parents.
pub(super) struct FieldState {
    /// `None`: every parent may; parent `i` has the children of place `i`. Otherwise the place of each parent that may.
    pub decisions: Option<Vec<Result<usize, Denial>>>,
    /// The children of those that may; `None` for a leaf.
    pub children: Option<Result<Children, Error>>,
}

impl Loaded {
    pub(super) fn empty(plan: &Plan) -> Self {
        Self { levels: (0..plan.nodes.len()).map(|_| None).collect(), fields: (0..plan.field_count).map(|_| None).collect() }
    }
}

/// A walk over one plan.
pub(super) struct Walk<'a> {
    pub tables: &'a Arc<Tables>,
    pub request: &'a Request,
    pub plan: &'a Plan,
}

impl Walk<'_> {
    /// Loads everything below `node`, breadth first. An error that ends the request stops it.
    pub async fn run(&self, node: usize, rows: Rows, loaded: &mut Loaded) -> Result<(), Error> {
        loaded.levels[node] = Some(rows);
        self.below(vec![node], loaded).await
    }

    /// Loads what hangs below a level whose rows are there.
    pub async fn below(&self, mut level: Vec<usize>, loaded: &mut Loaded) -> Result<(), Error> {
        while !level.is_empty() {
            let mut next = Vec::new();
            for node in level {
                for place in 0..self.plan.nodes[node].fields.len() {
                    self.field(node, place, loaded, &mut next).await?;
                }
            }
            level = next;
        }
        Ok(())
    }

    /// Decides and loads one field for all parents; pushes the nodes of its children that have rows.
    pub async fn field(&self, node: usize, place: usize, loaded: &mut Loaded, next: &mut Vec<usize>) -> Result<(), Error> {
        let planned = &self.plan.nodes[node].fields[place];
        let PlanSource::Field(index) = planned.source else { return Ok(()) };
        let Some(parents) = loaded.levels[node].clone() else { return Ok(()) };
        let table = &self.tables.tables[self.plan.nodes[node].type_index];
        let field = &table.fields[index];
        let decisions = match (field.guard, &table.scopes) {
            (Some(permission), Some(scopes)) => self.request.decide(permission, &scopes(&parents)).await?,
            _ => None,
        };
        let children = match (&field.source, &planned.arguments) {
            (Source::Leaf(_), _) | (_, Err(_)) => None,
            (source, Ok(arguments)) => {
                let parents = match &decisions {
                    None => parents,
                    Some(decisions) => parents.subset(&allowed(decisions)),
                };
                let target = planned.children.first().map_or(0, |(type_index, _)| *type_index);
                Some(match source {
                    Source::Inline(children) => Ok(children(&parents, target)),
                    Source::Load(_) | Source::Derived(..) if parents.is_empty() => {
                        Ok(Children { batches: Vec::new(), slots: Vec::new(), offsets: Some(vec![0]) })
                    }
                    Source::Load(load) | Source::Derived(load, _) => {
                        load(Load {
                            request: self.request.clone(),
                            tables: Arc::clone(self.tables),
                            parents,
                            arguments: Arc::clone(arguments),
                            selected: Arc::clone(&planned.selected),
                            target,
                        })
                        .await
                    }
                    Source::Leaf(_) => return Ok(()),
                })
            }
        };
        match &children {
            Some(Err(error)) if error.ends_request() => return Err(error.clone()),
            Some(Ok(children)) if !field.is_leaf() => descend(planned, children, loaded, next),
            _ => {}
        }
        if children.is_some() || decisions.is_some() {
            loaded.fields[planned.id] = Some(FieldState { decisions: decisions.map(places), children });
        }
        Ok(())
    }
}

/// Puts children where their level belongs.
fn descend(planned: &PlanField, children: &Children, loaded: &mut Loaded, next: &mut Vec<usize>) {
    for (type_index, rows) in &children.batches {
        if let Some((_, node)) = planned.children.iter().find(|(candidate, _)| candidate == type_index) {
            if !rows.is_empty() {
                next.push(*node);
            }
            loaded.levels[*node] = Some(rows.clone());
        }
    }
}

fn allowed(decisions: &[Option<Denial>]) -> Vec<usize> {
    decisions.iter().enumerate().filter(|(_, denial)| denial.is_none()).map(|(place, _)| place).collect()
}

/// The place among the allowed ones, for each that is.
fn places(decisions: Vec<Option<Denial>>) -> Vec<Result<usize, Denial>> {
    let mut count = 0;
    decisions
        .into_iter()
        .map(|denial| match denial {
            Some(denial) => Err(denial),
            None => {
                count += 1;
                Ok(count - 1)
            }
        })
        .collect()
}
