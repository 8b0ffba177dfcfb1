//! One-time tokens: what a mail brings to whoever reads it.

use chrono::TimeDelta;
use entity::id::{UserId, UserTokenId};
use entity::user_token::TokenPurpose;

use super::store;
use crate::clock;
use crate::database::TokenHash;
use crate::error::Error;
use crate::request::Stranger;

pub(in crate::people) use entity::user_token::TokenPurpose as Purpose;

/// A token for somebody, which is stored as its hash only.
pub(in crate::people) struct OneTimeToken {
    /// Whose it is.
    pub user: UserId,
    /// What to call the person.
    pub name: String,
    /// The token.
    pub token: String,
}

impl OneTimeToken {
    /// Makes one for the account of an address; none where there is no such account, or nothing to prove.
    pub async fn issue(stranger: &Stranger, address: &str, purpose: TokenPurpose) -> Result<Option<Self>, Error> {
        let (prefix, life) = match purpose {
            TokenPurpose::EmailVerification => ("tv_", TimeDelta::hours(24)),
            TokenPurpose::PasswordReset => ("tr_", TimeDelta::hours(1)),
        };
        let token = clock::secret(prefix);
        let id: UserTokenId = clock::new_id();
        let person = store::issue(stranger, address, purpose, id, &TokenHash::of(&token), stranger.now + life).await?;
        Ok(person.map(|store::Person { user, name }| Self { user, name, token }))
    }
}
