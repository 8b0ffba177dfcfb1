use crate::graph::{Mutation, ObjectType};
pub fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> { mutation }
