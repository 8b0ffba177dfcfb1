//! One operation of a connection that stays open: as over HTTP, and subscriptions besides.

use async_graphql::parser::types::OperationType;
use axum::http::HeaderMap;
use tracing::Instrument as _;

use super::outlet::{Outgoing, Outlet};
use super::places::{OwnPlace, Who};
use super::subscription::{Priced, Subscription};
use crate::gateway::Gateway;
use crate::graph::{self, Answer, Plan, request_errors};
use crate::http::admission::run;
use crate::http::answer::Refusal;
use crate::http::concurrency::Place as RunningPlace;
use crate::http::graphql::{By, perform, priced, resolve, shown_name, span};
use crate::http::log::{Came, Logged};
use crate::http::parameters::Parameters;
use crate::http::payment;
use crate::identity;
use crate::live::Cursor;
use crate::request::Request;

/// What an operation has come to.
pub(super) enum Begun {
    /// It is answered.
    Answer(Answer),
    /// It goes on.
    Subscription(Box<Subscription>),
}

/// Who asks, and from where: what every operation of a connection has in common.
#[derive(Clone, Debug)]
pub(super) struct Asking {
    pub came: Came,
    /// With the credential.
    pub headers: HeaderMap,
}

/// Begins an operation, as one of a bounded number that run and in a bounded time. What follows of a subscription counts
/// among the subscriptions.
pub(super) async fn begin(
    gateway: &Gateway,
    asking: &Asking,
    parameters: &Parameters,
    by: By,
    after: Option<Cursor>,
    logged: &mut Logged,
) -> Result<Begun, Refusal> {
    let (mut name, mut paid) = (None, None);
    let begin = async |request: Request, place: &RunningPlace| {
        let found = resolve(gateway, &request, parameters).await?;
        let wanted = parameters.operation_name.as_deref();
        let operation = graph::operation(&found.document.syntax, wanted).map_err(Refusal::malformed)?;
        name = shown_name(&found.document.syntax, wanted);
        if operation.ty != OperationType::Subscription {
            let performed = perform(gateway, &request, parameters, by, &found, operation, &mut paid);
            let performed = performed.instrument(span(&request, name.as_deref())).await?;
            if operation.ty == OperationType::Query {
                place.has_run(&found.document.pace);
            }
            return Ok(Begun::Answer(performed.answer));
        }
        // Whoever watches has signed in: there is nothing to watch for others.
        let payer = payment::payer(&request).await?;
        payment::enter(&request).await?;
        let most = gateway.services.budgets.most(&payer);
        let (variables, cost) = priced(gateway, parameters, &found, operation, most)?;
        payment::charge(&request, payer, cost, &mut paid).await?;
        if let Some(registered) = &found.registered {
            gateway.usage.count(registered.tenant, registered.id, request.now());
        }
        let plan = Plan::new(&gateway.tables, &found.document.syntax, operation, &variables)
            .map_err(|error| Refusal::of_variables(vec![error]))?;
        let credential = identity::credential(&asking.headers)?;
        let begun = Subscription::begin(gateway, &request, &asking.came, credential, Priced { plan, cost }, after);
        Ok(Begun::Subscription(Box::new(begun.instrument(span(&request, name.as_deref())).await?)))
    };
    let outcome = run(gateway, asking.came.clone(), &asking.headers, logged, begin).await;
    (logged.operation, logged.paid) = (name, paid);
    match &outcome {
        Ok(Begun::Answer(answer)) => {
            for error in &answer.internal {
                tracing::error!(request = %asking.came.id, error = %error, "a field failed");
            }
            logged.codes.clone_from(&answer.codes);
        }
        Ok(Begun::Subscription(_)) => {}
        Err(refusal) => logged.refuse(refusal, &asking.came.id, "a request failed"),
    }
    outcome
}

/// Puts all that comes of an operation into its outlet.
pub(super) async fn carry(begun: Result<Begun, Refusal>, asking: &Asking, outlet: Outlet) {
    // Who has gone gets nothing.
    let _ = match begun {
        Ok(Begun::Answer(answer)) => match outlet.put(Outgoing::Next { body: answer.body, cursor: None }).await {
            Ok(()) => outlet.put(Outgoing::Complete).await,
            gone => gone,
        },
        Ok(Begun::Subscription(subscription)) => {
            subscription.run(outlet).await;
            Ok(())
        }
        Err(refusal) => outlet.put(Outgoing::Refused { body: request_errors(&refusal.errors, &asking.came.id) }).await,
    };
}

/// One of the places of whoever asks; refused where the credential does not hold.
pub(super) async fn enter(gateway: &Gateway, asking: &Asking) -> Result<OwnPlace, Refusal> {
    let address = asking.came.origin.ip;
    let who =
        run(gateway, asking.came.clone(), &asking.headers, &mut Logged::default(), async |request: Request, _: &RunningPlace| {
            if request.is_anonymous() {
                return Ok(Who::Address(address));
            }
            Ok(Who::User(request.reader().await?.caller.user))
        })
        .await?;
    Ok(gateway.door.live.enter_as(who)?)
}
