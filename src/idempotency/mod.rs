//! Keys by which a client repeats a mutation without repeating its effect.
//!
//! A key is taken in the transaction of the effect, so that both are there or neither; a second request with the same key waits
//! for the first one's end, and then answers with what came of it.

mod store;

use std::sync::Arc;

use entity::TypedId;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::Error;
use crate::request::Writer;
use crate::user_error::{UserError, UserErrorCode};

const LONGEST_KEY: usize = 200;

/// The description of the field `idempotencyKey` of an input.
pub const DESCRIPTION: &str =
    "Any text of yours. The same key with the same input gives what came of it the first time, and makes no second one.";

/// What came of taking a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken<I> {
    /// It is this request's: do what was asked.
    Now,
    /// It was used for this very input: this came of it.
    Before(I),
    /// It was used for another input.
    ForAnotherInput,
}

impl<I: TypedId> Taken<I> {
    fn of(before: Option<(Uuid, Vec<u8>)>, digest: &[u8]) -> Self {
        match before {
            None => Self::Now,
            Some((before, its_digest)) if its_digest == digest => Self::Before(before.into()),
            Some(_) => Self::ForAnotherInput,
        }
    }
}

/// What is wrong with a key, if anything.
#[must_use]
pub fn complaint(key: Option<&str>) -> Option<Arc<UserError>> {
    let wrong = key.is_some_and(|key| key.is_empty() || key.len() > LONGEST_KEY);
    wrong.then(|| {
        let message = format!("an idempotency key has 1 to {LONGEST_KEY} bytes");
        UserError::at(&["idempotencyKey"], UserErrorCode::Invalid, message)
    })
}

/// What is said where a key comes back with another input.
#[must_use]
pub fn reused() -> Arc<UserError> {
    UserError::at(
        &["idempotencyKey"],
        UserErrorCode::IdempotencyKeyReused,
        "the key was sent before with another input: use a new one for another effect",
    )
}

impl Writer {
    /// Takes a key for an operation with this input, of which `made` will come. Without a key there is nothing to take.
    pub async fn take_key<I: TypedId>(
        &self,
        operation: &'static str,
        key: Option<&str>,
        input: &Value,
        made: I,
    ) -> Result<Taken<I>, Error> {
        let Some(key) = key else { return Ok(Taken::Now) };
        let digest = Sha256::digest(input.to_string()).to_vec();
        Ok(Taken::of(store::take(self, operation, key, &digest, made.uuid()).await?, &digest))
    }

    /// The same for what somebody makes outside of every tenant.
    pub async fn take_personal_key<I: TypedId>(
        &self,
        operation: &'static str,
        key: Option<&str>,
        input: &Value,
        made: I,
    ) -> Result<Taken<I>, Error> {
        let Some(key) = key else { return Ok(Taken::Now) };
        let digest = Sha256::digest(input.to_string()).to_vec();
        Ok(Taken::of(store::take_personal(self, operation, key, &digest, made.uuid()).await?, &digest))
    }
}
