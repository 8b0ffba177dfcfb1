//! Businesses: the companies that an organization serves, one level below it.
//!
//! Whether one is verified is a state (`unverified`, `pending`, `verified`, `rejected`), not a flag: the flag would say the same
//! twice. Who asked for it is kept beside who decided. `tax_id_sealed` is sealed under the gateway's keys for the row that it stands in; the
//! sealed text opens with any key that the gateway has, so there is no `encryption_key_id`. `verification_documents` are references: an
//! array of `{name, reference}`. The owner is a member of the tenant for as long as the row stands, deleted or not. A fiscal year ends
//! on a day of each year, `MM-DD`.
//!
//! The catalog of permissions knows more of them from here on: `businesses.manage` was never asked for, and is `businesses.update` now.

use crate::{
    convention::{APP_ROLE, TENANT, drop_tables, touched},
    m0011_catalog,
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0040_businesses", up, down };

fn up() -> String {
    format!(
        r"
create table businesses (
    tenant_id uuid not null,
    id uuid not null,
    index_id bigint generated always as identity,
    organization_id uuid not null,
    owner_user_id uuid not null,
    legal_name text not null constraint businesses_legal_name_is_not_blank check (btrim(legal_name) <> ''),
    tax_id_sealed bytea,
    contact_name text,
    contact_email text,
    contact_phone text,
    address jsonb check (jsonb_typeof(address) = 'object'),
    industry text,
    type text not null default 'other' constraint businesses_type_is_known check (type in
        ('sole_proprietorship', 'partnership', 'limited_company', 'corporation', 'cooperative', 'nonprofit', 'public_body', 'other')),
    employee_count integer constraint businesses_employee_count_is_not_negative check (employee_count >= 0),
    status text not null default 'active' constraint businesses_status_is_known check (status in ('active', 'inactive', 'closed')),
    logo_url text,
    annual_revenue_minor bigint,
    revenue_currency char(3) constraint businesses_revenue_currency_is_a_code check (revenue_currency ~ '^[A-Z]{{3}}$'),
    fiscal_year_end text constraint businesses_fiscal_year_end_is_a_day check (fiscal_year_end ~ '^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$'),
    verification text not null default 'unverified'
        constraint businesses_verification_is_known check (verification in ('unverified', 'pending', 'verified', 'rejected')),
    verification_documents jsonb not null default '[]' check (jsonb_typeof(verification_documents) = 'array'),
    verification_requested_at timestamptz,
    verification_requested_by uuid references users (id),
    verified_at timestamptz,
    verified_by uuid references users (id),
    rejection_reason text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    deletion_id uuid,
    primary key (tenant_id, id),
    constraint businesses_organization_fkey foreign key (tenant_id, organization_id) references organizations (tenant_id, id),
    constraint businesses_owner_fkey
        foreign key (tenant_id, owner_user_id) references tenant_memberships (tenant_id, user_id),
    constraint businesses_revenue_has_a_currency check ((annual_revenue_minor is null) = (revenue_currency is null)),
    constraint businesses_verified_by_somebody check ((verification = 'verified') = (verified_at is not null)
        and (verified_at is null) = (verified_by is null)),
    constraint businesses_pending_since_then check (verification <> 'pending' or verification_requested_at is not null),
    constraint businesses_rejected_for_a_reason check ((verification = 'rejected') = (rejection_reason is not null))
);
create unique index businesses_legal_name_key on businesses (tenant_id, organization_id, lower(legal_name)) where deleted_at is null;
create index businesses_list_idx on businesses (tenant_id, organization_id, index_id) where deleted_at is null;
create index businesses_legal_name_idx on businesses (tenant_id, organization_id, legal_name, index_id) where deleted_at is null;
create index businesses_organization_idx on businesses (tenant_id, organization_id);
create index businesses_owner_idx on businesses (tenant_id, owner_user_id);
create index businesses_verification_requested_by_idx on businesses (tenant_id, verification_requested_by);
create index businesses_verified_by_idx on businesses (tenant_id, verified_by);
create index businesses_deletion_idx on businesses (tenant_id, deletion_id) where deletion_id is not null;
{touched}
alter table businesses enable row level security, force row level security;
create policy businesses_owner on businesses to current_user using (true) with check (true);
create policy businesses_app on businesses to {APP_ROLE} using (tenant_id = {TENANT}) with check (tenant_id = {TENANT});
grant select, insert, update on businesses to {APP_ROLE};

update api_keys set scopes = array_replace(scopes, 'businesses.manage', 'businesses.update') where 'businesses.manage' = any(scopes);
{sync}",
        touched = touched(&["businesses"]),
        sync = m0011_catalog::sync(),
    )
}

fn down() -> String {
    drop_tables(&["businesses"])
}
