//! A list of what is the caller's own, in whichever tenant it is: its sessions, its events.

use std::sync::Arc;

use super::{Cursor, Listed, Order, Page};
use crate::database::{Binds, COLUMNS};
use crate::error::Error;
use crate::graph::Connection;
use crate::request::Reader;

/// What is listed, as SQL.
#[derive(Debug)]
pub struct ListOfCaller {
    /// What stands behind `from`, with its `where`: `$1` is the caller's user.
    pub rows: &'static str,
    /// In which order.
    pub order: Order,
}

impl ListOfCaller {
    /// A page. What `rows` binds is in `binds`.
    pub async fn load<T: Listed, A>(&self, reader: &Reader, mut binds: Binds, page: &Page<A>) -> Result<Arc<Connection<T>>, Error> {
        let Self { rows, order } = self;
        let mut total = 0;
        if page.wants_total {
            let sql = format!("select count(*) from {rows}");
            total = reader.own::<i64>(sql, binds.clone()).await?.first().copied().unwrap_or_default();
        }
        let keyset = page.keyset(*order, &mut binds)?;
        let mut found: Vec<T> = Vec::new();
        if page.wants_rows {
            let sql =
                format!("select {COLUMNS} from {rows}{} order by {} limit {}", keyset.condition, keyset.order_by, keyset.limit);
            found = reader.own_objects(sql, binds).await?;
        }
        let place = |row: T| (Cursor { order: order.tag, key: None, index_id: row.index_id() }, Arc::new(row));
        Ok(Arc::new(Connection::of(page, found.into_iter().map(place).collect(), total)))
    }
}
