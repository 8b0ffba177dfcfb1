//! Who may do what: the catalog of permissions, roles and what they hold, teams, overrides and grants.
//!
//! Assignments, overrides and grants are soft-deleted beside being revoked, so that a restored member gets
//! back exactly what a deletion took. A team's parent is held to the team's own organization by its foreign
//! key. `resource_grants.resource_type` is no closed set: each domain brings its own.

use crate::{
    convention::{DEFINER, drop_tables, touched},
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0005_access", up, down };

fn up() -> String {
    [
        ROLES,
        ASSIGNMENTS,
        TEAMS,
        GRANTS,
        &tree("roles", "parent_role_id"),
        &tree("teams", "parent_team_id"),
        SYSTEM_ROLES_ARE_FIXED,
        &touched(&[
            "permissions",
            "roles",
            "role_permissions",
            "member_roles",
            "member_permission_overrides",
            "teams",
            "team_members",
            "team_roles",
            "resource_grants",
        ]),
    ]
    .concat()
}

fn down() -> String {
    drop_tables(&[
        "resource_grants",
        "team_roles",
        "team_members",
        "teams",
        "member_permission_overrides",
        "member_roles",
        "role_permissions",
        "roles",
        "permissions",
    ]) + "drop function tenantry_teams_form_a_tree();
drop function tenantry_roles_form_a_tree();
drop function tenantry_refuse_system_role_change();
drop function tenantry_refuse_system_role_permission_change();
"
}

/// The trigger that refuses a cycle among the parents of a table's rows.
fn tree(table: &str, parent: &str) -> String {
    format!(
        r"
-- INVARIANT: the parents of {table} form a tree. Each ancestor is locked on the way up, so that a change which
-- has not committed yet is waited for, and seen; the advisory lock makes such changes queue instead of deadlock.
create function tenantry_{table}_form_a_tree() returns trigger language plpgsql {DEFINER} as $$
declare
    ancestor uuid := new.{parent};
begin
    perform pg_advisory_xact_lock(hashtextextended('{table}:' || new.tenant_id, 0));
    while ancestor is not null loop
        if ancestor = new.id then
            raise exception 'the parents of {table} must form a tree'
                using errcode = 'check_violation', constraint = '{table}_form_a_tree', table = '{table}';
        end if;
        select node.{parent} into ancestor from {table} node
        where node.tenant_id = new.tenant_id and node.id = ancestor for share;
        exit when not found;
    end loop;
    return new;
end $$;
create trigger {table}_form_a_tree before insert or update of {parent}, id on {table}
    for each row when (new.{parent} is not null) execute function tenantry_{table}_form_a_tree();
"
    )
}

const ROLES: &str = r"
create table permissions (
    id uuid primary key,
    key text not null unique check (key ~ '^[a-z_]+\.[a-z_]+$'),
    resource text not null,
    action text not null,
    description text not null,
    required_feature text,
    is_deprecated boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint permissions_key_is_resource_and_action check (key = resource || '.' || action)
);

create table roles (
    tenant_id uuid not null references tenants (id),
    id uuid not null,
    index_id bigint generated always as identity,
    key text not null constraint roles_key_is_well_formed check (key ~ '^[a-z][a-z0-9_]{0,62}$'),
    name text not null constraint roles_name_is_not_blank check (btrim(name) <> ''),
    description text not null default '',
    is_system boolean not null default false,
    parent_role_id uuid,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    deletion_id uuid,
    primary key (tenant_id, id),
    constraint roles_parent_fkey foreign key (tenant_id, parent_role_id) references roles (tenant_id, id),
    constraint roles_system_role_lives check (not is_system or (deleted_at is null and is_active))
);
create unique index roles_key_key on roles (tenant_id, key) where deleted_at is null;
create index roles_list_idx on roles (tenant_id, index_id) where deleted_at is null;
create index roles_parent_idx on roles (tenant_id, parent_role_id);

create table role_permissions (
    tenant_id uuid not null,
    role_id uuid not null,
    permission_id uuid not null references permissions (id),
    effect text not null default 'allow' check (effect in ('allow', 'deny')),
    conditions jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, role_id, permission_id),
    constraint role_permissions_role_fkey foreign key (tenant_id, role_id) references roles (tenant_id, id)
);
create index role_permissions_permission_idx on role_permissions (tenant_id, permission_id);
";

