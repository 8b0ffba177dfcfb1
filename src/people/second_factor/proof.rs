//! What proves the second factor: a code of the app, or one for emergencies. Each counts once.

use chrono::{DateTime, Utc};
use entity::id::UserId;

use super::{codes, store};
use crate::database::Transaction;
use crate::error::{Code, Error};
use crate::graph::Fields;
use crate::people::event::Happened;
use crate::request::Request;
use crate::secrets::SecretKeys;

/// What somebody sends as proof.
#[derive(Clone, Debug, Default)]
pub(in crate::people) struct Proof {
    code: Option<String>,
    recovery_code: Option<String>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::people) enum AnswerTo {
    /// It proves the second factor.
    Right,
    /// It does not, or has been used.
    Wrong,
}

impl Proof {
    /// Its two fields.
    pub fn fields() -> Fields<Self> {
        Fields::default()
            .field("code", "The six digits that your authenticator app shows.", |into: &mut Self, code| into.code = code)
            .field("recoveryCode", "Instead of it, one of your codes for emergencies. It holds once.", |into, code| {
                into.recovery_code = code;
            })
    }

    /// Was anything sent?
    pub fn is_sent(&self) -> bool {
        self.code.is_some() || self.recovery_code.is_some()
    }

    /// Uses it up, in a transaction that is its person's.
    pub async fn check(
        &self,
        request: &Request,
        transaction: &Transaction,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Result<AnswerTo, Error> {
        match (&self.code, &self.recovery_code) {
            (Some(code), None) => {
                let Some(factor) = store::lock(transaction, user).await?.filter(|factor| factor.is_confirmed) else {
                    return Ok(AnswerTo::Wrong);
                };
                let secret = keys(request)?.open(&factor.secret, user.uuid().as_bytes())?;
                let Some(step) = codes::step(&codes::totp(&secret, "account")?, code, now) else { return Ok(AnswerTo::Wrong) };
                Ok(if store::use_step(transaction, user, step).await? { AnswerTo::Right } else { AnswerTo::Wrong })
            }
            (None, Some(code)) => {
                if !store::use_recovery_code(transaction, user, &codes::recovery_hash(code)).await? {
                    return Ok(AnswerTo::Wrong);
                }
                Happened::RecoveryCodeUsed.to(user, transaction, request).await?;
                Ok(AnswerTo::Right)
            }
            (Some(_), Some(_)) | (None, None) => Err(Error::bad_input("send either `code` or `recoveryCode`")),
        }
    }
}

/// What secrets are sealed with.
pub(super) fn keys(request: &Request) -> Result<&SecretKeys, Error> {
    let missing =
        || Error::client(Code::Unavailable, "there is no second factor here: the operator has to set `TENANTRY_SECRET_KEY`");
    request.services().keys.as_ref().ok_or_else(missing)
}
