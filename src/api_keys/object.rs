//! The type `ApiKey`.

use chrono::{DateTime, Utc};
use entity::id::{ApiKeyId, OrganizationId, UserId};

use super::store::{api_keys_by_id, makers, visible_api_keys};
use crate::access::Scope;
use crate::graph::{Enumeration, Object, ObjectType};
use crate::tenancy::organization::organizations_by_id;

/// A key, without its secret.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Its place in time.
    pub index_id: i64,
    /// Its name.
    pub name: String,
    /// The partner or program that has it.
    pub client: String,
    /// How the secret begins.
    pub prefix: String,
    /// The keys of the permissions that it may use.
    pub scopes: Vec<String>,
    /// The one organization that it works in.
    pub organization: Option<OrganizationId>,
    /// How much cost a minute it may cause.
    pub rate_limit: Option<i32>,
    /// May it run registered documents only?
    pub documents_only: bool,
    /// Whose rights it has a part of.
    pub created_by: UserId,
    /// Does it hold?
    pub status: ApiKeyStatus,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was ended.
    pub revoked_at: Option<DateTime<Utc>>,
    /// The key in its place.
    pub replaced_by: Option<ApiKeyId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// Whether a key holds, as far as the key itself tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ApiKeyStatus {
    /// It holds.
    Active,
    /// Its time is over.
    Expired,
    /// Somebody ended it.
    Revoked,
}

impl ApiKey {
    /// Where guards ask about it.
    pub(super) fn scope(&self) -> Scope {
        self.organization.map_or(Scope::Tenant, Scope::Organization)
    }
}

impl Object for ApiKey {
    fn name() -> &'static str {
        "ApiKey"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new(
            "A key by which a program gets in. It may do what its scopes name and its maker may do at that moment: never more than \
             either. Its secret is shown once, when it is made.",
        )
        .scope(Self::scope)
        .node(|key| key.id, visible_api_keys)
        .field("name", "Its name for people.", |key| &key.name)
        .field("client", "The partner or program that has it: what registered documents are published for.", |key| &key.client)
        .field("prefix", "How its secret begins, so that people can tell keys apart.", |key| &key.prefix)
        .field("scopes", "The keys of the permissions that it may use, such as `members.read`.", |key| &key.scopes)
        .field("documentsOnly", "May it run registered documents only?", |key| &key.documents_only)
        .field("rateLimit", "How much cost a minute it may cause; null where as much as everybody.", |key| &key.rate_limit)
        .field("status", "Does it hold? A key whose maker has left, or is shut out, does not hold either.", |key| &key.status)
        .field("expiresAt", "When it ends by itself; null where it does not.", |key| &key.expires_at)
        .field("lastUsedAt", "When it was last used, give or take a minute; null where it never was.", |key| &key.last_used_at)
        .field("revokedAt", "When it was revoked; null where it was not.", |key| &key.revoked_at)
        .field("createdAt", "When it was made.", |key| &key.created_at)
        .field("updatedAt", "When it was last changed.", |key| &key.updated_at)
        .one(
            "organization",
            "The one organization that it works in; null where it works in the whole tenant, or where you may not know of it.",
            organizations_by_id,
            |key| key.organization,
        )
        .one(
            "createdBy",
            "Who made it, and whose rights it has a part of; a key sees the person only if it may see people.",
            makers,
            |key| key.created_by,
        )
        .one("replacedBy", "The key that was made in its place by `rotateApiKey`.", api_keys_by_id, |key| key.replaced_by)
    }
}

impl Enumeration for ApiKeyStatus {
    const NAME: &'static str = "ApiKeyStatus";
    const DESCRIPTION: &'static str = "Whether an API key holds.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Active, "ACTIVE", "It holds."),
        (Self::Expired, "EXPIRED", "Its time is over."),
        (Self::Revoked, "REVOKED", "Somebody ended it."),
    ];
}
