//! Everybody in a tenant: the cast first, then those who make it look lived in.

use chrono::{DateTime, TimeDelta, Utc};

use super::{cast::Part, place::Blueprint};
use crate::seed::{
    draft::{People, Person},
    generator::Generator,
    name,
    record::{Tenant, TenantMembership, User},
};

/// Everybody by their number in the tenant, and the rows that make them.
pub(super) fn gather(
    generator: &mut Generator,
    blueprint: &Blueprint,
    tenant: &Tenant,
    now: DateTime<Utc>,
) -> (Vec<Person>, People) {
    let mut people = People::default();
    for part in blueprint.cast {
        people.memberships.push(starring(generator, tenant, part, now));
    }
    let cast_owns = blueprint.cast.iter().any(|part| part.tenant_role == "owner");
    // No tenant is without an owner.
    let highest = if cast_owns { "admin" } else { "owner" };
    for number in 0..blueprint.crowd {
        let user = user(generator, blueprint, tenant, number, now);
        people.memberships.push(extra(generator, tenant, &user, number, highest));
        people.users.push(user);
    }
    let everybody =
        people.memberships.iter().map(|membership| Person { user_id: membership.user_id, membership_id: membership.id });
    (everybody.collect(), people)
}

fn starring(generator: &mut Generator, tenant: &Tenant, part: &Part, now: DateTime<Utc>) -> TenantMembership {
    TenantMembership {
        tenant_id: tenant.id,
        id: generator.id(),
        user_id: part.user_id,
        role: part.tenant_role,
        status: "active",
        is_primary: part.is_primary,
        last_active_at: Some(now - TimeDelta::minutes(12)),
        created_at: tenant.created_at,
    }
}

fn user(generator: &mut Generator, blueprint: &Blueprint, tenant: &Tenant, number: usize, now: DateTime<Utc>) -> User {
    let (first, last) = name::person(blueprint.first_person + number);
    let created_at = generator.between(tenant.created_at, now - TimeDelta::days(20));
    User {
        id: generator.id(),
        email: format!("{}.{}@{}.example", first.to_lowercase(), last.to_lowercase(), blueprint.slug),
        display_name: format!("{first} {last}"),
        kind: "standard",
        last_active_at: generator.chance(90).then(|| generator.lately(created_at, now)),
        created_at,
    }
}

fn extra(generator: &mut Generator, tenant: &Tenant, user: &User, number: usize, highest: &'static str) -> TenantMembership {
    TenantMembership {
        tenant_id: tenant.id,
        id: generator.id(),
        user_id: user.id,
        role: match number {
            0 => highest,
            1..=2 => "admin",
            3..=6 => "manager",
            _ if number.is_multiple_of(12) => "readonly",
            _ => "member",
        },
        status: "active",
        is_primary: true,
        last_active_at: user.last_active_at,
        created_at: user.created_at,
    }
}
