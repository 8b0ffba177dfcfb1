//! Who was there: written behind the requests, at most once a minute each.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use entity::id::{SessionId, TenantId, UserId};
use rustc_hash::FxHashMap;
use sqlx::PgPool;
use uuid::Uuid;

/// How often what was noted is written.
const PAUSE: Duration = Duration::from_secs(2);
/// A session that was noted is not noted again for so long.
const REST: Duration = Duration::from_secs(60);
/// So many sessions are remembered; beyond, the older half is noted again.
const MOST: usize = 100_000;

/// A notebook. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Activity(Arc<Mutex<Notes>>);

#[derive(Debug, Default)]
struct Notes {
    /// When each session was last noted.
    noted: FxHashMap<Uuid, Instant>,
    /// What is still to be written.
    waiting: Vec<Seen>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    session: Uuid,
    user: Uuid,
    tenant: Option<Uuid>,
    at: DateTime<Utc>,
}

impl Activity {
    /// Notes that somebody is there.
    pub fn note(&self, session: SessionId, user: UserId, tenant: Option<TenantId>, at: DateTime<Utc>) {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let session = session.uuid();
        if notes.noted.get(&session).is_some_and(|noted| noted.elapsed() < REST) {
            return;
        }
        if notes.noted.len() >= MOST {
            notes.noted.retain(|_, noted| noted.elapsed() < REST / 2);
        }
        notes.noted.insert(session, Instant::now());
        notes.waiting.push(Seen { session, user: user.uuid(), tenant: tenant.map(TenantId::uuid), at });
    }

    /// Writes what was noted, for as long as the notebook is there.
    pub fn start(&self, owner: PgPool) {
        let notes = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(PAUSE).await;
                let Some(notes) = notes.upgrade() else { break };
                Self(notes).write(&owner).await;
            }
        });
    }

    /// Writes what was noted. What cannot be written is lost: it tells when somebody was last seen, and the next minute will, too.
    pub async fn write(&self, owner: &PgPool) {
        let seen = std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).waiting);
        if seen.is_empty() {
            return;
        }
        if let Err(error) = write(owner, seen).await {
            tracing::warn!(%error, "when people were last seen could not be written");
        }
    }
}

/// One statement, whose rows are locked in the order of their keys: processes that write about the same people wait for each other.
async fn write(owner: &PgPool, seen: Vec<Seen>) -> Result<(), sqlx::Error> {
    const WRITE: &str = "
        with seen as materialized (
            select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[]) seen(session_id, user_id, tenant_id, at)),
        locked as materialized (
            select person.id, latest.at from users person
            join (select user_id, max(at) as at from seen group by user_id) latest on latest.user_id = person.id
            where person.last_active_at is null or person.last_active_at < latest.at - interval '1 minute'
            order by person.id for no key update of person),
        active_people as (
            update users person set last_active_at = locked.at from locked where person.id = locked.id),
        active_members as (
            update tenant_memberships member set last_active_at = latest.at
            from (select user_id, tenant_id, max(at) as at from seen group by user_id, tenant_id) latest
            where member.tenant_id = latest.tenant_id and member.user_id = latest.user_id
                and (member.last_active_at is null or member.last_active_at < latest.at - interval '1 minute'))
        update sessions session set last_seen_at = seen.at from seen
        where session.id = seen.session_id and (session.last_seen_at is null or session.last_seen_at < seen.at)";
    let (mut sessions, mut users, mut tenants, mut times) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for Seen { session, user, tenant, at } in seen {
        sessions.push(session);
        users.push(user);
        tenants.push(tenant);
        times.push(at);
    }
    sqlx::query(WRITE).bind(sessions).bind(users).bind(tenants).bind(times).execute(owner).await?;
    Ok(())
}
