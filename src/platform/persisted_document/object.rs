//! The types `PersistedDocument`, `VariableBound` and `PersistedDocumentUsage`.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::id::{PersistedDocumentId, UserId};

use super::bound::Bound;
use super::document_id::shown;
use super::store::{usage, visible_documents};
use crate::access::PermissionSet;
use crate::graph::{BigInt, Object, ObjectType};
use crate::people::user::users_by_id;
use crate::roles::permission::Permission;

/// A registered document.
#[derive(Debug)]
pub struct PersistedDocument {
    /// Its id.
    pub id: PersistedDocumentId,
    /// Its place in time.
    pub index_id: i64,
    /// For whom it is registered.
    pub client: String,
    /// The SHA-256 of its text.
    pub sha256: String,
    /// The id that its manifest gave it, where that is another.
    pub alias: Option<String>,
    /// What it is called.
    pub name: Option<String>,
    /// Its text.
    pub body: String,
    /// Between what its variables must be.
    pub(super) bounds: Vec<Bound>,
    /// What its fields need.
    pub permissions: PermissionSet,
    /// What it costs at most.
    pub cost: i64,
    /// Who registered it.
    pub registered_by: UserId,
    /// When.
    pub registered_at: DateTime<Utc>,
    /// Since when it is to be replaced.
    pub deprecated_at: Option<DateTime<Utc>>,
    /// Since when it does not run any more.
    pub revoked_at: Option<DateTime<Utc>>,
    /// How often it was run.
    pub calls: i64,
    /// When it was run last.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// Between what a variable must be.
#[derive(Debug)]
pub struct VariableBound(Bound);

/// How often a document was run on one day.
#[derive(Debug)]
pub struct PersistedDocumentUsage {
    /// The day, as a number.
    pub number: i64,
    /// The day.
    pub day: String,
    /// How often.
    pub calls: i64,
    /// When it was run last.
    pub last_used_at: DateTime<Utc>,
}

impl Object for PersistedDocument {
    fn name() -> &'static str {
        "PersistedDocument"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("A document that a partner or front end of the tenant may run by its id.")
            .node(|document| document.id, visible_documents)
            .field("client", "For whom it is registered: the client that API keys name, too.", |document| &document.client)
            .computed("documentId", "By what a request names it: `sha256:` and the hash of its text.", |document| {
                shown(&document.sha256)
            })
            .field("alias", "The id that its manifest gave it, which names it too; null where that is the hash.", |document| {
                &document.alias
            })
            .field("name", "The name of its operation; null where it has none.", |document| &document.name)
            .field("body", "Its text.", |document| &document.body)
            .inline_many("bounds", "Between what its variables must be, whoever runs it.", |document| {
                document.bounds.iter().cloned().map(VariableBound).map(Arc::new).collect()
            })
            .inline_many("permissions", "What its fields need. Where the caller lacks one, that field is null.", |document| {
                Permission::of(document.permissions)
            })
            .computed("cost", "What it costs at most, its variables at their bounds.", |document| BigInt(document.cost))
            .one("registeredBy", "Who registered it; null where that is nobody of your tenant any more.", users_by_id, |document| {
                document.registered_by
            })
            .field("registeredAt", "When it was registered first.", |document| &document.registered_at)
            .field("deprecatedAt", "Since when it is to be replaced; null where it is not. It runs all the same.", |document| {
                &document.deprecated_at
            })
            .field("revokedAt", "Since when it does not run any more; null where it does.", |document| &document.revoked_at)
            .computed("calls", "How often it was run so far. The last few seconds may be missing.", |document| {
                BigInt(document.calls)
            })
            .field("lastUsedAt", "When it was run last; null where it never was.", |document| &document.last_used_at)
            .connection("usage", "How often it was run on each day, the newest first.", usage, |document| document.id)
    }
}

impl Object for VariableBound {
    fn name() -> &'static str {
        "VariableBound"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new(
            "Between what a variable must be: a number itself, the number of entries of a list, the number of characters of a text.",
        )
        .field("variable", "The name of the variable, without the dollar.", |bound: &Self| &bound.0.variable)
        .field("minimum", "At least this; null where there is no lower bound.", |bound| &bound.0.minimum)
        .field("maximum", "At most this; null where there is no upper bound.", |bound| &bound.0.maximum)
    }
}

impl Object for PersistedDocumentUsage {
    fn name() -> &'static str {
        "PersistedDocumentUsage"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("How often a registered document was run on one day.")
            .field("day", "The day in UTC, such as `2026-01-31`.", |usage: &Self| &usage.day)
            .computed("calls", "How often.", |usage| BigInt(usage.calls))
            .field("lastUsedAt", "When it was run last on that day.", |usage| &usage.last_used_at)
    }
}
