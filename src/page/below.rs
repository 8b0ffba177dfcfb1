//! Lists below parents: a page of rows for each parent, all of them in one statement, and one more where totals are wanted.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::{Cursor, Keyset, Order, Page};
use crate::database::{Binds, COLUMNS, FromRow, Row};
use crate::error::Error;
use crate::graph::{Connection, Object};
use crate::request::Reader;

/// A row that stands in a list.
pub trait Listed: FromRow + Object {
    /// Its place in time, which makes every order total.
    fn index_id(&self) -> i64;

    /// The value of the order's key, where an order has one.
    fn sort_key(&self) -> Option<&str> {
        None
    }
}

/// What is listed below each parent, as SQL. The key of the parent is `parent.id`.
#[derive(Debug)]
pub struct ListsBelow {
    /// What is joined once a parent, such as ` join teams above on …`; empty where its key is enough.
    pub parents: &'static str,
    /// What stands behind `from` for the rows of one parent, with its `where`. It names the tenant.
    pub rows: String,
    /// In which order.
    pub order: Order,
}

impl ListsBelow {
    /// The page of each parent, in the order of the keys. What `rows` binds is in `binds`.
    pub async fn load<T: Listed, A>(
        &self,
        reader: &Reader,
        keys: Vec<Uuid>,
        mut binds: Binds,
        page: &Page<A>,
    ) -> Result<Vec<Arc<Connection<T>>>, Error> {
        let Self { parents, rows, order } = self;
        // The same key may stand for several parents.
        let mut distinct = keys.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let placeholder = binds.bind(distinct);
        // A lateral sub-select with a limit can only be a nested loop, so the rows of a parent come in its order.
        let below = |select: String| {
            format!("select page.* from unnest({placeholder}::uuid[]) parent(id){parents} cross join lateral ({select}) page")
        };
        let mut totals: HashMap<Uuid, i64> = HashMap::new();
        if page.wants_total {
            let sql = below(format!("select parent.id, count(*) from {rows}"));
            totals = reader.all::<Total>(sql, binds.clone()).await?.into_iter().map(|total| (total.parent, total.count)).collect();
        }
        let Keyset { condition, order_by, limit } = page.keyset(*order, &mut binds)?;
        let mut of_parent: HashMap<Uuid, Vec<(Cursor, Arc<T>)>> = HashMap::with_capacity(keys.len());
        if page.wants_rows {
            let sql = below(format!("select {COLUMNS} from {rows}{condition} order by {order_by} limit {limit}"));
            for child in reader.children::<T>(sql, binds).await? {
                let key = order.key.and(child.row.sort_key()).map(Arc::from);
                let cursor = Cursor { order: order.tag, key, index_id: child.row.index_id() };
                of_parent.entry(child.parent).or_default().push((cursor, Arc::new(child.row)));
            }
        }
        let connection = |key: &Uuid| {
            let rows = of_parent.get(key).cloned().unwrap_or_default();
            Arc::new(Connection::of(page, rows, totals.get(key).copied().unwrap_or_default()))
        };
        Ok(keys.iter().map(connection).collect())
    }
}

/// How many rows there are below a parent.
pub struct Total {
    /// The key of the parent.
    pub parent: Uuid,
    /// The number of rows.
    pub count: i64,
}

impl FromRow for Total {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { parent: row.column()?, count: row.column()? })
    }
}
