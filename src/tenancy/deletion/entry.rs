//! A deletion as it is listed: what went, and with how much.

use entity::TypedId;
use entity::deletion::DeletionKind;
use entity::id::{DeletionId, OrganizationId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::store;
use crate::error::Error;
use crate::request::Writer;

/// One deletion, to be listed for those who may undo it. Written in the transaction of the deletion itself.
#[derive(Clone, Debug)]
pub struct Entry {
    pub(super) id: DeletionId,
    pub(super) kind: DeletionKind,
    pub(super) resource: Uuid,
    pub(super) organization: Option<OrganizationId>,
    pub(super) name: Option<String>,
    pub(super) counts: Value,
}

impl Entry {
    /// The deletion of this thing.
    #[must_use]
    pub fn of<I: TypedId>(id: DeletionId, kind: DeletionKind, resource: I) -> Self {
        Self { id, kind, resource: resource.uuid(), organization: None, name: None, counts: json!({}) }
    }

    /// In this organization; left out: in the tenant as a whole.
    #[must_use]
    pub fn within(mut self, organization: OrganizationId) -> Self {
        self.organization = Some(organization);
        self
    }

    /// What it was called. People are called what they call themselves, and nothing is kept here.
    #[must_use]
    pub fn called(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// How much went with it, as an object of numbers.
    #[must_use]
    pub fn counting(mut self, counts: Value) -> Self {
        self.counts = counts;
        self
    }

    /// Lists it.
    pub async fn list(self, writer: &Writer) -> Result<(), Error> {
        store::list(writer, self).await
    }
}
