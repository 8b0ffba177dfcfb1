//! Keys by which a client repeats a request without repeating its effect.
//!
//! The key is taken in the transaction of the effect itself, so that both are there or neither: a second request with the
//! same key waits for the first one's end, and then answers with what came of it.

use crate::{
    convention::{APP_ROLE, TENANT},
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0012_idempotency", up, down };

fn up() -> String {
    format!(
        "create table idempotency_keys (
            tenant_id uuid not null references tenants (id),
            user_id uuid not null,
            operation text not null,
            key text not null,
            digest bytea not null,
            resource_id uuid not null,
            created_at timestamptz not null default now(),
            primary key (tenant_id, user_id, operation, key),
            constraint idempotency_keys_user_fkey
                foreign key (tenant_id, user_id) references tenant_memberships (tenant_id, user_id)
        );
        alter table idempotency_keys enable row level security, force row level security;
        create policy idempotency_keys_owner on idempotency_keys to current_user using (true) with check (true);
        create policy idempotency_keys_app on idempotency_keys to {APP_ROLE}
            using (tenant_id = {TENANT}) with check (tenant_id = {TENANT});
        grant select, insert on idempotency_keys to {APP_ROLE};\n"
    )
}

fn down() -> String {
    "drop table idempotency_keys;\n".to_owned()
}
