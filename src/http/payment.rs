//! What requests pay: who pays is found, what a request may cost is charged before it runs, and what it did not cost is given back.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, header};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::answer::Refusal;
use crate::budget::{Budgets, Charge, Exhausted, FAILED_ATTEMPT, Payer, Standing};
use crate::error::{Code, Error};
use crate::request::Request;

pub(super) const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
pub(super) const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What a request has paid, for its answer, its headers and its line of log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paid {
    /// Whose policy it is.
    policy: &'static str,
    /// What it may have cost.
    pub requested: u64,
    /// What it did cost; `None`: it did not run.
    pub actual: Option<u64>,
    standing: Standing,
}

/// Says who pays for a request. Whose credential is not known yet must enter first, and pays for trying where it does not hold.
pub(super) async fn payer(request: &Request) -> Result<Payer, Refusal> {
    if let Some(payer) = request.known_payer() {
        return Ok(payer);
    }
    let budgets = request.budgets();
    // Charged before it is tried: those who guess learn nothing once they have spent what they may.
    let attempt = budgets
        .charge(Payer::Attempts(request.network()), FAILED_ATTEMPT)
        .await
        .map_err(|exhausted| refused(&exhausted, request.now(), "too many tokens that do not hold came from your address"))?;
    match request.reader().await {
        Ok(reader) => {
            let _ = budgets.settle(&attempt, 0);
            Ok(reader.caller.payer)
        }
        Err(error) => {
            if error.code() != Code::Unauthenticated {
                let _ = budgets.settle(&attempt, 0);
            }
            Err(error.into())
        }
    }
}

/// Makes sure that a credential holds, where there is one and its payer is known.
pub(super) async fn enter(request: &Request) -> Result<(), Refusal> {
    if request.is_anonymous() {
        return Ok(());
    }
    match request.reader().await {
        Ok(_) => Ok(()),
        Err(error) => {
            if error.code() == Code::Unauthenticated {
                // It was known, and has ended since.
                let _ = request.budgets().charge(Payer::Attempts(request.network()), FAILED_ATTEMPT).await;
            }
            Err(error.into())
        }
    }
}

/// Charges what a request may cost.
pub(super) async fn charge<'a>(
    request: &'a Request,
    payer: Payer,
    cost: u64,
    paid: &mut Option<Paid>,
) -> Result<&'a Charge, Refusal> {
    let of = |standing| Paid { policy: payer.kind(), requested: cost, actual: None, standing };
    match request.budgets().charge(payer, cost).await {
        Ok(charge) => {
            *paid = Some(of(charge.standing));
            Ok(request.pay(charge))
        }
        Err(exhausted) => {
            *paid = Some(of(exhausted.standing));
            let message = format!("this request may cost {cost}, and you can spend {} for now", exhausted.standing.remaining);
            Err(refused(&exhausted, request.now(), message))
        }
    }
}

/// Gives back what a request did not cost.
pub(super) fn settle(budgets: &Budgets, charge: &Charge, actual: u64, paid: &mut Option<Paid>) {
    let standing = budgets.settle(charge, actual);
    if let Some(paid) = paid {
        *paid = Paid { actual: Some(actual.min(paid.requested)), standing, ..*paid };
    }
}

/// A request that costs more than one may.
pub(super) fn too_dear(cost: u64, most: u64) -> Refusal {
    let message = format!("the request may cost {cost}, and one may cost {most}: ask for smaller pages, or in several requests");
    let extensions = Map::from_iter([("cost".to_owned(), json!(cost)), ("limit".to_owned(), json!(most))]);
    Error::with_extensions(Code::CostLimitExceeded, message, extensions).into()
}

fn refused(exhausted: &Exhausted, now: DateTime<Utc>, message: impl Into<String>) -> Refusal {
    let Exhausted { standing, room_after } = exhausted;
    let extensions = Map::from_iter([
        ("limit".to_owned(), json!(standing.limit)),
        ("remaining".to_owned(), json!(standing.remaining)),
        ("resetAt".to_owned(), moment(now, standing.empty_after)),
        ("retryAfter".to_owned(), json!(seconds(*room_after))),
    ]);
    let error = Error::with_extensions(Code::RateLimited, message.into(), extensions);
    Refusal::from(error).with_header(header::RETRY_AFTER, HeaderValue::from(seconds(*room_after)))
}

impl Paid {
    /// As `extensions.cost`.
    pub fn extension(&self, now: DateTime<Utc>) -> Value {
        json!({
            "requested": self.requested,
            "actual": self.actual,
            "limit": self.standing.limit,
            "remaining": self.standing.remaining,
            "resetAt": moment(now, self.standing.empty_after),
        })
    }

    /// As headers: <https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/>.
    pub fn headers(&self) -> [(HeaderName, HeaderValue); 2] {
        let Standing { limit, remaining, empty_after, .. } = self.standing;
        let policy = format!("\"{}\";q={limit};qu=\"cost\";w={}", self.policy, self.standing.window().as_secs().max(1));
        let state = format!("\"{}\";r={remaining};t={}", self.policy, seconds(empty_after));
        // Numbers and the names of policies are ASCII.
        [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, state)]
            .map(|(name, text)| (name, HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))))
    }
}

fn moment(now: DateTime<Utc>, after: Duration) -> Value {
    let moment = TimeDelta::from_std(after).ok().and_then(|after| now.checked_add_signed(after)).unwrap_or(now);
    Value::from(moment.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// Whole seconds, and so many that it is over after them.
fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}
