//! The tests of the gateway, through its front door: real HTTP, a real Postgres, a database for each test.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod cluster;
mod people;
mod world;

mod access;
mod house;
mod isolation;
mod lists;
mod mutations;
mod graph;
mod organization;
