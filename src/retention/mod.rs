//! What is taken away when its time is over: what was deleted and not restored, people who are gone, tenants that left, and old
//! months of the logs. What that is and how long it lasts, `docs/operations.md` says, and `docs/decisions/0013` why.
//!
//! A purge goes in small steps, each a transaction of its own: it can be killed anywhere, and the next one goes on there. One runs
//! at a time, whoever starts it.

mod report;
mod store;

use std::time::Duration;

use crate::database::Database;
use crate::error::Error;

pub use report::{Purge, Report};
use store::Broom;

/// Between two purges of a gateway.
const PAUSE: Duration = Duration::from_secs(3_600);
/// After its start a gateway has other things to do.
const HESITATION: Duration = Duration::from_secs(60);

/// Purges from time to time, for as long as the process lives.
pub async fn keep_purging(database: Database) {
    tokio::time::sleep(HESITATION).await;
    loop {
        match purge(&database, Purge::ForGood).await {
            Ok(Some(report)) if !report.is_empty() => tracing::info!(%report, "what was over was taken away"),
            Ok(Some(_)) => {}
            Ok(None) => tracing::debug!("another process purges"),
            Err(error) => tracing::warn!(%error, "a purge was not finished: the next one goes on"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Takes away everything that is over, or only says what it would be. `None` where another purge is under way.
pub async fn purge(database: &Database, how: Purge) -> Result<Option<Report>, Error> {
    let Some(mut broom) = Broom::take(database, how).await? else { return Ok(None) };
    let mut report = Report::default();
    for tenant in broom.tenants_that_left().await? {
        let rows = broom.purge_tenant(tenant).await?;
        report.tenants += 1;
        report.rows += rows;
    }
    // Before what their deletions took goes: by that they are found in their tenants.
    purge_people(&mut broom, &mut report).await?;
    purge_deletions(&mut broom, &mut report).await?;
    report.log_entries = broom.purge_logs().await?;
    report.months = broom.drop_months().await?;
    broom.put_away().await?;
    if how == Purge::ForGood {
        database.ensure_audit_partitions().await?;
        metrics::counter!("tenantry_purged_rows_total").increment(report.rows + report.log_entries);
        metrics::gauge!("tenantry_purge_kept").set(f64::from(u32::try_from(report.kept).unwrap_or(u32::MAX)));
    }
    Ok(Some(report))
}

async fn purge_people(broom: &mut Broom, report: &mut Report) -> Result<(), Error> {
    let mut after = None;
    loop {
        let people = broom.due_people(after).await?;
        for person in &people {
            report.people += u64::from(broom.purge_person(*person).await?);
        }
        match people.last() {
            Some(last) => after = Some(*last),
            None => return Ok(()),
        }
    }
}

async fn purge_deletions(broom: &mut Broom, report: &mut Report) -> Result<(), Error> {
    let mut after = None;
    loop {
        let due = broom.due_deletions(after).await?;
        for deletion in &due {
            match broom.purge_deletion(deletion).await? {
                Some(rows) => {
                    report.deletions += 1;
                    report.rows += rows;
                }
                None => report.kept += 1,
            }
        }
        match due.last() {
            Some(last) => after = Some(*last),
            None => return Ok(()),
        }
    }
}
