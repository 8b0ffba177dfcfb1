//! What may be asked.

use serde::{Deserialize, Deserializer, de::Error};
use uuid::Uuid;

use super::type_id;

/// Organizations of a tenant, with all that hangs on them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrgTree {
    /// Of which tenant.
    #[serde(rename = "tenantId", deserialize_with = "tenant")]
    pub(crate) tenant: Uuid,
    /// How many organizations.
    pub(crate) first: i64,
    /// How many members of each.
    pub(crate) members_first: i64,
}

/// One organization.
#[derive(Debug, Deserialize)]
pub(crate) struct Point {
    /// Of which tenant.
    #[serde(rename = "tenantId", deserialize_with = "tenant")]
    pub(crate) tenant: Uuid,
    /// Which one.
    #[serde(rename = "organizationId", deserialize_with = "organization")]
    pub(crate) organization: Uuid,
}

/// The memberships of a person.
#[derive(Debug, Deserialize)]
pub(crate) struct Me {
    /// In which tenant.
    #[serde(rename = "tenantId", deserialize_with = "tenant")]
    pub(crate) tenant: Uuid,
    /// Whose.
    #[serde(rename = "userId", deserialize_with = "user")]
    pub(crate) user: Uuid,
}

impl Me {
    /// How many memberships the query asks for.
    pub(crate) const FIRST: i64 = 20;
}

fn tenant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Uuid, D::Error> {
    id("ten", deserializer)
}

fn organization<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Uuid, D::Error> {
    id("org", deserializer)
}

fn user<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Uuid, D::Error> {
    id("user", deserializer)
}

fn id<'de, D: Deserializer<'de>>(prefix: &str, deserializer: D) -> Result<Uuid, D::Error> {
    let text = <&str>::deserialize(deserializer)?;
    type_id::parse(prefix, text).ok_or_else(|| D::Error::custom(format!("`{text}` is not an id of the form `{prefix}_…`")))
}
