//! Denials: which permission was missing, why, and what helps.

use std::sync::Arc;

use entity::id::{OrganizationId, UserId};
use migration::catalog::Permission;
use serde_json::{Map, json};

use super::{Code, Error};

/// Why a guard denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The permission that was needed.
    pub permission: Permission,
    /// In which organization; `None`: in the tenant.
    pub organization: Option<OrganizationId>,
    /// Why it is not there.
    pub reason: Reason,
    /// What helps to understand it.
    pub detail: Option<Detail>,
}

/// What helps to understand a denial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Who can pay the bill, or clear why the tenant is suspended.
    Owner {
        /// The owner of the organization, or of the tenant.
        id: UserId,
        /// The name of that person.
        name: Arc<str>,
    },
    /// The feature that the plan lacks.
    Feature(&'static str),
}

/// The reasons of a denial, as `extensions.reason` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Nobody is signed in.
    NotSignedIn,
    /// The session has no tenant, or the user is no member of it.
    NoTenant,
    /// The user is deactivated or locked.
    UserInactive,
    /// The tenant is suspended or churned.
    TenantInactive,
    /// The membership is suspended.
    MembershipSuspended,
    /// The organization does not exist any more.
    OrganizationNotFound,
    /// The organization is past due: only reading is left.
    BillingRestricted,
    /// The organization is past due for long: only the owner gets in.
    BillingLocked,
    /// The plan lacks the feature.
    PlanRequired,
    /// No role of the caller gives the permission.
    MissingPermission,
    /// The change gives what the caller does not hold.
    NotHeld,
    /// The scopes of the API key leave the permission out.
    ApiKeyScope,
}

impl Reason {
    /// As clients see it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NotSignedIn => "not_signed_in",
            Self::NoTenant => "no_tenant",
            Self::UserInactive => "user_inactive",
            Self::TenantInactive => "tenant_inactive",
            Self::MembershipSuspended => "membership_suspended",
            Self::OrganizationNotFound => "organization_not_found",
            Self::BillingRestricted => "billing_restricted",
            Self::BillingLocked => "billing_locked",
            Self::PlanRequired => "plan_required",
            Self::MissingPermission => "missing_permission",
            Self::NotHeld => "not_held",
            Self::ApiKeyScope => "api_key_scope",
        }
    }
}

impl From<Denial> for Error {
    fn from(denial: Denial) -> Self {
        let Denial { permission, organization, reason, detail } = denial;
        let permission = permission.key();
        if reason == Reason::OrganizationNotFound {
            return Self::client(Code::NotFound, "the organization does not exist, or you may not know of it");
        }
        let owner = match &detail {
            Some(Detail::Owner { name, .. }) => format!("the owner, {name},"),
            Some(Detail::Feature(_)) | None => "the owner".to_owned(),
        };
        let feature = match detail {
            Some(Detail::Feature(feature)) => feature,
            Some(Detail::Owner { .. }) | None => "it",
        };
        let needs = |what: &str| format!("needs the permission `{permission}`{what}");
        let message = match reason {
            Reason::NotSignedIn => needs(": sign in first"),
            Reason::NoTenant => needs(": choose a tenant first (`switchTenant`)"),
            Reason::UserInactive => needs(": your account is not active"),
            Reason::TenantInactive => format!(
                "the tenant is suspended, or has ended: ask {}, who can clear that with the platform's support",
                owner.replacen("the owner", "its owner", 1).trim_end_matches(',')
            ),
            Reason::MembershipSuspended => needs(": your membership is suspended"),
            Reason::BillingRestricted => {
                format!("the organization is past due, and can only be read: contact {owner} to resolve billing")
            }
            Reason::BillingLocked => format!("the organization is past due: contact {owner} to resolve billing"),
            Reason::PlanRequired => format!("needs a plan with the feature `{feature}`"),
            Reason::NotHeld => format!("gives the permission `{permission}`, which you do not hold"),
            Reason::ApiKeyScope => needs(", which the scopes of this API key do not give here"),
            Reason::OrganizationNotFound | Reason::MissingPermission => needs(""),
        };
        let code = match reason {
            Reason::BillingRestricted | Reason::BillingLocked => Code::BillingLocked,
            Reason::TenantInactive => Code::TenantSuspended,
            Reason::PlanRequired => Code::PlanRequired,
            Reason::OrganizationNotFound => Code::NotFound,
            Reason::NotSignedIn
            | Reason::NoTenant
            | Reason::UserInactive
            | Reason::MembershipSuspended
            | Reason::MissingPermission
            | Reason::NotHeld
            | Reason::ApiKeyScope => Code::Forbidden,
        };
        let mut extensions = Map::new();
        extensions.insert("permission".to_owned(), json!(permission));
        if let Some(organization) = organization {
            extensions.insert("organizationId".to_owned(), json!(organization.to_string()));
        }
        extensions.insert("reason".to_owned(), json!(reason.name()));
        match detail {
            Some(Detail::Owner { id, name }) => {
                extensions.insert("ownerId".to_owned(), json!(id.to_string()));
                extensions.insert("ownerName".to_owned(), json!(name));
            }
            Some(Detail::Feature(feature)) => {
                extensions.insert("feature".to_owned(), json!(feature));
            }
            None => {}
        }
        Self::with_extensions(code, message, extensions)
    }
}
