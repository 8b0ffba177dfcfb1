//! The type `SecondFactor`.

use std::sync::Arc;

use super::store;
use crate::error::Error;
use crate::graph::{Object, ObjectType};
use crate::request::Request;

/// How the caller's second factor stands.
#[derive(Debug)]
pub struct SecondFactor {
    is_enabled: bool,
    recovery_codes_left: i32,
}

impl Object for SecondFactor {
    fn name() -> &'static str {
        "SecondFactor"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("Your second factor: a code of an authenticator app, beside your password.")
            .field("isEnabled", "Does signing in with your password take it?", |factor| &factor.is_enabled)
            .field("recoveryCodesLeft", "How many of your codes for emergencies were not used yet.", |factor| {
                &factor.recovery_codes_left
            })
    }
}

/// The caller's, for each parent the same.
pub async fn second_factors(request: Request, parents: Vec<()>) -> Result<std::collections::HashMap<(), Arc<SecondFactor>>, Error> {
    let reader = request.reader().await?;
    reader.caller.require_person()?;
    let (is_enabled, left) = store::state(&reader).await?;
    let factor = Arc::new(SecondFactor { is_enabled, recovery_codes_left: left.try_into().unwrap_or(i32::MAX) });
    Ok(parents.into_iter().map(|()| ((), Arc::clone(&factor))).collect())
}
