//! What a mutation says about a change, and the one call that writes it down.

use entity::TypedId;
use entity::id::{self, OrganizationId, TenantId};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::store;
use crate::error::Error;
use crate::request::Writer;

/// One change, to be written down.
#[derive(Clone, Debug)]
pub struct Record {
    pub(super) action: &'static str,
    pub(super) resource_type: &'static str,
    pub(super) resource: Uuid,
    pub(super) organization: Option<OrganizationId>,
    before: Value,
    after: Value,
}

impl Record {
    /// A change of this thing. An action is named like a permission: `role.assign`.
    #[must_use]
    pub fn of<I: TypedId>(action: &'static str, resource: I) -> Self {
        Self {
            action,
            resource_type: id::kind(I::PREFIX).unwrap_or(I::PREFIX),
            resource: resource.uuid(),
            organization: None,
            before: Value::Null,
            after: Value::Null,
        }
    }

    /// In this organization; left out, or none: in the tenant as a whole.
    #[must_use]
    pub fn within(mut self, organization: impl Into<Option<OrganizationId>>) -> Self {
        self.organization = organization.into();
        self
    }

    /// What it was, as an object; left out where there was nothing.
    #[must_use]
    pub fn before(mut self, before: Value) -> Self {
        self.before = before;
        self
    }

    /// What it is now, as an object; left out where there is nothing any more.
    #[must_use]
    pub fn after(mut self, after: Value) -> Self {
        self.after = after;
        self
    }

    /// Both sides, of which a change keeps the members that differ.
    pub(super) fn changes(&self) -> Value {
        let (mut before, mut after) = (self.before.clone(), self.after.clone());
        if let (Value::Object(before), Value::Object(after)) = (&mut before, &mut after) {
            let same: Vec<String> =
                before.iter().filter(|(key, value)| after.get(*key) == Some(value)).map(|(key, _)| key.clone()).collect();
            for key in same {
                before.remove(&key);
                after.remove(&key);
            }
        }
        Value::Object(Map::from_iter([("before".to_owned(), before), ("after".to_owned(), after)]))
    }
}

impl Writer {
    /// Writes down what this transaction changes, in the tenant that was entered, and tells it to those who listen. Both are there
    /// if the change is.
    pub async fn audit(&self, record: Record) -> Result<(), Error> {
        self.audit_in(self.presence()?.tenant, record).await
    }

    /// The same in another tenant, which the transaction has been let into.
    pub async fn audit_in(&self, tenant: TenantId, record: Record) -> Result<(), Error> {
        store::insert(self, tenant, record).await
    }
}

#[cfg(test)]
mod tests {
    use entity::id::RoleId;
    use serde_json::json;
    use uuid::Uuid;

    use super::Record;

    #[test]
    fn a_change_keeps_what_differs() {
        let record = Record::of("role.update", RoleId::from(Uuid::nil()));
        assert_eq!(record.resource_type, "role");
        let changes =
            record.clone().before(json!({ "a": 1, "b": 2, "c": 3 })).after(json!({ "a": 1, "b": null, "d": 4 })).changes();
        assert_eq!(changes, json!({ "before": { "b": 2, "c": 3 }, "after": { "b": null, "d": 4 } }));
        assert_eq!(record.after(json!({ "a": 1 })).changes(), json!({ "before": null, "after": { "a": 1 } }));
    }
}
