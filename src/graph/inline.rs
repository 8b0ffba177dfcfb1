//! Objects that a row holds already: nothing is loaded for them.

use std::sync::Arc;

use super::object::{InlineChildren, Object, ObjectType, Source};
use super::rows::Children;
use super::shape::Shape;

impl<T: Send + Sync + 'static> ObjectType<T> {
    /// One row that the parent holds already.
    #[must_use]
    pub fn inline_one<C: Object>(
        self,
        name: &'static str,
        description: &'static str,
        child: impl Fn(&T) -> Option<Arc<C>> + Send + Sync + 'static,
    ) -> Self {
        let children: InlineChildren =
            Box::new(move |rows, target| Children::one(target, rows.of::<T>().iter().map(|row| child(row)).collect()));
        self.leads_to::<C>().push::<()>(name, description, Shape::required(C::name()).nullable(), Source::Inline(children))
    }

    /// A list of rows that the parent holds already.
    #[must_use]
    pub fn inline_many<C: Object>(
        self,
        name: &'static str,
        description: &'static str,
        children: impl Fn(&T) -> Vec<Arc<C>> + Send + Sync + 'static,
    ) -> Self {
        let children: InlineChildren =
            Box::new(move |rows, target| Children::many(target, rows.of::<T>().iter().map(|row| children(row)).collect()));
        self.leads_to::<C>().push::<()>(name, description, Shape::required(C::name()).list(), Source::Inline(children))
    }
}
