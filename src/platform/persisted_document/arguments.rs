//! Which registered documents a list shows.

use crate::graph::{Arguments, Fields};

/// Filters of a list of registered documents.
#[derive(Clone, Debug, Default)]
pub(super) struct DocumentArguments {
    /// Of this client only.
    pub client: Option<String>,
    /// Those that were revoked, too?
    pub include_revoked: bool,
}

impl Arguments for DocumentArguments {
    fn fields() -> Fields<Self> {
        Fields::default()
            .field("client", "Only those of this client; left out: of all.", |into: &mut Self, client| into.client = client)
            .field("includeRevoked", "Those that were revoked, too? Left out: no.", |into, revoked: Option<bool>| {
                into.include_revoked = revoked.unwrap_or_default();
            })
    }
}
