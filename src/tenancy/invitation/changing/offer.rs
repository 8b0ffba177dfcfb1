//! What an invitation offers, who may offer it, and what it gives.

use std::collections::BTreeSet;
use std::sync::Arc;

use entity::id::{OrganizationId, RoleId, TeamId, UserId};
use entity::organization_membership::OrganizationRole;
use migration::catalog::Permission;
use serde_json::{Value, json};

use super::store;
use crate::access::{Gift, PermissionSet, Place, Question, RoleSheet, Scope, Whose};
use crate::error::Error;
use crate::graph::{Fields, Id};
use crate::request::Writer;
use crate::teams::team::{Endowment, ancestry};
use crate::tenancy::membership::OrganizationMemberRole;
use crate::user_error::{UserError, UserErrorCode};

/// What an invitation offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    pub role: OrganizationRole,
    pub roles: Vec<RoleId>,
    pub teams: Vec<TeamId>,
}

/// What a client says of an offer; what is left out is none, or stays.
#[derive(Clone, Default)]
pub(super) struct Terms {
    role: Option<OrganizationMemberRole>,
    roles: Option<Vec<RoleId>>,
    teams: Option<Vec<TeamId>>,
}

impl Terms {
    /// The roles and teams, to be embedded in an input.
    pub fn fields() -> Fields<Self> {
        Fields::default()
            .field(
                "roleIds",
                "Roles to be assigned in the organization on top. Needs the permission `roles.assign` there.",
                |into: &mut Self, ids: Option<Vec<Id<RoleId>>>| {
                    into.roles = ids.map(|ids| distinct(ids.into_iter().map(|Id(id)| id)));
                },
            )
            .field(
                "teamIds",
                "Teams of the organization to be put into. Needs the permission `teams.manage` there.",
                |into, ids: Option<Vec<Id<TeamId>>>| into.teams = ids.map(|ids| distinct(ids.into_iter().map(|Id(id)| id))),
            )
    }

    /// The base role, where a client must name it.
    pub fn set_role(&mut self, role: Option<OrganizationMemberRole>) {
        self.role = role;
    }

    /// The offer that it makes; of one that is there already, what is left out stays. The place in the input is for errors.
    pub fn offer(&self, before: Option<&Offer>, place: &[&str], errors: &mut Vec<Arc<UserError>>) -> Offer {
        let role = match self.role {
            Some(OrganizationMemberRole::Stored(role)) => role,
            Some(OrganizationMemberRole::Owner) => {
                let message = "nobody is invited as the owner: `offerOwnership` to a member";
                errors.push(UserError::at(&[place, &["role"]].concat(), UserErrorCode::Invalid, message));
                OrganizationRole::Readonly
            }
            None => before.map_or(OrganizationRole::Readonly, |before| before.role),
        };
        let (roles, teams) = before.map_or_else(Default::default, |offer| (offer.roles.clone(), offer.teams.clone()));
        Offer { role, roles: self.roles.clone().unwrap_or(roles), teams: self.teams.clone().unwrap_or(teams) }
    }
}

fn distinct<T: Ord>(ids: impl Iterator<Item = T>) -> Vec<T> {
    ids.collect::<BTreeSet<_>>().into_iter().collect()
}

impl Offer {
    /// As it is written down.
    pub fn said(&self) -> Value {
        json!({ "role": self.role.as_str(), "roleIds": self.roles, "teamIds": self.teams })
    }

    /// What must be permitted to offer this.
    fn permissions(&self) -> Vec<Permission> {
        let assigns = (!self.roles.is_empty()).then_some(Permission::RolesAssign);
        let places = (!self.teams.is_empty()).then_some(Permission::TeamsManage);
        [Some(Permission::MembersInvite), assigns, places].into_iter().flatten().collect()
    }

    /// What is not there any more, at its place in the input.
    pub async fn missing(
        &self,
        writer: &Writer,
        sheet: &RoleSheet,
        organization: OrganizationId,
        place: &[&str],
    ) -> Result<Vec<Arc<UserError>>, Error> {
        let mut errors = Vec::new();
        let mut gone = |field: &str, what: &str| {
            let message = format!("there is no such {what} in the organization, or you may not know of it");
            errors.push(UserError::at(&[place, &[field]].concat(), UserErrorCode::NotFound, message));
        };
        if !self.roles.iter().all(|role| sheet.contains(*role)) {
            gone("roleIds", "role");
        }
        if !self.teams.is_empty() && store::living_teams(writer, organization, &self.teams).await? < self.teams.len() {
            gone("teamIds", "team");
        }
        Ok(errors)
    }

    /// What it gives to whoever accepts.
    async fn gift(&self, writer: &Writer, sheet: &RoleSheet, organization: OrganizationId) -> Result<Gift, Error> {
        let base = OrganizationMemberRole::Stored(self.role).base();
        let base = writer.roles().await?.base(base).map(|role| role.id);
        let mut given = base
            .into_iter()
            .chain(self.roles.iter().copied())
            .fold(PermissionSet::NONE, |given, role| given.union(sheet.allowed_by(role)));
        let mut teams = Vec::new();
        for team in &self.teams {
            teams.extend(ancestry(writer, *team).await?);
        }
        if !teams.is_empty() {
            given = given.union(Endowment::of(writer, sheet, &teams).await?.allowed);
        }
        Ok(Gift::of(Place::Organization(organization), given))
    }

    /// Refuses an offer that its caller may not make.
    pub async fn require_of_caller(&self, writer: &Writer, sheet: &RoleSheet, organization: OrganizationId) -> Result<(), Error> {
        for permission in self.permissions() {
            writer.require(permission, Scope::Organization(organization)).await?;
        }
        writer.require_held(&self.gift(writer, sheet, organization).await?)
    }

    /// May this person make this offer at this moment?
    pub async fn may_be_made_by(
        &self,
        writer: &Writer,
        sheet: &RoleSheet,
        organization: OrganizationId,
        giver: UserId,
    ) -> Result<bool, Error> {
        let ask = |permission| (Whose::Person(giver), Question::new(permission, Scope::Organization(organization)));
        let questions: Vec<_> = self.permissions().into_iter().map(ask).collect();
        if !writer.decide_many(&questions).await?.iter().all(|decision| decision.allowed) {
            return Ok(false);
        }
        let holding = writer.holdings(&[giver]).await?.remove(&giver).unwrap_or_default();
        Ok(self.gift(writer, sheet, organization).await?.require_held(&holding).is_ok())
    }
}
