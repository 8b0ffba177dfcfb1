//! What says something about a permission: a rule with its effect, and when it applies.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::id::{
    MemberRoleId, OrganizationId, OrganizationMembershipId, PermissionOverrideId, ResourceGrantId, TenantMembershipId,
};
use entity::role_permission::Effect;
use migration::catalog::{BaseRole, Permission};

use super::condition::Condition;
use super::explanation::Outcome;
use super::origin::{Grantee, TeamPath};
use super::question::Resource;

/// When a rule applies.
#[derive(Clone, Debug)]
pub enum When {
    /// Always.
    Always,
    /// Where its condition is met.
    If(Arc<Condition>),
    /// Its condition cannot be read: it has failed, always.
    Unreadable,
}

impl When {
    /// Of a condition as it is stored.
    #[must_use]
    pub fn of_text(condition: Option<&str>) -> Self {
        match condition.map(Condition::of_text) {
            None => Self::Always,
            Some(Ok(condition)) => Self::If(Arc::new(condition)),
            Some(Err(_)) => Self::Unreadable,
        }
    }

    /// The condition that must be evaluated.
    pub(super) fn condition(&self) -> Option<&Condition> {
        match self {
            Self::If(condition) => Some(condition),
            Self::Always | Self::Unreadable => None,
        }
    }
}

/// Does a rule apply, its condition having come out like this?
pub(super) fn applies(effect: Effect, outcome: Outcome) -> bool {
    match outcome {
        Outcome::None | Outcome::True => true,
        Outcome::False => false,
        // What cannot be evaluated fails closed.
        Outcome::Failed => effect == Effect::Deny,
    }
}

/// A role that a user has, by the place of the role in its book.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub role: usize,
    pub by: HeldBy,
}

/// How a user came to have a role.
#[derive(Clone, Copy, Debug)]
pub(super) enum HeldBy {
    TenantBase(TenantMembershipId, BaseRole),
    OrganizationBase(OrganizationMembershipId, OrganizationId, BaseRole),
    Assignment(MemberRoleId, Option<OrganizationId>),
    Team(TeamPath),
}

/// An override of one permission of a member.
#[derive(Clone, Debug)]
pub(super) struct Override {
    pub id: PermissionOverrideId,
    pub organization: Option<OrganizationId>,
    pub permission: Permission,
    pub effect: Effect,
    pub priority: i32,
    pub when: When,
}

/// A permission on a single resource.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub id: ResourceGrantId,
    pub grantee: Grantee,
    pub resource: Resource,
    pub permission: Permission,
    pub effect: Effect,
    pub when: When,
    pub expires_at: Option<DateTime<Utc>>,
}
