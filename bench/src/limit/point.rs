//! One organization with its owner's e-mail: one statement.

use serde::{Deserialize, Serialize};

use super::{id, pool::Session, type_id::TypeId, write};
use crate::failure::Failure;

/// The answer is short, and never as long as this.
const EXPECTED_LENGTH: usize = 256;

/// Which organization.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Question<'a> {
    tenant_id: &'a str,
    organization_id: &'a str,
}

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
pub(super) async fn answer(session: &Session, question: &Question<'_>) -> Result<Vec<u8>, Failure> {
    let tenant = id("ten", question.tenant_id)?;
    let organization = id("org", question.organization_id)?;
    let row = session.client.query_opt(&session.statements.point, &[&tenant, &organization]).await?;
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
