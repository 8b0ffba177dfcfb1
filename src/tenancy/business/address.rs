//! Where a business is: its address as clients send it, as it is stored, and as it is shown.

use serde_json::{Map, Value, json};

use crate::graph::{Fields, InputObject, Object, ObjectType};

/// A postal address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    line1: String,
    line2: Option<String>,
    city: String,
    region: Option<String>,
    postal_code: Option<String>,
    country: String,
}

impl Address {
    /// What was stored; what is missing in it reads as nothing.
    pub fn stored(value: &Value) -> Option<Self> {
        let members = value.as_object()?;
        let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            line1: text("line1").unwrap_or_default(),
            line2: text("line2"),
            city: text("city").unwrap_or_default(),
            region: text("region"),
            postal_code: text("postalCode"),
            country: text("country").unwrap_or_default(),
        })
    }

    /// As it is stored.
    pub fn to_json(&self) -> Value {
        let lines = [
            ("line1", Some(&self.line1)),
            ("line2", self.line2.as_ref()),
            ("city", Some(&self.city)),
            ("region", self.region.as_ref()),
            ("postalCode", self.postal_code.as_ref()),
            ("country", Some(&self.country)),
        ];
        let lines = lines.into_iter().filter_map(|(name, text)| Some((name.to_owned(), json!(text?))));
        Value::Object(lines.collect::<Map<String, Value>>())
    }

    /// Without spaces around its lines, and its country in upper case.
    pub fn trimmed(&self) -> Self {
        let kept = |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        Self {
            line1: self.line1.trim().to_owned(),
            line2: kept(&self.line2),
            city: self.city.trim().to_owned(),
            region: kept(&self.region),
            postal_code: kept(&self.postal_code),
            country: self.country.trim().to_uppercase(),
        }
    }

    /// Each of its lines with its name; what is required of them is not checked.
    pub fn lines(&self) -> [(&'static str, Option<&str>); 6] {
        [
            ("line1", Some(&self.line1)),
            ("line2", self.line2.as_deref()),
            ("city", Some(&self.city)),
            ("region", self.region.as_deref()),
            ("postalCode", self.postal_code.as_deref()),
            ("country", Some(&self.country)),
        ]
    }
}

impl Object for Address {
    fn name() -> &'static str {
        "BusinessAddress"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("Where a business is.")
            .field("line1", "Street and number.", |address: &Self| &address.line1)
            .field("line2", "What stands below that, such as a floor.", |address| &address.line2)
            .field("city", "The city.", |address| &address.city)
            .field("region", "The state or the province.", |address| &address.region)
            .field("postalCode", "The postal code.", |address| &address.postal_code)
            .field("country", "Two letters of ISO 3166.", |address| &address.country)
    }
}

impl InputObject for Address {
    const NAME: &'static str = "BusinessAddressInput";
    const DESCRIPTION: &'static str = "Where a business is.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("line1", "Street and number.", |into: &mut Self, text| into.line1 = text)
            .field("line2", "What stands below that, such as a floor.", |into, text| into.line2 = text)
            .field("city", "The city.", |into, text| into.city = text)
            .field("region", "The state or the province.", |into, text| into.region = text)
            .field("postalCode", "The postal code.", |into, text| into.postal_code = text)
            .field("country", "Two letters of ISO 3166, such as `NL`.", |into, text| into.country = text)
    }
}
