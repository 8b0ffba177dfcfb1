//! Entering: a credential becomes a user and a tenant in the round trip that opens the transaction.

use std::fmt::Write as _;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::tenant::TenantStatus;
use moka::sync::Cache;
use sea_orm::{Iterable as _, Value};
use sha2::{Digest, Sha256};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::error::Error;
use crate::issuer::Identity;

/// So many sessions are known at a time.
const SESSIONS: u64 = 50_000;

/// What every session token begins with, so that people and scanners know one when they see it.
pub const SESSION_PREFIX: &str = "ts_";

/// What the tokens of sessions begin with in which one of the platform's staff acts as somebody else.
pub const IMPERSONATION_PREFIX: &str = "ti_";

/// The SHA-256 of a secret token: what the database stores and looks up.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// Hashes a token.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    fn hexadecimal(&self) -> String {
        let mut hexadecimal = String::with_capacity(64);
        for byte in self.0 {
            // Writing to a String cannot fail.
            let _ = write!(hexadecimal, "{byte:02x}");
        }
        hexadecimal
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Tokens are secrets, and their hashes are nobody's business either.
impl std::fmt::Debug for TokenHash {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TokenHash(…)")
    }
}

/// How a caller proves who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// The token of a session.
    Session(TokenHash),
    /// The token of a session in which one of the platform's staff acts as somebody else.
    Impersonation(TokenHash),
    /// An API key.
    ApiKey(TokenHash),
    /// The token of an identity provider, of which nothing has been verified.
    Token(Arc<str>),
    /// Whom a token that holds is about, in the provider's words.
    Identity(Arc<Identity>),
    /// None: somebody who is about to sign in, and until then is nobody, in no tenant.
    Nobody,
}

impl Credential {
    /// The statement that enters, and checks whether what is known of the caller still holds. It is sent unprepared, behind BEGIN,
    /// so the hash stands in it as hexadecimal digits.
    pub(super) fn enter_sql(&self, known: Option<&Entered>) -> String {
        let (function, hash) = match self {
            Self::Identity(identity) => {
                let organization = identity.organization.as_deref().map(hexadecimal);
                let organization = organization.map_or_else(|| "null".to_owned(), |digits| format!("'\\x{digits}'"));
                let subject = hexadecimal(&identity.subject);
                return format!("SELECT tenantry_enter_identity('\\x{subject}', {organization})");
            }
            // INVARIANT: a token that was not verified enters nowhere; requests verify it first.
            Self::Token(_) => return "SELECT null::text[]".to_owned(),
            // INVARIANT: as entering does, it leaves nothing of an earlier caller behind.
            Self::Nobody => {
                return "SELECT null::text[], set_config('app.tenant_id', '', true), set_config('app.user_id', '', true)"
                    .to_owned();
            }
            Self::Session(hash) => ("tenantry_enter", hash),
            Self::Impersonation(hash) => return format!("SELECT tenantry_enter_impersonation('\\x{}')", hash.hexadecimal()),
            Self::ApiKey(hash) => ("tenantry_enter_api_key", hash),
        };
        let hexadecimal = hash.hexadecimal();
        match known.and_then(|known| known.tenant_id.zip(known.access_version)) {
            Some((tenant, version)) => format!("SELECT {function}('\\x{hexadecimal}', '{tenant}', {version})"),
            None => format!("SELECT {function}('\\x{hexadecimal}')"),
        }
    }

    /// What it is looked up by. No token is of two kinds: what it begins with tells them apart. Of those who act as somebody else
    /// nothing is kept: no access version tells what becomes of the platform's staff.
    fn hash(&self) -> Option<&TokenHash> {
        match self {
            Self::Session(hash) | Self::ApiKey(hash) => Some(hash),
            Self::Nobody | Self::Impersonation(_) | Self::Token(_) | Self::Identity(_) => None,
        }
    }
}

