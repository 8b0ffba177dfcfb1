//! Traces by OpenTelemetry: a span for each request, with its statements below it, sent to a collector.

use axum::body::{Body, Bytes};
use axum::http::{Request, Response, Uri};
use http_body_util::{BodyExt as _, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Handle;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;

use super::Failure;

/// A collector has no more to say.
const LONGEST_ANSWER: usize = 64 * 1024;

/// Traces on their way; none where there is nobody to send them to.
pub(super) struct Traces(Option<SdkTracerProvider>);

/// What spans go through after the log has been written.
type BoxedLayer<S> = Box<dyn Layer<S> + Send + Sync>;

impl Traces {
    /// Begins to collect spans, where there is a collector to send them to.
    pub(super) fn start<S>(
        endpoint: Option<&str>,
        headers: &[(String, String)],
        runtime: &Handle,
    ) -> Result<(Self, Option<BoxedLayer<S>>), Failure>
    where
        S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a> + Send + Sync,
    {
        let Some(endpoint) = endpoint else { return Ok((Self(None), None)) };
        let uri: Uri = endpoint.parse().map_err(|error| format!("OTEL_EXPORTER_OTLP_ENDPOINT is no URL: {error}"))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err("OTEL_EXPORTER_OTLP_ENDPOINT must begin with http:// or https://".into());
        }
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Sender::new(runtime))
            .with_headers(headers.iter().cloned().collect())
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .build()?;
        let resource = Resource::builder().with_service_name("tenantry").build();
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
        let layer = tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("tenantry"))
            .with_location(false)
            .with_threads(false)
            .with_filter(Targets::new().with_target("tenantry", LevelFilter::DEBUG));
        Ok((Self(Some(provider)), Some(layer.boxed())))
    }

    /// Sends what is left.
    pub(super) fn end(self) {
        if let Some(Err(error)) = self.0.map(|provider| provider.shutdown()) {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// Sends by the program's own runtime: the exporter waits in a thread that has none.
#[derive(Debug)]
struct Sender {
    client: Client<HttpsConnector<HttpConnector>, Body>,
    runtime: Handle,
}

impl Sender {
    fn new(runtime: &Handle) -> Self {
        let connector = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().build();
        Self { client: Client::builder(TokioExecutor::new()).build(connector), runtime: runtime.clone() }
    }
}

#[async_trait::async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let sent = self.runtime.spawn(async move {
            let (head, body) = client.request(request.map(Body::from)).await?.into_parts();
            Ok(Response::from_parts(head, Limited::new(body, LONGEST_ANSWER).collect().await?.to_bytes()))
        });
        sent.await?
    }
}
