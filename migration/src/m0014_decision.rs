//! What the decision needs beyond the tables: accounts and plans that alter access, the platform's staff as decisions about
//! them see it, and indexes for what a whole tenant shares.
//!
//! Whether somebody is of the staff, and what that permits, belongs to no tenant: it is read anew for each question instead of
//! bumping every tenant's version. `locked_until` bumps when it is set; that it passes needs no bump.

use crate::{
    convention::{APP_ROLE, DEFINER},
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0014_decision", up, down };

/// The columns of `products` that alter what a plan, or the tenant's free plan, switches on.
const PRODUCT_COLUMNS: [&str; 8] = ["id", "features", "limits", "key", "type", "organization_id", "is_current", "deleted_at"];
/// Those that were watched before.
const PRODUCT_COLUMNS_BEFORE: [&str; 3] = ["id", "features", "limits"];

fn up() -> String {
    [ACCOUNTS.replace("{DEFINER}", DEFINER), products(&PRODUCT_COLUMNS), developer(), INDEXES.to_owned()].concat()
}

fn down() -> String {
    [
        "drop index resource_grants_of_roles_idx;
        drop index subscriptions_troubled_idx;
        drop index products_key_idx;
        drop function tenantry_developer(uuid);\n",
        &products(&PRODUCT_COLUMNS_BEFORE),
        "drop trigger users_update_bumps_access on users;
        drop function tenantry_account_changed();\n",
    ]
    .concat()
}

const ACCOUNTS: &str = r"
-- By row and by column, because accounts change one at a time, and mostly in ways that alter nothing.
create function tenantry_account_changed() returns trigger language plpgsql {DEFINER} as $$
begin
    perform tenantry_bump_access(new.tenant_ids);
    return null;
end $$;
create trigger users_update_bumps_access after update of is_active, locked_until, user_type, deleted_at on users
    for each row when (
        (old.is_active, old.locked_until, old.user_type, old.deleted_at)
        is distinct from (new.is_active, new.locked_until, new.user_type, new.deleted_at))
    execute function tenantry_account_changed();
";

fn products(columns: &[&str]) -> String {
    format!(
        "drop trigger products_update_bumps_access on products;
        create trigger products_update_bumps_access after update on products
            referencing old table as old_rows new table as new_rows for each statement
            execute function tenantry_access_changed('tenant_id', '{}');\n",
        columns.join("', '")
    )
}

/// With the rights of its owner, because the gateway's role sees neither the staff's accounts nor its roles. It tells of the
/// staff only, and only to whoever knows the id; `strict`, so that asking about nobody costs nothing.
fn developer() -> String {
    format!(
        r"
create function tenantry_developer(asked uuid) returns table (
    user_id uuid, email text, email_verified_at timestamptz, display_name text, is_active boolean, locked_until timestamptz,
    assignment_ids uuid[], permission_ids uuid[])
language sql stable strict {DEFINER} as $$
    select person.id, person.email, person.email_verified_at, person.display_name,
        person.is_active and person.deleted_at is null, person.locked_until,
        array_agg(held.assignment_id order by held.assignment_id, held.permission_id),
        array_agg(held.permission_id order by held.assignment_id, held.permission_id)
    from users person
    left join lateral (
        select assignment.id as assignment_id, given.permission_id
        from developer_role_assignments assignment
        join developer_role_permissions given on given.developer_role_id = assignment.developer_role_id
        where assignment.user_id = person.id and assignment.revoked_at is null
            and (assignment.expires_at is null or assignment.expires_at > now())) held on true
    where person.id = asked and person.user_type = 'developer'
    group by person.id
$$;
revoke execute on function tenantry_developer(uuid) from public;
grant execute on function tenantry_developer(uuid) to {APP_ROLE};
"
    )
}

const INDEXES: &str = r"
-- Few of many: what the gateway keeps of a whole tenant.
create index subscriptions_troubled_idx on subscriptions (tenant_id, organization_id)
    where product_type = 'plan' and status in ('past_due', 'unpaid', 'paused') and deleted_at is null;
create index resource_grants_of_roles_idx on resource_grants (tenant_id, role_id)
    where role_id is not null and deleted_at is null;
create index products_key_idx on products (tenant_id, key) where is_current and deleted_at is null;
";
