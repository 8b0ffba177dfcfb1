//! Mutations of ownership: offered, withdrawn, declined, accepted, rescued.

mod accept;
mod decline;
mod offer;
mod payload;
mod rescue;
mod store;
mod target;
mod withdraw;

use chrono::TimeDelta;

use crate::graph::{Mutation, ObjectType};

/// So long an offer can be accepted.
const LIFETIME: TimeDelta = TimeDelta::hours(24);

/// Adds the mutations of ownership.
#[must_use]
pub fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    let mutations = [offer::mutation, withdraw::mutation, decline::mutation, accept::mutation, rescue::mutation];
    mutations.into_iter().fold(mutation, |mutation, add| add(mutation))
}
