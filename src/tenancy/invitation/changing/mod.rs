//! Mutations of invitations.

mod accept;
mod address;
mod answer;
mod decline;
mod invite;
mod invite_many;
mod issue;
mod letter;
mod offer;
mod payload;
mod resend;
mod revoke;
mod store;
mod target;
mod update;

use chrono::TimeDelta;

use crate::graph::{Mutation, ObjectType};

/// So long an invitation can be accepted after it was sent.
const LIFETIME: TimeDelta = TimeDelta::days(7);

/// What the tokens of invitations begin with.
const TOKEN_PREFIX: &str = "ti_";

/// Adds the mutations of invitations.
#[must_use]
pub fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    let mutations = [
        invite::mutation,
        invite_many::mutation,
        resend::mutation,
        update::mutation,
        revoke::mutation,
        accept::mutation,
        decline::mutation,
    ];
    mutations.into_iter().fold(mutation, |mutation, add| add(mutation))
}
