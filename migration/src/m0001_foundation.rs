//! What all tables stand on: the role of the gateway, the clock of `updated_at`, and identifiers made in SQL.
//!
//! The role belongs to the whole cluster, so that several databases may migrate at once: creating it
//! tolerates a neighbour who was faster, and going down takes its privileges here but leaves the role.

use crate::step::Step;

pub(crate) const STEP: Step = Step { name: "m0001_foundation", up, down };

fn up() -> String {
    r"
do $$
begin
    if not exists (select from pg_roles where rolname = 'tenantry_app') then
        create role tenantry_app nologin nobypassrls;
    end if;
exception when duplicate_object or unique_violation then
    null;
end $$;

-- A superuser may become any role; everyone else must be a member to SET ROLE.
do $$
begin
    if not (select rolsuper from pg_roles where rolname = current_user) then
        execute format('grant tenantry_app to %I', current_user);
    end if;
exception
    when duplicate_object or unique_violation then
        null;
    when insufficient_privilege then
        if not pg_has_role(current_user, 'tenantry_app', 'member') then
            raise;
        end if;
end $$;

grant usage on schema public to tenantry_app;

create function tenantry_touch_updated_at() returns trigger language plpgsql as $$
begin
    new.updated_at := now();
    return new;
end $$;

-- The gateway makes its identifiers itself; this is for rows that only the database makes, such as a new
-- tenant's system roles. Milliseconds in front, so that they are ordered by time like all others.
create function tenantry_uuid_v7() returns uuid language sql volatile as $$
    select encode(
        set_bit(set_bit(
            overlay(
                uuid_send(gen_random_uuid())
                placing substring(int8send(floor(extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
                from 1 for 6
            ), 52, 1), 53, 1),
        'hex')::uuid
$$;
"
    .to_owned()
}

fn down() -> String {
    r"
drop function tenantry_uuid_v7();
drop function tenantry_touch_updated_at();
revoke usage on schema public from tenantry_app;
"
    .to_owned()
}
