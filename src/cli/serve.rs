//! `tenantry serve`, and what it shares with `dev`: answering until told to stop.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::Failure;
use crate::config::Serve;
use crate::database::MigrationState;
use crate::gateway::{Gateway, Mode};

/// After the signal to stop, requests that run have so long to end.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn run(settings: Serve) -> Result<ExitCode, Failure> {
    let gateway = Gateway::new(&settings.pool.settings(&settings.database.database_url), Mode::Production)?;
    match gateway.services.database.migration_state().await {
        Ok(MigrationState::Current) => {
            if let Err(error) = gateway.services.database.ensure_audit_partitions().await {
                tracing::warn!(%error, "partitions of the audit log could not be made");
            }
        }
        Ok(MigrationState::Behind(pending)) => tracing::warn!(pending, "the database is behind: run `tenantry migrate up`"),
        Ok(MigrationState::Ahead) => tracing::warn!("the database is of a newer version"),
        Err(error) => tracing::warn!(%error, "the database cannot be reached yet"),
    }
    let listener =
        TcpListener::bind(settings.listen).await.map_err(|error| format!("cannot listen on {}: {error}", settings.listen))?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    until_told_to_stop(listener, &gateway).await?;
    Ok(ExitCode::SUCCESS)
}

/// Answers requests until SIGTERM or SIGINT; then takes no new ones, and lets those that run end.
pub(super) async fn until_told_to_stop(listener: TcpListener, gateway: &Gateway) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (stopping, mut stopped) = tokio::sync::watch::channel(false);
    let told = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        let _ = stopping.send(true);
    };
    let serving =
        axum::serve(listener, gateway.router().into_make_service_with_connect_info::<SocketAddr>()).with_graceful_shutdown(told);
    let overdue = async {
        // An error means that serving has ended, and with it this wait.
        let _ = stopped.wait_for(|stopping| *stopping).await;
        tokio::time::sleep(PATIENCE).await;
    };
    tokio::select! {
        served = serving.into_future() => served?,
        () = overdue => tracing::warn!("requests that still ran were cut off"),
    }
    gateway.services.database.close().await;
    Ok(())
}
