//! The type `Impersonator`.

use crate::access::Impersonator;
use crate::graph::{Id, Object, ObjectType};

impl Object for Impersonator {
    fn name() -> &'static str {
        "Impersonator"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("One of the platform's staff who acts as somebody else: show it as long as it lasts.")
            .computed("userId", "The id of whoever acts.", |impersonator: &Self| Id(impersonator.user))
            .computed("displayName", "What they are called.", |impersonator| impersonator.name.to_string())
            .computed("reason", "Why they do it.", |impersonator| impersonator.reason.to_string())
            .field("until", "When it ends by itself. `endImpersonation` ends it earlier.", |impersonator| &impersonator.until)
    }
}
