//! Statements that wait for Postgres at the same moment go there as one.
//!
//! The relations of a level load side by side, and each says what it needs before any of them is sent. A statement that answers
//! in columns gives one row, so several of them stand side by side in one statement: `select * from (…) s0, (…) s1`. A level
//! of a query costs one round trip, then, and a round trip costs more than most of these statements.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use sea_orm::Value;
use sqlx::postgres::PgRow;
use tokio::sync::oneshot;

use crate::error::Error;

/// So many statements go together at most, so that their values stay below what Postgres can number.
const LARGEST: usize = 32;

/// A statement that answers in one row of arrays.
pub(super) struct Waiting {
    sql: Cow<'static, str>,
    values: Vec<Value>,
    columns: usize,
    answer: oneshot::Sender<Result<Part, Error>>,
}

/// One statement's part of the row that several gave together.
#[derive(Clone)]
pub(super) struct Part {
    /// The row; none where Postgres sent none.
    pub row: Option<Arc<PgRow>>,
    /// The first column that is this statement's.
    pub first: usize,
}

/// The statements that wait.
#[derive(Default)]
pub(super) struct Queue(Mutex<Vec<Waiting>>);

impl std::fmt::Debug for Queue {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Queue(…)")
    }
}

impl Queue {
    /// Puts a statement in, and gives the place where its answer will be.
    pub fn push(&self, sql: Cow<'static, str>, values: Vec<Value>, columns: usize) -> oneshot::Receiver<Result<Part, Error>> {
        let (answer, receiver) = oneshot::channel();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Waiting { sql, values, columns, answer });
        receiver
    }

    /// Takes out what may be sent together.
    pub fn take(&self) -> Vec<Waiting> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.len().min(LARGEST);
        waiting.drain(..count).collect()
    }
}

/// Lets whoever runs beside this say what it needs, once.
pub(super) async fn let_others_in() {
    let mut let_in = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut let_in, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// One statement that does what all these do, with the values of all.
pub(super) fn together(batch: &mut [Waiting]) -> (Cow<'static, str>, Vec<Value>) {
    if let [alone] = batch {
        return (std::mem::take(&mut alone.sql), std::mem::take(&mut alone.values));
    }
    let mut sql = String::with_capacity(batch.iter().map(|waiting| waiting.sql.len() + 16).sum());
    let mut values = Vec::with_capacity(batch.iter().map(|waiting| waiting.values.len()).sum());
    sql.push_str("select * from ");
    for (place, waiting) in batch.iter_mut().enumerate() {
        sql.push_str(if place > 0 { ", (" } else { "(" });
        renumber(&waiting.sql, values.len(), &mut sql);
        // Writing to a String cannot fail.
        let _ = write!(sql, ") s{place}");
        values.append(&mut waiting.values);
    }
    (sql.into(), values)
}

/// Gives each statement its part of the answer, or the failure of the whole.
pub(super) fn hand_out(batch: Vec<Waiting>, answer: Result<Option<PgRow>, Error>) {
    let row = answer.map(|row| row.map(Arc::new));
    let mut first = 0;
    for waiting in batch {
        // Nobody waits any more where the client has hung up.
        let _ = waiting.answer.send(row.clone().map(|row| Part { row, first }));
        first += waiting.columns;
    }
}

/// Copies a statement whose placeholders begin later. None of ours has a `$` that is not one.
pub(super) fn renumber(sql: &str, offset: usize, into: &mut String) {
    let mut rest = sql;
    while let Some(place) = rest.find('$') {
        let (before, placeholder) = rest.split_at(place + 1);
        into.push_str(before);
        let digits = placeholder.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = placeholder.split_at(digits);
        match number.parse::<usize>() {
            // Writing to a String cannot fail.
            Ok(number) => drop(write!(into, "{}", number + offset)),
            Err(_) => into.push_str(number),
        }
        rest = after;
    }
    into.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_begin_where_those_before_ended() {
        let mut sql = String::new();
        renumber("select $1, $2::uuid[] where $10 = any($2)", 3, &mut sql);
        assert_eq!(sql, "select $4, $5::uuid[] where $13 = any($5)");
    }
}
