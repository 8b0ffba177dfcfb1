//! The platform's own staff, kept apart from tenants' roles: developer roles reach over all tenants.

use crate::{
    convention::{drop_tables, touched},
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0006_developers", up, down };

fn up() -> String {
    TABLES.to_owned() + &touched(&["developer_roles", "developer_role_permissions", "developer_role_assignments"])
}

fn down() -> String {
    drop_tables(&["developer_role_assignments", "developer_role_permissions", "developer_roles"])
}

const TABLES: &str = r"
create table developer_roles (
    id uuid primary key,
    key text not null unique check (key ~ '^[a-z][a-z0-9_]{0,62}$'),
    name text not null check (btrim(name) <> ''),
    description text not null default '',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table developer_role_permissions (
    developer_role_id uuid not null references developer_roles (id),
    permission_id uuid not null references permissions (id),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (developer_role_id, permission_id)
);
create index developer_role_permissions_permission_id_idx on developer_role_permissions (permission_id);

create table developer_role_assignments (
    id uuid primary key,
    user_id uuid not null references users (id),
    developer_role_id uuid not null references developer_roles (id),
    assigned_by_user_id uuid references users (id),
    assigned_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create unique index developer_role_assignments_key on developer_role_assignments (user_id, developer_role_id)
    where revoked_at is null;
create index developer_role_assignments_user_id_idx on developer_role_assignments (user_id);
create index developer_role_assignments_role_id_idx on developer_role_assignments (developer_role_id);
create index developer_role_assignments_assigned_by_idx on developer_role_assignments (assigned_by_user_id);
";
