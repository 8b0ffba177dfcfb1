//! Which entries of the audit log are shown.

use chrono::{DateTime, Utc};
use entity::id::{ApiKeyId, OrganizationId, UserId};

use crate::graph::{AnyId, Arguments, Fields, Id, InputObject, InputOf};

/// Filter of the audit log.
#[derive(Clone, Debug, Default)]
pub(super) struct AuditLogArguments {
    pub filter: AuditLogFilter,
}

/// Which entries are shown; conditions are all to be met.
#[derive(Clone, Debug, Default)]
pub struct AuditLogFilter {
    /// What was done.
    pub action: Option<String>,
    /// To what.
    pub resource: Option<AnyId>,
    /// Who did it.
    pub actor: Option<UserId>,
    /// Which API key did it.
    pub api_key: Option<ApiKeyId>,
    /// Who of the platform's staff did it, acting as somebody else.
    pub impersonator: Option<UserId>,
    /// In which organization.
    pub organization: Option<OrganizationId>,
    /// Not before this moment.
    pub from: Option<DateTime<Utc>>,
    /// Before this moment.
    pub to: Option<DateTime<Utc>>,
}

impl Arguments for AuditLogArguments {
    fn fields() -> Fields<Self> {
        Fields::default().field(
            "filter",
            "Which entries; all that you may see where it is left out.",
            |into: &mut Self, filter: Option<InputOf<_>>| {
                into.filter = filter.map(|InputOf(filter)| filter).unwrap_or_default();
            },
        )
    }
}

impl InputObject for AuditLogFilter {
    const NAME: &'static str = "AuditLogFilter";
    const DESCRIPTION: &'static str = "Which entries of the audit log are shown. Conditions are all to be met.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("action", "What was done, such as `role.assign`.", |into: &mut Self, action| into.action = action)
            .field("resource", "The id of what it was done to, of any type.", |into, resource| into.resource = resource)
            .field("actor", "Who did it.", |into, actor: Option<Id<UserId>>| into.actor = actor.map(|Id(id)| id))
            .field("apiKey", "Which API key did it.", |into, key: Option<Id<ApiKeyId>>| into.api_key = key.map(|Id(id)| id))
            .field(
                "impersonator",
                "Who of the platform's staff did it, acting as somebody else.",
                |into, user: Option<Id<UserId>>| {
                    into.impersonator = user.map(|Id(id)| id);
                },
            )
            .field("organization", "In which organization.", |into, organization: Option<Id<OrganizationId>>| {
                into.organization = organization.map(|Id(id)| id);
            })
            .field("from", "Not before this moment.", |into, from| into.from = from)
            .field("to", "Before this moment.", |into, to| into.to = to)
    }
}
