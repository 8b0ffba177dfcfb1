//! Every statement about second factors. All of them run as the person whose they are.

use chrono::{DateTime, Utc};
use entity::id::{ChallengeId, UserId};
use uuid::Uuid;

use super::codes::text_of;
use crate::database::{FromRow, Row, TokenHash, Transaction};
use crate::error::Error;
use crate::request::{Reader, Stranger};

/// A second factor as it is stored.
pub(super) struct Factor {
    pub secret: Vec<u8>,
    pub is_confirmed: bool,
}

impl FromRow for Factor {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { secret: row.column::<&[u8]>()?.to_vec(), is_confirmed: row.column()? })
    }
}

/// Stores the secret of a factor that is still to be confirmed; false where there is one that is.
pub(super) async fn enrol(transaction: &Transaction, user: UserId, secret: Vec<u8>) -> Result<bool, Error> {
    const ENROL: &str = "
        insert into second_factors as factor (user_id, secret) values ($1, $2)
        on conflict (user_id) do update set secret = excluded.secret, last_step = 0 where factor.confirmed_at is null
        returning true";
    Ok(transaction.one::<bool>(ENROL, vec![user.uuid().into(), secret.into()]).await?.is_some())
}

/// Locks the factor, where there is one.
pub(super) async fn lock(transaction: &Transaction, user: UserId) -> Result<Option<Factor>, Error> {
    const LOCK: &str = "
        select factor.secret, factor.confirmed_at is not null from second_factors factor where factor.user_id = $1 for update";
    transaction.one(LOCK, vec![user.uuid().into()]).await
}

/// Does signing in take a factor?
pub async fn is_enabled(transaction: &Transaction, user: UserId) -> Result<bool, Error> {
    const ENABLED: &str = "select person.two_factor_enabled from users person where person.id = $1";
    Ok(transaction.one::<bool>(ENABLED, vec![user.uuid().into()]).await?.unwrap_or_default())
}

/// Takes the code of a step in time; false where that one, or a later one, was taken before.
pub(super) async fn use_step(transaction: &Transaction, user: UserId, step: i64) -> Result<bool, Error> {
    const USE: &str = "update second_factors set last_step = $2 where user_id = $1 and last_step < $2 returning true";
    Ok(transaction.one::<bool>(USE, vec![user.uuid().into(), step.into()]).await?.is_some())
}

/// From now on signing in takes the factor.
pub(super) async fn confirm(transaction: &Transaction, user: UserId) -> Result<(), Error> {
    const CONFIRM: &str = "
        with confirmed as (update second_factors set confirmed_at = now() where user_id = $1)
        update users set two_factor_enabled = true where id = $1 returning true";
    transaction.one::<bool>(CONFIRM, vec![user.uuid().into()]).await?;
    Ok(())
}

/// From now on it does not any more; false where it did not before.
pub(super) async fn disable(transaction: &Transaction, user: UserId) -> Result<bool, Error> {
    const DISABLE: &str = "
        with gone as (delete from second_factors where user_id = $1),
            codes_gone as (delete from recovery_codes where user_id = $1)
        update users set two_factor_enabled = false where id = $1 and two_factor_enabled returning true";
    Ok(transaction.one::<bool>(DISABLE, vec![user.uuid().into()]).await?.is_some())
}

/// Puts these codes for emergencies in the place of those there were.
pub(super) async fn replace_recovery_codes(transaction: &Transaction, user: UserId, codes: &[TokenHash]) -> Result<(), Error> {
    const FORGET: &str = "delete from recovery_codes where user_id = $1 returning true";
    const STORE: &str = "
        insert into recovery_codes (user_id, code_hash)
        select $1, decode(rpad(translate(code, '-_', '+/'), 44, '='), 'base64') from unnest($2::text[]) code returning true";
    transaction.all::<bool>(FORGET, vec![user.uuid().into()]).await?;
    let codes: Vec<String> = codes.iter().map(text_of).collect();
    transaction.all::<bool>(STORE, vec![user.uuid().into(), codes.into()]).await?;
    Ok(())
}

/// Takes a code for emergencies; false where it is none, or was taken before.
pub(super) async fn use_recovery_code(transaction: &Transaction, user: UserId, code: &TokenHash) -> Result<bool, Error> {
    const USE: &str = "
        update recovery_codes set used_at = now() where user_id = $1 and code_hash = $2 and used_at is null returning true";
    Ok(transaction.one::<bool>(USE, vec![user.uuid().into(), code.bytes().to_vec().into()]).await?.is_some())
}

/// Asks for the second factor of somebody who has proven the password.
pub(super) async fn ask(
    stranger: &Stranger,
    user: UserId,
    id: ChallengeId,
    token: &TokenHash,
    until: DateTime<Utc>,
) -> Result<(), Error> {
    const ASK: &str = "
        insert into sign_in_challenges (id, user_id, token_hash, expires_at) values ($1, $2, $3, $4) returning true";
    let values = vec![id.uuid().into(), user.uuid().into(), token.bytes().to_vec().into(), until.into()];
    stranger.transaction.one::<bool>(ASK, values).await?;
    Ok(())
}

/// Counts an attempt to answer, and says who is asked; none where the question does not hold any more.
pub(super) async fn attempt(stranger: &Stranger, token: &TokenHash) -> Result<Option<UserId>, Error> {
    const ATTEMPT: &str = "select tenantry_attempt_challenge($1)";
    let asked: Option<Option<Uuid>> = stranger.transaction.one(ATTEMPT, vec![token.bytes().to_vec().into()]).await?;
    Ok(asked.flatten().map(UserId::from))
}

/// The question was answered.
pub(super) async fn answered(stranger: &Stranger, token: &TokenHash) -> Result<(), Error> {
    const ANSWERED: &str = "update sign_in_challenges set used_at = now() where token_hash = $1 returning true";
    stranger.transaction.one::<bool>(ANSWERED, vec![token.bytes().to_vec().into()]).await?;
    Ok(())
}

/// Does signing in take a second factor, and how many codes for emergencies are left?
pub(super) async fn state(reader: &Reader) -> Result<(bool, i64), Error> {
    const STATE: &str = "
        select person.two_factor_enabled,
            (select count(*) from recovery_codes code where code.user_id = person.id and code.used_at is null)
        from users person where person.id = $1";
    let state: Vec<State> = reader.all_of_caller(STATE).await?;
    Ok(state.first().map_or((false, 0), |state| (state.0, state.1)))
}

struct State(bool, i64);

impl FromRow for State {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self(row.column()?, row.column()?))
    }
}

/// A person's address and name.
pub(super) struct Person {
    pub email: String,
    pub name: String,
}

impl FromRow for Person {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self { email: row.column()?, name: row.column()? })
    }
}

/// The person that the transaction is.
pub(super) async fn person(transaction: &Transaction, user: UserId) -> Result<Person, Error> {
    const PERSON: &str = "select person.email, person.display_name from users person where person.id = $1";
    let person = transaction.one(PERSON, vec![user.uuid().into()]).await?;
    person.ok_or_else(|| Error::internal("whoever asks is nobody"))
}
