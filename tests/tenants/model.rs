//! What a tenant's status, its organizations and their quota do, in a few lines.

/// The names of the statuses, as clients write them.
pub const STATUSES: [&str; 4] = ["TRIAL", "ACTIVE", "SUSPENDED", "CHURNED"];

/// Who tries something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    Owner,
    Member,
    Staff,
}

/// What somebody can try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// To bring the tenant into this status.
    SetStatus(usize),
    /// To set how many organizations there may be.
    SetQuota(i64),
    /// To make an organization.
    Create,
    /// To delete the one that was made last.
    Delete,
    /// To restore the one that was deleted last.
    Restore,
    /// To rename the tenant.
    Rename,
}

/// A tenant with its organizations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// Its place among the statuses.
    pub status: usize,
    /// What the quota says is used, and may be; `None`: there is none.
    pub quota: Option<(i64, i64)>,
    pub living: i64,
    pub deleted: i64,
}

impl Model {
    /// Takes a step, or leaves all as it is: whether it was taken.
    pub fn step(&mut self, actor: Actor, step: Step) -> bool {
        let is_open = self.status < 2;
        let may = match step {
            // The platform's staff acts in whatever state the tenant is.
            Step::SetStatus(_) | Step::SetQuota(_) => actor == Actor::Staff,
            Step::Rename => actor == Actor::Staff || actor == Actor::Owner && is_open,
            Step::Create | Step::Delete | Step::Restore => actor == Actor::Owner && is_open,
        };
        may && self.takes(step)
    }

    fn takes(&mut self, step: Step) -> bool {
        match step {
            Step::SetStatus(to) => {
                let leads = matches!((self.status, to), (0, 1..=3) | (1, 2 | 3) | (2, 0 | 1 | 3) | (3, 1));
                if leads {
                    self.status = to;
                }
                leads
            }
            Step::SetQuota(limit) => {
                self.quota = Some((self.living, limit));
                true
            }
            Step::Rename => true,
            Step::Create => self.take_unit(1, 0),
            Step::Restore => self.deleted > 0 && self.take_unit(1, -1),
            Step::Delete => {
                if self.living == 0 {
                    return false;
                }
                self.living -= 1;
                self.deleted += 1;
                if let Some((used, _)) = &mut self.quota {
                    *used -= 1;
                }
                true
            }
        }
    }

    fn take_unit(&mut self, living: i64, deleted: i64) -> bool {
        if let Some((used, limit)) = &mut self.quota {
            if *used >= *limit {
                return false;
            }
            *used += 1;
        }
        self.living += living;
        self.deleted += deleted;
        true
    }
}
