//! Every change that can alter anyone's access bumps its tenant's version, in the change's own transaction.
//!
//! The triggers are per statement, so that half a million copied rows cost one update per tenant. Products
//! are watched too, although they are versioned: editing a plan's features in place would alter entitlements.

use crate::{convention::DEFINER, step::Step};

pub(crate) const STEP: Step = Step { name: "m0008_access_versions", up, down };

/// A table whose changes can alter access: which column names its tenant, and the columns that matter, its
/// key among them. Activity, names and descriptions are left out: they change often and alter nothing.
struct Watched {
    table: &'static str,
    tenant: &'static str,
    columns: &'static [&'static str],
}

const fn watched(table: &'static str, columns: &'static [&'static str]) -> Watched {
    Watched { table, tenant: "tenant_id", columns }
}

const WATCHED: [Watched; 14] = [
    Watched { table: "tenants", tenant: "id", columns: &["status", "features", "deleted_at"] },
    watched("tenant_memberships", &["id", "user_id", "role", "status", "deleted_at"]),
    watched("organizations", &["id", "owner_id", "deleted_at"]),
    watched("organization_memberships", &["id", "organization_id", "user_id", "role", "status", "deleted_at"]),
    watched("roles", &["id", "key", "parent_role_id", "is_active", "deleted_at"]),
    watched("role_permissions", &["role_id", "permission_id", "effect", "conditions"]),
    watched(
        "member_roles",
        &["id", "tenant_membership_id", "organization_id", "role_id", "expires_at", "revoked_at", "deleted_at"],
    ),
    watched(
        "member_permission_overrides",
        &[
            "id",
            "tenant_membership_id",
            "organization_id",
            "permission_id",
            "effect",
            "priority",
            "conditions",
            "expires_at",
            "deleted_at",
        ],
    ),
    watched("teams", &["id", "organization_id", "parent_team_id", "deleted_at"]),
    watched("team_members", &["id", "team_id", "tenant_membership_id"]),
    watched("team_roles", &["team_id", "role_id"]),
    watched(
        "resource_grants",
        &[
            "id",
            "resource_type",
            "resource_id",
            "tenant_membership_id",
            "team_id",
            "role_id",
            "permission_id",
            "effect",
            "conditions",
            "expires_at",
            "deleted_at",
        ],
    ),
    watched(
        "subscriptions",
        &[
            "id",
            "organization_id",
            "product_id",
            "status",
            "current_period_end",
            "trial_end",
            "cancel_at",
            "canceled_at",
            "past_due_since",
            "grace_until",
            "deleted_at",
        ],
    ),
    watched("products", &["id", "features", "limits"]),
];

fn up() -> String {
    let mut sql = vec![functions()];
    for Watched { table, tenant, columns } in &WATCHED {
        // A trigger with transition tables answers to one kind of statement only.
        for (event, transition, arguments) in [
            ("insert", "new table as new_rows", tenant.to_string()),
            ("delete", "old table as old_rows", tenant.to_string()),
            ("update", "old table as old_rows new table as new_rows", format!("{tenant}', '{}", columns.join("', '"))),
        ] {
            sql.push(format!(
                "create trigger {table}_{event}_bumps_access after {event} on {table} \
                 referencing {transition} for each statement \
                 execute function tenantry_access_changed('{arguments}');\n"
            ));
        }
    }
    sql.concat()
}

fn functions() -> String {
    format!(
        r"
-- Tenants are bumped in the order of their ids, so that two statements over many tenants cannot deadlock.
-- A tenant that is gone is passed over: its last rows may be deleted after it within one statement.
create function tenantry_bump_access(changed_tenants uuid[]) returns void language sql {DEFINER} as $$
    insert into access_versions as current_version (tenant_id)
    select id from tenants where id = any(changed_tenants) order by id
    on conflict (tenant_id) do update set version = current_version.version + 1
$$;
revoke execute on function tenantry_bump_access(uuid[]) from public;

-- The first argument names the column that holds the tenant, the others the columns whose change matters.
-- An update counts where a row, reduced to those columns, is on one side only.
create function tenantry_access_changed() returns trigger language plpgsql {DEFINER} as $$
declare
    columns text;
    changed_tenants uuid[];
begin
    if tg_op = 'UPDATE' then
        select string_agg(quote_ident(argument), ', ') into columns from unnest(tg_argv) argument;
        execute format(
            'select array_agg(distinct %1$I) from (
                (select %2$s from new_rows except select %2$s from old_rows)
                union all
                (select %2$s from old_rows except select %2$s from new_rows)) changed',
            tg_argv[0], columns) into changed_tenants;
    elsif tg_op = 'INSERT' then
        execute format('select array_agg(distinct %I) from new_rows', tg_argv[0]) into changed_tenants;
    else
        execute format('select array_agg(distinct %I) from old_rows', tg_argv[0]) into changed_tenants;
    end if;
    if changed_tenants is not null then
        perform tenantry_bump_access(changed_tenants);
    end if;
    return null;
end $$;
"
    )
}

fn down() -> String {
    WATCHED
        .iter()
        .flat_map(|Watched { table, .. }| {
            ["insert", "delete", "update"].map(|event| format!("drop trigger {table}_{event}_bumps_access on {table};\n"))
        })
        .chain([
            "drop function tenantry_access_changed();\n".to_owned(),
            "drop function tenantry_bump_access(uuid[]);\n".to_owned(),
        ])
        .collect()
}
