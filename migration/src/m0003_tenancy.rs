//! Tenants, their quotas, their members, their organizations and the members of those.
//!
//! `tenants` is soft-deleted like everything else, although the design names only `churned`: a deletion that
//! cascades needs its stamp at the top. Two indexes do not begin with the tenant, because their question is
//! asked across tenants: a person's own memberships, and the one that is primary.

use crate::{
    convention::{drop_tables, touched},
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0003_tenancy", up, down };

fn up() -> String {
    [
        TENANTS,
        MEMBERSHIPS,
        &touched(&[
            "tenants",
            "tenant_quotas",
            "access_versions",
            "tenant_memberships",
            "organizations",
            "organization_memberships",
        ]),
    ]
    .concat()
}

fn down() -> String {
    // Organizations and their members refer to each other.
    "alter table organizations drop constraint organizations_owner_is_member;\n\
     alter table sessions drop constraint sessions_tenant_id_fkey;\n"
        .to_owned()
        + &drop_tables(&[
            "organization_memberships",
            "organizations",
            "tenant_memberships",
            "access_versions",
            "tenant_quotas",
            "tenants",
        ])
        + "drop type tenant_status;\n"
}

const TENANTS: &str = r"
create type tenant_status as enum ('trial', 'active', 'suspended', 'churned');

create table tenants (
    id uuid primary key,
    index_id bigint generated always as identity,
    slug text not null unique
        constraint tenants_slug_is_well_formed check (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    name text not null constraint tenants_name_is_not_blank check (btrim(name) <> ''),
    clerk_org_id text unique,
    status tenant_status not null default 'trial',
    brand text,
    logo_url text,
    settings jsonb not null default '{}' check (jsonb_typeof(settings) = 'object'),
    features jsonb not null default '{}' check (jsonb_typeof(features) = 'object'),
    data_retention_days integer not null default 2555 check (data_retention_days > 0),
    auto_delete_after_days integer check (auto_delete_after_days > 0),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    deletion_id uuid
);
create index tenants_list_idx on tenants (index_id) where deleted_at is null;

alter table sessions
    add constraint sessions_tenant_id_fkey foreign key (tenant_id) references tenants (id);

create table tenant_quotas (
    tenant_id uuid not null references tenants (id),
    metric text not null
        check (metric in ('organizations', 'members', 'api_keys', 'webhook_endpoints', 'storage_bytes')),
    quota_limit bigint not null check (quota_limit >= 0),
    usage bigint not null default 0 check (usage >= 0),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, metric)
);

-- Every change of access updates its tenant's one row: room is left on the page for doing so in place.
create table access_versions (
    tenant_id uuid primary key references tenants (id),
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
) with (fillfactor = 50);
";

const MEMBERSHIPS: &str = r"
create table tenant_memberships (
    tenant_id uuid not null references tenants (id),
    id uuid not null,
    index_id bigint generated always as identity,
    user_id uuid not null references users (id),
    role text not null check (role in ('owner', 'admin', 'manager', 'member', 'readonly')),
    status text not null default 'active' check (status in ('active', 'suspended')),
    is_primary boolean not null default false,
    invited_by uuid references users (id),
    last_active_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    deletion_id uuid,
    primary key (tenant_id, id),
    constraint tenant_memberships_user_key unique (tenant_id, user_id)
);
create index tenant_memberships_list_idx on tenant_memberships (tenant_id, index_id) where deleted_at is null;
create index tenant_memberships_invited_by_idx on tenant_memberships (tenant_id, invited_by);
create index tenant_memberships_user_id_idx on tenant_memberships (user_id, tenant_id);
create unique index tenant_memberships_primary_key on tenant_memberships (user_id)
    where is_primary and deleted_at is null;

create table organizations (
    tenant_id uuid not null references tenants (id),
    id uuid not null,
    index_id bigint generated always as identity,
    name text not null constraint organizations_name_is_not_blank check (btrim(name) <> ''),
    domain text constraint organizations_domain_has_a_dot check (domain like '%.%'),
    domain_verified_at timestamptz,
    billing_email text,
    billing_address jsonb check (jsonb_typeof(billing_address) = 'object'),
    owner_id uuid not null,
    stripe_customer_id text,
    metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    deletion_id uuid,
    primary key (tenant_id, id),
    constraint organizations_stripe_customer_key unique (tenant_id, stripe_customer_id),
    constraint organizations_verified_domain_exists check (domain_verified_at is null or domain is not null)
);
create unique index organizations_name_key on organizations (tenant_id, lower(name)) where deleted_at is null;
create unique index organizations_verified_domain_key on organizations (tenant_id, lower(domain))
    where domain_verified_at is not null and deleted_at is null;
create index organizations_list_idx on organizations (tenant_id, index_id) where deleted_at is null;
create index organizations_name_idx on organizations (tenant_id, name, index_id) where deleted_at is null;
create index organizations_owner_idx on organizations (tenant_id, owner_id, id);

create table organization_memberships (
    tenant_id uuid not null,
    id uuid not null,
    index_id bigint generated always as identity,
    organization_id uuid not null,
    user_id uuid not null,
    role text not null check (role in ('admin', 'manager', 'member', 'readonly')),
    status text not null default 'active' check (status in ('active', 'suspended')),
    invited_by_user_id uuid references users (id),
    last_active_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    deletion_id uuid,
    primary key (tenant_id, id),
    constraint organization_memberships_user_key unique (tenant_id, organization_id, user_id),
    constraint organization_memberships_organization_fkey
        foreign key (tenant_id, organization_id) references organizations (tenant_id, id),
    constraint organization_memberships_tenant_membership_fkey
        foreign key (tenant_id, user_id) references tenant_memberships (tenant_id, user_id)
);
create index organization_memberships_list_idx on organization_memberships (tenant_id, index_id)
    where deleted_at is null;
create index organization_memberships_organization_idx
    on organization_memberships (tenant_id, organization_id, index_id) where deleted_at is null;
create index organization_memberships_user_idx on organization_memberships (tenant_id, user_id, organization_id);
create index organization_memberships_invited_by_idx
    on organization_memberships (tenant_id, invited_by_user_id);

-- INVARIANT: the owner is a member of the organization. Deferred, because the two are made together.
alter table organizations add constraint organizations_owner_is_member
    foreign key (tenant_id, id, owner_id)
    references organization_memberships (tenant_id, organization_id, user_id)
    deferrable initially deferred;
";
