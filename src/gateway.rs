//! The assembled application: main and tests build the same one.

use std::ops::Deref;
use std::sync::Arc;

use async_graphql::dynamic::Schema;
use axum::Router;

use crate::access::Access;
use crate::api_keys::ApiKeyUses;
use crate::budget::{self, Budgets};
use crate::database::{self, Database};
use crate::document::{self, Automatic, Documents, ValidateOnly};
use crate::error::Error;
use crate::graph::{Tables, dynamic_schema};
use crate::http::{self, Audience, Door};
use crate::live::{self, Live};
use crate::platform::persisted_document::{Registry, Usage};
use crate::request::{self, Services};
use crate::schema;

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
        Self {
            database,
            mode,
            documents: document::Limits::default(),
            answers: request::Limits::default(),
            budgets: budget::Settings::default(),
            door,
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
        let documents = Documents::new(schema.clone(), Arc::clone(&tables), settings.documents);
        let (door, budgets) = (Door::new(settings.door), Budgets::new(settings.budgets)?);
        let live = Live::new(database.clone(), settings.live);
        Ok(Self(Arc::new(Parts {
            mode: settings.mode,
            api_key_uses: ApiKeyUses::kept_in(database.clone()),
            registry: Registry::default(),
            usage: Usage::start(database.clone()),
            automatic: Automatic::new(door.settings.automatic_documents),
            services: Arc::new(Services {
                database,
                access: Access::default(),
                limits: settings.answers,
                documents: documents.clone(),
                budgets,
            }),
            tables,
            documents,
            schema,
            door,
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
