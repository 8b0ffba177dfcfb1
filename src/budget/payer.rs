//! Who pays: a user in all sessions together, an API key, or the address of somebody unknown.

use std::net::{IpAddr, Ipv6Addr};

use entity::id::UserId;
use uuid::Uuid;

use super::bucket::Rate;

/// Whose bucket is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Payer {
    /// A user.
    User(UserId),
    /// A key of a program, which may bring its own rate.
    ApiKey(Uuid, Option<Rate>),
    /// Whoever asks from there without credentials.
    Address(Network),
    /// Whoever tries tokens from there that do not hold. Apart from the others, so that those who guess do not spend what the
    /// others have.
    Attempts(Network),
}

/// Addresses that are one caller's: an address of IPv4, or the 2⁶⁴ of IPv6 that one connection is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network(IpAddr);

impl Network {
    /// That of an address; all unknown ones are one.
    #[must_use]
    pub fn of(address: Option<IpAddr>) -> Self {
        Self(match address.map(|address| address.to_canonical()) {
            Some(IpAddr::V6(address)) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
            Some(address @ IpAddr::V4(_)) => address,
            None => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        })
    }
}

impl Payer {
    /// What kind of payer it is: the name of its policy.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::ApiKey(..) => "api-key",
            Self::Address(_) => "address",
            Self::Attempts(_) => "attempts",
        }
    }
}

/// As the key in Redis.
impl std::fmt::Display for Payer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = self.kind();
        match self {
            Self::User(user) => write!(formatter, "tenantry:budget:{kind}:{user}"),
            Self::ApiKey(key, _) => write!(formatter, "tenantry:budget:{kind}:{key}"),
            Self::Address(Network(address)) | Self::Attempts(Network(address)) => {
                write!(formatter, "tenantry:budget:{kind}:{address}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_a_network_of_ipv6_are_one_payer_and_those_of_ipv4_are_not() {
        let network = |text: &str| Network::of(Some(text.parse().unwrap()));
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff:1:2:3"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("192.0.2.1"), network("::ffff:192.0.2.1"));
    }
}
