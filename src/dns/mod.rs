//! Asking the Domain Name System what a domain says of itself: bounded in time, and in how many ask at once.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData};
use tokio::sync::Semaphore;

/// So many lookups run at a time; further ones are turned away.
const MOST_AT_ONCE: usize = 16;
/// Where machines say whom to ask.
const RESOLV_CONF: &str = "/etc/resolv.conf";
const DNS_PORT: u16 = 53;

/// Whom to ask, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The servers; none: those that the machine asks.
    pub servers: Vec<SocketAddr>,
    /// What a lookup may take in all.
    pub timeout: Duration,
}

impl Settings {
    /// Milliseconds of a lookup where nobody says it.
    pub const TIMEOUT_MS: u64 = 3_000;
}

impl Default for Settings {
    fn default() -> Self {
        Self { servers: Vec::new(), timeout: Duration::from_millis(Self::TIMEOUT_MS) }
    }
}

/// Why nothing was learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// The name is none that can be asked for.
    #[error("the name cannot be looked up")]
    Name,
    /// Nobody answered in time.
    #[error("no name server answered in time")]
    Timeout,
    /// A server answered that it cannot tell, or could not be reached.
    #[error("the name servers cannot tell")]
    Failed,
    /// Too many ask at this moment.
    #[error("too many lookups at once")]
    Busy,
}

/// Who asks. Cheap to clone.
#[derive(Clone)]
pub struct Dns(Arc<Inner>);

struct Inner {
    settings: Settings,
    /// Made when it is first needed: most processes never ask.
    resolver: OnceLock<Option<TokioResolver>>,
    places: Semaphore,
}

impl Dns {
    /// With these settings.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self(Arc::new(Inner { settings, resolver: OnceLock::new(), places: Semaphore::new(MOST_AT_ONCE) }))
    }

    /// The texts (TXT records) below a domain, under this label; none where there are none. A domain may be written in any letters.
    pub async fn texts(&self, label: &str, domain: &str) -> Result<Vec<String>, LookupError> {
        let _place = self.0.places.try_acquire().map_err(|_| LookupError::Busy)?;
        let resolver = self.0.resolver.get_or_init(|| resolver(&self.0.settings)).as_ref().ok_or(LookupError::Failed)?;
        let mut name = Name::from_utf8(domain).and_then(|domain| domain.prepend_label(label)).map_err(|_| LookupError::Name)?;
        name.set_fqdn(true);
        let looked_up = tokio::time::timeout(self.0.settings.timeout, resolver.txt_lookup(name)).await;
        match looked_up.map_err(|_| LookupError::Timeout)? {
            Ok(found) => Ok(found.answers().iter().filter_map(|record| text(&record.data)).collect()),
            Err(NetError::Dns(DnsError::NoRecordsFound(none)))
                if matches!(none.response_code, ResponseCode::NXDomain | ResponseCode::NoError) =>
            {
                Ok(Vec::new())
            }
            Err(NetError::Timeout) => Err(LookupError::Timeout),
            Err(error) => {
                tracing::debug!(%error, "a name could not be looked up");
                Err(LookupError::Failed)
            }
        }
    }
}

/// The strings of one record are one text.
fn text(data: &RData) -> Option<String> {
    let RData::TXT(texts) = data else { return None };
    Some(texts.txt_data.iter().map(|part| String::from_utf8_lossy(part)).collect())
}

fn resolver(settings: &Settings) -> Option<TokioResolver> {
    let servers = if settings.servers.is_empty() { of_machine(Path::new(RESOLV_CONF)) } else { settings.servers.clone() };
    let servers = servers.into_iter().map(|address| {
        let at = |mut connection: ConnectionConfig| {
            connection.port = address.port();
            connection
        };
        NameServerConfig::new(address.ip(), true, vec![at(ConnectionConfig::udp()), at(ConnectionConfig::tcp())])
    });
    let mut options = ResolverOpts::default();
    options.timeout = settings.timeout / 2;
    options.attempts = 1;
    // Whoever has just set a record asks again at once.
    options.cache_size = 0;
    let config = ResolverConfig::from_parts(None, Vec::new(), servers.collect());
    let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).with_options(options);
    builder.build().inspect_err(|error| tracing::error!(%error, "domains cannot be looked up")).ok()
}

/// The servers that this machine asks.
fn of_machine(resolv_conf: &Path) -> Vec<SocketAddr> {
    let said = std::fs::read_to_string(resolv_conf).unwrap_or_default();
    let servers = said.lines().filter_map(|line| line.trim().strip_prefix("nameserver"));
    servers.filter_map(|address| address.trim().parse().ok()).map(|ip| SocketAddr::new(ip, DNS_PORT)).collect()
}