const ASSIGNMENTS: &str = r"
create table member_roles (
    tenant_id uuid not null,
    id uuid not null,
    index_id bigint generated always as identity,
    tenant_membership_id uuid not null,
    organization_id uuid,
    role_id uuid not null,
    assigned_by_user_id uuid references users (id),
    assigned_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    revoked_by_user_id uuid references users (id),
    revoke_reason text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    deletion_id uuid,
    primary key (tenant_id, id),
    constraint member_roles_membership_fkey
        foreign key (tenant_id, tenant_membership_id) references tenant_memberships (tenant_id, id),
    constraint member_roles_organization_fkey
        foreign key (tenant_id, organization_id) references organizations (tenant_id, id),
    constraint member_roles_role_fkey foreign key (tenant_id, role_id) references roles (tenant_id, id)
);
-- No organization means the whole tenant: that, too, may be given only once.
create unique index member_roles_assignment_key
    on member_roles (tenant_id, tenant_membership_id, organization_id, role_id) nulls not distinct
    where revoked_at is null and deleted_at is null;
create index member_roles_list_idx on member_roles (tenant_id, index_id) where deleted_at is null;
create index member_roles_membership_idx on member_roles (tenant_id, tenant_membership_id);
create index member_roles_organization_idx on member_roles (tenant_id, organization_id);
create index member_roles_role_idx on member_roles (tenant_id, role_id);
create index member_roles_assigned_by_idx on member_roles (tenant_id, assigned_by_user_id);
create index member_roles_revoked_by_idx on member_roles (tenant_id, revoked_by_user_id);

create table member_permission_overrides (
    tenant_id uuid not null,
    id uuid not null,
    index_id bigint generated always as identity,
    tenant_membership_id uuid not null,
    organization_id uuid,
    permission_id uuid not null references permissions (id),
    effect text not null check (effect in ('allow', 'deny')),
    priority integer not null default 100,
    conditions jsonb,
    reason text,
    expires_at timestamptz,
    created_by uuid references users (id),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    deletion_id uuid,
    primary key (tenant_id, id),
    constraint member_permission_overrides_membership_fkey
        foreign key (tenant_id, tenant_membership_id) references tenant_memberships (tenant_id, id),
    constraint member_permission_overrides_organization_fkey
        foreign key (tenant_id, organization_id) references organizations (tenant_id, id)
);
create index member_permission_overrides_list_idx on member_permission_overrides (tenant_id, index_id)
    where deleted_at is null;
create index member_permission_overrides_membership_idx
    on member_permission_overrides (tenant_id, tenant_membership_id);
create index member_permission_overrides_organization_idx
    on member_permission_overrides (tenant_id, organization_id);
create index member_permission_overrides_permission_idx
    on member_permission_overrides (tenant_id, permission_id);
create index member_permission_overrides_created_by_idx
    on member_permission_overrides (tenant_id, created_by);
";

const TEAMS: &str = r"
create table teams (
    tenant_id uuid not null,
    id uuid not null,
    index_id bigint generated always as identity,
    organization_id uuid not null,
    name text not null constraint teams_name_is_not_blank check (btrim(name) <> ''),
    description text not null default '',
    parent_team_id uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    deletion_id uuid,
    primary key (tenant_id, id),
    constraint teams_organization_id_key unique (tenant_id, organization_id, id),
    constraint teams_organization_fkey
        foreign key (tenant_id, organization_id) references organizations (tenant_id, id),
    constraint teams_parent_fkey foreign key (tenant_id, organization_id, parent_team_id)
        references teams (tenant_id, organization_id, id)
);
create unique index teams_name_key on teams (tenant_id, organization_id, lower(name)) where deleted_at is null;
create index teams_list_idx on teams (tenant_id, index_id) where deleted_at is null;
create index teams_organization_idx on teams (tenant_id, organization_id, index_id) where deleted_at is null;
create index teams_parent_idx on teams (tenant_id, organization_id, parent_team_id);

