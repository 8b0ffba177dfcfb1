//! Entering: a credential becomes a user and a tenant in the round trip that opens the transaction.

use std::fmt::Write as _;

use entity::tenant::TenantStatus;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::row::{FromRow, Row};
use crate::error::Error;

/// The SHA-256 of a secret token: what the database stores and looks up.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// Hashes a token.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
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
}

impl Credential {
    /// The statement that enters. It is sent unprepared, behind BEGIN, so the hash stands in it as hexadecimal digits.
    pub(super) fn enter_sql(&self) -> String {
        match self {
            Self::Session(TokenHash(hash)) => {
                let mut hexadecimal = String::with_capacity(64);
                for byte in hash {
                    // Writing to a String cannot fail.
                    let _ = write!(hexadecimal, "{byte:02x}");
                }
                format!("SELECT {COLUMNS} FROM tenantry_enter('\\x{hexadecimal}')")
            }
        }
    }
}

const COLUMNS: &str = "session_id, session_state, user_id, user_type, user_active, tenant_id, tenant_status, tenant_membership_id, \
    tenant_role, tenant_membership_status, access_version, developer_permissions";

/// Whether a session still holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// It holds.
    Active,
    /// Its time is over.
    Expired,
    /// Somebody ended it.
    Revoked,
}

/// What Postgres says of a credential: the columns of `tenantry_enter`.
#[derive(Clone, Debug)]
pub struct Entered {
    /// The session.
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
}

impl FromRow for Entered {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        let session_id = row.next()?;
        let session_state = match row.next::<&str>()? {
            "active" => SessionState::Active,
            "expired" => SessionState::Expired,
            _ => SessionState::Revoked,
        };
        Ok(Self {
            session_id,
            session_state,
            user_id: row.next()?,
            user_type: row.next()?,
            user_active: row.next()?,
            tenant_id: row.next()?,
            tenant_status: row.optional_member(TenantStatus::as_str)?,
            tenant_membership_id: row.next()?,
            tenant_role: row.next()?,
            tenant_membership_status: row.next()?,
            access_version: row.next()?,
            developer_permissions: row.next()?,
        })
    }
}
