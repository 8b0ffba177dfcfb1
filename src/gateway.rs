//! The assembled application: main and tests build the same one.

use std::sync::Arc;

use async_graphql::dynamic::Schema;
use axum::Router;

use crate::access::Access;
use crate::database::{self, Database};
use crate::document::{Documents, ValidateOnly};
use crate::error::Error;
use crate::graph::{Tables, dynamic_schema};
use crate::http;
use crate::request::Services;
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

/// Everything that answers requests. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    /// How open it is.
    pub mode: Arc<Mode>,
    /// What every request uses.
    pub services: Services,
    /// The typed tables.
    pub tables: Arc<Tables>,
    /// async-graphql's schema of them.
    pub schema: Schema,
    /// Documents that were seen before.
    pub documents: Documents,
}

impl Gateway {
    /// A gateway to a database, which need not be reachable yet.
    pub fn new(settings: &database::Settings, mode: Mode) -> Result<Self, Error> {
        let tables = schema::tables().map_err(Error::internal)?;
        let builder = dynamic_schema(&tables).extension(ValidateOnly);
        let builder = match mode {
            Mode::Development(_) => builder,
            // "Did you mean" would tell strangers the schema word by word.
            Mode::Production => builder.disable_suggestions(),
        };
        let schema = builder.finish().map_err(Error::internal)?;
        Ok(Self {
            mode: Arc::new(mode),
            services: Services { database: Database::new(settings)?, access: Access::default() },
            tables,
            documents: Documents::new(schema.clone()),
            schema,
        })
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        http::router(self.clone())
    }

    /// Is it open as in development?
    #[must_use]
    pub fn is_development(&self) -> bool {
        matches!(*self.mode, Mode::Development(_))
    }
}
