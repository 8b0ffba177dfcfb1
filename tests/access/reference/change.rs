//! Something that happens to a realm while gateways have all of it in their caches: the same in memory and in SQL.

use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use uuid::Uuid;

use super::{Account, Effect, Lasts, Realm};

impl Realm {
    /// Changes one row, any that may be; gives the same as SQL.
    pub fn change(&mut self, random: &mut StdRng) -> String {
        loop {
            if let Some(sql) = self.perhaps_change(random) {
                return sql;
            }
        }
    }

    /// `None` where what was drawn cannot be.
    fn perhaps_change(&mut self, random: &mut StdRng) -> Option<String> {
        match random.random_range(0..17) {
            0 => self.revoke(random),
            1 => self.expire(random),
            2 => self.switch_role(random),
            3 => self.turn_rule(random),
            4 => self.hang_role(random),
            5 => self.drop_override(random),
            6 => self.leave_team(random),
            7 => self.move_team(random),
            8 => self.delete_team(random),
            9 => self.give_team_role(random),
            10 => self.drop_grant(random),
            11 => self.suspend_seat(random),
            12 => self.transfer(random),
            13 => self.miss_payment(random),
            14 => self.relocate(random),
            15 => self.lock(random),
            _ => self.switch_feature(random),
        }
    }

    fn revoke(&mut self, random: &mut StdRng) -> Option<String> {
        let place = below(random, self.assignments.len())?;
        self.assignments[place].lasts = Lasts::Revoked;
        Some(format!("update member_roles set revoked_at = now() where id = '{}'", self.assignments[place].id))
    }

    fn expire(&mut self, random: &mut StdRng) -> Option<String> {
        let place = below(random, self.assignments.len())?;
        if self.assignments[place].lasts.holds() {
            self.assignments[place].lasts = Lasts::Expired;
        }
        Some(format!(
            "update member_roles set expires_at = now() - interval '1 minute' where id = '{}'",
            self.assignments[place].id
        ))
    }

    fn own_role(&self, random: &mut StdRng) -> Option<(usize, Uuid)> {
        let place = below(random, self.roles.len())?;
        Some((place, self.roles[place].id?))
    }

    fn switch_role(&mut self, random: &mut StdRng) -> Option<String> {
        let (place, id) = self.own_role(random)?;
        self.roles[place].is_active = !self.roles[place].is_active;
        Some(format!("update roles set is_active = {} where id = '{id}'", self.roles[place].is_active))
    }

    fn turn_rule(&mut self, random: &mut StdRng) -> Option<String> {
        let (place, id) = self.own_role(random)?;
        let permission = *self.roles[place].rules.keys().copied().collect::<Vec<_>>().choose(random)?;
        let at = format!("where role_id = '{id}' and permission_id = '{}'", Uuid::from_u128(permission.id()));
        if random.random() {
            self.roles[place].rules.remove(&permission);
            return Some(format!("delete from role_permissions {at}"));
        }
        let rule = self.roles[place].rules.get_mut(&permission)?;
        rule.effect = if rule.effect == Effect::Allow { Effect::Deny } else { Effect::Allow };
        Some(format!("update role_permissions set effect = case effect when 'allow' then 'deny' else 'allow' end {at}"))
    }

    /// Below another parent, which was made before it, so that there is no cycle.
    fn hang_role(&mut self, random: &mut StdRng) -> Option<String> {
        let (place, id) = self.own_role(random)?;
        let parent = below(random, place)?;
        self.roles[place].parent = Some(parent);
        Some(format!("update roles set parent_role_id = {} where id = '{id}'", self.role_sql(parent)))
    }

    fn drop_override(&mut self, random: &mut StdRng) -> Option<String> {
        let place = below(random, self.overrides.len())?;
        let id = self.overrides.remove(place).id;
        Some(format!("update member_permission_overrides set deleted_at = now() where id = '{id}'"))
    }

    fn leave_team(&mut self, random: &mut StdRng) -> Option<String> {
        let place = below(random, self.teams.len())?;
        let member = below(random, self.teams[place].members.len())?;
        let (id, _) = self.teams[place].members.remove(member);
        Some(format!("delete from team_members where id = '{id}'"))
    }

    fn move_team(&mut self, random: &mut StdRng) -> Option<String> {
        let place = below(random, self.teams.len())?;
        let (organization, id) = (self.teams[place].organization, self.teams[place].id);
        // Only the youngest moves: nothing hangs below it, so there is no cycle.
        let siblings: Vec<usize> = (0..self.teams.len()).filter(|other| self.teams[*other].organization == organization).collect();
        if self.teams.iter().any(|team| team.parent == Some(place)) {
            return None;
        }
        let parent = siblings.choose(random).copied().filter(|parent| *parent != place);
        self.teams[place].parent = parent;
        let parent = parent.map_or_else(|| "null".to_owned(), |parent| format!("'{}'", self.teams[parent].id));
        Some(format!("update teams set parent_team_id = {parent} where id = '{id}'"))
    }

