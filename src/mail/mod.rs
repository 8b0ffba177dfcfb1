//! Mail: queued in the transaction of what it tells of, sent when that has been committed, and tried again until it has left.

mod letter;
mod store;
mod worker;

use std::sync::Arc;

use entity::id::EmailId;
use lettre::{AsyncSmtpTransport, Tokio1Executor};

use crate::clock;
use crate::database::{Database, Transaction};
use crate::error::{Code, Error};
use crate::secrets::SecretKeys;

pub use letter::{Letter, Message, escaped};

/// How mail leaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `smtps://user:password@host:465`, or `smtp://host:25?tls=required`; none: mail stays where it is.
    pub smtp_url: Option<String>,
    /// Who it comes from: `Tenantry <no-reply@example.com>`.
    pub from: String,
    /// Where links in it lead: the address of the product's own pages, without a slash at its end.
    pub app_url: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self { smtp_url: None, from: Self::FROM.to_owned(), app_url: Self::APP_URL.to_owned() }
    }
}

impl Settings {
    /// Who mail comes from where nobody says it.
    pub const FROM: &str = "Tenantry <no-reply@localhost>";
    /// Where links lead where nobody says it.
    pub const APP_URL: &str = "http://localhost:3000";
}

/// The post office of one gateway. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Mail(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    keys: Option<SecretKeys>,
    from: String,
    app_url: String,
    transport: Option<AsyncSmtpTransport<Tokio1Executor>>,
    /// Are letters kept when they have been sent, to be shown in the mailbox of development?
    keeps: bool,
}

/// A letter in the mailbox of development.
#[derive(Debug, serde::Serialize)]
pub struct Kept {
    /// Its id.
    pub id: EmailId,
    /// Whom it is for.
    pub to: String,
    /// What it is about: `verify_address`, …
    pub kind: String,
    /// When it was queued.
    pub at: chrono::DateTime<chrono::Utc>,
    /// What it says.
    #[serde(flatten)]
    pub letter: Letter,
}

impl Mail {
    /// A post office. Without keys it takes nothing in.
    pub fn new(settings: &Settings, keys: Option<SecretKeys>, keeps: bool) -> Result<Self, Error> {
        let transport = settings.smtp_url.as_deref().map(worker::transport).transpose()?;
        let app_url = settings.app_url.trim_end_matches('/').to_owned();
        Ok(Self(Arc::new(Inner { keys, from: settings.from.clone(), app_url, transport, keeps })))
    }

    /// Queues a message in the transaction of what it tells of. False where the address has had enough of the kind within the
    /// last hour: then it is not sent.
    pub async fn queue(&self, transaction: &Transaction, to: &str, message: &Message) -> Result<bool, Error> {
        let id: EmailId = clock::new_id();
        let text = serde_json::to_vec(message).map_err(Error::internal)?;
        let sealed = self.keys()?.seal(&text, id.uuid().as_bytes())?;
        store::queue(transaction, id, to, message, sealed).await
    }

    /// The newest letters, those that have left included: for development.
    pub async fn kept(&self, database: &Database) -> Result<Vec<Kept>, Error> {
        let rows = store::newest(database).await?;
        rows.into_iter()
            .map(|row| {
                let letter = self.open(row.id, &row.sealed)?.letter(&self.0.app_url);
                Ok(Kept { id: row.id, to: row.recipient, kind: row.kind, at: row.created_at, letter })
            })
            .collect()
    }

    /// Refuses where nothing can be queued.
    pub fn require(&self) -> Result<(), Error> {
        self.keys().map(drop)
    }

    fn keys(&self) -> Result<&SecretKeys, Error> {
        let missing =
            || Error::client(Code::Unavailable, "this gateway sends no mail: its operator has to set `TENANTRY_SECRET_KEY`");
        self.0.keys.as_ref().ok_or_else(missing)
    }

    fn open(&self, id: EmailId, sealed: &[u8]) -> Result<Message, Error> {
        serde_json::from_slice(&self.keys()?.open(sealed, id.uuid().as_bytes())?).map_err(Error::internal)
    }
}
