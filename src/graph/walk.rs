//! The walk: a plan is loaded level by level. Guards answer once a level, each relation loads once for all parents.

use std::sync::Arc;

use futures_util::future::join_all;

use super::object::{Load, Source};
use super::plan::{Plan, PlanNode, PlanSource};
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
        let mut level = vec![node];
        self.inline(node, &rows, loaded, &mut level);
        loaded.levels[node] = Some(rows);
        self.below(level, loaded).await
    }

    /// Loads what hangs below a level whose rows are there. The fields of a level load side by side.
    pub async fn below(&self, mut level: Vec<usize>, loaded: &mut Loaded) -> Result<(), Error> {
        while !level.is_empty() {
            let mut next = Vec::new();
            let places: Vec<(usize, usize)> = level.into_iter().flat_map(|node| self.asked(node)).collect();
            let answers = join_all(places.iter().map(|(node, place)| self.answer(*node, *place, loaded))).await;
            for ((node, place), answer) in places.into_iter().zip(answers) {
                self.keep(node, place, answer?, loaded, &mut next);
            }
            level = next;
        }
        Ok(())
    }

    /// Decides and loads one field for all parents; pushes the nodes of its children that have rows.
    pub async fn field(&self, node: usize, place: usize, loaded: &mut Loaded, next: &mut Vec<usize>) -> Result<(), Error> {
        let answer = self.answer(node, place, loaded).await?;
        self.keep(node, place, answer, loaded, next);
        Ok(())
    }

    /// The fields of a node that are to be decided or loaded.
    fn asked(&self, node: usize) -> impl Iterator<Item = (usize, usize)> {
        let PlanNode { type_index, fields } = &self.plan.nodes[node];
        let fields = fields.iter().enumerate().filter(|(_, planned)| match planned.source {
            PlanSource::Typename => false,
            PlanSource::Field(index) => {
                let field = &self.tables.tables[*type_index].fields[index];
                field.is_loaded() || field.guard.is_some()
            }
        });
        fields.map(move |(place, _)| (node, place))
    }

    /// What becomes of one field, for all parents. An error that ends the request comes as such.
    async fn answer(&self, node: usize, place: usize, loaded: &Loaded) -> Result<Option<FieldState>, Error> {
        let planned = &self.plan.nodes[node].fields[place];
        let PlanSource::Field(index) = planned.source else { return Ok(None) };
        let Some(parents) = loaded.levels[node].clone() else { return Ok(None) };
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
                    Source::Load(_) | Source::Derived(..) if parents.is_empty() => Ok(Children::none()),
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
                    Source::Leaf(_) => return Ok(None),
                })
            }
        };
        match children {
            Some(Err(error)) if error.ends_request() => Err(error),
            None if decisions.is_none() => Ok(None),
            children => Ok(Some(FieldState { decisions: decisions.map(places), children })),
        }
    }

    /// Keeps what became of a field, and puts its children where their level belongs. What hangs below them without being
    /// loaded follows at once, so that a level is what one round trip brings.
    fn keep(&self, node: usize, place: usize, state: Option<FieldState>, loaded: &mut Loaded, next: &mut Vec<usize>) {
        let planned = &self.plan.nodes[node].fields[place];
        let Some(state) = state else { return };
        if let Some(Ok(children)) = &state.children {
            for (type_index, rows) in &children.batches {
                let Some((_, child)) = planned.children.iter().find(|(candidate, _)| candidate == type_index) else { continue };
                loaded.levels[*child] = Some(rows.clone());
                if !rows.is_empty() {
                    next.push(*child);
                    self.inline(*child, rows, loaded, next);
                }
            }
        }
        loaded.fields[planned.id] = Some(state);
    }

    /// Spreads out what the rows of a node hold already.
    fn inline(&self, node: usize, rows: &Rows, loaded: &mut Loaded, next: &mut Vec<usize>) {
        let PlanNode { type_index, fields } = &self.plan.nodes[node];
        for (place, planned) in fields.iter().enumerate() {
            let PlanSource::Field(index) = planned.source else { continue };
            let field = &self.tables.tables[*type_index].fields[index];
            if let (Source::Inline(children), None, Ok(_)) = (&field.source, field.guard, &planned.arguments) {
                let target = planned.children.first().map_or(0, |(type_index, _)| *type_index);
                let state = FieldState { decisions: None, children: Some(Ok(children(rows, target))) };
                self.keep(node, place, Some(state), loaded, next);
            }
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
