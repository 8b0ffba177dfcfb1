//! Who changed what: one row for each change, written in the transaction of the change itself.
//!
//! The gateway's role may add rows and read its tenant's; nobody but the owner of the tables takes any away, and does so by
//! the month: the table is partitioned by when. Partitions are made ahead by a function that starts of the gateway call; rows
//! of a month that nobody made go to a default partition, and are moved when the month is made, so that a change
//! never fails for want of one. Nothing is referred to but the tenant: the log outlives what it tells of.
//!
//! Idempotency keys may now be a developer's, too, who is a member of no tenant.

use crate::{
    convention::{APP_ROLE, TENANT, monthly_partitions},
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0015_audit", up, down };

fn up() -> String {
    let partitions = monthly_partitions("audit_logs", "tenantry_ensure_audit_partitions");
    format!(
        r"
create table audit_logs (
    tenant_id uuid not null references tenants (id),
    id uuid not null,
    index_id bigint generated always as identity,
    actor_type text not null constraint audit_logs_actor_type_is_known check (actor_type in ('user', 'developer', 'api_key')),
    actor_id uuid not null,
    action text not null constraint audit_logs_action_is_well_formed check (action ~ '^[a-z_]+\.[a-z_]+$'),
    resource_type text not null constraint audit_logs_resource_type_is_well_formed check (resource_type ~ '^[a-z][a-z_]*$'),
    resource_id uuid not null,
    organization_id uuid,
    changes jsonb not null constraint audit_logs_changes_are_an_object check (jsonb_typeof(changes) = 'object'),
    ip_address inet,
    user_agent text,
    request_id text not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, id, created_at)
) partition by range (created_at);
create index audit_logs_list_idx on audit_logs (tenant_id, index_id);
create index audit_logs_organization_idx on audit_logs (tenant_id, organization_id, index_id);
create index audit_logs_resource_idx on audit_logs (tenant_id, resource_id, index_id);
create index audit_logs_actor_idx on audit_logs (tenant_id, actor_id, index_id);

alter table audit_logs enable row level security, force row level security;
create policy audit_logs_owner on audit_logs to current_user using (true) with check (true);
create policy audit_logs_app on audit_logs to {APP_ROLE} using (tenant_id = {TENANT}) with check (tenant_id = {TENANT});
grant select, insert on audit_logs to {APP_ROLE};

-- Partitions are reached through their parent, whose policies then hold. By themselves they are nobody's but the owner's.
create table audit_logs_default partition of audit_logs default;
alter table audit_logs_default enable row level security, force row level security;
create policy audit_logs_default_owner on audit_logs_default to current_user using (true) with check (true);

{partitions}
select tenantry_ensure_audit_partitions();

alter table idempotency_keys
    drop constraint idempotency_keys_user_fkey,
    add constraint idempotency_keys_user_fkey foreign key (user_id) references users (id);
"
    )
}

fn down() -> String {
    "delete from idempotency_keys key where not exists (
         select from tenant_memberships member where member.tenant_id = key.tenant_id and member.user_id = key.user_id);
     alter table idempotency_keys
         drop constraint idempotency_keys_user_fkey,
         add constraint idempotency_keys_user_fkey
             foreign key (tenant_id, user_id) references tenant_memberships (tenant_id, user_id);
     drop function tenantry_ensure_audit_partitions(integer);
     drop table audit_logs;\n"
        .to_owned()
}
