//! Tenantry: the organization graph of a B2B SaaS as one GraphQL endpoint.
//!
//! Modules in reading order, from the command line to the database; `ARCHITECTURE.md` walks one query through them.

pub mod cli;
pub mod config;
pub mod gateway;

pub mod document;
pub mod http;
pub mod identity;

pub mod schema;
pub mod user_error;

pub mod access_change;
pub mod api_keys;
pub mod audit;
pub mod billing;
pub mod idempotency;
pub mod people;
pub mod platform;
pub mod questions;
pub mod rate_limit;
pub mod roles;
pub mod teams;
pub mod tenancy;
pub mod watching;

pub mod graph;
pub mod page;
pub mod request;

pub mod access;
pub mod budget;
pub mod database;
pub mod issuer;
pub mod live;
pub mod mail;
pub mod retention;
pub mod secrets;

pub mod clock;
pub mod error;
pub mod seed;
