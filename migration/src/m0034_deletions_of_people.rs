//! People who go: from one tenant, or altogether; and a list of all deletions, so that whoever may restore finds what there is.
//!
//! A person is in many tenants, of which no transaction of the gateway sees more than one. So whoever goes altogether goes by a
//! function, which takes the turn of each tenant and writes down in each what went: the same one for those who delete
//! themselves, for the platform's staff, and for what an identity provider tells.
//!
//! `deletions` says what each deletion took, and who deleted. It is a list, not the truth: that a thing is deleted, and by which
//! deletion, stands in the thing's own row.

mod functions;

use crate::{
    convention::{APP_ROLE, DEFINER, TENANT, drop_tables},
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0034_deletions_of_people", up, down };

const FUNCTIONS: [&str; 3] = [
    "tenantry_end_tenant_membership(uuid, uuid, uuid, timestamptz)",
    "tenantry_delete_user(uuid, uuid, text, uuid, text, text, text, text)",
    "tenantry_deleted_user(uuid)",
];

/// What none but those functions call.
const PARTS: [&str; 2] =
    ["tenantry_write_down(uuid, text, uuid, text, text, uuid, jsonb, text, text, text)", "tenantry_typed_id(text, uuid)"];

/// The tables whose rows a deletion stamps from now on, too.
const STAMPED: [&str; 4] = ["tenant_memberships", "api_keys", "subscriptions", "products"];

/// Functions that look for an address: from now on among those who are not deleted. Whatever else they say stays as it is.
const LIVING: [(&str, &str, &str); 3] = [
    (
        "tenantry_sign_up",
        "where users.email = address for update",
        "where users.email = address and users.deleted_at is null for update",
    ),
    (
        "tenantry_take_identity_user",
        "where users.email = address for update",
        "where users.email = address and users.deleted_at is null for update",
    ),
    ("tenantry_take_identity_user", "where other.email = address)", "where other.email = address and other.deleted_at is null)"),
];

fn up() -> String {
    let mut sql = vec![TABLE.to_owned()];
    sql.push(format!(
        "alter table deletions enable row level security, force row level security;
        create policy deletions_owner on deletions to current_user using (true) with check (true);
        create policy deletions_app on deletions to {APP_ROLE} using (tenant_id = {TENANT}) with check (tenant_id = {TENANT});
        grant select, insert, update (restored_at) on deletions to {APP_ROLE};\n"
    ));
    sql.extend(STAMPED.map(|table| {
        format!("create index {table}_deletion_idx on {table} (tenant_id, deletion_id) where deletion_id is not null;\n")
    }));
    sql.push(
        "alter table users drop constraint users_email_key;
        create unique index users_email_key on users (email) where deleted_at is null;
        create index users_deleted_idx on users (deleted_at) where deleted_at is not null;\n"
            .to_owned(),
    );
    sql.extend(LIVING.map(|(function, all, living)| rewritten(function, all, living)));
    let parts = [functions::WRITE_DOWN, functions::ENDINGS, functions::DELETE_USER, functions::RESTORE_USER, functions::TOLD];
    sql.extend(parts.map(|part| part.replace("{DEFINER}", DEFINER)));
    sql.extend(PARTS.map(|function| format!("revoke execute on function {function} from public;\n")));
    sql.extend(FUNCTIONS.into_iter().chain(functions::RESTORING).map(|function| {
        format!("revoke execute on function {function} from public;\ngrant execute on function {function} to {APP_ROLE};\n")
    }));
    sql.concat()
}

fn down() -> String {
    let mut sql = vec![functions::untold().replace("{DEFINER}", DEFINER)];
    sql.extend(LIVING.into_iter().rev().map(|(function, all, living)| rewritten(function, living, all)));
    sql.push(
        "drop trigger users_deleted_sign_out on users;
        drop function tenantry_deleted_user_signs_out();\n"
            .to_owned(),
    );
    sql.extend(
        FUNCTIONS.into_iter().chain(PARTS).chain(functions::RESTORING).map(|function| format!("drop function {function};\n")),
    );
    sql.push(
        "drop index users_deleted_idx;
        drop index users_email_key;
        -- An address that two have had is the living one's, or the last one's.
        update users set email = users.id || '.' || users.email
        where exists (select from users other where other.email = users.email
            and (other.deleted_at is null, other.id) > (users.deleted_at is null, users.id));
        alter table users add constraint users_email_key unique (email);\n"
            .to_owned(),
    );
    sql.extend(STAMPED.map(|table| format!("drop index {table}_deletion_idx;\n")));
    sql.push(drop_tables(&["deletions"]));
    sql.concat()
}

/// Rewrites a part of functions that are there, as they are there. It fails where they do not have that part.
fn rewritten(function: &str, from: &str, to: &str) -> String {
    format!(
        "do $rewrite$
        declare
            definition text;
            found_any boolean := false;
        begin
            for definition in
                select pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace and proname = '{function}'
            loop
                found_any := true;
                if position($part${from}$part$ in definition) = 0 then
                    raise exception 'the function {function} is not as it was';
                end if;
                execute replace(definition, $part${from}$part$, $part${to}$part$);
            end loop;
            if not found_any then
                raise exception 'there is no function {function}';
            end if;
        end $rewrite$;\n"
    )
}

const TABLE: &str = r"
create table deletions (
    tenant_id uuid not null references tenants (id),
    id uuid not null,
    index_id bigint generated always as identity,
    kind text not null
        check (kind in ('organization', 'organization_membership', 'team', 'role', 'business', 'tenant_membership', 'user')),
    resource_id uuid not null,
    organization_id uuid,
    name text,
    counts jsonb not null default '{}' constraint deletions_counts_are_an_object check (jsonb_typeof(counts) = 'object'),
    actor_type text constraint deletions_actor_type_is_known check (actor_type in ('user', 'developer', 'api_key')),
    actor_id uuid,
    deleted_at timestamptz not null,
    restored_at timestamptz,
    primary key (tenant_id, id),
    constraint deletions_actor_is_whole check ((actor_type is null) = (actor_id is null)),
    constraint deletions_organization_fkey foreign key (tenant_id, organization_id) references organizations (tenant_id, id)
);
create index deletions_list_idx on deletions (tenant_id, index_id);
create index deletions_organization_idx on deletions (tenant_id, organization_id, index_id);
create index deletions_due_idx on deletions (tenant_id, deleted_at);

-- What was deleted before there was this list.
insert into deletions (tenant_id, id, kind, resource_id, organization_id, name, deleted_at)
select tenant_id, deletion_id, kind, id, organization_id, name, deleted_at from (
    select 1 as rank, tenant_id, deletion_id, 'organization' as kind, id, id as organization_id, name, deleted_at from organizations
    union all
    select 2, tenant_id, deletion_id, 'tenant_membership', id, null, null, deleted_at from tenant_memberships
    union all
    select 3, tenant_id, deletion_id, 'organization_membership', id, organization_id, null, deleted_at from organization_memberships
    union all
    select 4, team.tenant_id, team.deletion_id, 'team', team.id, team.organization_id, team.name, team.deleted_at from teams team
    where not exists (select from teams above where above.tenant_id = team.tenant_id and above.id = team.parent_team_id
        and above.deletion_id = team.deletion_id)
    union all
    select 5, tenant_id, deletion_id, 'role', id, null, name, deleted_at from roles
) gone
where deletion_id is not null and deleted_at is not null
order by rank
on conflict do nothing;
";
