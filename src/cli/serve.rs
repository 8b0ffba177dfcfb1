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
use crate::http;
use crate::retention;

/// After the signal to stop, requests that run have so long to end.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn run(settings: Serve) -> Result<ExitCode, Failure> {
    let metrics = Metrics::start(settings.gateway.door.metrics_listen).await?;
    let gateway = Gateway::with(settings.gateway.settings(&settings.database.database_url, Mode::Production))?;
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
    metrics.serve(&gateway);
    let mail = &settings.gateway.signing_in;
    if mail.secret_key.is_none() || mail.smtp_url.is_none() {
        tracing::warn!("no mail is sent: set `TENANTRY_SECRET_KEY` and `TENANTRY_SMTP_URL`");
    }
    gateway.services.mail.start(&gateway.services.database);
    tokio::spawn(retention::keep_purging(gateway.services.database.clone()));
    until_told_to_stop(listener, &gateway).await?;
    Ok(ExitCode::SUCCESS)
}

/// The listener of the metrics, where there is to be one. Begun before the gateway, so that nothing is missed.
pub(super) struct Metrics(Option<(TcpListener, http::Metrics)>);

impl Metrics {
    pub(super) async fn start(address: Option<SocketAddr>) -> Result<Self, Failure> {
        let Some(address) = address else { return Ok(Self(None)) };
        let listener = TcpListener::bind(address).await.map_err(|error| format!("cannot listen on {address}: {error}"))?;
        tracing::info!(address = %listener.local_addr()?, "showing metrics");
        Ok(Self(Some((listener, http::Metrics::collect()?))))
    }

    pub(super) fn serve(self, gateway: &Gateway) {
        if let Some((listener, metrics)) = self.0 {
            tokio::spawn(http::serve_metrics(listener, metrics, gateway.clone()));
        }
    }
}

/// Answers requests until SIGTERM or SIGINT; then takes no new ones, and lets those that run end.
pub(super) async fn until_told_to_stop(listener: TcpListener, gateway: &Gateway) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let live = gateway.live.clone();
    tokio::spawn(live.clone().keep_up());
    let (stopping, mut stopped) = tokio::sync::watch::channel(false);
    let told = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        live.stop();
        let _ = stopping.send(true);
    };
    let serving = async {
        http::serve(listener, gateway.router(), &gateway.door.settings, told).await;
        gateway.door.all_closed().await;
    };
    let overdue = async {
        // An error means that serving has ended, and with it this wait.
        let _ = stopped.wait_for(|stopping| *stopping).await;
        tokio::time::sleep(PATIENCE).await;
    };
    tokio::select! {
        () = serving => {}
        () = overdue => tracing::warn!("requests that still ran were cut off"),
    }
    gateway.close().await;
    Ok(())
}
