//! The viewer's memberships with organization and roles: two statements that need not wait for each other.

use futures_util::future::try_join;
use serde::Serialize;
use tokio_postgres::Row;
use uuid::Uuid;

use super::statement::Statements;
use crate::{
    failure::Failure,
    hand_written::{self, BaseRole, Nodes, Session, TypeId, write},
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
    organization: Organization<'a>,
    roles: Vec<Role<'a>>,
}

#[derive(Serialize)]
struct Organization<'a> {
    id: TypeId,
    name: &'a str,
}

#[derive(Clone, Copy, Serialize)]
struct Role<'a> {
    id: TypeId,
    key: &'a str,
    name: &'a str,
}

struct Assignment<'a> {
    organization: Option<Uuid>,
    role: Role<'a>,
}

/// Answers it.
pub(super) async fn answer(session: &Session<Statements>, question: &hand_written::Me) -> Result<Vec<u8>, Failure> {
    let hand_written::Me { tenant, user } = question;
    let (client, statements) = (&session.client, &session.statements);
    let (memberships, assignments) = try_join(
        client.query(&statements.own_memberships, &[tenant, user, &hand_written::Me::FIRST]),
        client.query(&statements.own_roles, &[tenant, user]),
    )
    .await?;
    let assignments = assignments.iter().map(assignment).collect::<Result<Vec<_>, Failure>>()?;
    let nodes = memberships.iter().map(|row| membership(row, &assignments)).collect::<Result<Vec<_>, Failure>>()?;
    let length = MEMBERSHIP_LENGTH * (nodes.len() + 1);
    let user = User { id: TypeId("user", *user) };
    let viewer = Viewer { user, memberships: Nodes { nodes } };
    write(Data { viewer }, length)
}

fn assignment(row: &Row) -> Result<Assignment<'_>, Failure> {
    Ok(Assignment { organization: row.try_get(0)?, role: role(row, 1)? })
}

fn membership<'a>(row: &'a Row, assignments: &[Assignment<'a>]) -> Result<Membership<'a>, Failure> {
    let organization: Uuid = row.try_get(3)?;
    let mut roles = vec![role(row, 5)?];
    for assignment in assignments {
        let applies = assignment.organization.is_none_or(|only| only == organization);
        if applies && roles.iter().all(|held| held.id.1 != assignment.role.id.1) {
            roles.push(assignment.role);
        }
    }
    Ok(Membership {
        id: TypeId("mem", row.try_get(0)?),
        role: BaseRole::of(row.try_get(2)?, row.try_get(1)?)?,
        organization: Organization { id: TypeId("org", organization), name: row.try_get(4)? },
        roles,
    })
}

/// A role in three columns, of which this is the first.
fn role(row: &Row, column: usize) -> Result<Role<'_>, Failure> {
    Ok(Role { id: TypeId("role", row.try_get(column)?), key: row.try_get(column + 1)?, name: row.try_get(column + 2)? })
}
