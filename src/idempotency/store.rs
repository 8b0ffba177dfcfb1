//! Every statement about keys that were taken.

use sea_orm::Value;
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
    let values = vec![tenant.into(), user.into(), operation.into(), key.into()];
    take_or_tell(writer, TAKE, TAKEN, values, (digest, made)).await
}

/// The same of a person, whatever the tenant.
pub(super) async fn take_personal(
    writer: &Writer,
    operation: &str,
    key: &str,
    digest: &[u8],
    made: Uuid,
) -> Result<Option<(Uuid, Vec<u8>)>, Error> {
    const TAKE: &str = "
        insert into personal_idempotency_keys (user_id, operation, key, digest, resource_id)
        values ($1, $2, $3, $4, $5)
        on conflict do nothing returning resource_id, digest";
    const TAKEN: &str = "
        select taken.resource_id, taken.digest from personal_idempotency_keys taken
        where taken.user_id = $1 and taken.operation = $2 and taken.key = $3";
    let values = vec![writer.caller.user.uuid().into(), operation.into(), key.into()];
    take_or_tell(writer, TAKE, TAKEN, values, (digest, made)).await
}

async fn take_or_tell(
    writer: &Writer,
    take: &'static str,
    taken: &'static str,
    mut values: Vec<Value>,
    (digest, made): (&[u8], Uuid),
) -> Result<Option<(Uuid, Vec<u8>)>, Error> {
    let name = values.clone();
    values.extend([digest.to_vec().into(), made.into()]);
    if writer.transaction.one::<Key>(take, values).await?.is_some() {
        return Ok(None);
    }
    let before: Option<Key> = writer.transaction.one(taken, name).await?;
    Ok(before.map(|before| (before.resource, before.digest)))
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
