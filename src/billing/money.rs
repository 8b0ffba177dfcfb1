//! The type `Money`: an amount in minor units beside its currency.

use std::sync::Arc;

use crate::graph::{BigInt, Fields, InputObject, Object, ObjectType};

/// An amount of money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Money {
    /// In the currency's smallest unit.
    pub amount_minor: i64,
    /// Three letters of ISO 4217.
    pub currency: String,
}

/// Currencies of ISO 4217 without minor units, and those with a thousand; all others have a hundred.
const WITHOUT_MINOR: [&str; 16] =
    ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"];
const WITH_THOUSAND: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

impl Money {
    /// An amount where there is one.
    #[must_use]
    pub fn of(amount_minor: Option<i64>, currency: &str) -> Option<Arc<Self>> {
        amount_minor.map(|amount_minor| Arc::new(Self { amount_minor, currency: currency.to_owned() }))
    }

    /// For people: `EUR 12.50`.
    #[must_use]
    pub fn formatted(&self) -> String {
        let digits: usize = match self.currency.as_str() {
            currency if WITHOUT_MINOR.contains(&currency) => 0,
            currency if WITH_THOUSAND.contains(&currency) => 3,
            _ => 2,
        };
        let sign = if self.amount_minor < 0 { "-" } else { "" };
        let amount = self.amount_minor.unsigned_abs();
        let unit = 10_u64.pow(u32::try_from(digits).unwrap_or(2));
        match digits {
            0 => format!("{} {sign}{amount}", self.currency),
            _ => format!("{} {sign}{}.{:0digits$}", self.currency, amount / unit, amount % unit),
        }
    }
}

impl Object for Money {
    fn name() -> &'static str {
        "Money"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("An amount of money.")
            .computed("amountMinor", "In the currency's smallest unit: cents, pence, yen.", |money: &Self| {
                BigInt(money.amount_minor)
            })
            .field("currency", "Three letters of ISO 4217.", |money| &money.currency)
            .computed("formatted", "For people: `EUR 12.50`.", Self::formatted)
    }
}

/// An amount of money as clients send it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MoneyInput {
    amount_minor: i64,
    currency: String,
}

impl MoneyInput {
    /// The amount; its currency in upper case.
    #[must_use]
    pub fn money(&self) -> Money {
        Money { amount_minor: self.amount_minor, currency: self.currency.trim().to_uppercase() }
    }
}

impl InputObject for MoneyInput {
    const NAME: &'static str = "MoneyInput";
    const DESCRIPTION: &'static str = "An amount of money.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("amountMinor", "In the currency's smallest unit: cents, pence, yen.", |into: &mut Self, BigInt(amount)| {
                into.amount_minor = amount;
            })
            .field("currency", "Three letters of ISO 4217.", |into, currency| into.currency = currency)
    }
}

#[cfg(test)]
mod tests {
    use super::Money;

    #[test]
    fn amounts_are_shown_in_the_units_of_their_currency() {
        let shown = |amount_minor, currency: &str| Money { amount_minor, currency: currency.to_owned() }.formatted();
        assert_eq!(shown(1250, "EUR"), "EUR 12.50");
        assert_eq!(shown(-5, "USD"), "USD -0.05");
        assert_eq!(shown(500, "JPY"), "JPY 500");
        assert_eq!(shown(1500, "KWD"), "KWD 1.500");
    }
}
