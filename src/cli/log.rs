//! The log, and the traces that go along with it.

use std::str::FromStr as _;

use clap::Args;
use hyper::header::HeaderName;
use tokio::runtime::Handle;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry};

use super::Failure;
use super::traces::Traces;

/// What is written down, and where to.
#[derive(Clone, Debug, Args)]
pub(super) struct Log {
    /// How the log is written
    #[arg(long, global = true, env = "TENANTRY_LOG_FORMAT", value_enum)]
    log_format: Option<Format>,
    /// What is logged: a level, or `target=level` with commas between
    #[arg(long = "log", global = true, env = "TENANTRY_LOG", default_value = "info")]
    directives: String,
    /// Where traces are sent to, by OTLP over HTTP, such as `http://127.0.0.1:4318`; where it is left out, there are none
    #[arg(long, global = true, env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    otlp_endpoint: Option<String>,
    /// What the collector wants to be told with them, such as `authorization=Bearer%20…`, with commas between
    #[arg(long, global = true, env = "OTEL_EXPORTER_OTLP_HEADERS", hide_env_values = true, value_delimiter = ',', value_parser = header)]
    otlp_headers: Vec<(String, String)>,
}

/// The name of a header, and its value in percent encoding.
fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("a header is `name=value`")?;
    let (name, value) = (name.trim(), value.trim());
    HeaderName::from_str(name).map_err(|error| format!("`{name}`: {error}"))?;
    Ok((name.to_owned(), value.to_owned()))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// A JSON object a line; `serve` writes so
    Json,
    /// For people; all other commands write so
    Text,
}

impl Log {
    /// Writes from now on. What comes back is to be ended.
    pub(super) fn start(&self, default: Format, runtime: &Handle) -> Result<Traces, Failure> {
        let filter = EnvFilter::try_new(&self.directives).unwrap_or_else(|_| EnvFilter::new("info"));
        // sqlx and migrations tell of every statement at `info`.
        let quiet = ["sqlx=warn", "sea_orm_migration=warn"].into_iter().filter_map(|directive| directive.parse().ok());
        let filter = quiet.fold(filter, EnvFilter::add_directive);
        let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
        let lines = match self.log_format.unwrap_or(default) {
            // What is logged amid a request has its id and operation in `span`.
            Format::Json => lines.json().flatten_event(true).with_span_list(false).with_filter(filter).boxed(),
            Format::Text => lines.with_target(false).with_filter(filter).boxed(),
        };
        let (traces, layer) = Traces::start(self.otlp_endpoint.as_deref(), &self.otlp_headers, runtime)?;
        Registry::default().with(lines).with(layer).init();
        Ok(traces)
    }
}
