//! Every statement about keys that were taken.

use uuid::Uuid;

use crate::database::{FromRow, Row};
use crate::error::Error;
use crate::request::Writer;

/// Takes a key, or gives what it was taken for before and the digest of that input. The row of a key that is taken at this
/// very moment is waited for.
pub(super) async fn take(
    writer: &Writer,
    operation: &str,
    key: &str,
    digest: &[u8],
    made: Uuid,
) -> Result<Option<(Uuid, Vec<u8>)>, Error> {
    const TAKE: &str = "
        insert into idempotency_keys (tenant_id, user_id, operation, key, digest, resource_id)
        values ($1, $2, $3, $4, $5, $6)
        on conflict do nothing returning resource_id, digest";
    const TAKEN: &str = "
        select taken.resource_id, taken.digest from idempotency_keys taken
        where taken.tenant_id = $1 and taken.user_id = $2 and taken.operation = $3 and taken.key = $4";
    let tenant = writer.presence()?.tenant.uuid();
    let user = writer.caller.user.uuid();
    // What a program calls by a name, its maker and the maker's other programs call something else.
    let operation = match &writer.caller.api_key {
        Some(api_key) => format!("{operation} {}", api_key.id),
        None => operation.to_owned(),
    };
    let mut values = vec![tenant.into(), user.into(), operation.into(), key.into()];
    let taken = values.clone();
    values.extend([digest.to_vec().into(), made.into()]);
    if writer.transaction.one::<Key>(TAKE, values).await?.is_some() {
        return Ok(None);
    }
    let taken: Option<Key> = writer.transaction.one(TAKEN, taken).await?;
    Ok(taken.map(|taken| (taken.resource, taken.digest)))
}

struct Key {
    resource: Uuid,
    digest: Vec<u8>,
}

impl FromRow for Key {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { resource: row.column()?, digest: row.column::<&[u8]>()?.to_vec() })
    }
}
