//! Organizations with all that hangs on them: nine statements in five levels, as the answer nests.

use std::collections::HashMap;

use futures_util::future::try_join3;
use serde::Serialize;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{
    distinct,
    role::{Assignments, Roles, base_keys},
    statement::Statements,
};
use crate::{
    failure::Failure,
    hand_written::{BaseRole, Nodes, OrgTree, Session, Timestamp, TypeId, member_status, subscription_status, write},
};

/// About what an organization and a member take, so that the body need not move.
const ORGANIZATION_LENGTH: usize = 512;
const MEMBER_LENGTH: usize = 1536;

#[derive(Serialize)]
struct Data<'a> {
    organizations: Nodes<Organization<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Organization<'a> {
    id: TypeId,
    name: &'a str,
    domain: Option<&'a str>,
    billing_email: Option<&'a str>,
    owner: Option<&'a User<'a>>,
    subscription: Option<Subscription<'a>>,
    members: Nodes<Member<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct User<'a> {
    id: TypeId,
    email: &'a str,
    display_name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Subscription<'a> {
    status: &'static str,
    seat_quantity: i32,
    product: &'a Product<'a>,
}

#[derive(Serialize)]
struct Product<'a> {
    key: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Member<'a> {
    id: TypeId,
    role: BaseRole,
    status: &'static str,
    last_active_at: Option<Timestamp>,
    user: Option<&'a User<'a>>,
    roles: Vec<&'a Role<'a>>,
}

#[derive(Serialize)]
struct Role<'a> {
    id: TypeId,
    key: &'a str,
    name: &'a str,
    permissions: Vec<Permission<'a>>,
}

#[derive(Serialize)]
struct Permission<'a> {
    id: TypeId,
    key: &'a str,
}

/// A row of a member.
struct Seat {
    organization: Uuid,
    id: Uuid,
    user: Uuid,
    role: BaseRole,
    status: &'static str,
    last_active_at: Option<Timestamp>,
}

/// Answers it.
pub(super) async fn answer(session: &Session<Statements>, question: &OrgTree) -> Result<Vec<u8>, Failure> {
    let OrgTree { tenant, first, members_first } = question;
    let (client, statements) = (&session.client, &session.statements);

    let organizations = client.query(&statements.organizations, &[tenant, first]).await?;

    let ids = distinct(&organizations, 0)?;
    let (owners, subscriptions, members) = try_join3(
        client.query(&statements.users, &[&distinct(&organizations, 4)?]),
        client.query(&statements.subscriptions, &[tenant, &ids]),
        client.query(&statements.members, &[tenant, &ids, members_first]),
    )
    .await?;

    let people = distinct(&members, 2)?;
    let (products, users, assigned) = try_join3(
        client.query(&statements.products, &[tenant, &distinct(&subscriptions, 1)?]),
        client.query(&statements.users, &[&people]),
        client.query(&statements.assignments_of_organizations, &[tenant, &ids]),
    )
    .await?;
    let seats = seats(&members, &organizations)?;

    let base_keys = base_keys(seats.iter().map(|seat| seat.role));
    let roles = client.query(&statements.roles, &[tenant, &distinct(&assigned, 2)?, &base_keys]).await?;

    let permissions = client.query(&statements.permissions, &[tenant, &distinct(&roles, 0)?]).await?;

    let mut permissions = permissions_of_roles(&permissions)?;
    let roles = Roles::of(&roles, |id, row| Role::of(row, permissions.remove(&id).unwrap_or_default()))?;
    let (users, assignments) = (by_id(&users, User::of)?, Assignments::of(&assigned)?);
    let mut members = members_of_organizations(&seats, &users, &roles, &assignments)?;
    let (owners, products) = (by_id(&owners, User::of)?, by_id(&products, Product::of)?);
    let mut subscriptions = by_id(&subscriptions, |row| Subscription::of(row, &products))?;

    let mut nodes = Vec::with_capacity(organizations.len());
    for row in &organizations {
        let id = row.try_get(0)?;
        nodes.push(Organization {
            id: TypeId("org", id),
            name: row.try_get(1)?,
            domain: row.try_get(2)?,
            billing_email: row.try_get(3)?,
            owner: owners.get(&row.try_get(4)?),
            subscription: subscriptions.remove(&id),
            members: Nodes { nodes: members.remove(&id).unwrap_or_default() },
        });
    }
    let length = ORGANIZATION_LENGTH * (nodes.len() + 1) + MEMBER_LENGTH * seats.len();
    write(Data { organizations: Nodes { nodes } }, length)
}

