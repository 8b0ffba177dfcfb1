//! The argument of every root field that finds one object: its id.

use entity::TypedId;
use uuid::Uuid;

use super::input::{Arguments, Fields};
use super::leaf::Id;

/// The argument `id` of a root field.
#[derive(Clone, Copy, Debug)]
pub struct ById<I>(pub I);

impl<I: TypedId> Default for ById<I> {
    fn default() -> Self {
        // Stands for nothing: the argument is required.
        Self(Uuid::nil().into())
    }
}

impl<I: TypedId> Arguments for ById<I> {
    fn fields() -> Fields<Self> {
        Fields::default().field("id", "The id of the object.", |into: &mut Self, Id(id)| into.0 = id)
    }
}
