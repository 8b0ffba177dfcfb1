//! A subscription that runs: it hears of events, and reads each in a snapshot of its own, in which its caller is asked anew
//! who it is and what it may. What it may no more ends it, with the reason.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use entity::id::TenantId;
use metrics::counter;
use serde_json::Map;

use super::outlet::{Gone, Outgoing, Outlet};
use crate::access::Caller;
use crate::clock;
use crate::database::Credential;
use crate::error::{Code, Error};
use crate::gateway::Gateway;
use crate::graph::{self, Plan, Stage, request_errors};
use crate::http::log::Came;
use crate::live::{Cursor, Event, Heard, LARGEST_PAGE, Position, Registration, Topic, history};
use crate::request::Request;

/// Where the database is out of reach, events wait for so long.
const PATIENCE: Duration = Duration::from_secs(60);
/// It is tried again after so long.
const PAUSE: Duration = Duration::from_millis(100);
/// But no later.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A subscription that runs.
pub(super) struct Subscription {
    gateway: Gateway,
    came: Came,
    credential: Credential,
    plan: Plan,
    /// What each event is charged with.
    cost: u64,
    tenant: TenantId,
    topic: Topic,
    registration: Registration,
    /// What is shown before what comes: events after this one.
    after: Option<Position>,
    /// Everything up to here was shown.
    shown: Position,
    /// What was the case when it was told last.
    state: Option<u64>,
}

/// What is asked of each event.
pub(super) struct Priced {
    pub plan: Plan,
    /// What it costs.
    pub cost: u64,
}

/// What a subscription looks at.
enum Look<'a> {
    /// Events that it has heard of.
    Events(&'a [Arc<Event>]),
    /// A page of what was before.
    History(Position),
}

/// What it saw.
struct Seen {
    answers: Vec<(Cursor, Vec<u8>)>,
    /// The last event that it looked at, and how many there were.
    last: Option<(Position, usize)>,
    state: Option<u64>,
}

/// Why nothing comes any more.
enum End {
    Gone,
    Stopping,
    Error(Error),
}

impl From<Gone> for End {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Subscription {
    /// Begins where its caller may; `resumed` goes before what the document says.
    pub async fn begin(
        gateway: &Gateway,
        request: &Request,
        came: &Came,
        credential: Option<Credential>,
        Priced { plan, cost }: Priced,
        resumed: Option<Cursor>,
    ) -> Result<Self, Error> {
        let Some(credential) = credential else { return Err(Error::unauthenticated("sign in first: send a bearer token")) };
        let watch = graph::watch(&gateway.tables, request, &plan, Stage::Beginning).await?;
        let after = resumed.or(watch.after);
        if let Some(after) = after {
            after.require_known(request.now(), gateway.live.settings())?;
        }
        let reader = request.reader().await?;
        let Some(tenant) = reader.caller.presence.as_ref().map(|presence| presence.tenant) else {
            return Err(Error::bad_input("choose a tenant first (`switchTenant`)"));
        };
        let registration = gateway.live.register(tenant, reader.caller.session, watch.topic).await?;
        if watch.state.is_some() {
            // It may have changed since it was read, and before it is heard of.
            registration.doubt();
        }
        counter!("tenantry_live_subscriptions_total", "topic" => watch.topic.name()).increment(1);
        Ok(Self {
            gateway: gateway.clone(),
            came: came.clone(),
            credential,
            plan,
            cost,
            tenant,
            topic: watch.topic,
            after: after.map(|after| after.position),
            shown: registration.position,
            state: after.and_then(|after| after.state).or(watch.state),
            registration,
        })
    }

    /// Runs until it ends, or nobody takes what it says.
    pub async fn run(mut self: Box<Self>, outlet: Outlet) {
        let end = tokio::select! {
            end = self.follow(&outlet) => end,
            () = outlet.gone() => End::Gone,
        };
        let reason = match &end {
            End::Gone => "hung_up",
            End::Stopping => "stopping",
            End::Error(error) => error.code().name(),
        };
        counter!("tenantry_live_ended_total", "reason" => reason).increment(1);
        tracing::info!(request = %self.came.id, topic = self.topic.name(), reason, "a subscription ended");
        // Who has gone gets nothing.
        let _ = match end {
            End::Gone => Ok(()),
            End::Stopping => outlet.put(Outgoing::Interrupted).await,
            End::Error(error) => {
                if let Error::Internal(_) = error {
                    tracing::error!(request = %self.came.id, %error, "a subscription failed");
                }
                outlet.put(Outgoing::Refused { body: request_errors(&[error], &self.came.id) }).await
            }
        };
    }

    async fn follow(&mut self, outlet: &Outlet) -> End {
        match self.catch_up(outlet).await {
            Ok(()) => {}
            Err(end) => return end,
        }
        loop {
            let heard = match self.registration.heard().await {
                Ok(heard) => heard,
                Err(error) => return error.into(),
            };
            let looked = match heard {
                Heard::Stopping => return End::Stopping,
                Heard::Doubt => self.show(&Look::Events(&[]), outlet).await,
                Heard::Events(events) => self.show(&Look::Events(&events), outlet).await,
            };
            if let Err(end) = looked {
                return end;
            }
        }
    }

