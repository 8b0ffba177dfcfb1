//! The type of a field or argument: a named type, perhaps in a list, perhaps absent.

use async_graphql::dynamic::TypeRef;

use super::leaf::Enumeration;

/// A GraphQL type reference of at most one list.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// The named type inside.
    pub name: &'static str,
    /// May the whole be null?
    pub nullable: bool,
    /// In a list: may an item be null?
    pub list: Option<ItemsNullable>,
    /// Where the named type is an enum: how it is declared.
    pub enumeration: Option<fn() -> EnumerationDeclaration>,
}

/// Whether the items of a list may be null.
pub type ItemsNullable = bool;

/// Name, description and members (name, description) of an enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnumerationDeclaration {
    /// The name of the enum.
    pub name: &'static str,
    /// What the set is about.
    pub description: &'static str,
    /// Its members: name and description.
    pub values: Vec<(&'static str, &'static str)>,
}

impl Shape {
    /// `Name!`
    #[must_use]
    pub const fn required(name: &'static str) -> Self {
        Self { name, nullable: false, list: None, enumeration: None }
    }

    /// `Name!` for an enum.
    #[must_use]
    pub fn enumeration<E: Enumeration>() -> Self {
        Self {
            enumeration: Some(|| EnumerationDeclaration {
                name: E::NAME,
                description: E::DESCRIPTION,
                values: E::VALUES.iter().map(|(_, name, description)| (*name, *description)).collect(),
            }),
            ..Self::required(E::NAME)
        }
    }

    /// The same without the outer `!`.
    #[must_use]
    pub const fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// `[Name!]!` of `Name!`.
    #[must_use]
    pub const fn list(self) -> Self {
        Self { nullable: false, list: Some(self.nullable), ..self }
    }

    /// As async-graphql's schema wants it.
    #[must_use]
    pub fn type_ref(self) -> TypeRef {
        let named = |nullable| if nullable { TypeRef::named(self.name) } else { TypeRef::named_nn(self.name) };
        let inner = match self.list {
            None => return named(self.nullable),
            Some(items_nullable) => TypeRef::List(Box::new(named(items_nullable))),
        };
        if self.nullable { inner } else { TypeRef::NonNull(Box::new(inner)) }
    }
}
