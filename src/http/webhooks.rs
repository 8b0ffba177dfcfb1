//! `POST /webhooks/identity`: what the identity provider tells, signed.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::admission::run;
use super::answer::Refusal;
use super::json_body;
use super::log::{Came, Logged};
use crate::error::Error;
use crate::gateway::Gateway;
use crate::people::provider::{Outcome, ProviderEvent};

/// Takes a message in, and says that it need not be sent again.
pub(super) async fn identity(
    State(gateway): State<Gateway>,
    Extension(came): Extension<Came>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut logged = Logged::default();
    let id = came.id.clone();
    let outcome = run(&gateway, came, &headers, &mut logged, async |request, _| {
        let secret = gateway.identity_webhook.as_ref();
        let secret = secret.ok_or_else(|| Error::unauthenticated("no webhooks are taken in here"))?;
        let body = json_body::read(&gateway.door, &headers, body).await?;
        let message = secret.verify(&headers, &body, request.now())?;
        let payload = serde_json::from_slice(&body).map_err(|_| Error::bad_input("the body is not JSON"))?;
        Ok(ProviderEvent::read(message.id, message.sent_at, payload)?.take(&request).await?)
    })
    .await;
    logged.operation = Some("webhook identity".to_owned());
    let mut response = match outcome {
        Ok(Outcome::Done) => StatusCode::NO_CONTENT.into_response(),
        Ok(Outcome::Early) => {
            let early = "what this is about is not known yet: send it again";
            Refusal::from(Error::Unavailable(early.into())).text()
        }
        Err(refusal) => {
            logged.refuse(&refusal, &id, "a webhook failed");
            refusal.text()
        }
    };
    response.extensions_mut().insert(logged);
    response
}
