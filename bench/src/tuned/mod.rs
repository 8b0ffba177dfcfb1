//! Tuned: the same answers, as cheap as could be made by hand. Joins what a row has one of, and asks what need not wait at once.

mod me;
mod org_tree;
mod point;
mod role;
mod statement;
mod user;

use tokio_postgres::{Client, Error};

use self::statement::Statements;
use crate::{
    failure::Failure,
    hand_written::{Me, OrgTree, Point, Program, Session},
};

/// The program.
pub(crate) enum Tuned {}

impl Program for Tuned {
    type Statements = Statements;

    const NAME: &'static str = "bench tuned";

    /// A planner that looks at every array anew takes longer than the statement; and it would compile
    /// statements that run for a millisecond.
    const OPTIONS: &'static str = "-c plan_cache_mode=force_generic_plan -c jit=off";

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
