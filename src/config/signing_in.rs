//! The settings of how people come in, and of mail to them.

use std::net::SocketAddr;
use std::time::Duration;

use chrono::TimeDelta;
use clap::{Args, value_parser};

use crate::identity::WebhookSecret;
use crate::request::SignIn;
use crate::secrets::SecretKeys;
use crate::{dns, issuer, mail};

/// How people sign in, and how they are written to.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Signing in")]
pub struct SigningIn {
    /// Hours after which a session ends by itself
    #[arg(long, env = "TENANTRY_SESSION_HOURS", default_value_t = SignIn::SESSION_HOURS, value_parser = value_parser!(u32).range(1..))]
    pub session_hours: u32,
    /// Seals secrets that are stored: 32 random bytes in base64. With several, commas between, the first seals and all open
    #[arg(long, env = "TENANTRY_SECRET_KEY", hide_env_values = true)]
    pub secret_key: Option<SecretKeys>,
    /// The identity provider whose tokens hold here, as their `iss` names it: `https://clerk.example.com`
    #[arg(long, env = "TENANTRY_OIDC_ISSUER", requires = "oidc_audience")]
    pub oidc_issuer: Option<String>,
    /// For whom its tokens must be (`aud`, or `azp` where they have none), with commas between
    #[arg(long, env = "TENANTRY_OIDC_AUDIENCE", value_delimiter = ',')]
    pub oidc_audience: Vec<String>,
    /// Where its keys are, where its configuration does not say
    #[arg(long, env = "TENANTRY_OIDC_JWKS_URL")]
    pub oidc_jwks_url: Option<String>,
    /// Seconds by which its clock may differ
    #[arg(long, env = "TENANTRY_OIDC_LEEWAY_SECONDS", default_value_t = issuer::Settings::LEEWAY_SECONDS)]
    pub oidc_leeway_seconds: u16,
    /// What signs the identity provider's webhooks: `whsec_…`. With several, commas between, any of them signs
    #[arg(long, env = "TENANTRY_IDENTITY_WEBHOOK_SECRET", hide_env_values = true)]
    pub identity_webhook_secret: Option<WebhookSecret>,
    /// The server that mail leaves by: `smtps://user:password@mail.example.com`
    #[arg(long, env = "TENANTRY_SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// Who mail comes from
    #[arg(long, env = "TENANTRY_MAIL_FROM", default_value = mail::Settings::FROM)]
    pub mail_from: String,
    /// The name servers that are asked about domains, with their ports and commas between: `192.0.2.53:53`
    #[arg(long, env = "TENANTRY_DNS_SERVERS", value_delimiter = ',')]
    pub dns_servers: Vec<SocketAddr>,
    /// Milliseconds that a lookup of a domain may take
    #[arg(long, env = "TENANTRY_DNS_TIMEOUT_MS", default_value_t = dns::Settings::TIMEOUT_MS, value_parser = value_parser!(u64).range(1..))]
    pub dns_timeout_ms: u64,
    /// The address of your own pages, to which links in mail lead
    #[arg(long, env = "TENANTRY_APP_URL", default_value = mail::Settings::APP_URL)]
    pub app_url: String,
}

impl SigningIn {
    pub(super) fn dns(&self) -> dns::Settings {
        dns::Settings { servers: self.dns_servers.clone(), timeout: Duration::from_millis(self.dns_timeout_ms) }
    }

    pub(super) fn issuer(&self) -> Option<issuer::Settings> {
        let issuer = self.oidc_issuer.as_ref()?;
        Some(issuer::Settings {
            keys_url: self.oidc_jwks_url.clone(),
            leeway: TimeDelta::seconds(self.oidc_leeway_seconds.into()),
            ..issuer::Settings::new(issuer, self.oidc_audience.clone())
        })
    }

    pub(super) fn mail(&self) -> mail::Settings {
        mail::Settings { smtp_url: self.smtp_url.clone(), from: self.mail_from.clone(), app_url: self.app_url.clone() }
    }
}
