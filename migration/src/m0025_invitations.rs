//! Invitations: who is asked to join which organization, as what, and by whom.
//!
//! An invitation is never deleted: it is answered, or its time passes. So it has no `deleted_at`; `answered_at` says when it
//! ended. What has expired is still `pending` in its row, and makes room when somebody invites anew. Roles and teams offered are
//! links, so that what is offered exists. `batch_id` is shared by those that one call made, by which a repeated call finds them.
//! The token's index does not begin with the tenant: whoever accepts knows a token, and not yet a tenant.

use crate::{
    convention::{APP_ROLE, DEFINER, TENANT, USER, drop_tables, touched},
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0025_invitations", up, down };

/// The tables, and what the gateway's role may do to them.
const TABLES: [(&str, &str); 3] = [
    ("invitations", "select, insert, update"),
    ("invitation_roles", "select, insert, delete"),
    ("invitation_teams", "select, insert, delete"),
];

fn up() -> String {
    let mut sql = vec![INVITATIONS.to_owned(), touched(&["invitations"])];
    for (table, grants) in TABLES {
        sql.push(format!(
            "alter table {table} enable row level security, force row level security;
             create policy {table}_owner on {table} to current_user using (true) with check (true);
             create policy {table}_app on {table} to {APP_ROLE} using (tenant_id = {TENANT}) with check (tenant_id = {TENANT});
             grant {grants} on {table} to {APP_ROLE};\n"
        ));
    }
    sql.push(doors());
    sql.concat()
}

fn down() -> String {
    "drop function tenantry_received_invitations();\ndrop function tenantry_invitation(bytea);\n".to_owned()
        + &drop_tables(&["invitation_teams", "invitation_roles", "invitations"])
}

const INVITATIONS: &str = r"
create table invitations (
    tenant_id uuid not null,
    id uuid not null,
    index_id bigint generated always as identity,
    batch_id uuid not null,
    organization_id uuid not null,
    email text not null
        constraint invitations_email_is_normalised check (email = lower(btrim(email)) and email like '%_@_%'),
    role text not null check (role in ('admin', 'manager', 'member', 'readonly')),
    token_hash bytea not null check (octet_length(token_hash) = 32),
    status text not null default 'pending' check (status in ('pending', 'accepted', 'declined', 'revoked')),
    expires_at timestamptz not null,
    invited_by_user_id uuid not null references users (id),
    sent_at timestamptz not null default now(),
    resent_count integer not null default 0 check (resent_count >= 0),
    answered_at timestamptz,
    accepted_by_user_id uuid references users (id),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint invitations_organization_fkey
        foreign key (tenant_id, organization_id) references organizations (tenant_id, id),
    constraint invitations_pending_until_answered check ((status = 'pending') = (answered_at is null)),
    constraint invitations_accepted_by_somebody check ((status = 'accepted') = (accepted_by_user_id is not null))
);
create unique index invitations_pending_key on invitations (tenant_id, organization_id, email) where status = 'pending';
create index invitations_organization_idx on invitations (tenant_id, organization_id, index_id);
create index invitations_invited_by_idx on invitations (tenant_id, invited_by_user_id);
create index invitations_accepted_by_idx on invitations (tenant_id, accepted_by_user_id);
create index invitations_token_idx on invitations (token_hash);
create index invitations_email_idx on invitations (email) where status = 'pending';

create table invitation_roles (
    tenant_id uuid not null,
    invitation_id uuid not null,
    role_id uuid not null,
    primary key (tenant_id, invitation_id, role_id),
    constraint invitation_roles_invitation_fkey
        foreign key (tenant_id, invitation_id) references invitations (tenant_id, id),
    constraint invitation_roles_role_fkey foreign key (tenant_id, role_id) references roles (tenant_id, id)
);
create index invitation_roles_role_idx on invitation_roles (tenant_id, role_id);

create table invitation_teams (
    tenant_id uuid not null,
    invitation_id uuid not null,
    team_id uuid not null,
    primary key (tenant_id, invitation_id, team_id),
    constraint invitation_teams_invitation_fkey
        foreign key (tenant_id, invitation_id) references invitations (tenant_id, id),
    constraint invitation_teams_team_fkey foreign key (tenant_id, team_id) references teams (tenant_id, id)
);
create index invitation_teams_team_idx on invitation_teams (tenant_id, team_id);
";

/// Two questions of somebody who is not in the tenant yet. They run with their owner's rights, and tell only what a token, or
/// a proven address, entitles to.
fn doors() -> String {
    format!(
        r"
create function tenantry_invitation(token_hash bytea) returns table (tenant_id uuid, id uuid)
language sql stable strict {DEFINER} as $$
    select invitation.tenant_id, invitation.id from invitations invitation
    where invitation.token_hash = tenantry_invitation.token_hash
$$;
revoke execute on function tenantry_invitation(bytea) from public;
grant execute on function tenantry_invitation(bytea) to {APP_ROLE};

-- The living invitations to the address that the user of this transaction has proven, in every tenant.
create function tenantry_received_invitations() returns table (
    tenant_id uuid, id uuid, tenant_name text, organization_name text, invited_by_name text, role text,
    sent_at timestamptz, expires_at timestamptz)
language sql stable {DEFINER} as $$
    select invitation.tenant_id, invitation.id, tenant.name, organization.name, inviter.display_name, invitation.role,
        invitation.sent_at, invitation.expires_at
    from users person
    join invitations invitation on invitation.email = person.email and invitation.status = 'pending' and invitation.expires_at > now()
    join tenants tenant on tenant.id = invitation.tenant_id and tenant.deleted_at is null and tenant.status in ('trial', 'active')
    join organizations organization on organization.tenant_id = invitation.tenant_id
        and organization.id = invitation.organization_id and organization.deleted_at is null
    join users inviter on inviter.id = invitation.invited_by_user_id
    where person.id = {USER} and person.email_verified_at is not null and person.deleted_at is null
    order by invitation.sent_at, invitation.id
$$;
revoke execute on function tenantry_received_invitations() from public;
grant execute on function tenantry_received_invitations() to {APP_ROLE};
"
    )
}