    /// Shows what was before it began, and after what its client has seen. What comes meanwhile waits.
    async fn catch_up(&mut self, outlet: &Outlet) -> Result<(), End> {
        let mut after = self.after.filter(|after| *after < self.registration.position);
        while let Some(position) = after {
            let last = self.show(&Look::History(position), outlet).await?;
            after = last.filter(|(_, count)| *count >= LARGEST_PAGE).map(|(position, _)| position);
        }
        Ok(())
    }

    /// Looks, and says what it saw. Where the database is out of reach it looks again.
    async fn show(&mut self, look: &Look<'_>, outlet: &Outlet) -> Result<Option<(Position, usize)>, End> {
        let (start, mut pause) = (Instant::now(), PAUSE);
        let seen = loop {
            match self.look(look).await {
                Err(Error::Unavailable(_) | Error::Timeout) if start.elapsed() < PATIENCE => {
                    tokio::time::sleep(pause).await;
                    pause = LONGEST_PAUSE.min(pause * 2);
                }
                looked => break looked?,
            }
        };
        for (cursor, body) in seen.answers {
            outlet.put(Outgoing::Next { body, cursor: Some(cursor.encode()) }).await?;
            counter!("tenantry_live_delivered_total", "topic" => self.topic.name()).increment(1);
        }
        self.state = seen.state;
        if let Some((position, _)) = seen.last {
            self.shown = self.shown.max(position);
        }
        Ok(seen.last)
    }

    /// One snapshot: who asks, whether it may, and what it sees. Nothing of it is said before all is read.
    async fn look(&self, look: &Look<'_>) -> Result<Seen, Error> {
        // Requests go before: few subscriptions read at a time.
        let _turn = self.gateway.live.turn().await;
        let (services, credential) = (self.gateway.services.clone(), Some(self.credential.clone()));
        let request = Request::coming_from(self.came.origin.clone(), self.came.id.clone(), services, credential, clock::now());
        let seen = tokio::time::timeout(self.gateway.door.settings.patience, self.read(&request, look)).await;
        request.forget().await;
        seen.unwrap_or(Err(Error::Timeout))
    }

    async fn read(&self, request: &Request, look: &Look<'_>) -> Result<Seen, Error> {
        let tables = &self.gateway.tables;
        let reader = request.reader().await?;
        self.require_same_tenant(&reader.caller)?;
        let watch = graph::watch(tables, request, &self.plan, Stage::Running).await?;
        let events = match look {
            Look::Events(events) => events.to_vec(),
            Look::History(after) => {
                let found = history(reader.transaction(), self.tenant, self.topic, *after, self.registration.position).await?;
                found.into_iter().map(Arc::new).collect()
            }
        };
        let last = events.last().map(|event| (event.position, events.len()));
        let shown = match watch.state {
            None => events,
            Some(state) if Some(state) == self.state => Vec::new(),
            Some(_) => vec![self.of_state(events.last().map(AsRef::as_ref), watch.state, request.now())],
        };
        let mut answers = Vec::with_capacity(shown.len());
        for event in shown {
            // The budget of whoever listens: an event costs what the same query would.
            if request.budgets().charge(reader.caller.payer, self.cost).await.is_err() {
                return Err(Error::client(
                    Code::RateLimited,
                    "your budget is spent: subscribe again later, after the last event that you saw",
                ));
            }
            let cursor = event.cursor();
            let mut answer = graph::deliver(tables, request, &self.plan, event).await?;
            for error in &answer.internal {
                tracing::error!(request = %self.came.id, error = %error, "a field of an event failed");
            }
            answer.close(Map::new());
            answers.push((cursor, answer.body));
        }
        Ok(Seen { answers, last, state: watch.state })
    }

    /// The session must be where it was.
    fn require_same_tenant(&self, caller: &Caller) -> Result<(), Error> {
        match &caller.presence {
            Some(presence) if presence.tenant == self.tenant => Ok(()),
            Some(_) => Err(Error::client(Code::Conflict, "your session has entered another tenant: subscribe again")),
            None => Err(Error::client(Code::Forbidden, "you are no longer in the tenant of this subscription")),
        }
    }

    /// The event by which a state became another one; where it did so by itself, an event of its own.
    fn of_state(&self, by: Option<&Event>, state: Option<u64>, now: DateTime<Utc>) -> Arc<Event> {
        let event = by.cloned().unwrap_or_else(|| Event {
            id: clock::new_id(),
            position: self.shown,
            tenant: self.tenant,
            kind: "access.expire".to_owned(),
            organization: None,
            resource_type: "tenant".to_owned(),
            resource: self.tenant.uuid(),
            actor: None,
            impersonator_name: None,
            at: now,
            state: None,
        });
        Arc::new(Event { state, ..event })
    }
}
