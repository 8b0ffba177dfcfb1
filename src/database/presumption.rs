//! Presuming that a caller is who it was: a query that reads once enters and reads in one statement.
//!
//! Of a session that was seen before, user, tenant and access version are known, so a query can be begun upon them without asking
//! first. Its first statement carries the question along: the session is looked up before anything is read, and nothing is read
//! unless all is as it was known. Such a statement is a transaction of its own, with a snapshot of its own.
//! There is no second one in it: a query that turns out to need more, or whose presumption does not hold, is started over in
//! an open transaction.

use std::sync::Arc;

use sea_orm::Value;
use sqlx::postgres::PgRow;

use super::batch::renumber;
use super::transaction::{Held, is_broken};
use super::{Credential, Database, Entered, Mode, Transaction};
use crate::error::Error;

/// How what was presumed stands.
#[derive(Debug)]
pub(super) enum Presumption {
    /// Nothing has been asked yet.
    Untested(Box<Untested>),
    /// The first statement is on its way.
    Testing,
    /// It holds.
    Confirmed,
    /// It does not hold, or not for all that was asked.
    Refuted,
    /// Postgres could not be asked.
    Failed(Option<Error>),
}

/// What is presumed.
#[derive(Debug)]
pub(super) struct Untested {
    database: Database,
    /// The subquery that enters, and its values.
    entering: (&'static str, Vec<Value>),
}

impl Presumption {
    /// Something is asked that the one statement cannot answer.
    pub fn give_up(&mut self) -> bool {
        if matches!(self, Self::Testing) {
            return false;
        }
        if !matches!(self, Self::Failed(_)) {
            *self = Self::Refuted;
        }
        true
    }

    /// Does it hold? Where nothing was asked, nobody knows. An error where Postgres cannot be asked at all.
    pub fn holds(&mut self) -> Result<bool, Error> {
        match self {
            Self::Failed(error) => error.take().map_or(Ok(false), Err),
            presumption => Ok(matches!(presumption, Self::Confirmed)),
        }
    }
}

impl Transaction {
    /// A transaction of one statement for a caller who was here before; none where the caller was not. Nothing is asked of
    /// Postgres yet. Whatever is read in it counts only if [`holds`](Self::holds) says so in the end.
    #[must_use]
    pub fn presume(database: &Database, credential: &Credential) -> Option<(Self, Entered)> {
        let known = database.sessions.known(credential)?;
        let entering = credential.entering(&known)?;
        let untested = Box::new(Untested { database: database.clone(), entering });
        let transaction = Self::on(database, None, Some(Presumption::Untested(untested)), Mode::Read);
        Some((transaction, Arc::unwrap_or_clone(known)))
    }

    /// Sends the first statement of a presumed transaction; a further one is refused.
    pub(super) async fn enter_and_send(&self, held: &mut Held, sql: &str, mut values: Vec<Value>) -> Result<Vec<PgRow>, Error> {
        let Some(Presumption::Untested(untested)) = held.presumption.replace(Presumption::Testing) else {
            held.presumption = Some(Presumption::Refuted);
            return Err(Error::internal("a presumed transaction has one statement"));
        };
        let Untested { database, entering: (entering, mut entering_values) } = *untested;
        let mut taken = match database.pool.take().await {
            Ok(taken) => taken,
            Err(error) => {
                held.presumption = Some(Presumption::Failed(Some(error)));
                return Err(Error::internal("no connection"));
            }
        };
        let lingers = taken.in_transaction;
        taken.in_transaction = false;
        held.taken = Some(taken);
        if lingers {
            self.end_what_lingers(held).await?;
        }
        // What is constant is decided before anything below it is read: Postgres puts this condition on top, as a one-time filter.
        let mut entered = String::with_capacity(sql.len() + entering.len() + 64);
        entered.push_str("select * from (");
        renumber(sql, entering_values.len(), &mut entered);
        entered.push_str(") asked where (");
        entered.push_str(entering);
        entered.push_str(") is not null");
        entering_values.append(&mut values);
        let rows = self.send(held, &entered, entering_values).await;
        held.presumption = Some(match &rows {
            // Every statement answers in one row: none means that nothing was read.
            Ok(rows) if rows.is_empty() => Presumption::Refuted,
            Err(error) if is_broken(error) => Presumption::Refuted,
            Ok(_) | Err(_) => Presumption::Confirmed,
        });
        Ok(rows?)
    }
}
