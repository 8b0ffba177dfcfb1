//! A realm as SQL: one statement a table.

use migration::catalog::Permission;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::condition::email;
use super::{Account, Condition, Effect, Grantee, Realm};
use crate::people::role_id;
use crate::world::World;

impl Realm {
    /// Writes every row, in one transaction.
    pub async fn write(&self, world: &World) {
        world.sql(&format!("begin; {} commit;", self.sql())).await;
    }

    fn sql(&self) -> String {
        [
            self.tenancy_rows(),
            self.billing_rows(),
            self.role_rows(),
            self.assignment_rows(),
            self.team_rows(),
            self.grant_rows(),
            self.developer_rows(),
        ]
        .concat()
    }

    fn tenancy_rows(&self) -> String {
        let tenant = self.tenant;
        let mut sql = format!(
            "insert into tenants (id, slug, name, status, features) values ('{tenant}', 't-{}', 'Generated', '{}', '{}');",
            tenant.simple(),
            self.status,
            features(&self.features),
        );
        sql += &insert(
            "users (id, email, email_verified_at, display_name, user_type, is_active, locked_until, deleted_at)",
            self.people.iter().enumerate().map(|(place, person)| {
                format!(
                    "('{}', '{}', {}, 'Person {place}', '{}', {}, {}, {})",
                    person.id,
                    email(person.id),
                    moment(person.is_verified, "now()"),
                    if person.developer.is_some() { "developer" } else { "standard" },
                    person.account != Account::Deactivated,
                    moment(person.account == Account::Locked, "now() + interval '1 day'"),
                    moment(person.account == Account::Deleted, "now()"),
                )
            }),
        );
        sql += &insert(
            "tenant_memberships (tenant_id, id, user_id, role, status, deleted_at)",
            self.people.iter().filter_map(|person| {
                let membership = person.membership?;
                Some(format!(
                    "('{tenant}', '{}', '{}', '{}', '{}', {})",
                    membership.id,
                    person.id,
                    membership.role.key(),
                    status(membership.is_suspended),
                    moment(membership.is_deleted, "now()"),
                ))
            }),
        );
        sql += &insert(
            "organizations (tenant_id, id, name, owner_id, metadata, deleted_at)",
            self.organizations.iter().enumerate().map(|(place, organization)| {
                let metadata =
                    organization.region.map_or_else(|| "{}".to_owned(), |region| format!("{{\"region\": \"{region}\"}}"));
                format!(
                    "('{tenant}', '{}', 'Place {place}', '{}', '{metadata}', {})",
                    organization.id,
                    self.people[organization.owner].id,
                    moment(organization.is_deleted, "now()"),
                )
            }),
        );
        sql + &insert(
            "organization_memberships (tenant_id, id, organization_id, user_id, role, status, deleted_at)",
            self.seats.iter().map(|seat| {
                format!(
                    "('{tenant}', '{}', '{}', '{}', '{}', '{}', {})",
                    seat.id,
                    self.organizations[seat.organization].id,
                    self.people[seat.person].id,
                    seat.role.key(),
                    status(seat.is_suspended),
                    moment(seat.is_deleted, "now()"),
                )
            }),
        )
    }

    fn billing_rows(&self) -> String {
        let tenant = self.tenant;
        let products = self.products.iter().map(|product| {
            let (key, version) = (product.key, product.version);
            format!(
                "('{tenant}', '{}', '{key}', 'Plan {key}', 'plan', {version}, {}, '{}', 'EUR')",
                product.id,
                product.is_current,
                features(&product.features),
            )
        });
        let days = |days: Option<i64>, sign: &str| {
            days.map_or_else(|| "null".to_owned(), |days| format!("now() {sign} interval '{days} days'"))
        };
        let subscriptions = self.subscriptions.iter().map(|subscription| {
            format!(
                "('{tenant}', '{}', '{}', '{}', 'plan', '{}', 'EUR', {}, {}, {})",
                subscription.id,
                self.organizations[subscription.organization].id,
                self.products[subscription.product].id,
                subscription.status,
                days(subscription.overdue, "-"),
                days(subscription.grace, "+"),
                moment(subscription.is_deleted, "now()"),
            )
        });
        insert("products (tenant_id, id, key, name, type, version, is_current, features, currency)", products)
            + &insert(
                "subscriptions (tenant_id, id, organization_id, product_id, product_type, status, currency, past_due_since, grace_until, deleted_at)",
                subscriptions,
            )
    }

    fn role_rows(&self) -> String {
        let tenant = self.tenant;
        let own = || self.roles.iter().filter_map(|role| Some((role.id?, role)));
        let roles = own().map(|(id, role)| {
            let parent = role.parent.map_or_else(|| "null".to_owned(), |parent| self.role_sql(parent));
            let (key, deleted_at) = (&role.key, moment(role.is_deleted, "now()"));
            format!("('{tenant}', '{id}', '{key}', 'Role {key}', {parent}, {}, {deleted_at})", role.is_active)
        });
        let rules = own().flat_map(|(id, role)| {
            role.rules.iter().map(move |(permission, rule)| {
                let condition = condition(rule.condition.as_ref());
                format!("('{tenant}', '{id}', '{}', '{}', {condition})", uuid(*permission), rule.effect.name())
            })
        });
        insert("roles (tenant_id, id, key, name, parent_role_id, is_active, deleted_at)", roles)
            + &insert("role_permissions (tenant_id, role_id, permission_id, effect, conditions)", rules)
    }

    /// The id of a role, as SQL.
    pub(super) fn role_sql(&self, role: usize) -> String {
        match self.roles[role].id {
            Some(id) => format!("'{id}'::uuid"),
            None => role_id(self.tenant, &self.roles[role].key),
        }
    }

