//! What every request uses, and how much it may be answered.

use std::net::IpAddr;

use chrono::TimeDelta;
use opentelemetry::trace::SpanContext;

use super::Request;
use crate::access::Access;
use crate::budget::Budgets;
use crate::database::Database;
use crate::dns::{self, Dns};
use crate::document::Documents;
use crate::error::Error;
use crate::issuer::Issuer;
use crate::mail::{self, Mail};
use crate::page::LARGEST_SIZE;
use crate::secrets::{Passwords, SecretKeys};

/// The parts of the gateway that every request uses.
#[derive(Clone)]
pub struct Services {
    /// The way to Postgres.
    pub database: Database,
    /// Who may do what.
    pub access: Access,
    /// How much is answered.
    pub limits: Limits,
    /// Documents that were seen before.
    pub documents: Documents,
    /// What callers may spend.
    pub budgets: Budgets,
    /// How people prove who they are.
    pub sign_in: SignIn,
    /// What tells people something.
    pub mail: Mail,
    /// Where passwords are hashed.
    pub passwords: Passwords,
    /// The identity provider whose tokens hold here.
    pub issuer: Option<Issuer>,
    /// What asks name servers.
    pub dns: Dns,
    /// What seals secrets; none where the operator has given no key.
    pub keys: Option<SecretKeys>,
}

impl Services {
    /// The defaults, before this database: nothing seals secrets, and no mail leaves.
    pub fn new(database: Database, documents: Documents, budgets: Budgets) -> Result<Self, Error> {
        Ok(Self {
            database,
            access: Access::default(),
            limits: Limits::default(),
            documents,
            budgets,
            sign_in: SignIn::default(),
            mail: Mail::new(&mail::Settings::default(), None, false)?,
            passwords: Passwords::default(),
            issuer: None,
            dns: Dns::new(dns::Settings::default()),
            keys: None,
        })
    }
}

/// How people prove who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// A session ends by itself after so long.
    pub session: TimeDelta,
}

impl SignIn {
    /// Hours of a session where nobody says it: a month.
    pub const SESSION_HOURS: u32 = 720;
}

impl Default for SignIn {
    fn default() -> Self {
        Self { session: TimeDelta::hours(Self::SESSION_HOURS.into()) }
    }
}

/// How much one answer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Errors; further ones are counted.
    pub errors: usize,
    /// Rows of the largest page.
    pub page: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { errors: 50, page: LARGEST_SIZE }
    }
}

/// Where a request came from, as far as the door can tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The address of the other end of the connection.
    pub ip: Option<IpAddr>,
    /// What the client calls itself, shortened.
    pub user_agent: Option<String>,
    /// The trace that it is part of, where its caller tells one.
    pub trace: Option<SpanContext>,
}

impl Request {
    /// How much it may be answered.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.0.services.limits
    }

    /// What validates documents, and keeps them.
    #[must_use]
    pub fn documents(&self) -> &Documents {
        &self.0.services.documents
    }

    /// What callers may spend.
    #[must_use]
    pub fn budgets(&self) -> &Budgets {
        &self.0.services.budgets
    }
}
