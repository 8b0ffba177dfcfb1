//! The type `OrganizationSeats`.

use entity::id::{OrganizationId, SubscriptionId};

use crate::graph::{Object, ObjectType};

/// The seats of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seats {
    /// Whose.
    pub organization: OrganizationId,
    /// Active members.
    pub active: i64,
    /// Living invitations to people who are no active members.
    pub pending: i64,
    /// The plan in effect that was bought.
    pub subscription: Option<SubscriptionId>,
    /// The seats that were bought with it.
    pub bought: Option<i64>,
    /// Are more bought as they are needed?
    pub grows: bool,
    /// The most that the plan allows.
    pub most: Option<i64>,
}

impl Seats {
    /// How many are taken.
    #[must_use]
    pub fn used(&self) -> i64 {
        self.active + self.pending
    }

    /// How many there are at the moment; `None`: as many as one likes.
    #[must_use]
    pub fn limit(&self) -> Option<i64> {
        self.bought.into_iter().chain(self.most).min()
    }

    /// May so many be bought without asking anybody?
    #[must_use]
    pub fn may_grow_to(&self, seats: i64) -> bool {
        self.grows && self.most.is_none_or(|most| seats <= most)
    }
}

fn shown(count: i64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

impl Object for Seats {
    fn name() -> &'static str {
        "OrganizationSeats"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("How many people an organization has room for. Each person counts once.")
            .computed("used", "Seats that are taken: active members and pending invitations.", |seats: &Self| shown(seats.used()))
            .computed("pending", "Those of them that wait for an answer to an invitation.", |seats| shown(seats.pending))
            .computed("limit", "How many there are; null: as many as you like.", |seats| seats.limit().map(shown))
            .computed("autoScale", "Are more bought as they are needed, up to `most`?", |seats| seats.grows)
            .computed("most", "How many the plan allows at most; null: as many as you like.", |seats| seats.most.map(shown))
    }
}

#[cfg(test)]
mod tests {
    use super::Seats;

    fn seats(bought: Option<i64>, grows: bool, most: Option<i64>) -> Seats {
        let organization = uuid::Uuid::nil().into();
        Seats { organization, active: 3, pending: 2, subscription: None, bought, grows, most }
    }

    #[test]
    fn the_plan_and_what_was_bought_both_limit() {
        assert_eq!(seats(None, false, None).limit(), None);
        assert_eq!(seats(Some(7), false, None).limit(), Some(7));
        assert_eq!(seats(Some(7), false, Some(5)).limit(), Some(5));
        assert_eq!(seats(None, false, Some(5)).limit(), Some(5));
        assert!(seats(Some(5), true, Some(6)).may_grow_to(6));
        assert!(!seats(Some(5), true, Some(6)).may_grow_to(7));
        assert!(!seats(Some(5), false, None).may_grow_to(6));
    }
}