    fn delete_team(&mut self, random: &mut StdRng) -> Option<String> {
        let place = below(random, self.teams.len())?;
        self.teams[place].is_deleted = !self.teams[place].is_deleted;
        let deleted_at = if self.teams[place].is_deleted { "now()" } else { "null" };
        Some(format!("update teams set deleted_at = {deleted_at} where id = '{}'", self.teams[place].id))
    }

    fn give_team_role(&mut self, random: &mut StdRng) -> Option<String> {
        let (team, role) = (below(random, self.teams.len())?, below(random, self.roles.len())?);
        let (tenant, id, of) = (self.tenant, self.teams[team].id, self.role_sql(role));
        if let Some(held) = self.teams[team].roles.iter().position(|held| *held == role) {
            self.teams[team].roles.remove(held);
            return Some(format!("delete from team_roles where team_id = '{id}' and role_id = {of}"));
        }
        self.teams[team].roles.push(role);
        Some(format!("insert into team_roles (tenant_id, team_id, role_id) values ('{tenant}', '{id}', {of})"))
    }

    fn drop_grant(&mut self, random: &mut StdRng) -> Option<String> {
        let place = below(random, self.grants.len())?;
        let id = self.grants.remove(place).id;
        Some(format!("delete from resource_grants where id = '{id}'"))
    }

    fn suspend_seat(&mut self, random: &mut StdRng) -> Option<String> {
        let place = below(random, self.seats.len())?;
        let seat = self.seats[place];
        if self.organizations[seat.organization].owner == seat.person {
            return None;
        }
        self.seats[place].is_suspended = !seat.is_suspended;
        let status = if seat.is_suspended { "active" } else { "suspended" };
        Some(format!("update organization_memberships set status = '{status}' where id = '{}'", seat.id))
    }

    fn transfer(&mut self, random: &mut StdRng) -> Option<String> {
        let seat = *self.seats.choose(random)?;
        if seat.is_suspended || seat.is_deleted {
            return None;
        }
        self.organizations[seat.organization].owner = seat.person;
        let (organization, person) = (self.organizations[seat.organization].id, self.people[seat.person].id);
        Some(format!(
            "begin; set local app.ownership_transfer = 'on';
            update organizations set owner_id = '{person}' where id = '{organization}'; commit"
        ))
    }

    /// A payment is missing for some days, or arrives.
    fn miss_payment(&mut self, random: &mut StdRng) -> Option<String> {
        let place = below(random, self.subscriptions.len())?;
        let subscription = &mut self.subscriptions[place];
        if ["canceled", "incomplete_expired"].contains(&subscription.status) {
            return None;
        }
        let days = *[None, Some(1), Some(20), Some(60)].choose(random)?;
        (subscription.grace, subscription.overdue) = (None, days);
        subscription.status = if days.is_some() { "past_due" } else { "active" };
        let since = days.map_or_else(|| "null".to_owned(), |days| format!("now() - interval '{days} days'"));
        Some(format!(
            "update subscriptions set status = '{}', past_due_since = {since}, grace_until = null where id = '{}'",
            subscription.status, subscription.id
        ))
    }

    /// An attribute that conditions look at.
    fn relocate(&mut self, random: &mut StdRng) -> Option<String> {
        let place = below(random, self.organizations.len())?;
        let region = *["eu", "us"].choose(random)?;
        self.organizations[place].region = Some(region);
        let id = self.organizations[place].id;
        Some(format!("update organizations set metadata = '{{\"region\": \"{region}\"}}' where id = '{id}'"))
    }

    fn lock(&mut self, random: &mut StdRng) -> Option<String> {
        let place = below(random, self.people.len())?;
        let (account, until) = match self.people[place].account {
            Account::Active => (Account::Locked, "now() + interval '1 day'"),
            Account::Locked => (Account::Active, "null"),
            Account::Deactivated | Account::Deleted => return None,
        };
        self.people[place].account = account;
        Some(format!("update users set locked_until = {until} where id = '{}'", self.people[place].id))
    }

    /// A plan loses a feature.
    fn switch_feature(&mut self, random: &mut StdRng) -> Option<String> {
        let place = below(random, self.products.len())?;
        let feature = below(random, self.products[place].features.len())?;
        let product = &mut self.products[place];
        let (name, is_on) = &mut product.features[feature];
        *is_on = !*is_on;
        Some(format!("update products set features = features || '{{\"{name}\": {is_on}}}' where id = '{}'", product.id))
    }
}

fn below(random: &mut StdRng, bound: usize) -> Option<usize> {
    (bound > 0).then(|| random.random_range(0..bound))
}
