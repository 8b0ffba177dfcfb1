//! Which rows and which verbs the gateway's role has: the second lock on tenancy.
//!
//! Security is forced, so that it binds even the tables' owner, and a gateway that is run under the owner's
//! name by mistake still enters as `tenantry_app`. But the owner migrates, seeds, and lends its rights to
//! the functions declared `security definer`; a superuser passes all policies, an ordinary owner would be
//! shut out of its own tables. So each table has one policy for the owner, naming the role that migrates.
//! `tenantry_app` is no member of that role, so it never profits from it.

use crate::{
    convention::{APP_ROLE, TENANT, USER},
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0009_row_level_security", up, down };

/// Tables whose rows carry their tenant, and what the gateway may do to them. Rows are soft-deleted; only
/// rows that are nothing but a link may be deleted.
const TENANT_TABLES: [(&str, &str); 15] = [
    ("tenant_quotas", "select, update"),
    ("access_versions", "select"),
    ("tenant_memberships", "select, insert, update"),
    ("organizations", "select, insert, update"),
    ("organization_memberships", "select, insert, update"),
    ("roles", "select, insert, update"),
    ("role_permissions", "select, insert, update, delete"),
    ("member_roles", "select, insert, update"),
    ("member_permission_overrides", "select, insert, update"),
    ("teams", "select, insert, update"),
    ("team_members", "select, insert, update, delete"),
    ("team_roles", "select, insert, delete"),
    ("resource_grants", "select, insert, update"),
    ("products", "select, insert, update"),
    ("subscriptions", "select, insert, update"),
];

/// A session's hash, its user and its end are fixed when somebody signs in, which is not done by this role.
const SESSION_GRANTS: &str = "select, update (tenant_id, device, ip, location, user_agent, last_seen_at, revoked_at)";

/// What people may say about themselves; everything else about an account changes by its own paths.
const USER_GRANTS: &str = "select, update (display_name, avatar_url, phone, preferences, last_active_at)";

/// Tables of which the gateway's role has nothing yet: there is no policy for it, and no privilege.
const CLOSED_TABLES: [&str; 4] = ["user_tokens", "developer_roles", "developer_role_permissions", "developer_role_assignments"];

/// Tables that are read across tenants, by policies of their own.
const PEOPLE_TABLES: [(&str, &str); 3] = [("tenants", "select, update"), ("users", USER_GRANTS), ("sessions", SESSION_GRANTS)];

/// The policies of those, and one more of the memberships.
const PEOPLE_POLICIES: [(&str, &str); 6] = [
    ("tenants", "tenants_app"),
    ("tenants", "tenants_app_update"),
    ("users", "users_app"),
    ("users", "users_app_update"),
    ("sessions", "sessions_app"),
    ("tenant_memberships", "tenant_memberships_app_own"),
];

fn up() -> String {
    let mut sql: Vec<String> = all_tables().map(secured).collect();
    for (table, grants) in TENANT_TABLES.into_iter().chain(PEOPLE_TABLES) {
        sql.push(format!("grant {grants} on {table} to {APP_ROLE};\n"));
    }
    // The catalog is the same for everybody, and no secret.
    sql.push(format!("grant select on permissions to {APP_ROLE};\n"));
    sql.extend(TENANT_TABLES.map(|(table, _)| tenant_policy(table)));
    sql.extend([tenants_policies(), users_policies(), sessions_policy(), own_memberships_policy()]);
    sql.concat()
}

fn down() -> String {
    let mut sql = vec![format!("revoke all on permissions from {APP_ROLE};\n")];
    sql.extend(TENANT_TABLES.map(|(table, _)| format!("drop policy {table}_app on {table};\n")));
    sql.extend(PEOPLE_POLICIES.map(|(table, policy)| format!("drop policy {policy} on {table};\n")));
    sql.extend(all_tables().map(|table| {
        format!(
            "alter table {table} disable row level security, no force row level security;
             drop policy {table}_owner on {table};
             revoke all on {table} from {APP_ROLE};\n"
        )
    }));
    sql.concat()
}

fn all_tables() -> impl Iterator<Item = &'static str> {
    TENANT_TABLES.into_iter().chain(PEOPLE_TABLES).map(|(table, _)| table).chain(CLOSED_TABLES)
}

fn secured(table: &str) -> String {
    format!(
        "alter table {table} enable row level security, force row level security;
         create policy {table}_owner on {table} to current_user using (true) with check (true);\n"
    )
}

fn tenant_policy(table: &str) -> String {
    format!(
        "create policy {table}_app on {table} to {APP_ROLE} \
         using (tenant_id = {TENANT}) with check (tenant_id = {TENANT});\n"
    )
}

/// Beside the tenant that was entered, a person sees the tenants it lives in, to choose among them.
fn tenants_policies() -> String {
    format!(
        "create policy tenants_app on tenants for select to {APP_ROLE} using (
             id = {TENANT} or exists (
                 select from tenant_memberships member
                 where member.tenant_id = tenants.id and member.user_id = {USER} and member.deleted_at is null));
         create policy tenants_app_update on tenants for update to {APP_ROLE}
             using (id = {TENANT}) with check (id = {TENANT});\n"
    )
}

fn sessions_policy() -> String {
    format!(
        "create policy sessions_app on sessions to {APP_ROLE} \
         using (user_id = {USER}) with check (user_id = {USER});\n"
    )
}

/// A membership that has ended still shows who it was: what that person once did must keep a name.
/// The sub-select is scalar, and not an `exists`, which the planner may turn into a hash of all the tenant's
/// members for the sake of a few hundred users; this one is always a probe of an index per user.
fn users_policies() -> String {
    format!(
        "create policy users_app on users for select to {APP_ROLE} using (
             id = {USER} or id = (
                 select member.user_id from tenant_memberships member
                 where member.tenant_id = {TENANT} and member.user_id = users.id));
         create policy users_app_update on users for update to {APP_ROLE}
             using (id = {USER}) with check (id = {USER});\n"
    )
}

fn own_memberships_policy() -> String {
    format!(
        "create policy tenant_memberships_app_own on tenant_memberships for select to {APP_ROLE} \
         using (user_id = {USER});\n"
    )
}
