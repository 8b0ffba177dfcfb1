//! Every statement about passwords. None of them reads one that its caller has not named a person or a token for.

use entity::id::UserId;
use uuid::Uuid;

use super::Attempt;
use crate::database::{FromRow, Row, TokenHash};
use crate::error::Error;
use crate::request::{Request, Stranger, Writer};

impl FromRow for Attempt {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            user: row.column::<Option<Uuid>>()?.map(UserId::from),
            hash: row.column()?,
            admitted: row.column()?,
            two_factor: row.column()?,
        })
    }
}

/// Counts an attempt, and commits that.
pub(super) async fn attempt(request: &Request, address: Option<&str>, user: Option<UserId>) -> Result<Attempt, Error> {
    const ATTEMPT: &str = "select * from tenantry_attempt_password($1, $2)";
    let stranger = request.stranger().await?;
    let attempt = stranger.transaction.one(ATTEMPT, vec![address.into(), user.map(UserId::uuid).into()]).await?;
    stranger.commit().await?;
    Ok(attempt.unwrap_or(Attempt { user: None, hash: None, admitted: false, two_factor: false }))
}

/// Replaces the hash of a password by another one of the same.
pub(super) async fn rehash(request: &Request, user: UserId, previous: &str, rehashed: &str) -> Result<(), Error> {
    const REHASH: &str = "select tenantry_rehash_password($1, $2, $3)";
    let stranger = request.stranger().await?;
    stranger.transaction.one::<bool>(REHASH, vec![user.uuid().into(), previous.into(), rehashed.into()]).await?;
    stranger.commit().await
}

/// Forgets the attempts of a person who has proven the password.
pub(super) async fn forget(request: &Request, user: UserId) -> Result<(), Error> {
    const FORGET: &str = "select tenantry_forget_attempts()";
    let stranger = request.stranger().await?;
    stranger.become_user(user).await?;
    stranger.transaction.one::<bool>(FORGET, Vec::new()).await?;
    stranger.commit().await
}

/// Changes the caller's password; false where it is not what it was any more.
pub(super) async fn change(writer: &Writer, previous: &str, hash: &str) -> Result<bool, Error> {
    const CHANGE: &str = "select tenantry_change_password($1, $2)";
    Ok(writer.transaction.one::<bool>(CHANGE, vec![previous.into(), hash.into()]).await?.unwrap_or_default())
}

/// Whose password was chosen anew.
pub(super) struct Reset {
    pub user: UserId,
    pub email: String,
    pub name: String,
}

impl FromRow for Reset {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { user: row.column::<Uuid>()?.into(), email: row.column()?, name: row.column()? })
    }
}

/// Uses a one-time token to choose a password; none where it does not hold.
pub(super) async fn reset(stranger: &Stranger, token: &TokenHash, hash: &str) -> Result<Option<Reset>, Error> {
    const RESET: &str = "select * from tenantry_reset_password($1, $2)";
    stranger.transaction.one(RESET, vec![token.bytes().to_vec().into(), hash.into()]).await
}

/// The caller's address and name.
pub(super) async fn caller(writer: &Writer) -> Result<Option<Reset>, Error> {
    const CALLER: &str = "select person.id, person.email, person.display_name from users person where person.id = $1";
    writer.transaction.one(CALLER, vec![writer.caller.user.uuid().into()]).await
}
