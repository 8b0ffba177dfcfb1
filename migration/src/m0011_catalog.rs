//! The catalog in the database: permissions, the templates of system roles, and a copy of them per tenant.
//!
//! A later migration that changes the catalog runs [`sync`] again: it is an upsert of the whole, and bumps
//! every tenant's access version. Going down takes every rule with it, because a rule without a permission
//! has no meaning; assignments of system roles go too.

use crate::{
    catalog::{BaseRole, PERMISSIONS},
    convention::{APP_ROLE, DEFINER, drop_tables, touched},
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0011_catalog", up, down };

fn up() -> String {
    [
        TEMPLATES,
        &touched(&["system_roles", "system_role_permissions"]),
        &format!("grant select on system_roles, system_role_permissions to {APP_ROLE};\n"),
        &functions(),
        &sync(),
    ]
    .concat()
}

fn down() -> String {
    [RULES_GO, &drop_tables(&["system_role_permissions", "system_roles"]), "delete from permissions;\n"].concat()
}

const RULES_GO: &str = r"
drop trigger tenants_have_system_roles on tenants;
drop function tenantry_tenant_created();
drop function tenantry_sync_system_roles(uuid);
delete from developer_role_permissions;
delete from resource_grants;
delete from member_permission_overrides;
delete from role_permissions;
delete from member_roles using roles
    where roles.tenant_id = member_roles.tenant_id and roles.id = member_roles.role_id and roles.is_system;
delete from team_roles using roles
    where roles.tenant_id = team_roles.tenant_id and roles.id = team_roles.role_id and roles.is_system;
update roles set parent_role_id = null from roles parent
    where parent.tenant_id = roles.tenant_id and parent.id = roles.parent_role_id and parent.is_system;
delete from roles where is_system;
";

const TEMPLATES: &str = r"
create table system_roles (
    key text primary key,
    name text not null,
    description text not null,
    position smallint not null unique,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table system_role_permissions (
    role_key text not null references system_roles (key),
    permission_id uuid not null references permissions (id),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (role_key, permission_id)
);
create index system_role_permissions_permission_id_idx on system_role_permissions (permission_id);
";

fn functions() -> String {
    format!(
        r"
-- Makes a tenant's system roles equal to the templates. Roles keep their ids, so assignments stay.
create function tenantry_sync_system_roles(in_tenant uuid) returns void language sql {DEFINER} as $$
    insert into roles (tenant_id, id, key, name, description, is_system)
    select in_tenant, tenantry_uuid_v7(), template.key, template.name, template.description, true
    from system_roles template order by template.position
    on conflict (tenant_id, key) where deleted_at is null
    do update set name = excluded.name, description = excluded.description, is_system = true, is_active = true;

    delete from role_permissions held using roles role
    where held.tenant_id = in_tenant and role.tenant_id = in_tenant and role.id = held.role_id and role.is_system
        and not exists (
            select from system_role_permissions template
            where template.role_key = role.key and template.permission_id = held.permission_id);

    insert into role_permissions (tenant_id, role_id, permission_id, effect)
    select in_tenant, role.id, template.permission_id, 'allow'
    from system_role_permissions template
    join roles role on role.tenant_id = in_tenant and role.key = template.role_key and role.is_system
    on conflict (tenant_id, role_id, permission_id) do update set effect = 'allow', conditions = null
    where role_permissions.effect <> 'allow' or role_permissions.conditions is not null;
$$;
revoke execute on function tenantry_sync_system_roles(uuid) from public;

create function tenantry_tenant_created() returns trigger language plpgsql {DEFINER} as $$
begin
    insert into access_versions (tenant_id, version) values (new.id, 1) on conflict (tenant_id) do nothing;
    perform tenantry_sync_system_roles(new.id);
    return null;
end $$;
create trigger tenants_have_system_roles after insert on tenants
    for each row execute function tenantry_tenant_created();
"
    )
}

/// Brings the catalog in the database, and every tenant's system roles, to what the code says.
pub(crate) fn sync() -> String {
    let permissions = PERMISSIONS.iter().map(|definition| {
        format!(
            "('{id}', {key}, {resource}, {action}, {description}, {feature})",
            id = uuid_text(definition.permission.id()),
            key = quoted(definition.key),
            resource = quoted(definition.resource),
            action = quoted(definition.action),
            description = quoted(definition.description),
            feature = definition.required_feature.map_or_else(|| "null".to_owned(), quoted),
        )
    });
    let roles = BaseRole::ALL.iter().map(|role| {
        format!(
            "({key}, {name}, {description}, {position})",
            key = quoted(role.key()),
            name = quoted(role.name()),
            description = quoted(role.description()),
            position = role.position(),
        )
    });
    let held = BaseRole::ALL.iter().flat_map(|role| {
        role.permissions().into_iter().map(|permission| format!("('{}', '{}')", role.key(), uuid_text(permission.id())))
    });
    format!(
        r"
insert into permissions (id, key, resource, action, description, required_feature) values
{permissions}
on conflict (id) do update set key = excluded.key, resource = excluded.resource, action = excluded.action,
    description = excluded.description, required_feature = excluded.required_feature;

insert into system_roles (key, name, description, position) values
{roles}
on conflict (key) do update set name = excluded.name, description = excluded.description,
    position = excluded.position;

delete from system_role_permissions;
insert into system_role_permissions (role_key, permission_id) values
{held};

do $$
declare
    tenant uuid;
begin
    for tenant in select id from tenants order by id loop
        perform tenantry_sync_system_roles(tenant);
    end loop;
end $$;
select tenantry_bump_access(array(select id from tenants));
",
        permissions = joined(permissions),
        roles = joined(roles),
        held = joined(held),
    )
}

fn joined(rows: impl Iterator<Item = String>) -> String {
    rows.collect::<Vec<_>>().join(",\n")
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn uuid_text(id: u128) -> String {
    let hex = format!("{id:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
