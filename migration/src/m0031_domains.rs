//! Domains that organizations prove to be theirs, and what they do for whoever has an address there.
//!
//! A row per organization, not a column of it: it is asked for again, counts who looks, and goes when the domain does. Its token is
//! no secret, since everybody can read it where it is to be put.

use crate::{
    convention::{APP_ROLE, TENANT, drop_tables, touched},
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0031_domains", up, down };

fn up() -> String {
    [
        format!(
            r"
alter table organizations add column assigns_by_domain boolean not null default false;

create table domain_verifications (
    tenant_id uuid not null references tenants (id),
    organization_id uuid not null,
    domain text not null,
    token text not null,
    requested_by_user_id uuid not null,
    requested_at timestamptz not null,
    lookups integer not null default 0 check (lookups >= 0),
    lookups_since timestamptz not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, organization_id),
    constraint domain_verifications_organization_fkey
        foreign key (tenant_id, organization_id) references organizations (tenant_id, id) on delete cascade
);
alter table domain_verifications enable row level security, force row level security;
create policy domain_verifications_owner on domain_verifications to current_user using (true) with check (true);
create policy domain_verifications_app on domain_verifications to {APP_ROLE} using (tenant_id = {TENANT}) with check (tenant_id = {TENANT});
grant select, insert, update on domain_verifications to {APP_ROLE};
"
        ),
        touched(&["domain_verifications"]),
    ]
    .concat()
}

fn down() -> String {
    drop_tables(&["domain_verifications"]) + "alter table organizations drop column assigns_by_domain;\n"
}
