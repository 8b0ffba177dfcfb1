//! One organization with its owner's e-mail: one statement.

use serde::Serialize;

use super::statement::Statements;
use crate::{
    failure::Failure,
    hand_written::{self, Session, TypeId, write},
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
pub(super) async fn answer(session: &Session<Statements>, question: &hand_written::Point) -> Result<Vec<u8>, Failure> {
    let row = session.client.query_opt(&session.statements.point, &[&question.tenant, &question.organization]).await?;
    let organization = row
        .as_ref()
        .map(|row| -> Result<_, Failure> {
            Ok(Organization {
                id: TypeId("org", row.try_get(0)?),
                name: row.try_get(1)?,
                owner: row.try_get::<_, Option<_>>(2)?.map(|email| Owner { email }),
            })
        })
        .transpose()?;
    write(Data { organization }, EXPECTED_LENGTH)
}
