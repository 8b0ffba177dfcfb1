//! The statement that makes a person and its place in a tenant.

use entity::id::{TenantId, TenantMembershipId, UserId};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::database::{FromRow, Row};
use crate::error::Error;
use crate::request::Stranger;

/// What is known of somebody who signs up.
pub(super) struct Newcomer {
    pub user: UserId,
    pub email: String,
    pub display_name: String,
    pub password_hash: String,
    pub attribution: Value,
    pub membership: TenantMembershipId,
    /// The id of the tenant that is made.
    pub own_tenant: TenantId,
    /// Its name.
    pub tenant_name: String,
    /// Its name in addresses, unless another tenant has it.
    pub slug: String,
    /// The tenant to join instead.
    pub joined: Option<String>,
}

/// What came of it.
pub(super) enum Outcome {
    /// The person is new, and has a place in this tenant.
    Made(TenantId),
    /// The address signed up before, and was never proven: what is said now counts.
    Pending,
    /// The address has an account.
    Known,
    /// The tenant lets nobody sign up by themselves, or is none.
    Closed,
    /// Another organization of the tenant has the name.
    Taken,
    /// The tenant has as many organizations as it may have.
    Full,
}

impl FromRow for Outcome {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        let outcome: String = row.column()?;
        let _user: Option<Uuid> = row.column()?;
        let tenant: Option<Uuid> = row.column()?;
        match (outcome.as_str(), tenant) {
            ("made", Some(tenant)) => Ok(Self::Made(tenant.into())),
            ("pending", _) => Ok(Self::Pending),
            ("known", _) => Ok(Self::Known),
            ("closed", _) => Ok(Self::Closed),
            ("taken", _) => Ok(Self::Taken),
            ("full", _) => Ok(Self::Full),
            _ => Err(Error::internal("tenantry_sign_up gives an outcome that this version does not know")),
        }
    }
}

/// Signs somebody up.
pub(super) async fn sign_up(stranger: &Stranger, newcomer: Newcomer) -> Result<Outcome, Error> {
    const SIGN_UP: &str = "select * from tenantry_sign_up($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let values = vec![
        newcomer.user.uuid().into(),
        newcomer.email.into(),
        newcomer.display_name.into(),
        newcomer.password_hash.into(),
        newcomer.attribution.into(),
        newcomer.own_tenant.uuid().into(),
        newcomer.membership.uuid().into(),
        newcomer.joined.into(),
        newcomer.slug.into(),
        newcomer.tenant_name.into(),
    ];
    let outcome: Option<Outcome> = stranger.transaction.one(SIGN_UP, values).await?;
    outcome.ok_or_else(|| Error::internal("tenantry_sign_up gives no row"))
}

/// What came of taking a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TakenKey {
    /// It is this sign-up's.
    Now,
    /// It was used for this very input.
    Before,
    /// It was used for another input.
    ForAnotherInput,
}

struct Digest(Vec<u8>);

impl FromRow for Digest {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self(row.column::<Option<&[u8]>>()?.unwrap_or_default().to_vec()))
    }
}

/// Takes a key for the sign-up of an address, in its transaction.
pub(super) async fn take_key(stranger: &Stranger, address: &str, key: &str, sent: &Value) -> Result<TakenKey, Error> {
    const TAKE: &str = "select tenantry_take_sign_up_key($1, $2, $3)";
    let digest = Sha256::digest(sent.to_string()).to_vec();
    let values = vec![address.into(), Sha256::digest(key).to_vec().into(), digest.clone().into()];
    let before: Option<Digest> = stranger.transaction.one(TAKE, values).await?;
    Ok(match before {
        Some(Digest(before)) if before == digest => TakenKey::Before,
        Some(Digest(before)) if !before.is_empty() => TakenKey::ForAnotherInput,
        _ => TakenKey::Now,
    })
}