/// A text as the digits of its bytes, which are harmless in a statement.
fn hexadecimal(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len() * 2), |mut digits, byte| {
        // Writing to a String cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// Enters upon what is known of a session: not null where it still holds. Conditions without columns are decided before
/// rows are read, so the view knows the hash when it looks for it.
const ENTERING: &str = "select set_config('app.tenant_id', tenant_id::text, true) || set_config('app.user_id', user_id::text, true)
from presented_session
where (select set_config('app.token_hash', $1, true)) is not null and tenant_id = $2 and access_version = $3";

impl Credential {
    /// What a prepared statement can begin with to check whether what is known of the caller still holds, and to enter: a
    /// subquery, not null where it does; with its values. None where nothing is known to check.
    pub(super) fn entering(&self, known: &Entered) -> Option<(&'static str, Vec<Value>)> {
        // What a key may is asked of its own function, which the view of sessions knows nothing of.
        let Self::Session(hash) = self else { return None };
        let (tenant, version) = known.tenant_id.zip(known.access_version)?;
        Some((ENTERING, vec![hash.hexadecimal().into(), tenant.into(), version.into()]))
    }
}

/// Whether a session, or an API key, still holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// It holds.
    Active,
    /// Its time is over.
    Expired,
    /// Somebody ended it.
    Revoked,
    /// Whoever made the API key has left, or was shut out.
    Orphaned,
}

/// What an API key says of itself, besides whose it is.
#[derive(Clone, Debug)]
pub struct EnteredApiKey {
    /// Its name.
    pub name: String,
    /// The partner or program that has it.
    pub client: String,
    /// The keys of the permissions that it may use.
    pub scopes: Vec<String>,
    /// May it run registered documents only?
    pub documents_only: bool,
    /// How much cost a minute it may cause.
    pub rate_limit: Option<i32>,
    /// The one organization that it works in.
    pub organization_id: Option<Uuid>,
}

/// Who acts as the user of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnteredImpersonation {
    /// The one of the platform's staff.
    pub user_id: Uuid,
    /// What they are called.
    pub name: String,
    /// Why they do it.
    pub reason: String,
    /// When it ends by itself.
    pub until: DateTime<Utc>,
}

/// What Postgres says of a credential: the columns of `tenantry_enter`, or of `tenantry_enter_api_key`.
#[derive(Clone, Debug)]
pub struct Entered {
    /// The session, or the API key; nil where an identity provider's token was the proof.
    pub session_id: Uuid,
    /// Whether it holds.
    pub session_state: SessionState,
    /// Whose it is.
    pub user_id: Uuid,
    /// `standard` or `developer`.
    pub user_type: String,
    /// Neither deactivated, nor deleted, nor locked.
    pub user_active: bool,
    /// The current tenant.
    pub tenant_id: Option<Uuid>,
    /// Its status.
    pub tenant_status: Option<TenantStatus>,
    /// The user's membership in it; absent for developers.
    pub tenant_membership_id: Option<Uuid>,
    /// The base role of that membership.
    pub tenant_role: Option<String>,
    /// `active` or `suspended`.
    pub tenant_membership_status: Option<String>,
    /// The version of everybody's access in the tenant.
    pub access_version: Option<i64>,
    /// The keys of what the user's developer roles permit.
    pub developer_permissions: Vec<String>,
    /// What the API key says, where it is one; the user is then its maker.
    pub api_key: Option<EnteredApiKey>,
    /// Who acts as the user, where somebody does.
    pub impersonation: Option<EnteredImpersonation>,
}

/// So many fields tell of an impersonation, behind those of every session.
const IMPERSONATION_FIELDS: usize = 4;

