//! The key that a mutation is about: known to the caller, manageable by it, and locked.

use entity::id::ApiKeyId;
use migration::catalog::Permission;
use serde_json::{Value, json};

use super::store::{self, Stored, Terms};
use crate::access::{Place, Scope};
use crate::error::{Code, Error};
use crate::request::Writer;

/// Locks a key that the caller may know of and manages. What it may not know of is not found.
pub(super) async fn managed(writer: &Writer, id: ApiKeyId) -> Result<Stored, Error> {
    let stored = known(writer, id).await?;
    writer.require(Permission::ApiKeysManage, stored.terms.scope()).await?;
    Ok(stored)
}

/// The same for ending it. Whoever made a key may always do that: though it may make none any more, or the plan has no keys.
pub(super) async fn endable(writer: &Writer, id: ApiKeyId) -> Result<Stored, Error> {
    let stored = known(writer, id).await?;
    if writer.caller.person() != Some(stored.created_by) {
        writer.require(Permission::ApiKeysManage, stored.terms.scope()).await?;
    }
    Ok(stored)
}

async fn known(writer: &Writer, id: ApiKeyId) -> Result<Stored, Error> {
    let not_found = || Error::client(Code::NotFound, "there is no such API key, or you may not know of it");
    let stored = store::lock(writer, id).await?.ok_or_else(not_found)?;
    let is_own = writer.caller.person() == Some(stored.created_by);
    if !is_own && !writer.may(Permission::ApiKeysRead, stored.terms.scope()).await? {
        return Err(not_found());
    }
    Ok(stored)
}

impl Terms {
    /// Where guards ask about the key.
    pub fn scope(&self) -> Scope {
        self.organization.map_or(Scope::Tenant, Scope::Organization)
    }

    /// Where it gives what it gives.
    pub fn place(&self) -> Place {
        Place::of(self.organization)
    }

    /// As the audit log keeps it.
    pub fn recorded(&self) -> Value {
        let scopes: Vec<&str> = self.scopes.iter().map(Permission::key).collect();
        json!({
            "name": self.name, "client": self.client, "scopes": scopes, "organizationId": self.organization,
            "rateLimit": self.rate_limit, "documentsOnly": self.documents_only, "expiresAt": self.expires_at,
        })
    }
}
