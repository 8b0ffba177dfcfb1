//! The type `AccessRemedy`: what would have allowed what is denied.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::id::{ApiKeyId, OrganizationId, RoleId, UserId};

use super::explanation::AccessRule;
use crate::access::NearestMiss;
use crate::graph::{Enumeration, Id, Object, ObjectType};

/// What would have allowed what is denied.
#[derive(Debug)]
pub struct AccessRemedy {
    kind: RemedyKind,
    message: String,
    organization: Option<OrganizationId>,
    owner: Option<UserId>,
    locked_until: Option<DateTime<Utc>>,
    feature: Option<&'static str>,
    plan_key: Option<String>,
    plan_name: Option<String>,
    role: Option<RoleId>,
    role_key: Option<String>,
    rule: Option<Arc<AccessRule>>,
    api_key: Option<ApiKeyId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RemedyKind {
    ReactivateUser,
    ReactivateTenant,
    JoinTenant,
    ReactivateMembership,
    PayBill,
    ChangePlan,
    RemoveDenial,
    MeetCondition,
    AssignRole,
    WidenApiKey,
}

impl AccessRemedy {
    /// The remedy that the engine found, among the rules that it considered.
    pub(super) fn new(miss: NearestMiss, considered: &[Arc<AccessRule>]) -> Self {
        let bare = |kind, message: String| Self {
            kind,
            message,
            organization: None,
            owner: None,
            locked_until: None,
            feature: None,
            plan_key: None,
            plan_name: None,
            role: None,
            role_key: None,
            rule: None,
            api_key: None,
        };
        let rule = |origin| considered.iter().find(|rule| rule.is(origin)).cloned();
        match miss {
            NearestMiss::ReactivateUser { locked_until } => {
                Self { locked_until, ..bare(RemedyKind::ReactivateUser, "the account must be active again".to_owned()) }
            }
            NearestMiss::ReactivateTenant => bare(RemedyKind::ReactivateTenant, "the tenant must be active again".to_owned()),
            NearestMiss::JoinTenant => bare(RemedyKind::JoinTenant, "the person must become a member of the tenant".to_owned()),
            NearestMiss::ReactivateMembership { organization } => {
                Self { organization, ..bare(RemedyKind::ReactivateMembership, "the membership must be active again".to_owned()) }
            }
            NearestMiss::PayBill { owner, owner_name } => Self {
                owner: Some(owner),
                ..bare(RemedyKind::PayBill, format!("the bill must be paid: contact the owner, {owner_name}"))
            },
            NearestMiss::Plan { feature, plan } => {
                let named = plan.as_ref().map_or_else(|| "a plan".to_owned(), |plan| format!("the plan {}", plan.name));
                Self {
                    feature: Some(feature),
                    plan_key: plan.as_ref().map(|plan| plan.key.clone()),
                    plan_name: plan.map(|plan| plan.name),
                    ..bare(RemedyKind::ChangePlan, format!("needs {named} with the feature `{feature}`"))
                }
            }
            NearestMiss::RemoveDenial(origin) => {
                Self { rule: rule(&origin), ..bare(RemedyKind::RemoveDenial, "only this denial stands in the way".to_owned()) }
            }
            NearestMiss::MeetCondition(origin) => {
                Self { rule: rule(&origin), ..bare(RemedyKind::MeetCondition, "the condition of this rule must be met".to_owned()) }
            }
            NearestMiss::Scope { key, organization } => {
                let message = match organization {
                    Some(_) => "the API key works in one organization, with its scopes: another key is needed",
                    None => "the permission must be among the scopes of the API key",
                };
                Self { api_key: Some(key), organization, ..bare(RemedyKind::WidenApiKey, message.to_owned()) }
            }
            NearestMiss::Role { id, key } => Self {
                role: Some(id),
                role_key: Some(key.clone()),
                ..bare(RemedyKind::AssignRole, format!("the role `{key}` would give it"))
            },
        }
    }
}

impl Object for AccessRemedy {
    fn name() -> &'static str {
        "AccessRemedy"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What would have allowed what is denied: the nearest there is.")
            .field("kind", "What is to be done.", |remedy: &Self| &remedy.kind)
            .field("message", "The same for people.", |remedy| &remedy.message)
            .computed(
                "organizationId",
                "The organization whose membership is suspended, or the one that the API key works in.",
                |remedy| remedy.organization.map(Id),
            )
            .computed("ownerId", "Who can pay the bill.", |remedy| remedy.owner.map(Id))
            .field("lockedUntil", "Until when the account is locked, where that passes by itself.", |remedy| &remedy.locked_until)
            .field("feature", "The feature that the plan lacks.", |remedy| &remedy.feature)
            .field("planKey", "The key of the cheapest plan on offer that has the feature.", |remedy| &remedy.plan_key)
            .field("planName", "The name of that plan.", |remedy| &remedy.plan_name)
            .computed("roleId", "The role that holds the permission, and the least besides.", |remedy| remedy.role.map(Id))
            .field("roleKey", "The key of that role.", |remedy| &remedy.role_key)
            .computed("apiKeyId", "The API key that asks, and whose scopes leave it out.", |remedy| remedy.api_key.map(Id))
            .inline_one("rule", "The denial that is to go, or the allowance whose condition is to be met.", |remedy| {
                remedy.rule.clone()
            })
    }
}

impl Enumeration for RemedyKind {
    const NAME: &'static str = "AccessRemedyKind";
    const DESCRIPTION: &'static str = "What would have to be done for a denial to become an allowance.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::ReactivateUser, "REACTIVATE_USER", "Make the account active again, or wait until it is unlocked."),
        (Self::ReactivateTenant, "REACTIVATE_TENANT", "Make the tenant active again."),
        (Self::JoinTenant, "JOIN_TENANT", "Become a member of the tenant."),
        (Self::ReactivateMembership, "REACTIVATE_MEMBERSHIP", "Make the membership active again."),
        (Self::PayBill, "PAY_BILL", "Pay the organization's bill."),
        (Self::ChangePlan, "CHANGE_PLAN", "Buy a plan with the feature."),
        (Self::RemoveDenial, "REMOVE_DENIAL", "Take away the one denial that stands in the way."),
        (Self::MeetCondition, "MEET_CONDITION", "Meet the condition of an allowance."),
        (Self::AssignRole, "ASSIGN_ROLE", "Assign a role that holds the permission."),
        (Self::WidenApiKey, "WIDEN_API_KEY", "Use an API key with the permission among its scopes."),
    ];
}
