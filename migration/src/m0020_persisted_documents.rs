//! The GraphQL documents that a tenant has registered for its partners and front ends, and how often each is run.
//!
//! A document belongs to a client, the name that API keys bear too, and is known by the SHA-256 of its text. An alias is the id
//! that a manifest gave it, where that is another hash. `variable_bounds` are a JSON array of `{variable, minimum, maximum}`.
//! Nothing is ever deleted: a revoked document keeps its usage, and is not registered again by accident. What decides whether
//! a document runs bumps the access version, so gateways may keep documents for as long as that stands.
//!
//! Usage is written by the gateways in batches, as the owner of the tables: one row for each document and day.

use crate::{
    convention::{APP_ROLE, TENANT, drop_tables, touched},
    m0011_catalog,
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0020_persisted_documents", up, down };

const TABLES: [&str; 2] = ["persisted_document_usage", "persisted_documents"];

fn up() -> String {
    [tables(), touched(&["persisted_documents"]), bumps(), m0011_catalog::sync()].concat()
}

fn tables() -> String {
    format!(
        r"
create table persisted_documents (
    tenant_id uuid not null references tenants (id),
    id uuid not null,
    index_id bigint generated always as identity,
    client text not null constraint persisted_documents_client_is_well_formed check (client ~ '^[a-z0-9]([a-z0-9_-]{{0,61}}[a-z0-9])?$'),
    sha256 text not null constraint persisted_documents_sha256_is_a_hash check (sha256 ~ '^[0-9a-f]{{64}}$'),
    alias text constraint persisted_documents_alias_is_well_formed check (alias ~ '^[A-Za-z0-9_.-]{{1,128}}$'),
    name text,
    body text not null,
    variable_bounds jsonb not null default '[]'
        constraint persisted_documents_variable_bounds_are_an_array check (jsonb_typeof(variable_bounds) = 'array'),
    permissions text[] not null,
    cost bigint not null constraint persisted_documents_cost_is_not_negative check (cost >= 0),
    registered_by uuid not null references users (id),
    registered_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deprecated_at timestamptz,
    revoked_at timestamptz,
    primary key (tenant_id, id),
    constraint persisted_documents_text_key unique (tenant_id, client, sha256)
);
create unique index persisted_documents_alias_key on persisted_documents (tenant_id, client, alias) where alias is not null;
create index persisted_documents_sha256_idx on persisted_documents (tenant_id, sha256);
create index persisted_documents_alias_idx on persisted_documents (tenant_id, alias) where alias is not null;
create index persisted_documents_list_idx on persisted_documents (tenant_id, index_id);
create index persisted_documents_client_idx on persisted_documents (tenant_id, client, index_id);
create index persisted_documents_registered_by_idx on persisted_documents (tenant_id, registered_by);

create table persisted_document_usage (
    tenant_id uuid not null,
    document_id uuid not null,
    day date not null,
    calls bigint not null,
    last_used_at timestamptz not null,
    primary key (tenant_id, document_id, day),
    constraint persisted_document_usage_document_fkey
        foreign key (tenant_id, document_id) references persisted_documents (tenant_id, id)
);

alter table persisted_documents enable row level security, force row level security;
create policy persisted_documents_owner on persisted_documents to current_user using (true) with check (true);
create policy persisted_documents_app on persisted_documents to {APP_ROLE}
    using (tenant_id = {TENANT}) with check (tenant_id = {TENANT});
grant select, insert, update on persisted_documents to {APP_ROLE};

alter table persisted_document_usage enable row level security, force row level security;
create policy persisted_document_usage_owner on persisted_document_usage to current_user using (true) with check (true);
create policy persisted_document_usage_app on persisted_document_usage to {APP_ROLE}
    using (tenant_id = {TENANT}) with check (tenant_id = {TENANT});
grant select on persisted_document_usage to {APP_ROLE};
"
    )
}

/// What decides whether, for whom and within which bounds a document runs. A deprecated one runs as before.
fn bumps() -> String {
    let columns = ["tenant_id", "id", "client", "sha256", "alias", "variable_bounds", "revoked_at"].join("', '");
    [
        ("insert", "new table as new_rows", "tenant_id"),
        ("delete", "old table as old_rows", "tenant_id"),
        ("update", "old table as old_rows new table as new_rows", &columns),
    ]
    .map(|(event, transition, arguments)| {
        format!(
            "create trigger persisted_documents_{event}_bumps_access after {event} on persisted_documents \
             referencing {transition} for each statement execute function tenantry_access_changed('{arguments}');\n"
        )
    })
    .concat()
}

fn down() -> String {
    drop_tables(&TABLES)
}
