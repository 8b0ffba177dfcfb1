//! What must hold of an owner beyond being a member: an active one, and replaced only by a transfer.

use crate::{convention::DEFINER, step::Step};

pub(crate) const STEP: Step = Step { name: "m0004_ownership", up, down };

fn up() -> String {
    format!(
        r"
-- INVARIANT: the owner of a living organization is an active, living member of it. Asked at commit, of the
-- rows as they are then, from both ends. The share lock is what keeps a concurrent suspension of the new
-- owner out until the transfer has committed: without it each side would pass on the other's old row.
-- With the owner's rights, because a commit may come after the transaction has changed its tenant.
-- The rows are fetched by key and judged afterwards: with `deleted_at is null` in the query, a table that was
-- just loaded and not analysed yet is searched by a partial index, which makes a large commit quadratic.
create function tenantry_require_active_owner(in_tenant uuid, of_organization uuid) returns void
language plpgsql {DEFINER} as $$
declare
    owned organizations%rowtype;
    owner_membership organization_memberships%rowtype;
begin
    select * into owned from organizations organization
    where organization.tenant_id = in_tenant and organization.id = of_organization;
    if not found or owned.deleted_at is not null then
        return;
    end if;
    select * into owner_membership from organization_memberships member
    where member.tenant_id = in_tenant and member.organization_id = of_organization
        and member.user_id = owned.owner_id
    for share;
    if not found or owner_membership.status <> 'active' or owner_membership.deleted_at is not null then
        raise exception 'the owner of an organization must be an active member of it'
            using errcode = 'check_violation', constraint = 'organizations_owner_is_active',
                table = 'organizations';
    end if;
end $$;
revoke execute on function tenantry_require_active_owner(uuid, uuid) from public;

create function tenantry_organization_owner_is_active() returns trigger language plpgsql {DEFINER} as $$
begin
    perform tenantry_require_active_owner(new.tenant_id, new.id);
    return null;
end $$;
create constraint trigger organizations_owner_is_active
    after insert or update of owner_id, deleted_at on organizations
    deferrable initially deferred for each row
    when (new.deleted_at is null)
    execute function tenantry_organization_owner_is_active();

create function tenantry_membership_owner_is_active() returns trigger language plpgsql {DEFINER} as $$
begin
    perform tenantry_require_active_owner(new.tenant_id, new.organization_id);
    return null;
end $$;
create constraint trigger organization_memberships_owner_is_active
    after update of status, deleted_at on organization_memberships
    deferrable initially deferred for each row
    when (new.status <> 'active' or new.deleted_at is not null)
    execute function tenantry_membership_owner_is_active();

-- Ownership moves by the transfer path only, which says so in the transaction's settings.
create function tenantry_refuse_owner_change() returns trigger language plpgsql as $$
begin
    if current_setting('app.ownership_transfer', true) is distinct from 'on' then
        raise exception 'ownership changes by transfer only'
            using errcode = 'check_violation', constraint = 'organizations_owner_changes_by_transfer',
                table = 'organizations';
    end if;
    return new;
end $$;
create trigger organizations_owner_changes_by_transfer
    before update of owner_id on organizations
    for each row when (old.owner_id is distinct from new.owner_id)
    execute function tenantry_refuse_owner_change();
"
    )
}

fn down() -> String {
    r"
drop trigger organizations_owner_changes_by_transfer on organizations;
drop trigger organization_memberships_owner_is_active on organization_memberships;
drop trigger organizations_owner_is_active on organizations;
drop function tenantry_refuse_owner_change();
drop function tenantry_membership_owner_is_active();
drop function tenantry_organization_owner_is_active();
drop function tenantry_require_active_owner(uuid, uuid);
"
    .to_owned()
}
