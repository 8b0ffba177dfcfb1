//! One organization, then its owner's e-mail: two statements.

use serde::Serialize;
use tokio_postgres::Row;
use uuid::Uuid;

use super::statement::Statements;
use crate::{
    failure::Failure,
    hand_written::{Point, Session, TypeId, write},
};

/// The answer is short, and never as long as this.
const EXPECTED_LENGTH: usize = 256;

#[derive(Serialize)]
struct Data<'a> {
    organization: Option<Organization<'a>>,
}

#[derive(Serialize)]
struct Organization<'a> {
    id: TypeId,
    name: &'a str,
    owner: Option<Owner<'a>>,
}

#[derive(Serialize)]
struct Owner<'a> {
    email: &'a str,
}

/// Answers it.
pub(super) async fn answer(session: &Session<Statements>, question: &Point) -> Result<Vec<u8>, Failure> {
    let (client, statements) = (&session.client, &session.statements);
    let Some(organization) = client.query_opt(&statements.organization, &[&question.tenant, &question.organization]).await? else {
        return write(Data { organization: None }, EXPECTED_LENGTH);
    };
    let owner: Uuid = organization.try_get(2)?;
    let owner = client.query_opt(&statements.owner, &[&owner]).await?;
    let organization = Organization {
        id: TypeId("org", organization.try_get(0)?),
        name: organization.try_get(1)?,
        owner: owner.as_ref().map(Owner::of).transpose()?,
    };
    write(Data { organization: Some(organization) }, EXPECTED_LENGTH)
}

impl<'a> Owner<'a> {
    fn of(row: &'a Row) -> Result<Self, Failure> {
        Ok(Self { email: row.try_get(0)? })
    }
}