create table team_members (
    tenant_id uuid not null,
    id uuid not null,
    index_id bigint generated always as identity,
    team_id uuid not null,
    tenant_membership_id uuid not null,
    is_lead boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint team_members_membership_key unique (tenant_id, team_id, tenant_membership_id),
    constraint team_members_team_fkey foreign key (tenant_id, team_id) references teams (tenant_id, id),
    constraint team_members_membership_fkey
        foreign key (tenant_id, tenant_membership_id) references tenant_memberships (tenant_id, id)
);
create index team_members_list_idx on team_members (tenant_id, team_id, index_id);
create index team_members_membership_idx on team_members (tenant_id, tenant_membership_id);

create table team_roles (
    tenant_id uuid not null,
    team_id uuid not null,
    role_id uuid not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, team_id, role_id),
    constraint team_roles_team_fkey foreign key (tenant_id, team_id) references teams (tenant_id, id),
    constraint team_roles_role_fkey foreign key (tenant_id, role_id) references roles (tenant_id, id)
);
create index team_roles_role_idx on team_roles (tenant_id, role_id);
";

const GRANTS: &str = r"
create table resource_grants (
    tenant_id uuid not null references tenants (id),
    id uuid not null,
    index_id bigint generated always as identity,
    resource_type text not null check (resource_type ~ '^[a-z][a-z_]*$'),
    resource_id uuid not null,
    tenant_membership_id uuid,
    team_id uuid,
    role_id uuid,
    permission_id uuid not null references permissions (id),
    effect text not null default 'allow' check (effect in ('allow', 'deny')),
    conditions jsonb,
    expires_at timestamptz,
    granted_by uuid references users (id),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    deletion_id uuid,
    primary key (tenant_id, id),
    constraint resource_grants_one_grantee check (num_nonnulls(tenant_membership_id, team_id, role_id) = 1),
    constraint resource_grants_membership_fkey
        foreign key (tenant_id, tenant_membership_id) references tenant_memberships (tenant_id, id),
    constraint resource_grants_team_fkey foreign key (tenant_id, team_id) references teams (tenant_id, id),
    constraint resource_grants_role_fkey foreign key (tenant_id, role_id) references roles (tenant_id, id)
);
create index resource_grants_list_idx on resource_grants (tenant_id, index_id) where deleted_at is null;
create index resource_grants_resource_idx on resource_grants (tenant_id, resource_type, resource_id)
    where deleted_at is null;
create index resource_grants_membership_idx on resource_grants (tenant_id, tenant_membership_id);
create index resource_grants_team_idx on resource_grants (tenant_id, team_id);
create index resource_grants_role_idx on resource_grants (tenant_id, role_id);
create index resource_grants_permission_idx on resource_grants (tenant_id, permission_id);
create index resource_grants_granted_by_idx on resource_grants (tenant_id, granted_by);
";

const SYSTEM_ROLES_ARE_FIXED: &str = r"
-- System roles are the same in every tenant: only their owner, who migrates, may change them. These two run
-- with the rights of whoever asks, since that is their question.
create function tenantry_refuse_system_role_change() returns trigger language plpgsql as $$
begin
    if current_user = 'tenantry_app'
        and ((tg_op <> 'INSERT' and old.is_system) or (tg_op <> 'DELETE' and new.is_system)) then
        raise exception 'a system role cannot be changed'
            using errcode = 'check_violation', constraint = 'roles_system_roles_are_fixed', table = 'roles';
    end if;
    return case when tg_op = 'DELETE' then old else new end;
end $$;
create trigger roles_system_roles_are_fixed before insert or update or delete on roles
    for each row execute function tenantry_refuse_system_role_change();

create function tenantry_refuse_system_role_permission_change() returns trigger language plpgsql as $$
begin
    if current_user = 'tenantry_app' and exists (
        select from roles
        where is_system and (
            (tg_op <> 'INSERT' and tenant_id = old.tenant_id and id = old.role_id)
            or (tg_op <> 'DELETE' and tenant_id = new.tenant_id and id = new.role_id))
    ) then
        raise exception 'the permissions of a system role cannot be changed'
            using errcode = 'check_violation', constraint = 'roles_system_roles_are_fixed',
                table = 'role_permissions';
    end if;
    return case when tg_op = 'DELETE' then old else new end;
end $$;
create trigger role_permissions_system_roles_are_fixed before insert or update or delete on role_permissions
    for each row execute function tenantry_refuse_system_role_permission_change();
";
