//! A small model of one organization: who may do what next, and what comes of it.

use std::collections::BTreeMap;

/// People, by their number.
pub type Who = usize;

/// The base roles, the lowest first.
pub const ROLES: [&str; 4] = ["READONLY", "MEMBER", "MANAGER", "ADMIN"];

/// A role, as a place in [`ROLES`]; the owner stands above all.
pub type Rank = usize;

/// What somebody tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Invite(Who, Rank),
    Resend(Who),
    Edit(Who, Rank),
    Revoke(Who),
    Accept,
    Decline,
    Promote(Who, Rank),
    Suspend(Who),
    Reactivate(Who),
    Remove(Who),
    Leave,
    Offer(Who),
    Withdraw,
    Take,
    Refuse,
}

/// A membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat {
    pub rank: Rank,
    pub active: bool,
}

/// What the organization is like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    pub owner: Who,
    pub limit: usize,
    pub members: BTreeMap<Who, Seat>,
    /// Pending invitations: by whom, and as what.
    pub invited: BTreeMap<Who, (Who, Rank)>,
    pub offered: Option<Who>,
}

const MANAGER: Rank = 2;
const ADMIN: Rank = 3;
const OWNER: Rank = 4;

impl Model {
    /// How high somebody stands; `None` for who is no active member.
    fn rank(&self, who: Who) -> Option<Rank> {
        let seat = self.members.get(&who).filter(|seat| seat.active)?;
        Some(if who == self.owner { OWNER } else { seat.rank })
    }

    fn reaches(&self, who: Who, rank: Rank) -> bool {
        self.rank(who).is_some_and(|own| own >= rank)
    }

    /// May somebody invite as this, at this moment?
    fn may_invite(&self, who: Who, rank: Rank) -> bool {
        self.reaches(who, MANAGER.max(rank))
    }

    /// Seats that are taken: each person once.
    pub fn used(&self) -> usize {
        let active = self.members.values().filter(|seat| seat.active).count();
        active + self.invited.keys().filter(|who| self.rank(**who).is_none()).count()
    }

    /// Tries a step: true where it is done, and the model is changed.
    pub fn step(&mut self, actor: Who, step: Step) -> bool {
        let mut next = self.clone();
        let done = next.try_step(actor, step).is_some();
        if done {
            *self = next;
        }
        done
    }

    fn try_step(&mut self, actor: Who, step: Step) -> Option<()> {
        let require = |holds: bool| holds.then_some(());
        match step {
            Step::Invite(who, rank) => {
                require(self.may_invite(actor, rank) && !self.members.contains_key(&who) && !self.invited.contains_key(&who))?;
                self.invited.insert(who, (actor, rank));
                require(self.used() <= self.limit)
            }
            Step::Resend(who) => {
                let (_, rank) = *self.invited.get(&who)?;
                require(self.may_invite(actor, rank))?;
                self.invited.insert(who, (actor, rank));
                Some(())
            }
            Step::Edit(who, rank) => {
                let (by, before) = *self.invited.get(&who)?;
                require(self.may_invite(actor, rank))?;
                // What stays the same stays with whom it was.
                self.invited.insert(who, (if before == rank { by } else { actor }, rank));
                Some(())
            }
            Step::Revoke(who) => {
                require(self.reaches(actor, MANAGER))?;
                self.invited.remove(&who).map(drop)
            }
            Step::Accept => {
                let (by, rank) = *self.invited.get(&actor)?;
                require(self.may_invite(by, rank) && !self.members.contains_key(&actor))?;
                self.invited.remove(&actor);
                self.members.insert(actor, Seat { rank, active: true });
                Some(())
            }
            Step::Decline => self.invited.remove(&actor).map(drop),
            Step::Promote(who, rank) => {
                let seat = *self.members.get(&who)?;
                require(who != self.owner && self.reaches(actor, MANAGER))?;
                require(seat.rank == rank || self.reaches(actor, rank.max(seat.rank)))?;
                self.members.insert(who, Seat { rank, ..seat });
                Some(())
            }
            Step::Suspend(who) | Step::Reactivate(who) => {
                let active = matches!(step, Step::Reactivate(_));
                let seat = *self.members.get(&who)?;
                require(who != self.owner && self.reaches(actor, ADMIN) && seat.active != active)?;
                self.members.insert(who, Seat { active, ..seat });
                require(!active || self.used() <= self.limit)
            }
            Step::Remove(who) => {
                require(who != self.owner && self.reaches(actor, ADMIN))?;
                self.members.remove(&who).map(drop)
            }
            Step::Leave => {
                require(actor != self.owner)?;
                self.members.remove(&actor).map(drop)
            }
            Step::Offer(who) => {
                require(self.reaches(actor, OWNER) && who != self.owner && self.rank(who).is_some() && self.offered.is_none())?;
                self.offered = Some(who);
                Some(())
            }
            Step::Withdraw => {
                require(self.reaches(actor, OWNER))?;
                self.offered.take().map(drop)
            }
            Step::Take => {
                require(self.offered == Some(actor) && self.rank(actor).is_some())?;
                self.offered = None;
                let former = std::mem::replace(&mut self.owner, actor);
                self.members.entry(former).and_modify(|seat| seat.rank = ADMIN);
                Some(())
            }
            Step::Refuse => {
                require(self.offered == Some(actor))?;
                self.offered = None;
                Some(())
            }
        }
    }
}