impl Entered {
    /// Reads the answer of `tenantry_enter`: an array of texts, null where the credential is unknown, empty where all is as it
    /// was known.
    pub(super) fn of(row: &PgRow, known: Option<&Self>) -> Result<Option<Self>, Error> {
        let Some(fields) = row.try_get::<Option<Vec<Option<String>>>, _>(0)? else { return Ok(None) };
        if let (Some(known), true) = (known, fields.is_empty()) {
            return Ok(Some(known.clone()));
        }
        let mut fields = Fields(fields.into_iter());
        Ok(Some(Self {
            session_id: fields.required(|text| text.parse().ok())?,
            session_state: fields.required(|text| match text {
                "active" => Some(SessionState::Active),
                "expired" => Some(SessionState::Expired),
                "revoked" => Some(SessionState::Revoked),
                "orphaned" => Some(SessionState::Orphaned),
                _ => None,
            })?,
            user_id: fields.required(|text| text.parse().ok())?,
            user_type: fields.required(|text| Some(text.to_owned()))?,
            user_active: fields.required(|text| text.parse().ok())?,
            tenant_id: fields.optional(|text| text.parse().ok())?,
            tenant_status: fields.optional(|text| TenantStatus::iter().find(|status| status.as_str() == text))?,
            tenant_membership_id: fields.optional(|text| text.parse().ok())?,
            tenant_role: fields.optional(|text| Some(text.to_owned()))?,
            tenant_membership_status: fields.optional(|text| Some(text.to_owned()))?,
            access_version: fields.optional(|text| text.parse().ok())?,
            developer_permissions: fields.required(|text| Some(words(text)))?,
            impersonation: match fields.0.len() {
                IMPERSONATION_FIELDS => Some(EnteredImpersonation::of(&mut fields)?),
                _ => None,
            },
            api_key: if fields.0.as_slice().is_empty() { None } else { Some(EnteredApiKey::of(&mut fields)?) },
        }))
    }
}

impl EnteredImpersonation {
    fn of(fields: &mut Fields) -> Result<Self, Error> {
        Ok(Self {
            user_id: fields.required(|text| text.parse().ok())?,
            name: fields.required(|text| Some(text.to_owned()))?,
            reason: fields.required(|text| Some(text.to_owned()))?,
            until: fields.required(|text| text.parse().ok())?,
        })
    }
}

impl EnteredApiKey {
    fn of(fields: &mut Fields) -> Result<Self, Error> {
        Ok(Self {
            name: fields.required(|text| Some(text.to_owned()))?,
            client: fields.required(|text| Some(text.to_owned()))?,
            scopes: fields.required(|text| Some(words(text)))?,
            documents_only: fields.required(|text| text.parse().ok())?,
            rate_limit: fields.optional(|text| text.parse().ok())?,
            organization_id: fields.optional(|text| text.parse().ok())?,
        })
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_terminator(' ').map(str::to_owned).collect()
}

/// The sessions of late, and the API keys, with what they turned out to be.
#[derive(Clone, Debug)]
pub(super) struct Sessions(Cache<TokenHash, Arc<Entered>>);

impl Default for Sessions {
    fn default() -> Self {
        Self(Cache::new(SESSIONS))
    }
}

impl Sessions {
    /// What is known of a credential.
    pub fn known(&self, credential: &Credential) -> Option<Arc<Entered>> {
        self.0.get(credential.hash()?)
    }

    /// Keeps what a credential turned out to be, where the access version tells of every change to it. Of those whose lock
    /// may pass, and of the platform's staff, it does not.
    pub fn keep(&self, credential: &Credential, entered: &Entered) {
        let holds = entered.session_state == SessionState::Active && entered.user_active && entered.user_type != "developer";
        if let (Some(hash), true) = (credential.hash(), holds && entered.tenant_membership_id.is_some()) {
            self.0.insert(*hash, Arc::new(entered.clone()));
        }
    }
}

struct Fields(std::vec::IntoIter<Option<String>>);

impl Fields {
    fn optional<T>(&mut self, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Error> {
        match self.0.next() {
            None => Err(Error::internal("tenantry_enter gives fewer fields than this version reads")),
            Some(None) => Ok(None),
            Some(Some(text)) => match read(&text) {
                Some(value) => Ok(Some(value)),
                None => Err(Error::internal("tenantry_enter gives a field that this version does not understand")),
            },
        }
    }

    fn required<T>(&mut self, read: impl FnOnce(&str) -> Option<T>) -> Result<T, Error> {
        self.optional(read)?.ok_or_else(|| Error::internal("tenantry_enter gives null where there must be a value"))
    }
}
