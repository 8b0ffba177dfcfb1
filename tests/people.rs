//! Builders: tenants with the people, organizations and roles that a test needs, written by SQL as the owner of the tables.

use std::fmt::Write as _;

use migration::catalog::{BaseRole, Permission};
use tenantry::clock;
use uuid::Uuid;

use crate::world::World;

/// Rows that are still to be written: one transaction, so that what refers to each other can be made together.
#[derive(Default)]
pub struct Script(String);

/// How long an assigned role holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasts {
    /// For good.
    ForGood,
    /// It ends, but not during any test.
    UntilTomorrow,
    /// It has ended by itself.
    Expired,
    /// It was taken back.
    Revoked,
    /// It went down with something that was deleted.
    Deleted,
}

impl Lasts {
    /// Is it in force?
    pub fn holds(self) -> bool {
        match self {
            Self::ForGood | Self::UntilTomorrow => true,
            Self::Expired | Self::Revoked | Self::Deleted => false,
        }
    }

    /// When it expires, was revoked and was deleted, as SQL.
    pub fn columns(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::ForGood => ("null", "null", "null"),
            Self::UntilTomorrow => ("now() + interval '1 day'", "null", "null"),
            Self::Expired => ("now() - interval '1 second'", "null", "null"),
            Self::Revoked => ("null", "now()", "null"),
            Self::Deleted => ("null", "null", "now()"),
        }
    }
}

/// What a rule of a role does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Allows.
    Allow,
    /// Allows under a condition that cannot be evaluated.
    AllowIf,
    /// Denies.
    Deny,
    /// Denies under a condition that cannot be evaluated.
    DenyIf,
}

/// To whom something is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grantee<'a> {
    /// A member of the tenant.
    Member(Uuid),
    /// The members of a team.
    Team(Uuid),
    /// Whoever has the role of this key.
    Role(&'a str),
}

impl Rule {
    /// `effect` and `conditions`.
    fn columns(self) -> (&'static str, &'static str) {
        match self {
            Self::Allow => ("allow", "null"),
            Self::AllowIf => ("allow", UNKNOWN),
            Self::Deny => ("deny", "null"),
            Self::DenyIf => ("deny", UNKNOWN),
        }
    }
}

/// A condition about something that no organization has: it fails closed.
const UNKNOWN: &str = r#"'{"==": [{"var": "organization.metadata.unheard_of"}, 1]}'"#;

impl Script {
    /// A tenant; its system roles come with it.
    pub fn tenant(&mut self, name: &str) -> Uuid {
        let id = new_id();
        self.add(&format!(
            "insert into tenants (id, slug, name, status) values ('{id}', 't-{}', {}, 'active')",
            id.simple(),
            text(name)
        ));
        id
    }

    /// A person.
    pub fn user(&mut self, name: &str) -> Uuid {
        let id = new_id();
        let (email, name) = (format!("{}@people.example", id.simple()), text(name));
        self.add(&format!("insert into users (id, email, display_name) values ('{id}', '{email}', {name})"));
        id
    }

    /// A membership in a tenant.
    pub fn member(&mut self, tenant: Uuid, user: Uuid, role: BaseRole) -> Uuid {
        let id = new_id();
        let role = role.key();
        self.add(&format!(
            "insert into tenant_memberships (tenant_id, id, user_id, role) values ('{tenant}', '{id}', '{user}', '{role}')"
        ));
        id
    }

    /// An organization with the seat of its owner, who is a member of the tenant.
    pub fn organization(&mut self, tenant: Uuid, name: &str, owner: Uuid) -> Uuid {
        let (id, name) = (new_id(), text(name));
        self.add(&format!(
            "insert into organizations (tenant_id, id, name, domain, billing_email, owner_id)
             values ('{tenant}', '{id}', {name}, 'o-{}.example', 'billing@o.example', '{owner}')",
            id.simple()
        ));
        self.seat(tenant, id, owner, BaseRole::Admin);
        id
    }

    /// A membership in an organization.
    pub fn seat(&mut self, tenant: Uuid, organization: Uuid, user: Uuid, role: BaseRole) -> Uuid {
        let (id, role) = (new_id(), role.key());
        self.add(&format!(
            "insert into organization_memberships (tenant_id, id, organization_id, user_id, role)
             values ('{tenant}', '{id}', '{organization}', '{user}', '{role}')"
        ));
        id
    }

    /// A role of the tenant's own making.
    pub fn role(&mut self, tenant: Uuid, key: &str, parent: Option<&str>) {
        let id = new_id();
        let parent = parent.map_or_else(|| "null".to_owned(), |parent| role_id(tenant, parent));
        self.add(&format!(
            "insert into roles (tenant_id, id, key, name, parent_role_id) values ('{tenant}', '{id}', '{key}', 'Role {key}', {parent})"
        ));
    }

    /// A rule of a role; it replaces the one that there is.
    pub fn rule(&mut self, tenant: Uuid, of: &str, permission: Permission, rule: Rule) {
        let of = role_id(tenant, of);
        let (effect, conditions) = rule.columns();
        self.add(&format!(
            "insert into role_permissions (tenant_id, role_id, permission_id, effect, conditions)
             values ('{tenant}', {of}, '{}', '{effect}', {conditions})
             on conflict (tenant_id, role_id, permission_id) do update set effect = excluded.effect, conditions = excluded.conditions",
            Uuid::from_u128(permission.id())
        ));
    }

