//! People, who may belong to many tenants: users, their one-time tokens and their sessions.
//!
//! An e-mail address is stored normalised (a CHECK holds it), so that a plain unique column is unique
//! whatever the case. `sessions.ip` is text: an address is shown, never computed with. The foreign key from
//! a session to its current tenant comes with the tenants.

use crate::{
    convention::{drop_tables, touched},
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0002_identity", up, down };

fn up() -> String {
    TABLES.to_owned() + &touched(&["users", "user_tokens", "sessions"])
}

fn down() -> String {
    drop_tables(&["sessions", "user_tokens", "users"])
}

const TABLES: &str = r"
create table users (
    id uuid primary key,
    email text not null unique
        constraint users_email_is_normalised check (email = lower(btrim(email)) and email like '%_@_%'),
    email_verified_at timestamptz,
    display_name text not null constraint users_display_name_is_not_blank check (btrim(display_name) <> ''),
    avatar_url text,
    phone text,
    clerk_user_id text unique,
    user_type text not null default 'standard' check (user_type in ('standard', 'developer')),
    password_hash text,
    password_changed_at timestamptz,
    two_factor_enabled boolean not null default false,
    failed_login_attempts integer not null default 0 check (failed_login_attempts >= 0),
    locked_until timestamptz,
    last_login_at timestamptz,
    last_active_at timestamptz,
    is_active boolean not null default true,
    brand text,
    lead_source text,
    utm_source text,
    utm_medium text,
    utm_campaign text,
    preferences jsonb not null default '{}' check (jsonb_typeof(preferences) = 'object'),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    deletion_id uuid
);

create table user_tokens (
    id uuid primary key,
    user_id uuid not null references users (id),
    purpose text not null check (purpose in ('email_verification', 'password_reset')),
    token_hash bytea not null unique check (octet_length(token_hash) = 32),
    expires_at timestamptz not null,
    used_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index user_tokens_user_id_idx on user_tokens (user_id);

create table sessions (
    id uuid primary key,
    index_id bigint generated always as identity,
    user_id uuid not null references users (id),
    tenant_id uuid,
    token_hash bytea not null unique check (octet_length(token_hash) = 32),
    device text,
    ip text,
    location text,
    user_agent text,
    expires_at timestamptz not null,
    last_seen_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index sessions_user_id_index_id_idx on sessions (user_id, index_id);
create index sessions_tenant_id_idx on sessions (tenant_id);
";
