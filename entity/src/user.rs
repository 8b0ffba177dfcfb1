//! A person, who may belong to many tenants.

use crate::id::{DeletionId, UserId};
use crate::prelude::*;

/// What kind of person this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum UserType {
    /// A customer.
    Standard,
    /// The platform's own staff.
    Developer,
}

impl UserType {
    /// As the database writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Developer => "developer",
        }
    }
}

/// A row of `users`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// Identifies the person.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UserId,
    /// The e-mail address, normalised: the name under which the person signs in.
    #[sea_orm(unique)]
    pub email: String,
    /// When the address was proven to be the person's.
    pub email_verified_at: Option<DateTimeUtc>,
    /// The name shown to others.
    pub display_name: String,
    /// Where the picture is.
    pub avatar_url: Option<String>,
    /// The telephone number.
    pub phone: Option<String>,
    /// What the external identity provider calls the person.
    #[sea_orm(unique)]
    pub clerk_user_id: Option<String>,
    /// Whether the person is the platform's own staff.
    pub user_type: UserType,
    /// Argon2id; nothing where the identity provider signs in.
    pub password_hash: Option<String>,
    /// When the password was last set.
    pub password_changed_at: Option<DateTimeUtc>,
    /// Whether signing in takes a second factor.
    pub two_factor_enabled: bool,
    /// Attempts to sign in that failed since the last that did not.
    pub failed_login_attempts: i32,
    /// Until when signing in is refused.
    pub locked_until: Option<DateTimeUtc>,
    /// When the person last signed in.
    pub last_login_at: Option<DateTimeUtc>,
    /// When the person last did anything.
    pub last_active_at: Option<DateTimeUtc>,
    /// Whether the account may be used.
    pub is_active: bool,
    /// The brand by which the person came.
    pub brand: Option<String>,
    /// What brought the person.
    pub lead_source: Option<String>,
    /// The campaign's source.
    pub utm_source: Option<String>,
    /// The campaign's medium.
    pub utm_medium: Option<String>,
    /// The campaign's name.
    pub utm_campaign: Option<String>,
    /// What the person chose: notifications, newsletter.
    pub preferences: JsonValue,
    /// The tenants it has ever belonged to; kept by the database.
    pub tenant_ids: Vec<uuid::Uuid>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed; kept by the database.
    pub updated_at: DateTimeUtc,
    /// When it was deleted, if it was.
    pub deleted_at: Option<DateTimeUtc>,
    /// The deletion that took it down, together with whatever bears the same.
    pub deletion_id: Option<DeletionId>,
    /// Where the person is signed in.
    #[sea_orm(has_many)]
    pub sessions: HasMany<super::session::Entity>,
    /// The tenants the person belongs to.
    #[sea_orm(has_many)]
    pub tenant_memberships: HasMany<super::tenant_membership::Entity>,
    /// The organizations the person belongs to.
    #[sea_orm(has_many)]
    pub organization_memberships: HasMany<super::organization_membership::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