    /// A role for a member of the tenant: in one organization, or in all of it.
    pub fn assign(&mut self, tenant: Uuid, membership: Uuid, role: &str, organization: Option<Uuid>, lasts: Lasts) -> Uuid {
        let (id, role) = (new_id(), role_id(tenant, role));
        let organization = organization.map_or_else(|| "null".to_owned(), |id| format!("'{id}'"));
        let (expires_at, revoked_at, deleted_at) = lasts.columns();
        self.add(&format!(
            "insert into member_roles (tenant_id, id, tenant_membership_id, organization_id, role_id, expires_at, revoked_at, deleted_at)
             values ('{tenant}', '{id}', '{membership}', {organization}, {role}, {expires_at}, {revoked_at}, {deleted_at})"
        ));
        id
    }

    /// A team of an organization.
    pub fn team(&mut self, tenant: Uuid, organization: Uuid, name: &str, parent: Option<Uuid>) -> Uuid {
        let (id, name) = (new_id(), text(name));
        let parent = nullable(parent);
        self.add(&format!(
            "insert into teams (tenant_id, id, organization_id, name, parent_team_id)
             values ('{tenant}', '{id}', '{organization}', {name}, {parent})"
        ));
        id
    }

    /// A place in a team, for a member of the tenant.
    pub fn place(&mut self, tenant: Uuid, team: Uuid, membership: Uuid, is_lead: bool) -> Uuid {
        let id = new_id();
        self.add(&format!(
            "insert into team_members (tenant_id, id, team_id, tenant_membership_id, is_lead)
             values ('{tenant}', '{id}', '{team}', '{membership}', {is_lead})"
        ));
        id
    }

    /// A role for the members of a team.
    pub fn team_role(&mut self, tenant: Uuid, team: Uuid, role: &str) {
        let role = role_id(tenant, role);
        self.add(&format!("insert into team_roles (tenant_id, team_id, role_id) values ('{tenant}', '{team}', {role})"));
    }

    /// An override of one permission of a member: in one organization, or in all of the tenant.
    pub fn special(
        &mut self,
        tenant: Uuid,
        membership: Uuid,
        organization: Option<Uuid>,
        permission: Permission,
        rule: Rule,
    ) -> Uuid {
        let (id, organization, (effect, conditions)) = (new_id(), nullable(organization), rule.columns());
        self.add(&format!(
            "insert into member_permission_overrides
                (tenant_id, id, tenant_membership_id, organization_id, permission_id, effect, conditions)
             values ('{tenant}', '{id}', '{membership}', {organization}, '{}', '{effect}', {conditions})",
            Uuid::from_u128(permission.id())
        ));
        id
    }

    /// A grant on a resource: its type and its id.
    pub fn grant(&mut self, tenant: Uuid, on: (&str, Uuid), to: Grantee<'_>, permission: Permission, rule: Rule) -> Uuid {
        let (id, (effect, conditions), (kind, resource)) = (new_id(), rule.columns(), on);
        let (column, grantee) = match to {
            Grantee::Member(id) => ("tenant_membership_id", format!("'{id}'")),
            Grantee::Team(id) => ("team_id", format!("'{id}'")),
            Grantee::Role(key) => ("role_id", role_id(tenant, key)),
        };
        self.add(&format!(
            "insert into resource_grants (tenant_id, id, resource_type, resource_id, {column}, permission_id, effect, conditions)
             values ('{tenant}', '{id}', '{kind}', '{resource}', {grantee}, '{}', '{effect}', {conditions})",
            Uuid::from_u128(permission.id())
        ));
        id
    }

    /// A plan that the tenant sells.
    pub fn plan(&mut self, tenant: Uuid, key: &str) -> Uuid {
        let id = new_id();
        self.add(&format!(
            "insert into products (tenant_id, id, key, name, type, currency) values ('{tenant}', '{id}', '{key}', 'Plan {key}', 'plan', 'EUR')"
        ));
        id
    }

    /// A subscription of an organization to a plan.
    pub fn subscription(&mut self, tenant: Uuid, organization: Uuid, plan: Uuid) -> Uuid {
        let id = new_id();
        self.add(&format!(
            "insert into subscriptions (tenant_id, id, organization_id, product_id, product_type, status, currency)
             values ('{tenant}', '{id}', '{organization}', '{plan}', 'plan', 'active', 'EUR')"
        ));
        id
    }

    /// Any other statement.
    pub fn add(&mut self, sql: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "{sql};");
    }

    /// Writes everything.
    pub async fn run(self, world: &World) {
        world.sql(&format!("begin; {} commit;", self.0)).await;
    }
}

/// The role of that key, as SQL.
pub fn role_id(tenant: Uuid, key: &str) -> String {
    format!("(select id from roles where tenant_id = '{tenant}' and key = '{key}' and deleted_at is null)")
}

fn new_id() -> Uuid {
    clock::new_id()
}

fn nullable(id: Option<Uuid>) -> String {
    id.map_or_else(|| "null".to_owned(), |id| format!("'{id}'"))
}

fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}
