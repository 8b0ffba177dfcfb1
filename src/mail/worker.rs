//! Sends what waits: one worker in each process, all of them from one queue.

use std::time::Duration;

use futures_util::future::join_all;
use lettre::message::{Mailbox, MultiPart};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use super::store::{self, Due};
use super::{Inner, Mail};
use crate::database::Database;
use crate::error::Error;

/// How often the queue is looked at.
const PAUSE: Duration = Duration::from_secs(1);
/// How long the queue is left alone where it could not be read.
const LONG_PAUSE: Duration = Duration::from_secs(10);
/// A server of mail has so long to take one in: less than the minute after which another process would try.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often old mail is forgotten.
const TIDYING: Duration = Duration::from_secs(3_600);

/// The way to a server of mail.
pub(super) fn transport(url: &str) -> Result<AsyncSmtpTransport<Tokio1Executor>, Error> {
    // The text of the error may repeat the password.
    let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
        .map_err(|_| Error::internal("`TENANTRY_SMTP_URL` is no address such as `smtps://user:password@mail.example.com`"))?;
    Ok(builder.timeout(Some(PATIENCE)).build())
}

impl Mail {
    /// Sends what waits in this database, for as long as the process lives. Without a server of mail nothing is done.
    pub fn start(&self, database: &Database) {
        if self.0.transport.is_none() || self.0.keys.is_none() {
            return;
        }
        let (mail, database) = (self.clone(), database.clone());
        tokio::spawn(async move {
            let mut tidied: Option<tokio::time::Instant> = None;
            loop {
                if tidied.is_none_or(|at| at.elapsed() > TIDYING) {
                    tidied = Some(tokio::time::Instant::now());
                    if let Err(error) = store::tidy(&database).await {
                        tracing::warn!(%error, "old mail could not be forgotten");
                    }
                }
                match mail.send_due(&database).await {
                    Ok(0) => tokio::time::sleep(PAUSE).await,
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(%error, "the queue of mail could not be read");
                        tokio::time::sleep(LONG_PAUSE).await;
                    }
                }
            }
        });
    }

    /// Sends what is due, and says how much that was.
    async fn send_due(&self, database: &Database) -> Result<usize, Error> {
        let due = store::take(database).await?;
        join_all(due.iter().map(|mail| self.send(database, mail))).await.into_iter().collect::<Result<Vec<()>, Error>>()?;
        Ok(due.len())
    }

    async fn send(&self, database: &Database, due: &Due) -> Result<(), Error> {
        match self.hand_over(due).await {
            Ok(()) => {
                metrics::counter!("tenantry_mail_sent_total").increment(1);
                store::sent(database, due.id, self.0.keeps).await
            }
            Err((error, is_final)) => {
                metrics::counter!("tenantry_mail_failed_total").increment(1);
                // Whom it was for is a customer's data.
                tracing::warn!(mail = %due.id, attempt = due.attempts, is_final, error, "a mail could not be sent");
                store::failed(database, due.id, &error, is_final).await
            }
        }
    }

    /// Hands a mail over to the server; why that failed, and whether it always will.
    async fn hand_over(&self, due: &Due) -> Result<(), (String, bool)> {
        let Inner { transport: Some(transport), from, app_url, .. } = &*self.0 else {
            return Err(("there is no server of mail".to_owned(), false));
        };
        let sealed = due.sealed.as_deref().ok_or_else(|| ("what it says is forgotten".to_owned(), true))?;
        let message = self.open(due.id.into(), sealed).map_err(|error| (error.to_string(), false))?;
        let letter = message.letter(app_url);
        let address = |text: &str| text.parse::<Mailbox>().map_err(|error| (error.to_string(), true));
        let mail = lettre::Message::builder()
            .from(address(from)?)
            .to(address(&due.recipient)?)
            .subject(letter.subject)
            .multipart(MultiPart::alternative_plain_html(letter.text, letter.html))
            .map_err(|error| (error.to_string(), true))?;
        transport.send(mail).await.map(drop).map_err(|error| (error.to_string(), error.is_permanent()))
    }
}
