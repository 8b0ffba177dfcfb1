//! The argument of every mutation: one input object.

use super::input::{Arguments, Fields, InputObject, Object};

/// The argument `input` of a mutation.
#[derive(Clone, Debug, Default)]
pub struct InputArgument<T>(pub T);

impl<T: InputObject> Arguments for InputArgument<T> {
    fn fields() -> Fields<Self> {
        Fields::default().field("input", T::DESCRIPTION, |into: &mut Self, Object(input)| into.0 = input)
    }
}
