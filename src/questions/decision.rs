//! The type `AccessDecision`.

use entity::id::{OrganizationId, UserId};
use migration::catalog::Permission;

use super::question::Asked;
use crate::access::{Decision, Resource, Step};
use crate::error::{Code, Error, Reason};
use crate::graph::{AnyId, Enumeration, Id, Object, ObjectType};

/// The answer to a question, as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessDecision {
    /// Whose right it is about.
    pub user: UserId,
    /// To do what.
    pub permission: Permission,
    /// Where; `None`: in the tenant.
    pub organization: Option<OrganizationId>,
    /// On what.
    pub resource: Option<Resource>,
    /// Yes or no.
    pub allowed: bool,
    /// The step that answered.
    pub step: Step,
    /// Why not.
    pub reason: Option<Reason>,
    /// The code that an error would have.
    code: Option<Code>,
}

impl AccessDecision {
    pub(super) fn new(user: UserId, asked: &Asked, decision: &Decision) -> Self {
        Self {
            user,
            permission: asked.permission,
            organization: asked.organization,
            resource: asked.resource.clone(),
            allowed: decision.allowed,
            step: decision.step,
            reason: decision.reason,
            code: decision.denial(&asked.question()).map(|denial| Error::from(denial).code()),
        }
    }

    /// One word for it: why not, or by which step.
    #[must_use]
    pub fn reason_name(&self) -> &'static str {
        self.reason.map_or_else(|| step_name(self.step), Reason::name)
    }
}

fn step_name(step: Step) -> &'static str {
    match step {
        Step::ApiKey => "api_key",
        Step::Standing => "standing",
        Step::Billing => "billing",
        Step::Entitlement => "entitlement",
        Step::Ownership => "ownership",
        Step::Overrides => "override",
        Step::Rules => "rules",
        Step::Default => "default",
    }
}

impl Object for AccessDecision {
    fn name() -> &'static str {
        "AccessDecision"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("The answer to a question about access.")
            .field("allowed", "Yes or no.", |decision: &Self| &decision.allowed)
            .field("step", "The step of the decision that answered; the first that can does.", |decision| &decision.step)
            .field("reason", "Why not; null where it is allowed.", |decision| &decision.reason)
            .computed(
                "code",
                "The code of the error that a denied field or mutation would have; null where it is allowed.",
                |decision| decision.code.map(Code::name),
            )
            .computed("userId", "Whose right it is about.", |decision| Id(decision.user))
            .computed("permission", "The key of the permission.", |decision| decision.permission.key())
            .computed("organizationId", "In which organization; null where it was asked in the tenant.", |decision| {
                decision.organization.map(Id)
            })
            .computed("resource", "On what it was asked; null where on the organization or the tenant itself.", |decision| {
                decision.resource.as_ref().map(|resource| AnyId(resource.typed_id()))
            })
    }
}

impl Enumeration for Step {
    const NAME: &'static str = "AccessStep";
    const DESCRIPTION: &'static str = "The steps of a decision, in their order. The first that answers wins.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::ApiKey, "API_KEY", "The scopes of the API key that asks leave it out."),
        (Self::Standing, "STANDING", "User, tenant, membership and organization are in good standing, or not."),
        (Self::Billing, "BILLING", "The bills of the organization leave it, or not."),
        (Self::Entitlement, "ENTITLEMENT", "The plan lacks the feature."),
        (Self::Ownership, "OWNERSHIP", "The owner of the organization may."),
        (Self::Overrides, "OVERRIDE", "An override of the member's permission decides."),
        (Self::Rules, "RULES", "Roles, teams and grants decide: any denial beats every allowance."),
        (Self::Default, "DEFAULT", "Nothing allows it."),
    ];
}

impl Enumeration for Reason {
    const NAME: &'static str = "AccessDenialReason";
    const DESCRIPTION: &'static str = "Why something is denied. In lower case they are the `extensions.reason` of errors.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::NotSignedIn, "NOT_SIGNED_IN", "Nobody is signed in."),
        (Self::NoTenant, "NO_TENANT", "The user does not belong to the tenant, or does not exist."),
        (Self::UserInactive, "USER_INACTIVE", "The account is deactivated, deleted, or locked for a time."),
        (Self::TenantInactive, "TENANT_INACTIVE", "The tenant is suspended, or no customer any more."),
        (Self::MembershipSuspended, "MEMBERSHIP_SUSPENDED", "The membership in the tenant or the organization is suspended."),
        (Self::OrganizationNotFound, "ORGANIZATION_NOT_FOUND", "There is no such organization, or you may not know of it."),
        (Self::BillingRestricted, "BILLING_RESTRICTED", "The organization is past due: only reading is left."),
        (Self::BillingLocked, "BILLING_LOCKED", "The organization is past due for long: only its owner gets in."),
        (Self::PlanRequired, "PLAN_REQUIRED", "The plan lacks the feature."),
        (Self::MissingPermission, "MISSING_PERMISSION", "No role, override or grant gives it, or one denies it."),
        (Self::ApiKeyScope, "API_KEY_SCOPE", "The scopes of the API key that asks leave it out, there or altogether."),
    ];
}
