//! A business: a company that an organization serves.

use crate::id::{BusinessId, DeletionId, OrganizationId, TenantId, UserId};
use crate::prelude::*;

/// What a business is before the law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum BusinessType {
    /// One person.
    SoleProprietorship,
    /// Several people together.
    Partnership,
    /// A company whose owners are liable for what they put in.
    LimitedCompany,
    /// A company with shares.
    Corporation,
    /// A company of its members.
    Cooperative,
    /// It does not earn for its owners.
    Nonprofit,
    /// It belongs to the state.
    PublicBody,
    /// Something else, or nobody has said what.
    Other,
}

impl BusinessType {
    /// As the database writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SoleProprietorship => "sole_proprietorship",
            Self::Partnership => "partnership",
            Self::LimitedCompany => "limited_company",
            Self::Corporation => "corporation",
            Self::Cooperative => "cooperative",
            Self::Nonprofit => "nonprofit",
            Self::PublicBody => "public_body",
            Self::Other => "other",
        }
    }
}

/// Whether a business does business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum BusinessStatus {
    /// It does.
    Active,
    /// It does not at the moment.
    Inactive,
    /// It does not any more.
    Closed,
}

impl BusinessStatus {
    /// As the database writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Closed => "closed",
        }
    }
}

/// How far it is proven that a business is what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum BusinessVerification {
    /// Nobody has asked for it.
    Unverified,
    /// Somebody has asked, and nobody has decided.
    Pending,
    /// It is proven.
    Verified,
    /// It was refused.
    Rejected,
}

impl BusinessVerification {
    /// As the database writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unverified => "unverified",
            Self::Pending => "pending",
            Self::Verified => "verified",
            Self::Rejected => "rejected",
        }
    }
}

/// A row of `businesses`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "businesses")]
pub struct Model {
    /// The tenant it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Identifies the business.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BusinessId,
    /// Its place in lists; made by the database, and never shown.
    pub index_id: i64,
    /// The organization that serves it.
    pub organization_id: OrganizationId,
    /// Who answers for it.
    pub owner_user_id: UserId,
    /// Its name before the law, unique in the organization.
    pub legal_name: String,
    /// Its tax id, sealed.
    pub tax_id_sealed: Option<Vec<u8>>,
    /// Whom to ask for.
    pub contact_name: Option<String>,
    /// Where to write to.
    pub contact_email: Option<String>,
    /// Where to call.
    pub contact_phone: Option<String>,
    /// Where it is.
    pub address: Option<JsonValue>,
    /// What it does.
    pub industry: Option<String>,
    /// What it is before the law.
    #[sea_orm(column_name = "type")]
    pub business_type: BusinessType,
    /// How many people work there.
    pub employee_count: Option<i32>,
    /// Whether it does business.
    pub status: BusinessStatus,
    /// Where its logo is.
    pub logo_url: Option<String>,
    /// What it takes in a year, in minor units.
    pub annual_revenue_minor: Option<i64>,
    /// The currency of that.
    pub revenue_currency: Option<String>,
    /// The day on which its fiscal year ends: `MM-DD`.
    pub fiscal_year_end: Option<String>,
    /// How far it is proven.
    pub verification: BusinessVerification,
    /// What proves it: an array of `{name, reference}`.
    pub verification_documents: JsonValue,
    /// When somebody last asked for verification.
    pub verification_requested_at: Option<DateTimeUtc>,
    /// Who did.
    pub verification_requested_by: Option<UserId>,
    /// When it was verified.
    pub verified_at: Option<DateTimeUtc>,
    /// By whom.
    pub verified_by: Option<UserId>,
    /// Why it was rejected.
    pub rejection_reason: Option<String>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed; kept by the database.
    pub updated_at: DateTimeUtc,
    /// When it was deleted, if it was.
    pub deleted_at: Option<DateTimeUtc>,
    /// The deletion that took it down, together with whatever bears the same.
    pub deletion_id: Option<DeletionId>,
    /// Its organization.
    #[sea_orm(belongs_to, from = "(tenant_id, organization_id)", to = "(tenant_id, id)")]
    pub organization: BelongsTo<super::organization::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
