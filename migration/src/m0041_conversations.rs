//! Conversations of people, with an assistant for instance, and their messages: of one person in one tenant, and nobody else's.
//!
//! So their policies ask for the person beside the tenant: whoever runs the tenant does not read them, and an API key, which enters as
//! nobody, has none. A message bears its person too, so that its policy needs no other row; the reference makes sure that it is the
//! conversation's. Messages are never changed, and so have no `updated_at`; a title is short and its conversation's only name.

use crate::{
    convention::{APP_ROLE, DEFINER, TENANT, USER, drop_tables, touched},
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0041_conversations", up, down };

/// The tables, and what the gateway's role may do to them.
const TABLES: [(&str, &str); 2] = [("conversations", "select, insert, update"), ("messages", "select, insert")];

fn up() -> String {
    let mut sql = vec![CONVERSATIONS.to_owned(), touched(&["conversations"])];
    for (table, grants) in TABLES {
        sql.push(format!(
            "alter table {table} enable row level security, force row level security;
             create policy {table}_owner on {table} to current_user using (true) with check (true);
             create policy {table}_app on {table} to {APP_ROLE}
                using (tenant_id = {TENANT} and user_id = {USER}) with check (tenant_id = {TENANT} and user_id = {USER});
             grant {grants} on {table} to {APP_ROLE};\n"
        ));
    }
    sql.push(FOLLOW.replace("{DEFINER}", DEFINER));
    sql.concat()
}

fn down() -> String {
    let trigger = "drop trigger tenant_memberships_take_conversations_along on tenant_memberships;
        drop function tenantry_conversations_follow();\n";
    [trigger, &drop_tables(&["messages", "conversations"])].concat()
}

const CONVERSATIONS: &str = r"
create table conversations (
    tenant_id uuid not null,
    id uuid not null,
    index_id bigint generated always as identity,
    user_id uuid not null,
    title text constraint conversations_title_is_short check (char_length(title) between 1 and 200),
    status text not null default 'active' constraint conversations_status_is_known check (status in ('active', 'archived')),
    context jsonb not null default '{}' check (jsonb_typeof(context) = 'object'),
    archived_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    deletion_id uuid,
    primary key (tenant_id, id),
    constraint conversations_person_key unique (tenant_id, id, user_id),
    constraint conversations_user_fkey foreign key (tenant_id, user_id) references tenant_memberships (tenant_id, user_id),
    constraint conversations_archived_at_some_time check ((status = 'archived') = (archived_at is not null))
);
create index conversations_list_idx on conversations (tenant_id, user_id, index_id);
create index conversations_deletion_idx on conversations (tenant_id, deletion_id) where deletion_id is not null;

create table messages (
    tenant_id uuid not null,
    id uuid not null,
    index_id bigint generated always as identity,
    conversation_id uuid not null,
    user_id uuid not null,
    role text not null constraint messages_role_is_known check (role in ('user', 'assistant', 'system')),
    content text not null constraint messages_content_is_bounded check (char_length(content) between 1 and 32000),
    metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint messages_conversation_fkey
        foreign key (tenant_id, conversation_id, user_id) references conversations (tenant_id, id, user_id)
);
create index messages_list_idx on messages (tenant_id, conversation_id, user_id, index_id);
";

const FOLLOW: &str = r"
-- INVARIANT: what somebody has said in a tenant goes with their place there, by the same deletion, and comes back with it.
create function tenantry_conversations_follow() returns trigger language plpgsql {DEFINER} as $$
begin
    if new.deletion_id is not null then
        update conversations said set deleted_at = new.deleted_at, deletion_id = new.deletion_id
        where (said.tenant_id, said.user_id) = (new.tenant_id, new.user_id) and said.deleted_at is null;
    else
        update conversations said set deleted_at = null, deletion_id = null
        where (said.tenant_id, said.user_id, said.deletion_id) = (new.tenant_id, new.user_id, old.deletion_id);
    end if;
    return null;
end $$;
create trigger tenant_memberships_take_conversations_along after update of deletion_id on tenant_memberships for each row
    when (old.deletion_id is distinct from new.deletion_id) execute function tenantry_conversations_follow();
";
