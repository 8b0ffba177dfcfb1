//! The messages of AuthZEN: evaluations as they are sent, and the questions that they are.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::access::Context;
use crate::error::Error;
use crate::questions::{self, Asked};

/// An evaluation as it was sent, or what all of several have in common.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Evaluation {
    subject: Option<Entity>,
    action: Option<Action>,
    resource: Option<Entity>,
    context: Option<Circumstances>,
}

/// Several evaluations.
#[derive(Debug, Deserialize)]
pub(super) struct Evaluations {
    #[serde(flatten)]
    defaults: Evaluation,
    #[serde(default)]
    evaluations: Vec<Evaluation>,
    #[serde(default)]
    options: Options,
}

#[derive(Clone, Debug, Deserialize)]
struct Entity {
    #[serde(rename = "type")]
    kind: String,
    id: String,
    properties: Option<Map<String, Value>>,
}

#[derive(Clone, Debug, Deserialize)]
struct Action {
    name: String,
}

/// What a policy enforcement point tells of the request that it has before it. What else it tells is passed over.
#[derive(Clone, Debug, Default, Deserialize)]
struct Circumstances {
    organization_id: Option<String>,
    ip: Option<IpAddr>,
    time: Option<DateTime<Utc>>,
}

#[derive(Debug, Default, Deserialize)]
struct Options {
    #[serde(default)]
    evaluations_semantic: Semantic,
}

/// When a row of evaluations ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Semantic {
    /// With the last.
    #[default]
    ExecuteAll,
    /// With the first that is denied, or fails.
    DenyOnFirstDeny,
    /// With the first that is permitted.
    PermitOnFirstPermit,
}

impl Semantic {
    /// Is an evaluation with this decision the last?
    pub fn ends_with(self, decision: bool) -> bool {
        match self {
            Self::ExecuteAll => false,
            Self::DenyOnFirstDeny => !decision,
            Self::PermitOnFirstPermit => decision,
        }
    }
}

impl Evaluations {
    /// Each of them, with what all have in common where it has nothing of its own. None: the request is a single evaluation.
    pub fn unfold(self) -> (Vec<Evaluation>, Semantic, Evaluation) {
        let defaults = self.defaults;
        let unfold = |own: Evaluation| Evaluation {
            subject: own.subject.or_else(|| defaults.subject.clone()),
            action: own.action.or_else(|| defaults.action.clone()),
            resource: own.resource.or_else(|| defaults.resource.clone()),
            context: own.context.or_else(|| defaults.context.clone()),
        };
        (self.evaluations.into_iter().map(unfold).collect(), self.options.evaluations_semantic, defaults)
    }
}

impl Evaluation {
    /// The question that it is, and its circumstances. They are those that the sender tells of, not its own: where it does
    /// not say from where somebody came, nobody knows.
    pub fn read(self, context: &Context) -> Result<(Asked, Context), Error> {
        let missing = |what: &str| Error::bad_input(format!("`{what}` is missing"));
        let subject = self.subject.ok_or_else(|| missing("subject"))?;
        let action = self.action.ok_or_else(|| missing("action"))?;
        let entity = self.resource.ok_or_else(|| missing("resource"))?;
        let circumstances = self.context.unwrap_or_default();
        if subject.kind != "user" {
            return Err(Error::bad_input("`subject.type` must be `user`"));
        }
        let user = subject.id.parse().map_err(|error: entity::IdError| Error::bad_input(format!("`subject.id`: {error}")))?;
        let permission =
            questions::permission(&action.name).map_err(|message| Error::bad_input(format!("`action.name`: {message}")))?;
        let resource = questions::resource(&entity.id).map_err(|message| Error::bad_input(format!("`resource.id`: {message}")))?;
        if resource.kind != entity.kind {
            return Err(Error::bad_input(format!("`resource.type` must be `{}`, as its id says", resource.kind)));
        }
        let named = circumstances
            .organization_id
            .map(|id| id.parse().map_err(|error: entity::IdError| Error::bad_input(format!("`context.organization_id`: {error}"))))
            .transpose()?;
        // What is asked about an organization is asked in it.
        let organization = named.or_else(|| (resource.kind == "organization").then(|| resource.id.into()));
        let context = Context {
            ip: circumstances.ip,
            supposed_time: circumstances.time,
            resource_properties: entity.properties,
            ..context.clone()
        };
        Ok((Asked { user: Some(user), permission, organization, resource: Some(resource) }, context))
    }
}
