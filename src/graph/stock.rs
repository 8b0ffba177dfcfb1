//! The same tables as ordinary resolvers of async-graphql's own executor: it answers introspection, and it is the reference
//! that tests compare the breadth-first execution with, and benchmarks measure it against.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::dynamic::{FieldFuture, FieldValue, ResolverContext};
use async_graphql::{ErrorExtensions, Value};

use super::execute::{Mutation, Query};
use super::object::{AnyArguments, Field, Load, Source};
use super::rows::{Children, Rows, Slot};
use super::schema::Tables;
use crate::error::Error;
use crate::request::Request;

/// A row as the stock executor carries it from field to field.
#[derive(Clone)]
struct StockRow {
    rows: Rows,
    place: usize,
}

/// Batches the loads of sibling rows, as users of async-graphql do it.
pub struct StockLoader {
    request: Request,
    tables: Arc<Tables>,
}

impl StockLoader {
    /// A loader for one request, with the batching of async-graphql.
    #[must_use]
    pub fn batching(request: Request, tables: Arc<Tables>) -> DataLoader<Self> {
        DataLoader::new(Self { request, tables }, tokio::spawn).max_batch_size(100_000)
    }
}

/// One parent at one field.
#[derive(Clone)]
struct Question {
    field: (usize, usize),
    /// The arguments as they were sent: what tells equal questions from others.
    sent: String,
    arguments: AnyArguments,
    selected: Arc<[&'static str]>,
    target: usize,
    parent: StockRow,
}

impl Question {
    fn identity(&self) -> (&(usize, usize), &str, &[&'static str], usize) {
        (&self.field, &self.sent, &self.selected, self.parent.rows.address(self.parent.place))
    }
}

impl PartialEq for Question {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for Question {}

impl Hash for Question {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

/// What was loaded for one parent.
#[derive(Clone)]
struct OfParent {
    loaded: Arc<Children>,
    place: usize,
}

impl Loader<Question> for StockLoader {
    // What fails, fails alone: other fields may have been asked in the same batch.
    type Value = Result<OfParent, Error>;
    type Error = Error;

