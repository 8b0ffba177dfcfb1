//! The tenants of each person, beside the person: so that the policy of `users` reads a column of the row at hand.
//!
//! A nested answer shows hundreds of people, and to look up the membership of each, under the policies of that table, took
//! longer than all else about them. The column is kept by triggers and writable by nobody else. A membership that has ended
//! stays in it, as its row does: what a person once did must keep a name.

use crate::{
    convention::{APP_ROLE, DEFINER, TENANT, USER},
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0013_user_tenants", up, down };

fn up() -> String {
    format!(
        "alter table users add column tenant_ids uuid[] not null default '{{}}';
        update users set tenant_ids = array(
            select member.tenant_id from tenant_memberships member where member.user_id = users.id);

        create function tenantry_user_joins_tenant() returns trigger language plpgsql {DEFINER} as $$
        begin
            update users set tenant_ids = users.tenant_ids || joined.tenants
            from (select user_id, array_agg(tenant_id) as tenants from new_rows group by user_id) joined
            where users.id = joined.user_id;
            return null;
        end $$;
        create trigger tenant_memberships_insert_joins_tenant after insert on tenant_memberships
            referencing new table as new_rows for each statement execute function tenantry_user_joins_tenant();

        create function tenantry_user_leaves_tenant() returns trigger language plpgsql {DEFINER} as $$
        begin
            update users set tenant_ids = array(
                select member.tenant_id from tenant_memberships member where member.user_id = users.id)
            where users.id in (select user_id from old_rows);
            return null;
        end $$;
        create trigger tenant_memberships_delete_leaves_tenant after delete on tenant_memberships
            referencing old table as old_rows for each statement execute function tenantry_user_leaves_tenant();

        -- INVARIANT: whose membership a row is never changes; a move is an end and a beginning.
        create function tenantry_refuse_membership_move() returns trigger language plpgsql as $$
        begin
            raise exception 'a membership cannot be moved to another tenant or user'
                using errcode = 'check_violation', constraint = 'tenant_memberships_stay', table = 'tenant_memberships';
        end $$;
        create trigger tenant_memberships_stay before update of tenant_id, user_id on tenant_memberships for each row
            when ((old.tenant_id, old.user_id) is distinct from (new.tenant_id, new.user_id))
            execute function tenantry_refuse_membership_move();

        drop policy users_app on users;
        create policy users_app on users for select to {APP_ROLE}
            using (id = {USER} or {TENANT} = any(tenant_ids));\n"
    )
}

fn down() -> String {
    format!(
        "drop policy users_app on users;
        create policy users_app on users for select to {APP_ROLE} using (
            id = {USER} or id = (
                select member.user_id from tenant_memberships member
                where member.tenant_id = {TENANT} and member.user_id = users.id));
        drop trigger tenant_memberships_stay on tenant_memberships;
        drop trigger tenant_memberships_delete_leaves_tenant on tenant_memberships;
        drop trigger tenant_memberships_insert_joins_tenant on tenant_memberships;
        drop function tenantry_refuse_membership_move();
        drop function tenantry_user_leaves_tenant();
        drop function tenantry_user_joins_tenant();
        alter table users drop column tenant_ids;\n"
    )
}
