//! The limit: what the same answers cost without GraphQL, guards and tenancy. One statement for each relation, for all parents.

mod me;
mod org_tree;
mod point;
mod role;
mod statement;

use tokio_postgres::{Client, Error, Row};
use uuid::Uuid;

use self::statement::Statements;
use crate::{
    failure::Failure,
    hand_written::{Me, OrgTree, Point, Program, Session},
};

/// The program.
pub(crate) enum Limit {}

impl Program for Limit {
    type Statements = Statements;

    const NAME: &'static str = "bench limit";

    /// The planner as the server has it.
    const OPTIONS: &'static str = "";

    async fn prepare(client: &Client) -> Result<Statements, Error> {
        Statements::prepare(client).await
    }

    async fn org_tree(session: &Session<Statements>, question: &OrgTree) -> Result<Vec<u8>, Failure> {
        org_tree::answer(session, question).await
    }

    async fn point(session: &Session<Statements>, question: &Point) -> Result<Vec<u8>, Failure> {
        point::answer(session, question).await
    }

    async fn me(session: &Session<Statements>, question: &Me) -> Result<Vec<u8>, Failure> {
        me::answer(session, question).await
    }
}

/// The ids in a column, each once: what the next level is asked for.
fn distinct(rows: &[Row], column: usize) -> Result<Vec<Uuid>, Error> {
    let mut ids = rows.iter().map(|row| row.try_get(column)).collect::<Result<Vec<_>, _>>()?;
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}
