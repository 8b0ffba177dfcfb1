//! The identity provider: people enter with its tokens, and what it tells of them is taken over, once, and never an older thing
//! over a newer one.

use crate::{
    convention::{APP_ROLE, DEFINER},
    step::Step,
};

pub(crate) mod functions;

pub(crate) const STEP: Step = Step { name: "m0028_identity_provider", up, down };

const FUNCTIONS: [&str; 2] =
    ["tenantry_enter_identity(bytea, bytea)", "tenantry_take_identity_event(text, text, timestamptz, jsonb)"];

/// What the second of those is made of, and nobody else calls.
const PARTS: [&str; 5] = [
    "tenantry_take_identity_user(jsonb)",
    "tenantry_drop_identity_user(text)",
    "tenantry_take_identity_organization(jsonb)",
    "tenantry_drop_identity_organization(text)",
    "tenantry_take_identity_membership(jsonb, boolean)",
];

fn up() -> String {
    let mut sql = vec![
        r"
-- What providers told us: an event is there from the moment at which it was taken over. `subject` is what it is about.
create table provider_events (
    provider text not null check (provider in ('identity', 'billing')),
    event_id text not null,
    type text not null,
    subject text,
    created timestamptz not null,
    received_at timestamptz not null default now(),
    processed_at timestamptz,
    attempts integer not null default 1,
    outcome text,
    error text,
    payload jsonb not null,
    primary key (provider, event_id)
);
create index provider_events_subject_idx on provider_events (provider, subject, created);
alter table provider_events enable row level security, force row level security;
create policy provider_events_owner on provider_events to current_user using (true) with check (true);
"
        .to_owned(),
        functions::ENTER.replace("{DEFINER}", DEFINER),
        functions::TAKE_USER.replace("{DEFINER}", DEFINER),
        functions::TAKE_ORGANIZATION.replace("{DEFINER}", DEFINER),
        functions::TAKE.replace("{DEFINER}", DEFINER),
    ];
    sql.extend(PARTS.map(|function| format!("revoke execute on function {function} from public;\n")));
    sql.extend(FUNCTIONS.map(|function| {
        format!("revoke execute on function {function} from public;\ngrant execute on function {function} to {APP_ROLE};\n")
    }));
    sql.concat()
}

fn down() -> String {
    let functions = FUNCTIONS.into_iter().chain(PARTS).map(|function| format!("drop function {function};\n"));
    functions.collect::<String>() + "drop table provider_events;\n"
}
