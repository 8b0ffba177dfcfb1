//! What is asked of the engine, and what it answers.

use std::borrow::Cow;
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use entity::id::{OrganizationId, TeamId, TenantId, UserId};
use migration::catalog::Permission;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::RuleOrigin;
use crate::error::{Denial, Detail, Reason};

/// Where a permission is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// In the tenant as a whole.
    Tenant,
    /// In one organization.
    Organization(OrganizationId),
    /// In one organization, about this team of it.
    Team(OrganizationId, TeamId),
    /// About a person: oneself may always; about others it is asked in the tenant.
    Person(UserId),
}

impl Scope {
    /// The organization that it is in.
    #[must_use]
    pub fn organization(self) -> Option<OrganizationId> {
        match self {
            Self::Organization(organization) | Self::Team(organization, _) => Some(organization),
            Self::Tenant | Self::Person(_) => None,
        }
    }
}

/// A thing that a permission can be about. Customers have kinds of their own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Resource {
    /// The name of its entity: `organization`, `team`, …
    pub kind: Cow<'static, str>,
    /// Which one.
    pub id: Uuid,
}

impl Resource {
    /// The resource of a TypeID: `org_…` is an `organization`. A prefix that is not ours is the kind itself. `None` where the
    /// text is no TypeID.
    #[must_use]
    pub fn of_typed_id(text: &str) -> Option<Self> {
        let (prefix, id) = entity::split(text)?;
        let kind = entity::id::kind(prefix).map_or_else(|| Cow::Owned(prefix.to_owned()), Cow::Borrowed);
        Some(Self { kind, id })
    }

    /// Its TypeID.
    #[must_use]
    pub fn typed_id(&self) -> String {
        entity::join(entity::id::prefix(&self.kind).unwrap_or(&self.kind), self.id)
    }

    /// An organization.
    #[must_use]
    pub fn organization(id: OrganizationId) -> Self {
        Self { kind: Cow::Borrowed("organization"), id: id.uuid() }
    }

    /// A team.
    #[must_use]
    pub fn team(id: TeamId) -> Self {
        Self { kind: Cow::Borrowed("team"), id: id.uuid() }
    }

    /// A tenant.
    #[must_use]
    pub fn tenant(id: TenantId) -> Self {
        Self { kind: Cow::Borrowed("tenant"), id: id.uuid() }
    }
}

/// May somebody do this, here, about this?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What is to be done.
    pub permission: Permission,
    /// Where.
    pub scope: Scope,
    /// About what; absent: about the organization itself, or the tenant.
    pub resource: Option<Resource>,
}

impl Question {
    /// About the place itself: the organization, the team, the tenant.
    #[must_use]
    pub fn new(permission: Permission, scope: Scope) -> Self {
        let resource = match scope {
            Scope::Team(_, team) => Some(Resource::team(team)),
            Scope::Tenant | Scope::Organization(_) | Scope::Person(_) => None,
        };
        Self { permission, scope, resource }
    }

    /// The thing that it is about.
    #[must_use]
    pub fn resource(&self, tenant: TenantId) -> Resource {
        match (&self.resource, self.scope) {
            (Some(resource), _) => resource.clone(),
            (None, Scope::Organization(organization)) => Resource::organization(organization),
            (None, Scope::Team(_, team)) => Resource::team(team),
            (None, Scope::Tenant | Scope::Person(_)) => Resource::tenant(tenant),
        }
    }
}

/// Whose right is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// That of whoever asks: of an API key only what its scopes leave.
    Caller,
    /// That of a person, named.
    Person(UserId),
}

/// The circumstances of a question, which conditions can speak of.
#[derive(Clone, Debug)]
pub struct Context {
    /// Where the request came from.
    pub ip: Option<IpAddr>,
    /// When. What expires, what is billed and what is cached go by this alone.
    pub time: DateTime<Utc>,
    /// The moment that conditions see, where whoever asks supposes another.
    pub supposed_time: Option<DateTime<Utc>>,
    /// What whoever asks knows about the resource.
    pub resource_properties: Option<Map<String, Value>>,
}

/// The steps of the decision, in their order; the first that answers wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The scopes of the API key that asks, where one does.
    ApiKey,
    /// User, tenant, membership and organization are in good standing; oneself may always.
    Standing,
    /// The organization's bills.
    Billing,
    /// The plan has the feature.
    Entitlement,
    /// The owner may.
    Ownership,
    /// Overrides of the member's permissions.
    Overrides,
    /// Roles, teams, grants.
    Rules,
    /// Nothing allows it.
    Default,
}

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Yes or no.
    pub allowed: bool,
    /// The step that answered.
    pub step: Step,
    /// Why not.
    pub reason: Option<Reason>,
    /// The row that decided, where there is one.
    pub deciding: Option<RuleOrigin>,
    /// What helps to understand a denial.
    pub detail: Option<Detail>,
}

impl Decision {
    /// Yes, by this row.
    #[must_use]
    pub fn allowed(step: Step, deciding: Option<RuleOrigin>) -> Self {
        Self { allowed: true, step, reason: None, deciding, detail: None }
    }

    /// No, and why.
    #[must_use]
    pub fn denied(step: Step, reason: Reason, deciding: Option<RuleOrigin>) -> Self {
        Self { allowed: false, step, reason: Some(reason), deciding, detail: None }
    }

    /// The denial of this question, where it is one.
    #[must_use]
    pub fn denial(&self, question: &Question) -> Option<Denial> {
        self.reason.map(|reason| Denial {
            permission: question.permission,
            organization: question.scope.organization(),
            reason,
            detail: self.detail.clone(),
        })
    }
}
