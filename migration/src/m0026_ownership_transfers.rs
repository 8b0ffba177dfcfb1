//! Offers of ownership: an organization changes hands when the one to whom it was offered accepts, and not before.
//!
//! `offered_by_user_id` is the owner, somebody of the tenant who may hand organizations over, or, of a rescue, one of the
//! platform's staff, who gives a reason. An offer is never deleted: it is answered, or makes room when its time has passed.

use crate::{
    convention::{APP_ROLE, TENANT, drop_tables, touched},
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0026_ownership_transfers", up, down };

fn up() -> String {
    format!(
        "create table ownership_transfers (
            tenant_id uuid not null,
            id uuid not null,
            index_id bigint generated always as identity,
            organization_id uuid not null,
            from_user_id uuid not null references users (id),
            to_user_id uuid not null references users (id),
            offered_by_user_id uuid not null references users (id),
            status text not null default 'offered' check (status in ('offered', 'accepted', 'declined', 'withdrawn', 'expired')),
            is_rescue boolean not null default false,
            reason text constraint ownership_transfers_reason_is_not_blank check (btrim(reason) <> ''),
            expires_at timestamptz not null,
            answered_at timestamptz,
            created_at timestamptz not null default now(),
            updated_at timestamptz not null default now(),
            primary key (tenant_id, id),
            constraint ownership_transfers_organization_fkey
                foreign key (tenant_id, organization_id) references organizations (tenant_id, id),
            constraint ownership_transfers_to_somebody_else check (from_user_id <> to_user_id),
            constraint ownership_transfers_rescue_has_a_reason check (is_rescue = (reason is not null)),
            constraint ownership_transfers_offered_until_answered check ((status = 'offered') = (answered_at is null))
        );
        create unique index ownership_transfers_offered_key on ownership_transfers (tenant_id, organization_id)
            where status = 'offered';
        create index ownership_transfers_organization_idx on ownership_transfers (tenant_id, organization_id, index_id);
        create index ownership_transfers_from_idx on ownership_transfers (tenant_id, from_user_id);
        create index ownership_transfers_to_idx on ownership_transfers (tenant_id, to_user_id);
        create index ownership_transfers_offered_by_idx on ownership_transfers (tenant_id, offered_by_user_id);
        {}
        alter table ownership_transfers enable row level security, force row level security;
        create policy ownership_transfers_owner on ownership_transfers to current_user using (true) with check (true);
        create policy ownership_transfers_app on ownership_transfers to {APP_ROLE}
            using (tenant_id = {TENANT}) with check (tenant_id = {TENANT});
        grant select, insert, update on ownership_transfers to {APP_ROLE};\n",
        touched(&["ownership_transfers"])
    )
}

fn down() -> String {
    drop_tables(&["ownership_transfers"])
}
