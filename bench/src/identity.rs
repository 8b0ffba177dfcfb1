//! Who asks: one person of each tenant, from the file that `tenantry token --one-per-tenant` writes.

use std::{collections::BTreeMap, fs, path::Path};

use serde::Deserialize;

use crate::failure::Failure;

/// A person of a tenant, with a session there.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// The tenant, in its text form.
    pub(crate) tenant_id: String,
    /// The person, in its text form.
    pub(crate) user_id: String,
    /// What the gateway knows the session by.
    pub(crate) token: String,
    /// An organization of the tenant, for the query of one.
    pub(crate) organization_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    user_id: String,
    token: String,
    organization_id: String,
}

/// Everybody in the file, in the order of their tenants.
pub(crate) fn read(file: &Path) -> Result<Vec<Identity>, Failure> {
    let text = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let entries: BTreeMap<String, Entry> = serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    if entries.is_empty() {
        return Err(format!("{}: no tenant in it", file.display()).into());
    }
    Ok(entries
        .into_iter()
        .map(|(tenant_id, entry)| Identity {
            tenant_id,
            user_id: entry.user_id,
            token: entry.token,
            organization_id: entry.organization_id,
        })
        .collect())
}

/// A few of them, spread over the whole.
pub(crate) fn sample(identities: &[Identity], wanted: usize) -> impl Iterator<Item = &Identity> {
    identities.iter().step_by(identities.len().div_ceil(wanted.max(1)).max(1))
}
