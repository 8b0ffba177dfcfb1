//! The subscription root: what a field watches, and the event that it gives. An event is read as any other row: through the
//! plan of its document, in a snapshot of its own.

use std::future::Future;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::execute::{Answer, answer};
use super::input::{Arguments, Fields};
use super::object::{AnyArguments, Object, ObjectType, Source};
use super::plan::{Plan, PlanSource};
use super::rows::{Children, Rows};
use super::schema::Tables;
use super::shape::Shape;
use super::walk::{Loaded, Walk};
use crate::error::Error;
use crate::live::{Cursor, Event, Topic, Watch};
use crate::request::Request;

/// The name of the root type: `Subscription` is what a customer pays for.
pub(super) const ROOT: &str = "Live";

/// The root of every subscription: the event at hand.
pub struct Subscription(Arc<Event>);

/// When a subscription is asked whether it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It begins: what its caller may not know of is not there.
    Beginning,
    /// It was allowed before: its caller may know what has changed.
    Running,
}

/// Says what a field watches, or why its caller may not.
pub(super) type Watcher = Box<dyn Fn(Request, AnyArguments, Stage) -> BoxFuture<'static, Result<Watch, Error>> + Send + Sync>;

/// The arguments of a field that watches: its own, and where to go on.
#[derive(Clone, Default)]
struct LiveArguments<A> {
    own: A,
    after: Option<String>,
}

impl<A: Arguments> Arguments for LiveArguments<A> {
    fn fields() -> Fields<Self> {
        Fields::default().embed(A::fields(), |into: &mut Self| &mut into.own).field(
            "after",
            "The cursor of the last event that you have seen: all that came after it comes first, so that nothing is missed and nothing \
             comes twice. Left out: from now on.",
            |into, after| into.after = after,
        )
    }
}

impl ObjectType<Subscription> {
    /// The root of all subscriptions, still without fields.
    #[must_use]
    pub fn live(description: &'static str) -> Self {
        Self::named(ROOT, description)
    }

    /// A field that watches. `watch` is asked when a subscription begins and again in the snapshot of each event: it names the
    /// topic, and what is the case now where the field tells of a state; or it refuses. `show` makes the object of an event.
    #[must_use]
    pub fn event<A, C, W, F>(mut self, name: &'static str, description: &'static str, watch: W, show: fn(Arc<Event>) -> C) -> Self
    where
        A: Arguments + Clone,
        C: Object,
        W: Fn(Request, A, Stage) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<(Topic, Option<u64>), Error>> + Send + 'static,
    {
        let children = Box::new(move |rows: &Rows, target: usize| {
            let shown = rows.of::<Subscription>().iter().map(|root| Some(Arc::new(show(Arc::clone(&root.0)))));
            Children::one(target, shown.collect())
        });
        self =
            self.leads_to::<C>().push::<LiveArguments<A>>(name, description, Shape::required(C::name()), Source::Inline(children));
        let watcher: Watcher = Box::new(move |request, arguments, stage| {
            let watch = watch.clone();
            Box::pin(async move {
                let arguments: Arc<LiveArguments<A>> =
                    arguments.downcast().map_err(|_| Error::internal("arguments of another type than declared"))?;
                let after = arguments.after.as_deref().map(read_cursor).transpose()?;
                let (topic, state) = watch(request, arguments.own.clone(), stage).await?;
                Ok(Watch { topic, after, state })
            })
        });
        if let Some(field) = self.table.fields.last_mut() {
            field.watch = Some(watcher);
        }
        self
    }
}

fn read_cursor(text: &str) -> Result<Cursor, Error> {
    Cursor::decode(text).ok_or_else(|| Error::bad_input("`after` is no cursor of an event: send one as the server gave it"))
}

/// What a planned subscription watches, as its caller may in the request's snapshot; or why it may not.
pub async fn watch(tables: &Tables, request: &Request, plan: &Plan, stage: Stage) -> Result<Watch, Error> {
    let root = plan.nodes.first().and_then(|root| Some((root.type_index, root.fields.first()?)));
    let Some((type_index, planned)) = root else { return Err(Error::internal("a subscription without a field")) };
    let PlanSource::Field(index) = planned.source else { return Err(Error::internal("a subscription without a field")) };
    let Some(watcher) = &tables.tables[type_index].fields[index].watch else {
        return Err(Error::internal("a subscription that watches nothing"));
    };
    watcher(request.clone(), planned.arguments.clone()?, stage).await
}

/// What a subscription shows of an event; the answer is to be closed.
pub async fn deliver(tables: &Arc<Tables>, request: &Request, plan: &Plan, event: Arc<Event>) -> Result<Answer, Error> {
    request.select(plan.selection(tables));
    let mut loaded = Loaded::empty(plan);
    let walk = Walk { tables, request, plan };
    walk.run(0, Rows::new(vec![Arc::new(Subscription(event))]), &mut loaded).await?;
    answer(&walk, &loaded)
}
