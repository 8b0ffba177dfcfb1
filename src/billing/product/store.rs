//! Every statement about products.

use std::collections::HashMap;
use std::sync::Arc;

use entity::id::ProductId;
use entity::product::ProductType;
use migration::catalog::Permission;
use uuid::Uuid;

use super::Product;
use crate::access::Scope;
use crate::database::{Binds, ByKey, COLUMNS, CURSOR, FromRow, KEYS, Row, Wanted};
use crate::error::Error;
use crate::graph::Connection;
use crate::page::{Cursor, Order, Page};
use crate::request::Request;

const ORDER: Order = Order { tag: 'p', key: None, index_id: "product.index_id", descending: false };

/// The keys of the features that are switched on, as JSON: columns cannot be arrays.
const FEATURES: &str = "(select json_agg(feature.key order by feature.key)::text from jsonb_each(product.features) feature
    where feature.value = 'true')";

impl FromRow for Product {
    const WANTED: &'static [Wanted] = &[
        Wanted("product.id", &[]),
        Wanted("product.index_id", &[CURSOR]),
        Wanted("product.key", &["key"]),
        Wanted("product.name", &["name"]),
        Wanted("product.description", &["description"]),
        Wanted("product.type", &["type"]),
        Wanted("product.version", &["version"]),
        Wanted("product.is_current", &["isCurrent"]),
        Wanted("product.is_public", &["isPublic"]),
        Wanted(FEATURES, &["features"]),
        Wanted("product.currency", &["priceMonthly", "priceYearly", "priceFixed"]),
        Wanted("product.price_monthly_minor", &["priceMonthly"]),
        Wanted("product.price_yearly_minor", &["priceYearly"]),
        Wanted("product.price_fixed_minor", &["priceFixed"]),
        Wanted("product.trial_period_days", &["trialPeriodDays"]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            index_id: row.column()?,
            key: row.column()?,
            name: row.column()?,
            description: row.column()?,
            kind: row.member(ProductType::as_str)?,
            version: row.column()?,
            is_current: row.column()?,
            is_public: row.column()?,
            features: row
                .column::<Option<&str>>()?
                .map_or_else(|| Ok(Vec::new()), |keys| serde_json::from_str(keys).map_err(Error::internal))?,
            currency: row.column()?,
            price_monthly_minor: row.column()?,
            price_yearly_minor: row.column()?,
            price_fixed_minor: row.column()?,
            trial_period_days: row.column()?,
        })
    }
}

impl ByKey for Product {
    const BY_KEY: &'static str = "select {columns} from products product where product.tenant_id = $1 and product.id = any({keys})";
}

/// Products of the tenant, for relations that have been decided already. Old versions among them.
pub async fn products_by_id(request: Request, ids: Vec<ProductId>) -> Result<HashMap<ProductId, Arc<Product>>, Error> {
    let ids: Vec<Uuid> = ids.into_iter().map(ProductId::uuid).collect();
    let sql = Product::BY_KEY.replace(KEYS, "$2");
    let rows: Vec<Product> = request.reader().await?.objects(sql, Binds::of([ids.into()])).await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}

/// The products among these that the caller may know of.
pub async fn visible_products(request: Request, ids: Vec<ProductId>) -> Result<HashMap<ProductId, Arc<Product>>, Error> {
    if request.reader().await?.may(Permission::ProductsRead, Scope::Tenant).await? {
        products_by_id(request, ids).await
    } else {
        Ok(HashMap::new())
    }
}

/// A page of what is sold now. That the caller may see it, the guard of the field has decided.
pub async fn products(request: Request, parents: Vec<()>, page: Page<()>) -> Result<Vec<Arc<Connection<Product>>>, Error> {
    let reader = request.reader().await?;
    let mut binds = Binds::new();
    let conditions =
        "product.tenant_id = $1 and product.is_current and product.organization_id is null and product.deleted_at is null";
    let mut total = 0;
    if page.wants_total {
        let sql = format!("select count(*) from products product where {conditions}");
        total = reader.all(sql, Binds::new()).await?.first().copied().unwrap_or_default();
    }
    let keyset = page.keyset(ORDER, &mut binds)?;
    let mut rows: Vec<Product> = Vec::new();
    if page.wants_rows {
        let sql = format!(
            "select {COLUMNS} from products product where {conditions}{} order by {} limit {}",
            keyset.condition, keyset.order_by, keyset.limit
        );
        rows = reader.objects(sql, binds).await?;
    }
    let rows = rows.into_iter().map(|row| (Cursor { order: ORDER.tag, key: None, index_id: row.index_id }, Arc::new(row)));
    let connection = Arc::new(Connection::of(&page, rows.collect(), total));
    Ok(vec![connection; parents.len()])
}