/// Rows by the id in their first column.
fn by_id<'a, T>(rows: &'a [Row], object: impl Fn(&'a Row) -> Result<T, Failure>) -> Result<HashMap<Uuid, T>, Failure> {
    rows.iter().map(|row| Ok((row.try_get(0)?, object(row)?))).collect()
}

fn seats(members: &[Row], organizations: &[Row]) -> Result<Vec<Seat>, Failure> {
    let owners: HashMap<Uuid, Uuid> = by_id(organizations, |row| Ok(row.try_get(4)?))?;
    let seat = |row: &Row| {
        let (organization, user) = (row.try_get(0)?, row.try_get(2)?);
        Ok(Seat {
            organization,
            id: row.try_get(1)?,
            user,
            role: BaseRole::of(owners.get(&organization) == Some(&user), row.try_get(3)?)?,
            status: member_status(row.try_get(4)?)?,
            last_active_at: row.try_get(5)?,
        })
    };
    members.iter().map(seat).collect()
}

fn permissions_of_roles(rows: &[Row]) -> Result<HashMap<Uuid, Vec<Permission<'_>>>, Failure> {
    let mut permissions: HashMap<Uuid, Vec<Permission>> = HashMap::new();
    for row in rows {
        let permission = Permission { id: TypeId("perm", row.try_get(1)?), key: row.try_get(2)? };
        permissions.entry(row.try_get(0)?).or_default().push(permission);
    }
    Ok(permissions)
}

fn members_of_organizations<'a>(
    seats: &[Seat],
    users: &'a HashMap<Uuid, User<'a>>,
    roles: &'a Roles<Role<'a>>,
    assignments: &Assignments,
) -> Result<HashMap<Uuid, Vec<Member<'a>>>, Failure> {
    let mut members: HashMap<Uuid, Vec<Member>> = HashMap::new();
    for seat in seats {
        members.entry(seat.organization).or_default().push(Member {
            id: TypeId("mem", seat.id),
            role: seat.role,
            status: seat.status,
            last_active_at: seat.last_active_at,
            user: users.get(&seat.user),
            roles: roles.held(seat.role, seat.user, seat.organization, assignments)?,
        });
    }
    Ok(members)
}

impl<'a> User<'a> {
    fn of(row: &'a Row) -> Result<Self, Failure> {
        Ok(Self { id: TypeId("user", row.try_get(0)?), email: row.try_get(1)?, display_name: row.try_get(2)? })
    }
}

impl<'a> Subscription<'a> {
    fn of(row: &Row, products: &'a HashMap<Uuid, Product<'a>>) -> Result<Self, Failure> {
        let product = products.get(&row.try_get(1)?).ok_or("a subscription without its product")?;
        Ok(Self { status: subscription_status(row.try_get(2)?)?, seat_quantity: row.try_get(3)?, product })
    }
}

impl<'a> Product<'a> {
    fn of(row: &'a Row) -> Result<Self, Failure> {
        Ok(Self { key: row.try_get(1)?, name: row.try_get(2)? })
    }
}

impl<'a> Role<'a> {
    fn of(row: &'a Row, permissions: Vec<Permission<'a>>) -> Result<Self, Failure> {
        Ok(Self { id: TypeId("role", row.try_get(0)?), key: row.try_get(1)?, name: row.try_get(2)?, permissions })
    }
}
