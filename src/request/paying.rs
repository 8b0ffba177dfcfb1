//! Who pays for a request, and what was charged for it.

use super::Request;
use crate::access::payer_of;
use crate::budget::{Charge, Network, Payer};

impl Request {
    /// Who pays for it, as far as that is known without asking the database.
    #[must_use]
    pub fn known_payer(&self) -> Option<Payer> {
        match &self.0.credential {
            None => Some(Payer::Address(self.network())),
            Some(credential) => self.0.services.database.known(credential).map(|entered| payer_of(&entered)),
        }
    }

    /// Where it came from, as those are told apart who have no credential.
    #[must_use]
    pub fn network(&self) -> Network {
        Network::of(self.0.origin.ip)
    }

    /// Notes what was charged for it.
    #[must_use]
    pub fn pay(&self, charge: Charge) -> &Charge {
        self.0.charge.get_or_init(|| charge)
    }

    /// What was charged for it.
    #[must_use]
    pub fn charge(&self) -> Option<&Charge> {
        self.0.charge.get()
    }
}
