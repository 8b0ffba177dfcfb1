//! The assembled application: main and tests build the same one.

use std::ops::Deref;
use std::sync::Arc;

use async_graphql::dynamic::Schema;
use axum::Router;

use crate::api_keys::ApiKeyUses;
use crate::budget::{self, Budgets};
use crate::database::{self, Database};
use crate::dns::{self, Dns};
use crate::document::{self, Automatic, Documents, ValidateOnly};
use crate::error::Error;
use crate::graph::{Tables, dynamic_schema};
use crate::http::{self, Audience, Door};
use crate::identity::WebhookSecret;
use crate::issuer::{self, Issuer};
use crate::live::{self, Live};
use crate::mail::{self, Mail};
use crate::platform::persisted_document::{Registry, Usage};
use crate::request::{self, Services, SignIn};
use crate::schema;
use crate::secrets::SecretKeys;

/// How open the gateway is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// On one's own machine: playground, introspection, costs in every answer, and these people to act as.
    Development(Vec<DemoIdentity>),
    /// For customers.
    Production,
}

/// Somebody to act as in the playground.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct DemoIdentity {
    /// A word for it: `owner`, `readonly`, …
    pub key: String,
    /// The person's name.
    pub label: String,
    /// What makes it interesting.
    pub description: String,
    /// A bearer token that works.
    pub token: String,
}

/// What a gateway is made of.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How to reach Postgres.
    pub database: database::Settings,
    /// How open it is.
    pub mode: Mode,
    /// How large a document may be.
    pub documents: document::Limits,
    /// How much one answer holds.
    pub answers: request::Limits,
    /// What callers may spend.
    pub budgets: budget::Settings,
    /// What the door lets in.
    pub door: http::Settings,
    /// How people prove who they are.
    pub sign_in: SignIn,
    /// How mail leaves.
    pub mail: mail::Settings,
    /// The identity provider whose tokens hold here.
    pub issuer: Option<issuer::Settings>,
    /// What signs the identity provider's webhooks; without it none are taken in.
    pub identity_webhook: Option<WebhookSecret>,
    /// What seals secrets before they are stored.
    pub keys: Option<SecretKeys>,
    /// Whom to ask about domains.
    pub dns: dns::Settings,
    /// How events are handed out.
    pub live: live::Settings,
}

impl Settings {
    /// The defaults for this database.
    #[must_use]
    pub fn new(database: database::Settings, mode: Mode) -> Self {
        let door = http::Settings::new(match mode {
            Mode::Development(_) => Audience::Everybody,
            Mode::Production => Audience::SignedIn,
        });
        let keys = matches!(mode, Mode::Development(_)).then(SecretKeys::for_development);
        Self {
            database,
            mode,
            documents: document::Limits::default(),
            answers: request::Limits::default(),
            budgets: budget::Settings::default(),
            door,
            sign_in: SignIn::default(),
            mail: mail::Settings::default(),
            issuer: None,
            identity_webhook: None,
            keys,
            dns: dns::Settings::default(),
            live: live::Settings::default(),
        }
    }
}

/// Everything that answers requests. Cheap to clone.
#[derive(Clone)]
pub struct Gateway(Arc<Parts>);

/// What a gateway consists of.
pub struct Parts {
    /// How open it is.
    pub mode: Mode,
    /// What every request uses.
    pub services: Arc<Services>,
    /// The typed tables.
    pub tables: Arc<Tables>,
    /// async-graphql's schema of them.
    pub schema: Schema,
    /// Documents that were seen before.
    pub documents: Documents,
    /// The registered documents that are being run.
    pub registry: Registry,
    /// How often they are.
    pub usage: Usage,
    /// The documents that front ends registered by sending them.
    pub automatic: Automatic,
    /// What it lets in.
    pub door: Door,
    /// What signs the identity provider's webhooks.
    pub identity_webhook: Option<WebhookSecret>,
    /// Who listens.
    pub live: Live,
    /// When API keys were last used.
    pub api_key_uses: ApiKeyUses,
}

impl Gateway {
    /// A gateway to a database, which need not be reachable yet.
    pub fn new(settings: &database::Settings, mode: Mode) -> Result<Self, Error> {
        Self::with(Settings::new(settings.clone(), mode))
    }

    /// A gateway that is set up in everything.
    pub fn with(settings: Settings) -> Result<Self, Error> {
        let tables = schema::tables().map_err(Error::internal)?;
        let schema = dynamic_schema(&tables).extension(ValidateOnly).finish().map_err(Error::internal)?;
        let database = Database::new(&settings.database)?;
        let is_development = matches!(settings.mode, Mode::Development(_));
        let documents = Documents::new(schema.clone(), Arc::clone(&tables), settings.documents);
        let (door, budgets) = (Door::new(settings.door), Budgets::new(settings.budgets)?);
        let trusted = |issuer| Issuer::new(issuer::Settings { allows_plain_localhost: is_development, ..issuer });
        let live = Live::new(database.clone(), settings.live);
        Ok(Self(Arc::new(Parts {
            mode: settings.mode,
            api_key_uses: ApiKeyUses::kept_in(database.clone()),
            registry: Registry::default(),
            usage: Usage::start(database.clone()),
            automatic: Automatic::new(door.settings.automatic_documents),
            services: Arc::new(Services {
                limits: settings.answers,
                sign_in: settings.sign_in,
                mail: Mail::new(&settings.mail, settings.keys.clone(), is_development)?,
                issuer: settings.issuer.map(trusted).transpose()?,
                keys: settings.keys,
                dns: Dns::new(settings.dns),
                ..Services::new(database, documents.clone(), budgets)?
            }),
            tables,
            documents,
            schema,
            door,
            identity_webhook: settings.identity_webhook,
            live,
        })))
    }

    /// Writes what is kept in memory, and ends the connections. No request runs any more.
    pub async fn close(&self) {
        if let Err(error) = self.api_key_uses.flush(&self.services.database).await {
            tracing::warn!(%error, "when API keys were last used could not be written");
        }
        if let Err(error) = self.usage.write_down(&self.services.database).await {
            tracing::warn!(%error, "how often documents were run in the last seconds could not be written");
        }
        self.services.database.close().await;
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        http::router(self.clone())
    }

    /// Is it open as in development?
    #[must_use]
    pub fn is_development(&self) -> bool {
        matches!(self.mode, Mode::Development(_))
    }
}

impl Deref for Gateway {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
