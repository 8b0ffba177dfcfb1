//! How a field joins its table, and what can be said of the field before.

use std::sync::Arc;

use migration::catalog::Permission;

use super::input::{Arguments, InputTypes};
use super::object::{Field, Object, ObjectType, Source};
use super::price::Price;
use super::schema::TableSet;
use super::shape::Shape;

impl<T: Send + Sync + 'static> ObjectType<T> {
    /// The permission without which the field before is null; the schema shows it as `@guard`.
    #[must_use]
    pub fn requires(mut self, permission: Permission) -> Self {
        self.last(|field| {
            field.guard = Some(permission);
            field.shape.nullable = true;
        });
        self
    }

    /// The permission that the code behind the field before asks for, where its arguments lead: what a mutation needs. It is
    /// no guard; whoever wants to know what a document needs is told of both.
    #[must_use]
    pub fn asks(mut self, permission: Permission) -> Self {
        self.last(|field| field.asks = Some(permission));
        self
    }

    /// The relation before always has its row: not nullable.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.last(|field| field.shape.nullable = false);
        self
    }

    /// The field before is deprecated; `instead` says what to use.
    #[must_use]
    pub fn deprecated(mut self, instead: &'static str) -> Self {
        self.last(|field| field.deprecated = Some(instead));
        self
    }

    /// Other subgraphs define the type as well, in the same way: it is one of a specification that many follow.
    #[must_use]
    pub fn shareable(mut self) -> Self {
        self.table.shareable = true;
        self
    }

    pub(super) fn last(&mut self, change: impl FnOnce(&mut Field)) {
        if let Some(field) = self.table.fields.last_mut() {
            change(field);
        }
    }

    pub(super) fn leads_to<C: Object>(mut self) -> Self {
        self.table.brings.push(TableSet::add_once::<C>);
        self
    }

    pub(super) fn push<A: Arguments>(
        mut self,
        name: &'static str,
        description: &'static str,
        shape: Shape,
        source: Source,
    ) -> Self {
        let arguments = A::fields();
        let declarations = arguments.declarations();
        self.table.brings.push(|set| set.inputs(|inputs: &mut InputTypes| A::fields().declare(inputs)));
        self.table.fields.push(Field {
            name,
            description,
            shape,
            guard: None,
            asks: None,
            price: Price::of(&source, shape),
            deprecated: None,
            arguments: declarations,
            read_arguments: Box::new(move |values| Ok(Arc::new(arguments.read(A::default(), values)?))),
            source,
            watch: None,
        });
        self
    }
}
