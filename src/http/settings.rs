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
    /// What a connection may take until the head of its next request is there.
    pub idle: Duration,
    /// Who may see the schema.
    pub schema: Audience,
    /// Origins whose pages may ask; none: only our own.
    pub cors_origins: Vec<HeaderValue>,
    /// Answers of more bytes are compressed for clients that accept it; `None`: none is.
    pub compress_above: Option<u64>,
}

impl Settings {
    /// Bytes of the largest body.
    pub const BODY: usize = 1024 * 1024;
    /// Requests that are answered at a time.
    pub const RUNNING: usize = 64;
    /// Connections that are held at a time.
    pub const CONNECTIONS: usize = 1_024;
    /// What an answer may take.
    pub const PATIENCE: Duration = Duration::from_secs(30);
    /// Compressing less saves no packet.
    pub const COMPRESS_ABOVE: u64 = 4 * 1024;
    /// What a client may take to send a request.
    pub const SENDING: Duration = Duration::from_secs(10);
    /// Longer than load balancers keep idle connections: whoever opened one should be the one who ends it.
    pub const IDLE: Duration = Duration::from_secs(75);

    /// The defaults.
    #[must_use]
    pub fn new(schema: Audience) -> Self {
        Self {
            body: Self::BODY,
            running: Self::RUNNING,
            connections: Self::CONNECTIONS,
            patience: Self::PATIENCE,
            sending: Self::SENDING,
            idle: Self::IDLE,
            schema,
            cors_origins: Vec::new(),
            compress_above: Some(Self::COMPRESS_ABOVE),
        }
    }
}
