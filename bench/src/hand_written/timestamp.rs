//! A moment, from the eight bytes that Postgres sends to the text of RFC 3339.

use std::error::Error as StdError;

use chrono::{DateTime, Datelike, Timelike};
use serde::{Serialize, Serializer, ser::Error};
use tokio_postgres::types::{FromSql, Type};

/// Microseconds from 1970 until 2000, where Postgres begins to count.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

/// With and without microseconds, of which only those are written that are not zero.
const LONG: &[u8; 27] = b"0000-00-00T00:00:00.000000Z";
const SHORT: &[u8; 20] = b"0000-00-00T00:00:00Z";

/// Microseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timestamp(i64);

impl<'a> FromSql<'a> for Timestamp {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self(i64::from_be_bytes(raw.try_into()?).saturating_add(POSTGRES_EPOCH)))
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::TIMESTAMPTZ
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // By hand, digit by digit: chrono's formatter takes longer than all the rest of a member.
        let moment = DateTime::from_timestamp_micros(self.0).ok_or_else(|| S::Error::custom("a moment out of range"))?;
        let microseconds = moment.timestamp_subsec_micros();
        let mut text = *LONG;
        digits(&mut text[0..4], moment.year().unsigned_abs());
        digits(&mut text[5..7], moment.month());
        digits(&mut text[8..10], moment.day());
        digits(&mut text[11..13], moment.hour());
        digits(&mut text[14..16], moment.minute());
        digits(&mut text[17..19], moment.second());
        let length = if microseconds == 0 {
            text[19] = SHORT[19];
            SHORT.len()
        } else {
            digits(&mut text[20..26], microseconds);
            LONG.len()
        };
        serializer.serialize_str(str::from_utf8(&text[..length]).map_err(S::Error::custom)?)
    }
}

fn digits(places: &mut [u8], mut number: u32) {
    for place in places.iter_mut().rev() {
        *place = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::{POSTGRES_EPOCH, Timestamp};
    use serde_json::json;

    #[test]
    fn microseconds_are_written_only_where_there_are_any() {
        let moment = 1_769_860_800_000_000;
        assert_eq!(json!(Timestamp(moment)), "2026-01-31T12:00:00Z");
        assert_eq!(json!(Timestamp(moment + 123_456)), "2026-01-31T12:00:00.123456Z");
        assert_eq!(json!(Timestamp(moment + 1)), "2026-01-31T12:00:00.000001Z");
        assert_eq!(json!(Timestamp(POSTGRES_EPOCH)), "2000-01-01T00:00:00Z");
    }
}
