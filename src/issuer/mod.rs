//! The identity provider whose tokens hold here: any that publishes its keys as OpenID Connect has it, such as Clerk.

mod fetch;
mod key;
mod keys;
mod token;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::Error;
use keys::Keys;
use token::{Claims, Token};

/// Which provider, and what its tokens must say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Who issues tokens: their `iss`, to the letter.
    pub issuer: String,
    /// For whom: one of these must be among their `aud`, or be their `azp` where they have no `aud`.
    pub audiences: Vec<String>,
    /// Where the keys are; none: where the provider's configuration says.
    pub keys_url: Option<String>,
    /// By so much the provider's clock may differ from ours.
    pub leeway: TimeDelta,
    /// Keys are asked for again after so long, so that a key that was withdrawn does not hold for longer.
    pub refresh: Duration,
    /// Keys that are not known are asked for so often at most.
    pub rest: Duration,
    /// May the provider be a plain one on this machine?
    pub allows_plain_localhost: bool,
}

impl Settings {
    /// Seconds by which clocks may differ.
    pub const LEEWAY_SECONDS: u16 = 30;

    /// The defaults for this provider.
    #[must_use]
    pub fn new(issuer: impl Into<String>, audiences: Vec<String>) -> Self {
        Self {
            issuer: issuer.into(),
            audiences,
            keys_url: None,
            leeway: TimeDelta::seconds(Self::LEEWAY_SECONDS.into()),
            refresh: Duration::from_secs(300),
            rest: Duration::from_secs(60),
            allows_plain_localhost: false,
        }
    }
}

/// Whom a token that holds is about, in the provider's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// What the provider calls the person.
    pub subject: String,
    /// What it calls the company in which the person is at the moment, where it says one.
    pub organization: Option<String>,
}

/// The provider, with what is known of its keys. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Issuer {
    settings: Arc<Settings>,
    keys: Arc<Keys>,
}

impl Issuer {
    /// A provider, of whom nothing is asked before the first token comes.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let keys = Arc::new(Keys::new(&settings)?);
        Ok(Self { settings: Arc::new(settings), keys })
    }

    /// Is this the form of its tokens? Whether one holds is another question.
    #[must_use]
    pub fn may_have_issued(token: &str) -> bool {
        token.starts_with("ey") && token.bytes().filter(|byte| *byte == b'.').count() == 2
    }

    /// Whom a token is about; refused where it does not hold.
    pub async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Identity, Error> {
        let token = Token::read(token)?;
        let key = self.keys.find(&token).await?;
        let claims = token.verified_by(&key)?;
        self.check(&claims, now)?;
        let organization = claims.organization().map(str::to_owned);
        Ok(Identity { subject: claims.subject, organization })
    }

    fn check(&self, claims: &Claims, now: DateTime<Utc>) -> Result<(), Error> {
        let Settings { issuer, audiences, leeway, .. } = &*self.settings;
        let (earliest, latest) = ((now - *leeway).timestamp(), (now + *leeway).timestamp());
        let refuse = |message| Err(Error::unauthenticated(message));
        if claims.issuer != *issuer {
            return refuse("the token was issued by somebody else than this gateway trusts");
        }
        let is_meant = match &claims.audience {
            Some(audience) => audiences.iter().any(|own| audience.contains(own)),
            None => claims.authorized_party.as_ref().is_some_and(|party| audiences.contains(party)),
        };
        if !is_meant {
            return refuse("the token is for somebody else than this gateway");
        }
        if claims.expires_at <= earliest {
            return refuse("the token has expired: sign in again");
        }
        if claims.not_before.is_some_and(|from| from > latest) || claims.issued_at.is_some_and(|at| at > latest) {
            return refuse("the token does not hold yet: is the clock of its issuer right?");
        }
        if claims.subject.is_empty() || claims.subject.len() > LONGEST_NAME || claims.subject.contains('\0') {
            return refuse("the token says of nobody whom it is about");
        }
        Ok(())
    }
}

/// What providers call people is shorter.
const LONGEST_NAME: usize = 255;
