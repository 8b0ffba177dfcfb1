//! Root fields that read products.

use migration::catalog::Permission;

use super::store::products;
use crate::graph::{ObjectType, Query};

/// Adds `products`.
#[must_use]
pub fn queries(query: ObjectType<Query>) -> ObjectType<Query> {
    query
        .connection("products", "What your tenant sells now: the current version of each product.", products, |_| ())
        .requires(Permission::ProductsRead)
}
