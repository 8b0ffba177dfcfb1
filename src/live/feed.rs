//! The listener of a process: hears the bells, reads what is new, and hands it out.

use std::sync::{Arc, Weak};
use std::time::Duration;

use entity::id::SessionId;
use metrics::{counter, histogram};
use uuid::Uuid;

use super::hub::Shared;
use super::store::{LARGEST_PAGE, is_held_up, present, since};
use super::{Event, Position};
use crate::clock;
use crate::database::{Listener, Notification};
use crate::error::Error;

/// Rung by the trigger on the outbox.
const OUTBOX: &str = "tenantry_outbox";
/// Rung by the trigger on sessions, with the session.
const SESSION: &str = "tenantry_session";
/// What waits for an older transaction to end is looked for after so long, and then less and less often.
const SOON: Duration = Duration::from_millis(5);
/// As often at least.
const SOMETIME: Duration = Duration::from_millis(320);
/// After a failure, so long; then twice as long, and so on.
const PAUSE: Duration = Duration::from_millis(100);
/// But no longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Feeds the hub for as long as it is there. Where the connection breaks it makes another, and goes on where it was.
pub(super) async fn run(hub: Weak<Shared>) {
    let mut position = None;
    let mut pause = PAUSE;
    loop {
        let Some(shared) = hub.upgrade() else { return };
        let connected = shared.database.listen(&[OUTBOX, SESSION]).await;
        drop(shared);
        let error = match connected {
            Ok(mut listener) => {
                pause = PAUSE;
                match follow(&hub, &mut listener, &mut position).await {
                    Ok(()) => return,
                    Err(error) => error,
                }
            }
            Err(error) => error,
        };
        tracing::warn!(%error, "events are not heard for a moment");
        counter!("tenantry_live_listener_failures_total").increment(1);
        tokio::time::sleep(pause).await;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

/// Follows the order of events on one connection. Ends well where the hub is gone.
async fn follow(hub: &Weak<Shared>, listener: &mut Listener, position: &mut Option<Position>) -> Result<(), Error> {
    let mut at = match *position {
        Some(at) => at,
        None => present(listener).await?,
    };
    if let Some(shared) = hub.upgrade() {
        if position.is_none() {
            shared.begin_at(at);
        }
        // Bells of sessions rang unheard until now.
        shared.doubt_all();
        *position = Some(at);
    }
    let mut wait = SOON;
    loop {
        let events = since(listener, at).await?;
        let is_whole = events.len() < LARGEST_PAGE;
        let Some(shared) = hub.upgrade() else { return Ok(()) };
        if let Some(last) = events.last() {
            at = last.position;
            *position = Some(at);
            wait = SOON;
        }
        hand_out(&shared, events);
        let poll = shared.settings.poll;
        while let Some(heard) = listener.waiting() {
            note(&shared, &heard);
        }
        drop(shared);
        if !is_whole {
            continue;
        }
        let mut patience = poll;
        if is_held_up(listener).await? {
            patience = wait;
            wait = SOMETIME.min(wait * 2);
        }
        // Nothing within that time is no failure: somebody looks.
        if let Ok(heard) = tokio::time::timeout(patience, listener.next()).await {
            let heard = heard?;
            wait = SOON;
            match hub.upgrade() {
                Some(shared) => note(&shared, &heard),
                None => return Ok(()),
            }
        }
    }
}

fn hand_out(shared: &Shared, events: Vec<Event>) {
    for event in events {
        let lag = clock::now().signed_duration_since(event.at).to_std().unwrap_or_default();
        histogram!("tenantry_live_lag_seconds").record(lag);
        counter!("tenantry_live_events_total").increment(1);
        shared.hand_out(&Arc::new(event));
    }
}

fn note(shared: &Shared, heard: &Notification) {
    if heard.channel == SESSION
        && let Ok(session) = heard.payload.parse::<Uuid>()
    {
        shared.doubt_session(SessionId::from(session));
    }
}
