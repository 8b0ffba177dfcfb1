//! What a deletion needs beside its stamp: places in teams, which are links and really go, are kept until they come back; and
//! each table is found by its deletion.

use crate::{
    convention::{APP_ROLE, TENANT, drop_tables},
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0027_deletions", up, down };

/// The tables whose rows a deletion stamps.
const STAMPED: [&str; 7] = [
    "organizations",
    "organization_memberships",
    "member_roles",
    "member_permission_overrides",
    "teams",
    "resource_grants",
    "roles",
];

fn up() -> String {
    let mut sql = vec![format!(
        "create table deleted_team_members (
            tenant_id uuid not null,
            id uuid not null,
            deletion_id uuid not null,
            index_id bigint not null,
            team_id uuid not null,
            tenant_membership_id uuid not null,
            is_lead boolean not null,
            created_at timestamptz not null,
            primary key (tenant_id, id),
            constraint deleted_team_members_team_fkey foreign key (tenant_id, team_id) references teams (tenant_id, id),
            constraint deleted_team_members_membership_fkey
                foreign key (tenant_id, tenant_membership_id) references tenant_memberships (tenant_id, id)
        );
        create index deleted_team_members_deletion_idx on deleted_team_members (tenant_id, deletion_id);
        create index deleted_team_members_team_idx on deleted_team_members (tenant_id, team_id);
        create index deleted_team_members_membership_idx on deleted_team_members (tenant_id, tenant_membership_id);
        alter table deleted_team_members enable row level security, force row level security;
        create policy deleted_team_members_owner on deleted_team_members to current_user using (true) with check (true);
        create policy deleted_team_members_app on deleted_team_members to {APP_ROLE}
            using (tenant_id = {TENANT}) with check (tenant_id = {TENANT});
        grant select, insert, delete on deleted_team_members to {APP_ROLE};\n"
    )];
    sql.extend(STAMPED.map(|table| {
        format!("create index {table}_deletion_idx on {table} (tenant_id, deletion_id) where deletion_id is not null;\n")
    }));
    sql.concat()
}

fn down() -> String {
    let indexes: String = STAMPED.map(|table| format!("drop index {table}_deletion_idx;\n")).concat();
    indexes + &drop_tables(&["deleted_team_members"])
}