    async fn load(&self, questions: &[Question]) -> Result<HashMap<Question, Self::Value>, Error> {
        let mut groups: HashMap<_, Vec<&Question>> = HashMap::new();
        for question in questions {
            groups.entry((&question.field, &question.sent, &question.selected)).or_default().push(question);
        }
        let mut answers = HashMap::new();
        for group in groups.into_values() {
            let parents: Vec<_> = group.iter().map(|question| (&question.parent.rows, question.parent.place)).collect();
            let (Some(first), Some(parents)) = (group.first(), Rows::gather(&parents)) else { continue };
            let field = &self.tables.tables[first.field.0].fields[first.field.1];
            let (Source::Load(load) | Source::Derived(load, _)) = &field.source else { continue };
            let task = Load {
                request: self.request.clone(),
                tables: Arc::clone(&self.tables),
                parents,
                arguments: Arc::clone(&first.arguments),
                selected: Arc::clone(&first.selected),
                target: first.target,
            };
            let loaded = load(task).await.map(Arc::new);
            for (place, question) in group.into_iter().enumerate() {
                answers.insert(question.clone(), loaded.clone().map(|loaded| OfParent { loaded, place }));
            }
        }
        Ok(answers)
    }
}

/// The resolver of a field.
pub(super) fn resolver(
    tables: Arc<Tables>,
    type_index: usize,
    place: usize,
) -> impl for<'a> Fn(ResolverContext<'a>) -> FieldFuture<'a> + Send + Sync + 'static {
    move |context| {
        let tables = Arc::clone(&tables);
        FieldFuture::new(async move {
            let request_id = context.data::<Request>().map_or_else(|_| String::new(), |request| request.id().to_owned());
            resolve(&tables, type_index, place, context).await.map_err(|error| refused(&error, &request_id))
        })
    }
}

async fn resolve<'a>(
    tables: &Arc<Tables>,
    type_index: usize,
    place: usize,
    context: ResolverContext<'a>,
) -> Result<Option<FieldValue<'a>>, Error> {
    let table = &tables.tables[type_index];
    let field = &table.fields[place];
    let parent = context.parent_value.try_downcast_ref::<StockRow>().cloned().unwrap_or_else(|_| root(table.name));
    let request = context.data::<Request>().map_err(|_| Error::internal("no request"))?;
    if let (Some(permission), Some(scopes)) = (field.guard, &table.scopes) {
        let scope = scopes(&parent.rows.subset(&[parent.place]));
        if let Some(denial) = request.decide(permission, &scope).await?.and_then(|denials| denials.into_iter().flatten().next()) {
            return Err(denial.into());
        }
    }
    let values = context.args.as_index_map();
    let arguments = (field.read_arguments)(values).map_err(|error| Error::bad_input(error.to_string()))?;
    let targets = tables.possible_types(field.shape.name);
    match &field.source {
        Source::Leaf(write) => {
            let mut json = Vec::new();
            write(&parent.rows, parent.place, &mut json);
            leaf(&json)
        }
        Source::Inline(children) => {
            let children = children(&parent.rows.subset(&[parent.place]), targets.first().copied().unwrap_or_default());
            Ok(value(tables, field, &OfParent { loaded: Arc::new(children), place: 0 }))
        }
        Source::Load(_) | Source::Derived(..) => {
            let question = Question {
                field: (type_index, place),
                sent: format!("{values:?}"),
                arguments,
                selected: selected(tables, targets, &context),
                target: targets.first().copied().unwrap_or_default(),
                parent,
            };
            let answer = if table.name == "Mutation" || table.name == "Query" {
                // Roots have one parent: there is nothing to wait for.
                StockLoader { request: request.clone(), tables: Arc::clone(tables) }.load(&[question]).await?.into_values().next()
            } else {
                let loader = context.data::<DataLoader<StockLoader>>().map_err(|_| Error::internal("no loader"))?;
                loader.load_one(question).await?
            };
            let Some(answer) = answer.transpose()? else { return Ok(None) };
            match &field.source {
                Source::Derived(_, write) => {
                    let slot = answer.loaded.of_parent(answer.place).first().copied().flatten();
                    let mut json = Vec::new();
                    write(slot.map(|(batch, row)| (&answer.loaded.batches[batch as usize].1, row as usize)), &mut json);
                    leaf(&json)
                }
                _ => Ok(value(tables, field, &answer)),
            }
        }
    }
}

fn root(type_name: &str) -> StockRow {
    let rows = if type_name == "Mutation" { Rows::new(vec![Arc::new(Mutation)]) } else { Rows::new(vec![Arc::new(Query)]) };
    StockRow { rows, place: 0 }
}

fn leaf<'a>(json: &[u8]) -> Result<Option<FieldValue<'a>>, Error> {
    let value: Value = serde_json::from_slice(json).map_err(Error::internal)?;
    Ok(match value {
        Value::Null => None,
        value => Some(FieldValue::value(value)),
    })
}

fn value<'a>(tables: &Tables, field: &Field, answer: &OfParent) -> Option<FieldValue<'a>> {
    let slots = answer.loaded.of_parent(answer.place);
    let is_abstract = tables.is_abstract(field.shape.name);
    let child = |slot: &Slot| {
        let Some((batch, row)) = *slot else { return FieldValue::NULL };
        let (type_index, rows) = &answer.loaded.batches[batch as usize];
        let value = FieldValue::owned_any(StockRow { rows: rows.clone(), place: row as usize });
        if is_abstract { value.with_type(tables.tables[*type_index].name) } else { value }
    };
    match field.shape.list {
        Some(_) => Some(FieldValue::list(slots.iter().map(child).collect::<Vec<_>>())),
        None => slots.first().filter(|slot| slot.is_some()).map(child),
    }
}

fn selected(tables: &Tables, targets: &[usize], context: &ResolverContext<'_>) -> Arc<[&'static str]> {
    let names: Vec<&'static str> = context
        .ctx
        .field()
        .selection_set()
        .filter_map(|selection| {
            let name = selection.name().to_owned();
            targets
                .iter()
                .flat_map(|target| &tables.tables[*target].fields)
                .find(move |field| field.name == name)
                .map(|field| field.name)
        })
        .collect();
    names.into()
}

fn refused(error: &Error, request_id: &str) -> async_graphql::Error {
    async_graphql::Error::new(error.public_message()).extend_with(|_, extensions| {
        for (key, value) in error.extensions(request_id) {
            if let Ok(value) = serde_json::from_value::<Value>(value) {
                extensions.set(key, value);
            }
        }
    })
}
