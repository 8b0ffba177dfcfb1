//! Signing in and signing up: what is counted against guessing, second factors, events of a person, mail that waits to leave,
//! and the billing anchor that each organization has from its beginning.
//!
//! Failed attempts lock the *signing in* (`users.sign_in_locked_until`), not the account (`locked_until`, which ends what a
//! person is doing): else any stranger could put somebody out by typing wrong passwords, and would bump the access version of
//! all tenants of that person.
//!
//! A person who signs in has no row that the gateway's role may see. So whatever must find somebody by an address or by a
//! one-time token is a function with its owner's rights, which answers about exactly that one; and from now on the role may not
//! read the hash of a password at all, nor what is counted against guessing.

pub(crate) mod functions;

use self::functions::{ANCHORS, MAIL_AND_EVENTS, PASSWORDS, SIGN_UP, TOKENS};
use crate::{
    convention::{APP_ROLE, DEFINER, TENANT, USER, drop_tables, monthly_partitions, touched},
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0024_sign_in", up, down };

/// Of `users`, what everybody who sees a person may read. What is left out is for the functions below.
const READABLE: &str = "id, email, email_verified_at, display_name, avatar_url, phone, clerk_user_id, user_type, two_factor_enabled, \
    locked_until, last_login_at, last_active_at, is_active, brand, lead_source, utm_source, utm_medium, utm_campaign, preferences, \
    tenant_ids, created_at, updated_at, deleted_at, deletion_id";

/// Tables of one person each, and what the gateway may do to the rows of the person that it has entered as.
const PERSONAL: [(&str, &str); 4] = [
    ("second_factors", "select, insert, update, delete"),
    ("recovery_codes", "select, insert, update, delete"),
    ("sign_in_challenges", "select, insert, update"),
    ("user_events", "select, insert"),
];

const FUNCTIONS: [&str; 12] = [
    "tenantry_forget_attempts()",
    "tenantry_attempt_password(text, uuid)",
    "tenantry_begin_session(uuid, uuid, bytea, timestamptz, text, text, text)",
    "tenantry_rehash_password(uuid, text, text)",
    "tenantry_change_password(text, text)",
    "tenantry_issue_token(text, text, uuid, bytea, timestamptz)",
    "tenantry_verify_email(bytea)",
    "tenantry_reset_password(bytea, text)",
    "tenantry_attempt_challenge(bytea)",
    "tenantry_sign_up(uuid, text, text, text, jsonb, uuid, uuid, text, text, text)",
    "tenantry_queue_email(uuid, text, text, bytea, integer)",
    "tenantry_record_user_event(uuid, text, text, text, text, jsonb)",
];

fn up() -> String {
    let owned = |table: &str| {
        format!(
            "alter table {table} enable row level security, force row level security;
            create policy {table}_owner on {table} to current_user using (true) with check (true);\n"
        )
    };
    let mut sql = vec![TABLES.to_owned(), touched(&["second_factors", "emails", "billing_profiles"])];
    for (table, grants) in PERSONAL {
        sql.push(owned(table));
        sql.push(format!(
            "create policy {table}_app on {table} to {APP_ROLE} using (user_id = {USER}) with check (user_id = {USER});
            grant {grants} on {table} to {APP_ROLE};\n"
        ));
    }
    sql.extend(["user_events_default", "emails", "billing_profiles"].map(owned));
    sql.push(monthly_partitions("user_events", "tenantry_ensure_user_event_partitions"));
    sql.push("select tenantry_ensure_user_event_partitions();\n".to_owned());
    sql.push(format!(
        "create policy billing_profiles_app on billing_profiles to {APP_ROLE} using (tenant_id = {TENANT}) with check (tenant_id = {TENANT});
        grant select, update on billing_profiles to {APP_ROLE};
        revoke select on users from {APP_ROLE};
        grant select ({READABLE}), update (two_factor_enabled) on users to {APP_ROLE};\n"
    ));
    sql.extend([PASSWORDS, TOKENS, SIGN_UP, MAIL_AND_EVENTS, ANCHORS].map(|functions| functions.replace("{DEFINER}", DEFINER)));
    sql.extend(FUNCTIONS.map(|function| {
        format!("revoke execute on function {function} from public;\ngrant execute on function {function} to {APP_ROLE};\n")
    }));
    sql.concat()
}

fn down() -> String {
    let mut sql: Vec<String> = FUNCTIONS.map(|function| format!("drop function {function};\n")).into();
    sql.push(format!(
        "drop trigger organizations_have_billing_profiles on organizations;
        drop function tenantry_organization_anchored();
        drop function tenantry_ensure_user_event_partitions(integer);
        revoke select ({READABLE}), update (two_factor_enabled) on users from {APP_ROLE};
        grant select on users to {APP_ROLE};\n"
    ));
    sql.push(drop_tables(&["billing_profiles", "emails", "user_events", "sign_in_challenges", "recovery_codes", "second_factors"]));
    sql.push("alter table users drop column sign_in_locked_until;\n".to_owned());
    sql.concat()
}

const TABLES: &str = r"
alter table users add column sign_in_locked_until timestamptz;

-- The secret is sealed under the key of the gateway; a code counts once, so the last one that did is kept.
create table second_factors (
    user_id uuid primary key references users (id),
    secret bytea not null,
    confirmed_at timestamptz,
    last_step bigint not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table recovery_codes (
    user_id uuid not null references users (id),
    code_hash bytea not null check (octet_length(code_hash) = 32),
    used_at timestamptz,
    created_at timestamptz not null default now(),
    primary key (user_id, code_hash)
);

-- Somebody who has proven a password, and is asked for the second factor.
create table sign_in_challenges (
    id uuid primary key,
    user_id uuid not null references users (id),
    token_hash bytea not null unique check (octet_length(token_hash) = 32),
    expires_at timestamptz not null,
    attempts integer not null default 0,
    used_at timestamptz,
    created_at timestamptz not null default now()
);
create index sign_in_challenges_user_id_idx on sign_in_challenges (user_id);

-- Nothing is referred to: the log outlives what it tells of.
create table user_events (
    user_id uuid not null,
    id uuid not null,
    index_id bigint generated always as identity,
    type text not null constraint user_events_type_is_well_formed check (type ~ '^[a-z_]+\.[a-z_]+$'),
    ip text,
    user_agent text,
    request_id text not null,
    metadata jsonb not null default '{}' constraint user_events_metadata_is_an_object check (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz not null default now(),
    primary key (user_id, id, created_at)
) partition by range (created_at);
create index user_events_list_idx on user_events (user_id, index_id);
create table user_events_default partition of user_events default;

-- What it says is sealed, because it may hold a one-time token; once it has left, that is forgotten.
create table emails (
    id uuid primary key,
    index_id bigint generated always as identity,
    recipient text not null,
    kind text not null constraint emails_kind_is_well_formed check (kind ~ '^[a-z_]+$'),
    sealed bytea,
    attempts integer not null default 0,
    next_attempt_at timestamptz not null default now(),
    sent_at timestamptz,
    failed_at timestamptz,
    error text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index emails_due_idx on emails (next_attempt_at) where sent_at is null and failed_at is null;
create index emails_recipient_idx on emails (recipient, kind, created_at);
create index emails_list_idx on emails (index_id);

create table billing_profiles (
    tenant_id uuid not null references tenants (id),
    id uuid not null,
    index_id bigint generated always as identity,
    organization_id uuid not null,
    stripe_customer_id text,
    legal_name text,
    address jsonb check (jsonb_typeof(address) = 'object'),
    tax_id text,
    tax_exempt boolean not null default false,
    currency char(3),
    provider_metadata jsonb not null default '{}' check (jsonb_typeof(provider_metadata) = 'object'),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint billing_profiles_organization_key unique (tenant_id, organization_id),
    constraint billing_profiles_stripe_customer_key unique (tenant_id, stripe_customer_id),
    constraint billing_profiles_organization_fkey
        foreign key (tenant_id, organization_id) references organizations (tenant_id, id) on delete cascade
);
";
