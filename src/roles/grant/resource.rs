//! The resource of a grant: its type as the database names it, and its id as clients write it.

use entity::{join, kind, split};
use uuid::Uuid;

/// A single thing that something is granted on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Resource {
    /// Its type. Customers have resources of their own, whose type is the prefix of their ids.
    pub kind: String,
    /// Its id, without the type.
    pub id: Uuid,
}

impl Resource {
    /// The resource of an id such as `org_…`; `None` where the text is none.
    pub fn from_id(text: &str) -> Option<Self> {
        let (prefix, id) = split(text)?;
        Some(Self { kind: kind::of_prefix(prefix).to_owned(), id })
    }

    /// Its id as clients write it.
    pub fn to_id(&self) -> String {
        join(kind::prefix_of(&self.kind), self.id)
    }
}
