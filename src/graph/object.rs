//! An object type as a typed table: each field declared once, with its type, its guard and where its value comes from.

use std::any::Any;
use std::collections::HashMap;
use std::future::Future;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use entity::TypedId;
use futures_util::future::BoxFuture;
use migration::catalog::Permission;
use uuid::Uuid;

use super::connection::{Connection, PageArguments};
use super::input::{Arguments, InputError, InputField, InputValues};
use super::leaf::Leaf;
use super::live::Watcher;
use super::price::Price;
use super::rows::{Children, Rows};
use super::schema::{TableSet, Tables};
use super::shape::Shape;
use crate::access::Scope;
use crate::error::{Code, Error};
use crate::page::Page;
use crate::request::Request;

/// A relation loads at most so many rows for all parents of a level.
const LARGEST_LEVEL: usize = 50_000;

/// A Rust type that is an object type of the schema.
pub trait Object: Send + Sync + Sized + 'static {
    /// The name of the GraphQL type.
    fn name() -> &'static str;
    /// Its table: one line a field.
    fn table() -> ObjectType<Self>;
}

/// The table of one object type while it is declared. Modifiers ([`requires`](Self::requires), …) apply to the field before them.
pub struct ObjectType<T> {
    pub(super) table: Table,
    row: std::marker::PhantomData<fn(&T)>,
}

/// The table of one object type, with the Rust type of its rows erased.
#[derive(Default)]
pub struct Table {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) interfaces: Vec<&'static str>,
    pub(super) fields: Vec<Field>,
    pub(super) scopes: Option<Scopes>,
    /// May other subgraphs define the same type, in the same way?
    pub(super) shareable: bool,
    pub(super) node: Option<NodeLoader>,
    /// Further types that this one brings along: connections, edges, inputs.
    pub(super) brings: Vec<fn(&mut TableSet)>,
}

/// One field of an object type.
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub description: &'static str,
    /// Its type.
    pub shape: Shape,
    /// The permission without which it is null.
    pub guard: Option<Permission>,
    /// The permission that the code behind it asks for, where its arguments lead.
    pub asks: Option<Permission>,
    /// What it costs.
    pub price: Price,
    /// What to use instead, where it is deprecated.
    pub deprecated: Option<&'static str>,
    pub(super) arguments: Vec<InputField>,
    pub(super) read_arguments: ReadArguments,
    pub(super) source: Source,
    pub(super) watch: Option<Watcher>,
}

/// Where the value of a field comes from.
pub(super) enum Source {
    /// A column of the row: appended to the answer as JSON.
    Leaf(LeafWriter),
    /// Rows that the parent holds already.
    Inline(InlineChildren),
    /// Rows that are loaded, for all parents at once.
    Load(LoadChildren),
    /// A leaf that is read from a loaded row, or from its absence.
    Derived(LoadChildren, ChildWriter),
}

/// Writes a leaf from the row that was loaded for it.
pub(super) type ChildWriter = Box<dyn Fn(Option<(&Rows, usize)>, &mut Vec<u8>) + Send + Sync>;

type LeafWriter = Box<dyn Fn(&Rows, usize, &mut Vec<u8>) + Send + Sync>;
pub(super) type InlineChildren = Box<dyn Fn(&Rows, usize) -> Children + Send + Sync>;
type LoadChildren = Box<dyn Fn(Load) -> BoxFuture<'static, Result<Children, Error>> + Send + Sync>;
/// Where the guards of some rows ask.
pub(super) type Scopes = Arc<dyn Fn(&Rows) -> Vec<Scope> + Send + Sync>;
/// Arguments of a field as its own struct, erased.
pub(super) type AnyArguments = Arc<dyn Any + Send + Sync>;
pub(super) type ReadArguments = Box<dyn Fn(&InputValues) -> Result<AnyArguments, InputError> + Send + Sync>;
type LoadNodes = Box<dyn Fn(Request, Vec<Uuid>, usize) -> BoxFuture<'static, Result<Children, Error>> + Send + Sync>;

/// How the rows of a type that implements `Node` are found by their ids.
pub(super) struct NodeLoader {
    pub prefix: &'static str,
    pub load: LoadNodes,
}

/// What a relation is asked for: the children of all these parents.
pub struct Load {
    /// The request that asks.
    pub request: Request,
    /// Every type of the schema.
    pub tables: Arc<Tables>,
    /// The parents.
    pub parents: Rows,
    /// The field's arguments.
    pub arguments: AnyArguments,
    /// The names of the fields that are selected on the children.
    pub selected: Arc<[&'static str]>,
    /// The index of the children's type.
    pub target: usize,
}

impl Field {
    /// Has it no children?
    #[must_use]
    pub fn is_leaf(&self) -> bool {
        matches!(self.source, Source::Leaf(_) | Source::Derived(..))
    }

    /// Is something read for it, beyond the row it belongs to?
    pub(super) fn is_loaded(&self) -> bool {
        matches!(self.source, Source::Load(_) | Source::Derived(..))
    }

