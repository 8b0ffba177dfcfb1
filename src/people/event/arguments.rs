//! Which events of a tenant's people are shown.

use chrono::{DateTime, Utc};
use entity::id::UserId;

use crate::graph::{Arguments, Fields, Id, InputObject, InputOf};

/// Filter of the events of a tenant's people.
#[derive(Clone, Debug, Default)]
pub(super) struct UserEventArguments {
    pub filter: UserEventFilter,
}

/// Which events are shown; conditions are all to be met.
#[derive(Clone, Debug, Default)]
pub(super) struct UserEventFilter {
    pub user: Option<UserId>,
    pub kind: Option<String>,
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
}

impl Arguments for UserEventArguments {
    fn fields() -> Fields<Self> {
        Fields::default().field(
            "filter",
            "Which events; all that you may see where it is left out.",
            |into: &mut Self, filter: Option<InputOf<_>>| {
                into.filter = filter.map(|InputOf(filter)| filter).unwrap_or_default();
            },
        )
    }
}

impl InputObject for UserEventFilter {
    const NAME: &'static str = "UserEventFilter";
    const DESCRIPTION: &'static str = "Which events of people's accounts are shown. Conditions are all to be met.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("user", "To whose account it happened.", |into: &mut Self, user: Option<Id<UserId>>| {
                into.user = user.map(|Id(id)| id);
            })
            .field("type", "What happened, such as `sign_in.fail`.", |into, kind| into.kind = kind)
            .field("from", "Not before this moment.", |into, from| into.from = from)
            .field("to", "Before this moment.", |into, to| into.to = to)
    }
}
