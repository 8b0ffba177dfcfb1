//! A person's memberships with organization and roles: four statements in three levels.

use std::{collections::HashMap, slice};

use futures_util::future::try_join;
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
    hand_written::{BaseRole, Me, Nodes, Session, TypeId, write},
};

/// About what one membership takes.
const MEMBERSHIP_LENGTH: usize = 384;

#[derive(Serialize)]
struct Data<'a> {
    viewer: Viewer<'a>,
}

#[derive(Serialize)]
struct Viewer<'a> {
    user: User,
    memberships: Nodes<Membership<'a>>,
}

#[derive(Serialize)]
struct User {
    id: TypeId,
}

#[derive(Serialize)]
struct Membership<'a> {
    id: TypeId,
    role: BaseRole,
    organization: &'a Organization<'a>,
    roles: Vec<&'a Role<'a>>,
}

#[derive(Serialize)]
struct Organization<'a> {
    id: TypeId,
    name: &'a str,
    #[serde(skip)]
    owner: Uuid,
}

#[derive(Serialize)]
struct Role<'a> {
    id: TypeId,
    key: &'a str,
    name: &'a str,
}

/// A membership, before it is known which roles it brings.
struct Seat<'a> {
    id: Uuid,
    role: BaseRole,
    organization: &'a Organization<'a>,
}

/// Answers it.
pub(super) async fn answer(session: &Session<Statements>, question: &Me) -> Result<Vec<u8>, Failure> {
    let Me { tenant, user } = question;
    let (client, statements) = (&session.client, &session.statements);

    let memberships = client.query(&statements.memberships_of_user, &[tenant, user, &Me::FIRST]).await?;

    let ids = distinct(&memberships, 1)?;
    let users = slice::from_ref(user);
    let (organizations, assigned) = try_join(
        client.query(&statements.organizations_by_id, &[tenant, &ids]),
        client.query(&statements.assignments, &[tenant, &users, &ids]),
    )
    .await?;
    let organizations = organizations.iter().map(Organization::of).collect::<Result<HashMap<_, _>, _>>()?;
    let seats = memberships.iter().map(|row| Seat::of(row, *user, &organizations)).collect::<Result<Vec<_>, _>>()?;
    let assignments = Assignments::of(&assigned)?;

    let base_keys = base_keys(seats.iter().map(|seat| seat.role));
    let roles = client.query(&statements.roles, &[tenant, &distinct(&assigned, 2)?, &base_keys]).await?;
    let roles = Roles::of(&roles, Role::of)?;

    let mut nodes = Vec::with_capacity(seats.len());
    for Seat { id, role, organization } in seats {
        let roles = roles.held(role, *user, organization.id.1, &assignments)?;
        nodes.push(Membership { id: TypeId("mem", id), role, organization, roles });
    }
    let length = MEMBERSHIP_LENGTH * (nodes.len() + 1);
    let user = User { id: TypeId("user", *user) };
    write(Data { viewer: Viewer { user, memberships: Nodes { nodes } } }, length)
}

impl<'a> Organization<'a> {
    fn of(row: &'a Row) -> Result<(Uuid, Self), Failure> {
        let id = row.try_get(0)?;
        Ok((id, Self { id: TypeId("org", id), name: row.try_get(1)?, owner: row.try_get(2)? }))
    }
}

impl<'a> Seat<'a> {
    fn of(row: &Row, user: Uuid, organizations: &'a HashMap<Uuid, Organization<'a>>) -> Result<Self, Failure> {
        let organization = organizations.get(&row.try_get(1)?).ok_or("a membership without its organization")?;
        Ok(Self { id: row.try_get(0)?, role: BaseRole::of(organization.owner == user, row.try_get(2)?)?, organization })
    }
}

impl<'a> Role<'a> {
    fn of(id: Uuid, row: &'a Row) -> Result<Self, Failure> {
        Ok(Self { id: TypeId("role", id), key: row.try_get(1)?, name: row.try_get(2)? })
    }
}
