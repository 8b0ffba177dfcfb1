//! Connections: accepted, bounded in number, in the size of what they send, and in the time they take to send it
//! and to read what comes back.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt as _;

use super::patient_stream::PatientStream;
use super::settings::Settings;

/// Bytes of the first line and all headers: a query by GET has to fit.
const LARGEST_HEAD: usize = 64 * 1024;
/// Where the system has no room for another connection, it may have some later.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers on a listener until told to stop; then takes no new connections, and lets requests that run end.
pub async fn serve(listener: TcpListener, router: Router, settings: &Settings, stop: impl Future<Output = ()>) {
    let mut http = http1::Builder::new();
    // An idle connection ends as one that is half a request does.
    http.timer(TokioTimer::new()).header_read_timeout(settings.idle).max_header_size(LARGEST_HEAD);
    let connections = Arc::new(Semaphore::new(settings.connections));
    let stopping = watch::Sender::new(false);
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = async {
            // Beyond the bound, connections wait in the system's own queue.
            let Ok(permit) = Arc::clone(&connections).acquire_owned().await else { return None };
            match listener.accept().await {
                Ok((stream, peer)) => Some((stream, peer, permit)),
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(PAUSE).await;
                    None
                }
            }
        };
        let (stream, peer, permit) = tokio::select! {
            () = &mut stop => break,
            accepted = accepted => match accepted {
                Some(accepted) => accepted,
                None => continue,
            },
        };
        // Answers are written in one piece: waiting for more to send would only delay them.
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone().map_request(move |mut request: hyper::Request<_>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            request.map(Body::new)
        }));
        let connection = http.serve_connection(TokioIo::new(PatientStream::new(stream, settings.writing)), service).with_upgrades();
        let mut stopped = stopping.subscribe();
        tokio::spawn(async move {
            let mut connection = std::pin::pin!(connection);
            let stopped = async { stopped.wait_for(|stopping| *stopping).await.is_ok() };
            // A client that hangs up is no news.
            tokio::select! {
                biased;
                _ = connection.as_mut() => {}
                _ = stopped => {
                    connection.as_mut().graceful_shutdown();
                    let _ = connection.await;
                }
            }
            drop(permit);
        });
    }
    drop(listener);
    stopping.send_replace(true);
    // Whoever has all places is alone.
    drop(connections.acquire_many(u32::try_from(settings.connections).unwrap_or(u32::MAX)).await);
}
