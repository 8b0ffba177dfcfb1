//! The tests of the gateway, through its front door: real HTTP, a real Postgres, a database for each test.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod cluster;
mod own_server;
mod people;
mod program;
mod redis_server;
mod world;

mod access;
mod api_keys;
mod attacks;
mod audit_export;
mod bad_document;
mod bad_input;
mod budgets;
mod command_line;
mod conversations;
mod developers;
mod documents;
mod domains;
mod door;
mod federation;
mod graph;
mod hang_up;
mod house;
mod http;
mod isolation;
mod killed;
mod lifecycle;
mod lists;
mod live;
mod migrations;
mod mutations;
mod name_server;
mod operations;
mod organization;
mod outage;
mod presumed;
mod role_mutations;
mod sign_in;
mod statements;
mod teams;
mod tenants;
mod unavailable;
mod walk;
