//! The login that proves that a server is ours, and ready.

use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// The superuser that `initdb` creates.
pub(super) const USER: &str = "postgres";

/// Whatever listens there may accept the connection and then say nothing.
const PATIENCE: Duration = Duration::from_secs(5);

/// What came of an attempt to log in.
#[derive(Debug)]
pub(super) enum Login {
    /// The server is ready; this is its major version.
    Ready(u32),
    /// A server answers, but not to this password.
    Refused,
    /// Nobody answers, or it is not time yet.
    NotYet,
}

pub(super) async fn attempt(port: u16, password: &str) -> Login {
    match tokio::time::timeout(PATIENCE, major(port, password)).await {
        Ok(Ok(major)) => Login::Ready(major),
        Ok(Err(error)) if is_refusal(&error) => Login::Refused,
        Ok(Err(_)) | Err(_) => Login::NotYet,
    }
}

async fn major(port: u16, password: &str) -> Result<u32, sqlx::Error> {
    let options = PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(port)
        .username(USER)
        .password(password)
        .database("postgres")
        .ssl_mode(PgSslMode::Disable);
    let mut connection = options.connect().await?;
    let number: i32 = sqlx::query_scalar("SELECT current_setting('server_version_num')::int").fetch_one(&mut connection).await?;
    sqlx::Connection::close(connection).await?;
    Ok(number.unsigned_abs() / 10_000)
}

/// Class 28 is "invalid authorization specification".
fn is_refusal(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code.starts_with("28"))
}
