//! What is sold, and who has bought it: products and subscriptions.
//!
//! A subscription repeats its product's type, held equal by its foreign key, so that "one living plan per
//! organization" is a plain unique index instead of a trigger.

use crate::{
    convention::{drop_tables, touched},
    step::Step,
};

pub(crate) const STEP: Step = Step { name: "m0007_billing", up, down };

fn up() -> String {
    TABLES.to_owned() + &touched(&["products", "subscriptions"])
}

fn down() -> String {
    drop_tables(&["subscriptions", "products"]) + "drop function tenantry_refuse_subscription_revival();\n"
}

const TABLES: &str = r"
create table products (
    tenant_id uuid not null references tenants (id),
    id uuid not null,
    index_id bigint generated always as identity,
    key text not null constraint products_key_is_well_formed check (key ~ '^[a-z][a-z0-9_]{0,62}$'),
    name text not null constraint products_name_is_not_blank check (btrim(name) <> ''),
    description text not null default '',
    type text not null check (type in ('plan', 'service', 'product')),
    organization_id uuid,
    created_by uuid references users (id),
    version integer not null default 1 check (version > 0),
    is_current boolean not null default true,
    is_public boolean not null default false,
    category text,
    tags text[] not null default '{}',
    features jsonb not null default '{}' check (jsonb_typeof(features) = 'object'),
    limits jsonb not null default '{}' check (jsonb_typeof(limits) = 'object'),
    price_monthly_minor bigint check (price_monthly_minor >= 0),
    price_yearly_minor bigint check (price_yearly_minor >= 0),
    price_fixed_minor bigint check (price_fixed_minor >= 0),
    currency char(3) not null check (currency ~ '^[A-Z]{3}$'),
    trial_period_days integer not null default 0 check (trial_period_days >= 0),
    trial_price_minor bigint check (trial_price_minor >= 0),
    stripe_product_id text,
    stripe_price_monthly_id text,
    stripe_price_yearly_id text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    deletion_id uuid,
    primary key (tenant_id, id),
    constraint products_type_key unique (tenant_id, id, type),
    constraint products_version_key
        unique nulls not distinct (tenant_id, organization_id, key, version),
    constraint products_organization_fkey
        foreign key (tenant_id, organization_id) references organizations (tenant_id, id)
);
create unique index products_current_key on products (tenant_id, organization_id, key) nulls not distinct
    where is_current and deleted_at is null;
create index products_list_idx on products (tenant_id, index_id) where deleted_at is null;
create index products_created_by_idx on products (tenant_id, created_by);

create table subscriptions (
    tenant_id uuid not null,
    id uuid not null,
    index_id bigint generated always as identity,
    organization_id uuid not null,
    product_id uuid not null,
    product_type text not null,
    status text not null check (status in ('incomplete', 'incomplete_expired', 'trialing', 'active', 'past_due',
        'unpaid', 'canceled', 'paused')),
    current_period_start timestamptz,
    current_period_end timestamptz,
    trial_end timestamptz,
    cancel_at timestamptz,
    canceled_at timestamptz,
    past_due_since timestamptz,
    grace_until timestamptz,
    seat_quantity integer not null default 1 check (seat_quantity >= 0),
    seat_price_minor bigint check (seat_price_minor >= 0),
    currency char(3) not null check (currency ~ '^[A-Z]{3}$'),
    auto_scale_seats boolean not null default false,
    stripe_subscription_id text,
    provider_updated_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    deletion_id uuid,
    primary key (tenant_id, id),
    constraint subscriptions_stripe_subscription_key unique (tenant_id, stripe_subscription_id),
    constraint subscriptions_organization_fkey
        foreign key (tenant_id, organization_id) references organizations (tenant_id, id),
    constraint subscriptions_product_fkey
        foreign key (tenant_id, product_id, product_type) references products (tenant_id, id, type),
    constraint subscriptions_period_is_ordered check (current_period_end >= current_period_start)
);
create unique index subscriptions_living_plan_key on subscriptions (tenant_id, organization_id)
    where product_type = 'plan' and status not in ('canceled', 'incomplete_expired') and deleted_at is null;
create index subscriptions_list_idx on subscriptions (tenant_id, index_id) where deleted_at is null;
create index subscriptions_organization_idx on subscriptions (tenant_id, organization_id);
create index subscriptions_product_idx on subscriptions (tenant_id, product_id, product_type);

-- The provider's events may arrive late and out of order; what has ended stays ended.
create function tenantry_refuse_subscription_revival() returns trigger language plpgsql as $$
begin
    raise exception 'a subscription that has ended cannot be revived'
        using errcode = 'check_violation', constraint = 'subscriptions_end_for_good', table = 'subscriptions';
end $$;
create trigger subscriptions_end_for_good before update of status on subscriptions for each row
    when (old.status in ('canceled', 'incomplete_expired') and new.status <> old.status)
    execute function tenantry_refuse_subscription_revival();
";
