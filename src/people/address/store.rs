//! Every statement about one-time tokens.

use chrono::{DateTime, Utc};
use entity::id::{UserId, UserTokenId};
use entity::user_token::TokenPurpose;
use uuid::Uuid;

use crate::database::{FromRow, Row, TokenHash};
use crate::error::Error;
use crate::request::Stranger;

/// Whom a token is for.
pub(super) struct Person {
    pub user: UserId,
    pub name: String,
}

impl FromRow for Person {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { user: row.column::<Uuid>()?.into(), name: row.column()? })
    }
}

/// Stores a token for the account of an address.
pub(super) async fn issue(
    stranger: &Stranger,
    address: &str,
    purpose: TokenPurpose,
    id: UserTokenId,
    token: &TokenHash,
    expires_at: DateTime<Utc>,
) -> Result<Option<Person>, Error> {
    const ISSUE: &str = "select * from tenantry_issue_token($1, $2, $3, $4, $5)";
    let values = vec![address.into(), purpose.as_str().into(), id.uuid().into(), token.bytes().to_vec().into(), expires_at.into()];
    stranger.transaction.one(ISSUE, values).await
}

/// Uses a token to prove an address: whose it is; none where it does not hold.
pub(super) async fn verify(stranger: &Stranger, token: &TokenHash) -> Result<Option<UserId>, Error> {
    const VERIFY: &str = "select tenantry_verify_email($1)";
    let verified: Option<Option<Uuid>> = stranger.transaction.one(VERIFY, vec![token.bytes().to_vec().into()]).await?;
    Ok(verified.flatten().map(UserId::from))
}
