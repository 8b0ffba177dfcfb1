//! Developers read who of them may do what: the tables of developer roles open to developers, and to nobody else.
//!
//! They are listed, so they get the place in time that lists page by. A colleague's name is told by a function, because no
//! policy of `users` shows one developer another: they share no tenant.

use crate::{
    convention::{APP_ROLE, DEFINER, USER},
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0016_developer_roles_read", up, down };

const TABLES: [&str; 3] = ["developer_roles", "developer_role_permissions", "developer_role_assignments"];

/// The asker, as `users` shows it to itself. Not correlated, so it is evaluated once a statement.
fn is_developer() -> String {
    format!(
        "(select person.user_type = 'developer' and person.is_active and person.deleted_at is null
            from users person where person.id = {USER})"
    )
}

fn up() -> String {
    let policies = TABLES.map(|table| {
        format!(
            "create policy {table}_app on {table} for select to {APP_ROLE} using ({});
             grant select on {table} to {APP_ROLE};\n",
            is_developer()
        )
    });
    format!(
        "alter table developer_roles add column index_id bigint generated always as identity;
        alter table developer_role_assignments add column index_id bigint generated always as identity;
        create index developer_roles_list_idx on developer_roles (index_id);
        create index developer_role_assignments_list_idx on developer_role_assignments (developer_role_id, index_id);
        {}
        create function tenantry_developer_names(ids uuid[]) returns table (id uuid, display_name text)
        language sql stable {DEFINER} as $$
            select person.id, person.display_name from users person
            where person.id = any(ids) and person.user_type = 'developer' and {}
        $$;
        revoke execute on function tenantry_developer_names(uuid[]) from public;
        grant execute on function tenantry_developer_names(uuid[]) to {APP_ROLE};\n",
        policies.concat(),
        is_developer()
    )
}

fn down() -> String {
    let policies = TABLES.map(|table| {
        format!(
            "drop policy {table}_app on {table};
             revoke select on {table} from {APP_ROLE};\n"
        )
    });
    format!(
        "drop function tenantry_developer_names(uuid[]);
        {}
        drop index developer_roles_list_idx;
        drop index developer_role_assignments_list_idx;
        alter table developer_roles drop column index_id;
        alter table developer_role_assignments drop column index_id;\n",
        policies.concat()
    )
}
