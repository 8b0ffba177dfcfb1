//! What decisions must know beyond rules: the facts of organizations and people that conditions, plans and bills speak of.
//!
//! They change without changing anybody's access version, so they are read anew in each request, and once only.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use entity::id::{OrganizationId, UserId};
use serde_json::{Map, Value, json};

use super::PermissionSet;
use super::billing::{BillingAccount, BillingState};
use super::caller::Member;
use super::profile::{AccessProfile, Place};
use super::question::{Context, Question};
use super::subject::Person;
use crate::error::Detail;

/// What is known so far, in one snapshot.
#[derive(Debug, Default)]
pub struct Known {
    /// `None`: there is no such organization.
    pub(super) organizations: HashMap<OrganizationId, Option<Arc<OrganizationFacts>>>,
    pub(super) people: HashMap<UserId, Arc<Person>>,
    /// The permissions that an organization's plan leaves.
    pub(super) entitled: HashMap<OrganizationId, PermissionSet>,
    /// Who can be asked about a tenant that is closed; `None`: nobody has looked yet.
    pub(super) tenant_owner: Option<Option<Detail>>,
}

/// What is stored about an organization.
#[derive(Debug)]
pub(super) struct OrganizationFacts {
    pub id: OrganizationId,
    pub name: String,
    pub domain: Option<String>,
    pub metadata: Value,
    pub owner: UserId,
    pub owner_name: Arc<str>,
    pub account: Option<BillingAccount>,
    /// Of the plan in effect.
    pub features: Vec<String>,
}

impl OrganizationFacts {
    /// The key of the plan in effect.
    pub fn tier(&self) -> String {
        self.account.as_ref().and_then(BillingAccount::tier).unwrap_or_else(|| "free".to_owned())
    }

    fn billing_state(&self, now: DateTime<Utc>) -> BillingState {
        self.account.as_ref().map(|account| BillingAccount { now, ..account.clone() }.state()).unwrap_or_default()
    }
}

impl Known {
    /// What conditions speak of. What is not there is absent, so that a condition which needs it fails.
    pub(super) fn attributes(&self, profile: &AccessProfile, question: &Question, context: &Context) -> Value {
        let mut data = Map::new();
        if let Some(person) = self.people.get(&profile.subject().user) {
            data.insert("user".to_owned(), user(person));
        }
        let organization = question.scope.organization();
        let membership = match organization {
            Some(organization) => profile.place(organization).and_then(seat),
            None => profile.subject().member.map(member),
        };
        data.insert("membership".to_owned(), membership.unwrap_or_else(|| json!({})));
        if let Some(Some(facts)) = organization.and_then(|organization| self.organizations.get(&organization)) {
            data.insert("organization".to_owned(), facts.attributes(context.time));
        }
        let resource = question.resource(profile.tenant());
        let mut properties = context.resource_properties.clone().unwrap_or_default();
        properties.insert("type".to_owned(), json!(resource.kind));
        properties.insert("id".to_owned(), json!(resource.typed_id()));
        data.insert("resource".to_owned(), Value::Object(properties));
        let mut request = Map::new();
        if let Some(ip) = context.ip {
            request.insert("ip".to_owned(), json!(ip.to_canonical().to_string()));
        }
        let time = context.supposed_time.unwrap_or(context.time);
        request.insert("time".to_owned(), json!(time.to_rfc3339_opts(SecondsFormat::Secs, true)));
        request.insert("unix".to_owned(), json!(time.timestamp()));
        data.insert("request".to_owned(), Value::Object(request));
        Value::Object(data)
    }
}

impl OrganizationFacts {
    fn attributes(&self, now: DateTime<Utc>) -> Value {
        json!({
            "id": self.id.to_string(),
            "name": self.name,
            "domain": self.domain,
            "tier": self.tier(),
            "billingState": self.billing_state(now).key(),
            "metadata": self.metadata,
        })
    }
}

fn user(person: &Person) -> Value {
    json!({
        "id": person.user.to_string(),
        "email": person.email,
        "emailVerified": person.email_verified,
        "displayName": person.display_name,
        "userType": if person.is_developer { "developer" } else { "standard" },
    })
}

fn member(member: Member) -> Value {
    json!({ "id": member.id.to_string(), "role": member.role.key(), "status": status(member.is_active) })
}

fn seat(place: &Place) -> Option<Value> {
    place.seat.map(|seat| {
        let role = if place.is_owner { "owner" } else { seat.role.key() };
        json!({ "id": seat.id.to_string(), "role": role, "status": status(seat.is_active) })
    })
}

fn status(is_active: bool) -> &'static str {
    if is_active { "active" } else { "suspended" }
}