    /// The names of its arguments.
    pub fn argument_names(&self) -> impl Iterator<Item = &'static str> {
        self.arguments.iter().map(|argument| argument.name)
    }
}

impl Load {
    /// The arguments as the struct that the field declared.
    pub(super) fn arguments<A: Arguments>(&self) -> Result<Arc<A>, Error> {
        Arc::clone(&self.arguments).downcast().map_err(|_| Error::internal("arguments of another type than declared"))
    }
}

impl<T: Object> ObjectType<T> {
    /// An object type without fields.
    #[must_use]
    pub fn new(description: &'static str) -> Self {
        Self::named(T::name(), description)
    }
}

impl<T: Send + Sync + 'static> ObjectType<T> {
    /// An object type whose fields come from several rooms: the roots.
    #[must_use]
    pub fn named(name: &'static str, description: &'static str) -> Self {
        Self { table: Table { name, description, ..Table::default() }, row: std::marker::PhantomData }
    }

    /// Where the guards of this type ask: in which organization, or in the tenant.
    #[must_use]
    pub fn scope(mut self, scope: impl Fn(&T) -> Scope + Send + Sync + 'static) -> Self {
        self.table.scopes = Some(Arc::new(move |rows| rows.of::<T>().iter().map(|row| scope(row)).collect()));
        self
    }

    /// Makes it a `Node` with the field `id`; `load` finds rows by id, and leaves out those that the caller may not know of.
    #[must_use]
    pub fn node<I, L, F, S>(mut self, id: fn(&T) -> I, load: L) -> Self
    where
        I: TypedId + Hash + Eq,
        L: Fn(Request, Vec<I>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<HashMap<I, Arc<T>, S>, Error>> + Send + 'static,
        S: BuildHasher + Send + 'static,
    {
        self.table.interfaces.push("Node");
        self.table.node = Some(NodeLoader {
            prefix: I::PREFIX,
            load: Box::new(move |request, ids, target| {
                let load = load.clone();
                Box::pin(async move {
                    let ids: Vec<Option<I>> = ids.into_iter().map(|id| Some(I::from(id))).collect();
                    Ok(Children::one(target, request.load_one(&load, ids).await?))
                })
            }),
        });
        self.computed("id", "The global id.", move |row| super::leaf::Id(id(row)))
    }

    /// A leaf that is computed from the row.
    #[must_use]
    pub fn computed<L: Leaf + 'static>(
        mut self,
        name: &'static str,
        description: &'static str,
        value: impl Fn(&T) -> L + Send + Sync + 'static,
    ) -> Self {
        let write: LeafWriter = Box::new(move |rows, index, out| value(&rows.of::<T>()[index]).write(out));
        self.table.brings.push(TableSet::leaf::<L>);
        self.push::<()>(name, description, L::shape(), Source::Leaf(write))
    }

    /// A leaf that is a field of the row.
    #[must_use]
    pub fn field<L: Leaf + 'static>(mut self, name: &'static str, description: &'static str, value: fn(&T) -> &L) -> Self {
        let write: LeafWriter = Box::new(move |rows, index, out| value(&rows.of::<T>()[index]).write(out));
        self.table.brings.push(TableSet::leaf::<L>);
        self.push::<()>(name, description, L::shape(), Source::Leaf(write))
    }

    /// At most one row of another type, by its key. `load` gets every key of a level once, and what one request has
    /// loaded it does not load again.
    #[must_use]
    pub fn one<K, C, L, F, O, S>(self, name: &'static str, description: &'static str, load: L, key: fn(&T) -> O) -> Self
    where
        K: Hash + Eq + Clone + Send + Sync + 'static,
        O: Into<Option<K>> + 'static,
        C: Object,
        L: Fn(Request, Vec<K>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<HashMap<K, Arc<C>, S>, Error>> + Send + 'static,
        S: BuildHasher + Send + 'static,
    {
        let load: LoadChildren = Box::new(move |task| {
            let load = load.clone();
            Box::pin(async move {
                let keys = task.parents.of::<T>().iter().map(|row| key(row).into()).collect();
                Ok(Children::one(task.target, task.request.load_one(&load, keys).await?))
            })
        });
        self.leads_to::<C>().push::<()>(name, description, Shape::required(C::name()).nullable(), Source::Load(load))
    }

    /// A leaf that is read from a row which hangs on this one by a key.
    #[must_use]
    pub fn derived<K, C, L, F, O, V, S>(
        mut self,
        name: &'static str,
        description: &'static str,
        load: L,
        key: fn(&T) -> O,
        value: fn(Option<&C>) -> V,
    ) -> Self
    where
        K: Hash + Eq + Clone + Send + Sync + 'static,
        O: Into<Option<K>> + 'static,
        C: Send + Sync + 'static,
        L: Fn(Request, Vec<K>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<HashMap<K, Arc<C>, S>, Error>> + Send + 'static,
        S: BuildHasher + Send + 'static,
        V: Leaf + 'static,
    {
        let load: LoadChildren = Box::new(move |task| {
            let load = load.clone();
            Box::pin(async move {
                let keys = task.parents.of::<T>().iter().map(|row| key(row).into()).collect();
                Ok(Children::one(task.target, task.request.load_one(&load, keys).await?))
            })
        });
        let write: ChildWriter = Box::new(move |row, out| {
            let row = row.and_then(|(rows, place)| rows.of::<C>().get(place)).map(AsRef::as_ref);
            value(row).write(out);
        });
        self.table.brings.push(TableSet::leaf::<V>);
        // Behind another row, so it can fail on its own.
        self.push::<()>(name, description, V::shape().nullable(), Source::Derived(load, write))
    }

    /// A plain list of rows: `load` answers for every parent of a level, in their order.
    #[must_use]
    pub fn many<A, K, C, L, F>(self, name: &'static str, description: &'static str, load: L, key: fn(&T) -> K) -> Self
    where
        A: Arguments,
        K: Send + Sync + 'static,
        C: Object,
        L: Fn(Request, Vec<K>, Arc<A>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Vec<Vec<Arc<C>>>, Error>> + Send + 'static,
    {
        let load: LoadChildren = Box::new(move |task| {
            let load = load.clone();
            Box::pin(async move {
                let keys = task.parents.of::<T>().iter().map(|row| key(row)).collect();
                let lists = load(task.request.clone(), keys, task.arguments::<A>()?).await?;
                Ok(Children::many(task.target, lists))
            })
        });
        self.leads_to::<C>().push::<A>(name, description, Shape::required(C::name()).list().nullable(), Source::Load(load))
    }

    /// A connection: pages of rows, each parent with its own, in one statement.
    #[must_use]
    pub fn connection<A, K, C, L, F>(self, name: &'static str, description: &'static str, load: L, key: fn(&T) -> K) -> Self
    where
        A: Arguments + Clone,
        K: Send + Sync + 'static,
        C: Object,
        L: Fn(Request, Vec<K>, Page<A>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Vec<Arc<Connection<C>>>, Error>> + Send + 'static,
    {
        self.pages(name, description, load, key)
    }

    /// A connection of a type of its own, for lists that not every field of a [`Connection`] fits.
    #[must_use]
    pub fn pages<A, K, P, L, F>(self, name: &'static str, description: &'static str, load: L, key: fn(&T) -> K) -> Self
    where
        A: Arguments + Clone,
        K: Send + Sync + 'static,
        P: Object,
        L: Fn(Request, Vec<K>, Page<A>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Vec<Arc<P>>, Error>> + Send + 'static,
    {
        let load: LoadChildren = Box::new(move |task| {
            let load = load.clone();
            Box::pin(async move {
                let keys: Vec<K> = task.parents.of::<T>().iter().map(|row| key(row)).collect();
                let page = task.arguments::<PageArguments<A>>()?.page(task.request.limits().page, &task.selected)?;
                if keys.len() * page.size as usize > LARGEST_LEVEL {
                    return Err(Error::client(
                        Code::AnswerLimitExceeded,
                        format!("would load more than {LARGEST_LEVEL} rows: ask for smaller pages"),
                    ));
                }
                let pages = load(task.request.clone(), keys, page).await?;
                Ok(Children::one(task.target, pages.into_iter().map(Some).collect()))
            })
        });
        let shape = Shape::required(P::name()).nullable();
        let mut table = self.leads_to::<P>().push::<PageArguments<A>>(name, description, shape, Source::Load(load));
        table.last(|field| field.price = Price::of_a_page());
        table
    }

    /// A root field: what it gives does not hang on a parent row. Mutations are declared with it, too.
    #[must_use]
    pub fn root<A, C, L, F>(self, name: &'static str, description: &'static str, load: L) -> Self
    where
        A: Arguments,
        C: Object,
        L: Fn(Request, Arc<A>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Option<Arc<C>>, Error>> + Send + 'static,
    {
        let load: LoadChildren = Box::new(move |task| {
            let load = load.clone();
            Box::pin(async move {
                let row = load(task.request.clone(), task.arguments::<A>()?).await?;
                Ok(Children::one(task.target, vec![row; task.parents.len()]))
            })
        });
        self.leads_to::<C>().push::<A>(name, description, Shape::required(C::name()).nullable(), Source::Load(load))
    }

    /// A root field of an interface or a list: the whole task at hand.
    #[must_use]
    pub(super) fn abstract_root<A, F>(
        self,
        name: &'static str,
        description: &'static str,
        shape: Shape,
        load: impl Fn(Load, Arc<A>) -> F + Clone + Send + Sync + 'static,
    ) -> Self
    where
        A: Arguments,
        F: Future<Output = Result<Children, Error>> + Send + 'static,
    {
        let load: LoadChildren = Box::new(move |task| {
            let load = load.clone();
            Box::pin(async move {
                let arguments = task.arguments::<A>()?;
                load(task, arguments).await
            })
        });
        self.push::<A>(name, description, shape, Source::Load(load))
    }
}
