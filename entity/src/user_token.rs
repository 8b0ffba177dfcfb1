//! A one-time token: proof of an e-mail address, or leave to choose a new password.

use crate::id::{UserId, UserTokenId};
use crate::prelude::*;

/// What a one-time token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum TokenPurpose {
    /// Proving an e-mail address.
    EmailVerification,
    /// Choosing a new password.
    PasswordReset,
}

impl TokenPurpose {
    /// As the database writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EmailVerification => "email_verification",
            Self::PasswordReset => "password_reset",
        }
    }
}

/// A row of `user_tokens`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_tokens")]
pub struct Model {
    /// Identifies the token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UserTokenId,
    /// Whose it is.
    pub user_id: UserId,
    /// What it is good for.
    pub purpose: TokenPurpose,
    /// The token's SHA-256; the token itself is stored nowhere.
    #[sea_orm(unique)]
    pub token_hash: Vec<u8>,
    /// When it ends by itself.
    pub expires_at: DateTimeUtc,
    /// When it was used, which is once.
    pub used_at: Option<DateTimeUtc>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed; kept by the database.
    pub updated_at: DateTimeUtc,
    /// The person.
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<super::user::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