    fn assignment_rows(&self) -> String {
        let tenant = self.tenant;
        let member = |person: usize| self.people[person].membership.map(|membership| membership.id);
        let place = |organization: Option<usize>| {
            organization.map_or_else(|| "null".to_owned(), |place| format!("'{}'", self.organizations[place].id))
        };
        let assignments = self.assignments.iter().filter_map(|assignment| {
            let (expires_at, revoked_at, deleted_at) = assignment.lasts.columns();
            Some(format!(
                "('{tenant}', '{}', '{}', {}, {}, {expires_at}, {revoked_at}, {deleted_at})",
                assignment.id,
                member(assignment.person)?,
                place(assignment.organization),
                self.role_sql(assignment.role),
            ))
        });
        let overrides = self.overrides.iter().filter_map(|one| {
            let (expires_at, _, deleted_at) = one.lasts.columns();
            Some(format!(
                "('{tenant}', '{}', '{}', {}, '{}', '{}', {}, {}, {expires_at}, {deleted_at})",
                one.id,
                member(one.person)?,
                place(one.organization),
                uuid(one.permission),
                one.effect.name(),
                one.priority,
                condition(one.condition.as_ref()),
            ))
        });
        insert(
            "member_roles (tenant_id, id, tenant_membership_id, organization_id, role_id, expires_at, revoked_at, deleted_at)",
            assignments,
        ) + &insert(
            "member_permission_overrides (tenant_id, id, tenant_membership_id, organization_id, permission_id, effect, priority, conditions, expires_at, deleted_at)",
            overrides,
        )
    }

    fn team_rows(&self) -> String {
        let tenant = self.tenant;
        let teams = self.teams.iter().map(|team| {
            let parent = team.parent.map_or_else(|| "null".to_owned(), |parent| format!("'{}'::uuid", self.teams[parent].id));
            let organization = self.organizations[team.organization].id;
            let deleted_at = moment(team.is_deleted, "now()");
            format!("('{tenant}', '{0}', '{organization}', 'Team {0}', {parent}, {deleted_at})", team.id)
        });
        let members = self.teams.iter().flat_map(|team| {
            team.members.iter().filter_map(move |(id, person)| {
                let membership = self.people[*person].membership?.id;
                Some(format!("('{tenant}', '{id}', '{}', '{membership}')", team.id))
            })
        });
        let roles = self
            .teams
            .iter()
            .flat_map(|team| team.roles.iter().map(move |role| format!("('{tenant}', '{}', {})", team.id, self.role_sql(*role))));
        insert("teams (tenant_id, id, organization_id, name, parent_team_id, deleted_at)", teams)
            + &insert("team_members (tenant_id, id, team_id, tenant_membership_id)", members)
            + &insert("team_roles (tenant_id, team_id, role_id)", roles)
    }

    fn grant_rows(&self) -> String {
        let grants = self.grants.iter().map(|grant| {
            let none = || "null".to_owned();
            let (member, team, role) = match grant.grantee {
                Grantee::Member(person) => {
                    let membership = self.people[person].membership.map(|membership| format!("'{}'::uuid", membership.id));
                    (membership.unwrap_or_else(none), none(), none())
                }
                Grantee::Team(team) => (none(), format!("'{}'::uuid", self.teams[team].id), none()),
                Grantee::Role(role) => (none(), none(), self.role_sql(role)),
            };
            let (expires_at, _, deleted_at) = grant.lasts.columns();
            format!(
                "('{}', '{}', '{}', '{}', {member}, {team}, {role}, '{}', '{}', {}, {expires_at}, {deleted_at})",
                self.tenant,
                grant.id,
                grant.resource.kind,
                grant.resource.id,
                uuid(grant.permission),
                grant.effect.name(),
                condition(grant.condition.as_ref()),
            )
        });
        insert(
            "resource_grants (tenant_id, id, resource_type, resource_id, tenant_membership_id, team_id, role_id, permission_id, effect, conditions, expires_at, deleted_at)",
            grants,
        )
    }

    /// A developer role for each of the platform's staff, and no tenant's: its id is that of its only holder.
    fn developer_rows(&self) -> String {
        let developers = || self.people.iter().filter_map(|person| Some((person.id, person.developer.as_ref()?)));
        let roles = developers().map(|(id, _)| format!("('{id}', 'd{}', 'Developer')", id.simple()));
        let held = developers()
            .flat_map(|(id, permissions)| permissions.iter().map(move |permission| format!("('{id}', '{}')", uuid(*permission))));
        let assignments = developers().map(|(id, _)| format!("('{id}', '{id}', '{id}')"));
        insert("developer_roles (id, key, name)", roles)
            + &insert("developer_role_permissions (developer_role_id, permission_id)", held)
            + &insert("developer_role_assignments (id, user_id, developer_role_id)", assignments)
    }
}

impl Effect {
    fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

fn insert(into: &str, rows: impl Iterator<Item = String>) -> String {
    let rows: Vec<String> = rows.collect();
    if rows.is_empty() { String::new() } else { format!("insert into {into} values {};\n", rows.join(",\n")) }
}

fn moment(is_set: bool, when: &'static str) -> &'static str {
    if is_set { when } else { "null" }
}

fn status(is_suspended: bool) -> &'static str {
    if is_suspended { "suspended" } else { "active" }
}

fn features(features: &[(&'static str, bool)]) -> Value {
    Value::Object(features.iter().map(|(name, is_on)| ((*name).to_owned(), Value::Bool(*is_on))).collect::<Map<_, _>>())
}

fn condition(condition: Option<&Condition>) -> String {
    condition.map_or_else(|| "null".to_owned(), |condition| format!("'{}'", condition.json()))
}

fn uuid(permission: Permission) -> Uuid {
    Uuid::from_u128(permission.id())
}
