//! What the door lets in: bounds of requests, and who may see what.

use std::time::Duration;

use axum::http::HeaderValue;

/// Who may see the schema: by introspection, and by suggestions of what may have been meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Audience {
    /// Whoever asks
    Everybody,
    /// Whoever has signed in
    SignedIn,
    /// Nobody
    Nobody,
}

/// Where a page comes from, as its browser says it.
pub type Origin = HeaderValue;

/// How the door is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Bytes of the largest body.
    pub body: usize,
    /// Requests that are answered at a time; further ones are refused at once.
    pub running: usize,
    /// Connections that are held at a time; further ones wait to be accepted.
    pub connections: usize,
    /// What an answer may take.
    pub patience: Duration,
    /// What a client may take to send a body.
    pub sending: Duration,
    /// What a client may take to read 64 KiB of an answer.
    pub writing: Duration,
    /// What a connection may take until the head of its next request is there.
    pub idle: Duration,
    /// Who may see the schema.
    pub schema: Audience,
    /// Origins whose pages may ask; none: only our own.
    pub cors_origins: Vec<Origin>,
    /// Bytes of the documents that front ends registered by sending them; 0: none are kept.
    pub automatic_documents: u64,
    /// Answers of more bytes are compressed for clients that accept it; `None`: none is.
    pub compress_above: Option<u64>,
    /// What stays open.
    pub live: super::LiveSettings,
}

impl Settings {
    /// KiB of the largest body.
    pub const BODY_KIB: u32 = 1_024;
    /// Requests that are answered at a time.
    pub const RUNNING: u16 = 64;
    /// Connections that are held at a time.
    pub const CONNECTIONS: u32 = 1_024;
    /// Milliseconds that an answer may take.
    pub const PATIENCE_MS: u64 = 30_000;
    /// Milliseconds that a client may take to send a body.
    pub const SENDING_MS: u64 = 10_000;
    /// Milliseconds that a client may take to read 64 KiB of an answer.
    pub const WRITING_MS: u64 = 30_000;
    /// Longer than load balancers keep idle connections: whoever opened one should be the one who ends it.
    pub const IDLE_MS: u64 = 75_000;
    /// KiB of the documents that front ends registered by sending them.
    pub const AUTOMATIC_DOCUMENTS_KIB: u32 = 8_192;
    /// Compressing less saves no packet.
    pub const COMPRESS_ABOVE: u64 = 4_096;

    /// The defaults.
    #[must_use]
    pub fn new(schema: Audience) -> Self {
        Self {
            body: Self::BODY_KIB as usize * 1_024,
            running: Self::RUNNING.into(),
            connections: Self::CONNECTIONS as usize,
            patience: Duration::from_millis(Self::PATIENCE_MS),
            sending: Duration::from_millis(Self::SENDING_MS),
            writing: Duration::from_millis(Self::WRITING_MS),
            idle: Duration::from_millis(Self::IDLE_MS),
            schema,
            cors_origins: Vec::new(),
            automatic_documents: u64::from(Self::AUTOMATIC_DOCUMENTS_KIB) * 1_024,
            compress_above: Some(Self::COMPRESS_ABOVE),
            live: super::LiveSettings::default(),
        }
    }
}
