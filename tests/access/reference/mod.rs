//! A tenant as plain rows in memory, and the decision as a plain reading of them: slow, and written from the design alone.
//!
//! Nothing here knows the gateway. What a question means is read in `decision.rs`, rule by rule; `draft.rs` invents tenants, and
//! `written.rs` puts the same rows into a database.

mod asking;
mod change;
mod condition;
mod decision;
mod draft;
mod written;

use std::collections::BTreeMap;

use migration::catalog::{BaseRole, Permission};
use uuid::Uuid;

pub use self::asking::{BATCH, told, write_asker};
pub use self::condition::Condition;
pub use self::decision::{Question, Step, Verdict};
pub use self::draft::{ASKED, draft};
pub use crate::people::Lasts;

/// A tenant with everything in it that can decide. Rows name each other by their places in these lists.
#[derive(Clone, Debug)]
pub struct Realm {
    pub tenant: Uuid,
    pub status: &'static str,
    /// Features of the tenant, each switched on or off.
    pub features: Vec<(&'static str, bool)>,
    pub people: Vec<Person>,
    pub products: Vec<Product>,
    pub organizations: Vec<Organization>,
    pub subscriptions: Vec<Subscription>,
    pub seats: Vec<Seat>,
    /// The five base roles, and after them the tenant's own.
    pub roles: Vec<Role>,
    pub assignments: Vec<Assignment>,
    pub overrides: Vec<Override>,
    pub teams: Vec<Team>,
    pub grants: Vec<Grant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Allow,
    Deny,
}

#[derive(Clone, Debug)]
pub struct Person {
    pub id: Uuid,
    pub account: Account,
    pub is_verified: bool,
    /// What the developer roles of one of the platform's staff permit; `None`: a plain person.
    pub developer: Option<Vec<Permission>>,
    pub membership: Option<Membership>,
}

/// The state of somebody's account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    Active,
    Deactivated,
    /// For another day.
    Locked,
    Deleted,
}

/// A membership in the tenant.
#[derive(Clone, Copy, Debug)]
pub struct Membership {
    pub id: Uuid,
    pub role: BaseRole,
    pub is_suspended: bool,
    pub is_deleted: bool,
}

#[derive(Clone, Debug)]
pub struct Product {
    pub id: Uuid,
    pub key: &'static str,
    pub version: i32,
    pub is_current: bool,
    pub features: Vec<(&'static str, bool)>,
}

#[derive(Clone, Debug)]
pub struct Organization {
    pub id: Uuid,
    pub owner: usize,
    pub region: Option<&'static str>,
    pub is_deleted: bool,
}

/// A subscription of an organization; the later ones are the younger ones.
#[derive(Clone, Copy, Debug)]
pub struct Subscription {
    pub id: Uuid,
    pub organization: usize,
    pub product: usize,
    pub status: &'static str,
    /// Days since a payment is missing.
    pub overdue: Option<i64>,
    /// Days until that has consequences; negative: since.
    pub grace: Option<i64>,
    pub is_deleted: bool,
}

/// A membership in an organization.
#[derive(Clone, Copy, Debug)]
pub struct Seat {
    pub id: Uuid,
    pub organization: usize,
    pub person: usize,
    pub role: BaseRole,
    pub is_suspended: bool,
    pub is_deleted: bool,
}

#[derive(Clone, Debug)]
pub struct Role {
    /// Of a role that every tenant has, only the database knows the id.
    pub id: Option<Uuid>,
    pub key: String,
    pub parent: Option<usize>,
    pub is_active: bool,
    pub is_deleted: bool,
    pub rules: BTreeMap<Permission, Rule>,
}

#[derive(Clone, Debug)]
pub struct Rule {
    pub effect: Effect,
    pub condition: Option<Condition>,
}

/// A role of a member, in an organization or in the whole tenant.
#[derive(Clone, Copy, Debug)]
pub struct Assignment {
    pub id: Uuid,
    pub person: usize,
    pub organization: Option<usize>,
    pub role: usize,
    pub lasts: Lasts,
}

#[derive(Clone, Debug)]
pub struct Override {
    pub id: Uuid,
    pub person: usize,
    pub organization: Option<usize>,
    pub permission: Permission,
    pub effect: Effect,
    pub priority: i32,
    pub condition: Option<Condition>,
    pub lasts: Lasts,
}

#[derive(Clone, Debug)]
pub struct Team {
    pub id: Uuid,
    pub organization: usize,
    pub parent: Option<usize>,
    pub is_deleted: bool,
    pub members: Vec<(Uuid, usize)>,
    pub roles: Vec<usize>,
}

#[derive(Clone, Debug)]
pub struct Grant {
    pub id: Uuid,
    pub resource: Resource,
    pub grantee: Grantee,
    pub permission: Permission,
    pub effect: Effect,
    pub condition: Option<Condition>,
    pub lasts: Lasts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grantee {
    Member(usize),
    Team(usize),
    Role(usize),
}

/// What a permission is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Resource {
    /// The name of the entity, or the prefix of its ids where it is a customer's own.
    pub kind: &'static str,
    pub id: Uuid,
}

impl Resource {
    /// As clients name it.
    pub fn typed_id(self) -> String {
        let prefix = match self.kind {
            "organization" => "org",
            "tenant" => "ten",
            other => other,
        };
        let suffix = entity::id::UserId::from(self.id).to_string();
        format!("{prefix}_{}", suffix.trim_start_matches("user_"))
    }
}

impl Realm {
    /// The living organization membership of a person.
    pub fn seat(&self, organization: usize, person: usize) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.organization == organization && seat.person == person && !seat.is_deleted)
    }

    /// The role of that base role.
    pub fn base(role: BaseRole) -> usize {
        role as usize
    }
}
