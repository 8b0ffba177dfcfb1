//! The Authorization API of OpenID AuthZEN, version 1.0, for services that speak it: <https://openid.net/specs/authorization-api-1_0.html>.
//!
//! A subject is a `user`, an action's name is a permission's key, and a resource is named by its TypeID. What is asked about an
//! organization is asked in it; about anything else in `context.organization_id`, or in the tenant where that is absent.

mod message;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tracing::Instrument as _;

use self::message::{Evaluation, Evaluations};
use super::admission::run;
use super::answer::{Refusal, status};
use super::json_body;
use super::log::{Came, Logged, REQUEST_ID};
use super::payment;
use crate::access::Context;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::questions::{self, AccessDecision, Asked};
use crate::request::Request;

/// `POST /access/v1/evaluation`
pub(super) async fn evaluation(
    State(gateway): State<Gateway>,
    Extension(came): Extension<Came>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    respond(&gateway, came, &headers, body, "evaluation", async |request, body| single(&request, read::<Evaluation>(&body)?).await)
        .await
}

/// `POST /access/v1/evaluations`
pub(super) async fn evaluations(
    State(gateway): State<Gateway>,
    Extension(came): Extension<Came>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    respond(&gateway, came, &headers, body, "evaluations", async |request, body| {
        let (each, semantic, alone) = read::<Evaluations>(&body)?.unfold();
        if each.is_empty() {
            return single(&request, alone).await;
        }
        if each.len() > questions::MOST_QUESTIONS {
            let message = format!("`evaluations` must be at most {} evaluations", questions::MOST_QUESTIONS);
            return Err(Error::bad_input(message).into());
        }
        let mut answers = Vec::with_capacity(each.len());
        for answer in decide(&request, each).await? {
            let decision = answer.as_ref().is_ok_and(|answer| answer.allowed);
            answers.push(answer.map_or_else(|error| failed(&error), |answer| decided(&answer)));
            if semantic.ends_with(decision) {
                break;
            }
        }
        Ok(json!({ "evaluations": answers }))
    })
    .await
}

/// Any other method.
pub(super) async fn other_method() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "POST")], "send evaluations by POST").into_response()
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|error| Error::bad_input(format!("the body is no request of this API: {error}")))
}

async fn single(request: &Request, evaluation: Evaluation) -> Result<Value, Refusal> {
    let answers = decide(request, vec![evaluation]).await?;
    let answer = answers.into_iter().next().ok_or_else(|| Error::internal("an evaluation without an answer"))?;
    Ok(decided(&answer?))
}

/// The answer to each; one that cannot be read, or may not be asked, fails alone.
async fn decide(request: &Request, evaluations: Vec<Evaluation>) -> Result<Vec<Result<AccessDecision, Error>>, Refusal> {
    let payer = payment::payer(request).await?;
    payment::charge(request, payer, evaluations.len() as u64, &mut None).await?;
    // Whoever has not signed in is told so before its questions are read.
    payment::enter(request).await?;
    request.reader().await?;
    let read: Vec<Result<(Asked, Context), Error>> =
        evaluations.into_iter().map(|evaluation| evaluation.read(&request.context())).collect();
    let questions: Vec<(Asked, Context)> = read.iter().filter_map(|read| read.as_ref().ok().cloned()).collect();
    let mut answers = questions::decide(request, &questions).await?.into_iter();
    let unanswered = || Err(Error::internal("an evaluation without an answer"));
    Ok(read.into_iter().map(|read| read.and_then(|_| answers.next().unwrap_or_else(unanswered))).collect())
}

fn decided(answer: &AccessDecision) -> Value {
    let mut context = json!({ "reason": answer.reason_name(), "permission": answer.permission.key() });
    if let Some(organization) = answer.organization {
        context["organization_id"] = json!(organization.to_string());
    }
    json!({ "decision": answer.allowed, "context": context })
}

fn failed(error: &Error) -> Value {
    json!({ "decision": false, "context": { "error": { "status": status(error.code()).as_u16(), "message": error.public_message() } } })
}

/// A decision is always 200; what went wrong with the request has its status, and a text.
async fn respond(
    gateway: &Gateway,
    came: Came,
    headers: &HeaderMap,
    body: Body,
    operation: &'static str,
    answer: impl AsyncFnOnce(Request, Bytes) -> Result<Value, Refusal>,
) -> Response {
    let mut logged = Logged { operation: Some(operation.to_owned()), ..Logged::default() };
    let id = came.id.clone();
    let outcome = match json_body::read(&gateway.door, headers, body).await {
        Ok(body) => {
            let span = tracing::info_span!("authzen", request = %id, operation);
            let answer = async |request, _: &_| answer(request, body).instrument(span).await;
            run(gateway, came, headers, &mut logged, answer).await
        }
        Err(refusal) => Err(refusal),
    };
    let mut response = match outcome {
        Ok(answer) => axum::Json(answer).into_response(),
        Err(refusal) => {
            logged.refuse(&refusal, &id, "a request failed");
            refusal.text()
        }
    };
    // The caller's own id comes back as it is, though the log may know the request by another.
    if let Some(id) = headers.get(REQUEST_ID) {
        response.headers_mut().insert(REQUEST_ID, id.clone());
    }
    response.extensions_mut().insert(logged);
    response
}
