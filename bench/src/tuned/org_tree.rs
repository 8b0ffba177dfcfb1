//! Organizations with all that hangs on them: six statements in three round trips.

use futures_util::future::try_join;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{
    role::{Assignment, Roles, assignments},
    statement::Statements,
    user::{People, User},
};
use crate::{
    failure::Failure,
    hand_written::{self, BaseRole, Nodes, Session, Timestamp, TypeId, member_status, subscription_status, write},
};

/// About what an organization and a member take, without the roles, so that the body need not move.
const ORGANIZATION_LENGTH: usize = 512;
const MEMBER_LENGTH: usize = 320;

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
    owner: Option<User<'a>>,
    subscription: Option<Subscription<'a>>,
    members: Nodes<Member<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Subscription<'a> {
    status: &'static str,
    seat_quantity: i32,
    product: Product<'a>,
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
    user: Option<User<'a>>,
    roles: Vec<&'a RawValue>,
}

/// Somebody's place in an organization, before it is known who that is.
struct Seat<'a> {
    /// Which organization, and where in its list.
    place: (usize, i64),
    id: Uuid,
    user: Uuid,
    role: BaseRole,
    row: &'a Row,
}

/// Answers it.
pub(super) async fn answer(session: &Session<Statements>, question: &hand_written::OrgTree) -> Result<Vec<u8>, Failure> {
    let hand_written::OrgTree { tenant, first, members_first } = question;
    let (client, statements) = (&session.client, &session.statements);

    let (organizations, catalog) =
        try_join(client.query(&statements.organizations, &[tenant, first]), client.query(&statements.catalog, &[])).await?;
    let ids = column(&organizations, 0)?;
    let owners = column(&organizations, 4)?;
    let (members, assigned) = try_join(
        client.query(&statements.members, &[tenant, &ids, members_first]),
        client.query(&statements.assignments, &[tenant, &ids]),
    )
    .await?;
    let seats = seats(&members, &owners)?;
    let assigned = assignments(&assigned)?;

    let people = distinct(owners.into_iter().chain(seats.iter().map(|seat| seat.user)));
    let custom = distinct(assigned.iter().map(|assignment| assignment.role));
    let keys = distinct(seats.iter().map(|seat| seat.role.key()));
    let (users, roles) =
        try_join(client.query(&statements.users, &[&people]), client.query(&statements.roles, &[tenant, &custom, &keys])).await?;
    let (people, roles) = (People::of(&users)?, Roles::of(&roles, &catalog)?);

    let mut length = ORGANIZATION_LENGTH * (organizations.len() + 1);
    let mut nodes = Vec::with_capacity(organizations.len());
    let mut waiting = &seats[..];
    for (place, row) in organizations.iter().enumerate() {
        let (own, rest) = waiting.split_at(waiting.partition_point(|seat| seat.place.0 == place));
        waiting = rest;
        let mut members = Vec::with_capacity(own.len());
        for seat in own {
            let member = member(seat, ids[place], &people, &roles, &assigned)?;
            let roles: usize = member.roles.iter().map(|role| role.get().len() + 1).sum();
            length += MEMBER_LENGTH + roles;
            members.push(member);
        }
        nodes.push(organization(row, members, &people)?);
    }
    let organizations = Nodes { nodes };
    write(Data { organizations }, length)
}

/// The members in the order of their organizations and lists: the plan gives them so, but promises nothing.
fn seats<'a>(members: &'a [Row], owners: &[Uuid]) -> Result<Vec<Seat<'a>>, Failure> {
    let seat = |row: &'a Row| {
        let organization = usize::try_from(row.try_get::<_, i64>(0)? - 1)?;
        let user = row.try_get(3)?;
        Ok(Seat {
            place: (organization, row.try_get(1)?),
            id: row.try_get(2)?,
            user,
            role: BaseRole::of(owners.get(organization) == Some(&user), row.try_get(4)?)?,
            row,
        })
    };
    let mut seats = members.iter().map(seat).collect::<Result<Vec<_>, Failure>>()?;
    seats.sort_by_key(|seat| seat.place);
    Ok(seats)
}

fn column(rows: &[Row], column: usize) -> Result<Vec<Uuid>, Failure> {
    Ok(rows.iter().map(|row| row.try_get(column)).collect::<Result<_, _>>()?)
}

fn distinct<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values.dedup();
    values
}

fn organization<'a>(row: &'a Row, members: Vec<Member<'a>>, people: &People<'a>) -> Result<Organization<'a>, Failure> {
    Ok(Organization {
        id: TypeId("org", row.try_get(0)?),
        name: row.try_get(1)?,
        domain: row.try_get(2)?,
        billing_email: row.try_get(3)?,
        owner: people.find(row.try_get(4)?)?,
        subscription: subscription(row)?,
        members: Nodes { nodes: members },
    })
}

fn member<'a>(
    seat: &Seat<'_>,
    organization: Uuid,
    people: &People<'a>,
    roles: &'a Roles,
    assigned: &[Assignment],
) -> Result<Member<'a>, Failure> {
    Ok(Member {
        id: TypeId("mem", seat.id),
        role: seat.role,
        status: member_status(seat.row.try_get(5)?)?,
        last_active_at: seat.row.try_get(6)?,
        user: people.find(seat.user)?,
        roles: roles.held(seat.role, seat.user, organization, assigned)?,
    })
}

fn subscription(row: &Row) -> Result<Option<Subscription<'_>>, Failure> {
    let Some(status) = row.try_get(5)? else {
        return Ok(None);
    };
    Ok(Some(Subscription {
        status: subscription_status(status)?,
        seat_quantity: row.try_get(6)?,
        product: Product { key: row.try_get(7)?, name: row.try_get(8)? },
    }))
}
