//! What a field without children writes: scalars, ids, enums and lists of them.

use std::borrow::Cow;
use std::io::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use entity::TypedId;

use super::input::AnyId;
use super::shape::Shape;

/// A value that ends a branch of the answer. Writing cannot fail: what may be absent is an `Option`.
pub trait Leaf {
    /// The GraphQL type of the value.
    fn shape() -> Shape;
    /// Appends the value as JSON.
    fn write(&self, out: &mut Vec<u8>);
}

/// A closed set with its GraphQL names and what each member means.
pub trait Enumeration: Copy + PartialEq + Send + Sync + 'static {
    /// The name of the GraphQL enum.
    const NAME: &'static str;
    /// What the set is about.
    const DESCRIPTION: &'static str;
    /// Every member: the value, its `SCREAMING_CASE` name, its description.
    const VALUES: &'static [(Self, &'static str, &'static str)];

    /// The GraphQL name of this member.
    fn graphql_name(self) -> &'static str {
        Self::VALUES.iter().find(|(value, ..)| *value == self).map_or("", |(_, name, _)| name)
    }
}

/// A typed id as the scalar `ID`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Id<I>(pub I);

impl<I: TypedId> Leaf for Id<I> {
    fn shape() -> Shape {
        Shape::required("ID")
    }
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'"');
        self.0.write_to(out);
        out.push(b'"');
    }
}

impl Leaf for AnyId {
    fn shape() -> Shape {
        Shape::required("ID")
    }
    fn write(&self, out: &mut Vec<u8>) {
        write_string(&self.0, out);
    }
}

impl<E: Enumeration> Leaf for E {
    fn shape() -> Shape {
        Shape::enumeration::<E>()
    }
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'"');
        out.extend_from_slice(self.graphql_name().as_bytes());
        out.push(b'"');
    }
}

impl Leaf for String {
    fn shape() -> Shape {
        Shape::required("String")
    }
    fn write(&self, out: &mut Vec<u8>) {
        write_string(self, out);
    }
}

impl Leaf for Cow<'static, str> {
    fn shape() -> Shape {
        Shape::required("String")
    }
    fn write(&self, out: &mut Vec<u8>) {
        write_string(self, out);
    }
}

impl Leaf for &'static str {
    fn shape() -> Shape {
        Shape::required("String")
    }
    fn write(&self, out: &mut Vec<u8>) {
        write_string(self, out);
    }
}

impl Leaf for bool {
    fn shape() -> Shape {
        Shape::required("Boolean")
    }
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if *self { b"true" } else { b"false" });
    }
}

impl Leaf for i32 {
    fn shape() -> Shape {
        Shape::required("Int")
    }
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(itoa::Buffer::new().format(*self).as_bytes());
    }
}

/// A 64-bit number as the scalar `BigInt`: a string, because JavaScript's numbers end at 2⁵³.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BigInt(pub i64);

impl Leaf for BigInt {
    fn shape() -> Shape {
        Shape::required("BigInt")
    }
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'"');
        out.extend_from_slice(itoa::Buffer::new().format(self.0).as_bytes());
        out.push(b'"');
    }
}

impl Leaf for DateTime<Utc> {
    fn shape() -> Shape {
        Shape::required("DateTime")
    }
    fn write(&self, out: &mut Vec<u8>) {
        write_time(*self, out);
    }
}

impl<L: Leaf> Leaf for Option<L> {
    fn shape() -> Shape {
        L::shape().nullable()
    }
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.write(out),
            None => out.extend_from_slice(b"null"),
        }
    }
}

impl<L: Leaf> Leaf for Vec<L> {
    fn shape() -> Shape {
        L::shape().list()
    }
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        for (index, value) in self.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            value.write(out);
        }
        out.push(b']');
    }
}

/// RFC 3339 in UTC, microseconds only where there are some. chrono's own formatter took a tenth of a whole answer.
fn write_time(time: DateTime<Utc>, out: &mut Vec<u8>) {
    use chrono::{Datelike, Timelike};
    if !(0..=9999).contains(&time.year()) {
        write_string(&time.to_rfc3339_opts(SecondsFormat::Micros, true), out);
        return;
    }
    let two = |out: &mut Vec<u8>, value: u32| {
        out.push(b'0' + (value / 10 % 10) as u8);
        out.push(b'0' + (value % 10) as u8);
    };
    let year = time.year().unsigned_abs();
    out.push(b'"');
    two(out, year / 100);
    two(out, year % 100);
    out.push(b'-');
    two(out, time.month());
    out.push(b'-');
    two(out, time.day());
    out.push(b'T');
    two(out, time.hour());
    out.push(b':');
    two(out, time.minute());
    out.push(b':');
    two(out, time.second());
    let micros = time.nanosecond() / 1_000;
    if micros > 0 {
        out.push(b'.');
        two(out, micros / 10_000);
        two(out, micros / 100 % 100);
        two(out, micros % 100);
    }
    out.extend_from_slice(b"Z\"");
}

/// Appends `text` as a JSON string.
pub fn write_string(text: &str, out: &mut Vec<u8>) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut start = 0;
    for (index, &byte) in bytes.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[start..index]);
        start = index + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            // Writing to a Vec cannot fail.
            _ => {
                let _ = write!(out, "\\u{byte:04x}");
            }
        }
    }
    out.extend_from_slice(&bytes[start..]);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped_as_serde_does() {
        for text in ["plain", "a\"b\\c\n\r\t\u{0}\u{1f}ü😀", ""] {
            let mut out = Vec::new();
            write_string(text, &mut out);
            assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
    }

    #[test]
    fn times_are_written_as_chrono_writes_them() {
        for micros in [0, 1, 1_700_000_000_000_000, 1_700_000_000_120_000, -62_135_596_800_000_001, 253_402_300_799_999_999] {
            let time = DateTime::from_timestamp_micros(micros).unwrap();
            let mut out = Vec::new();
            write_time(time, &mut out);
            let text: String = serde_json::from_slice(&out).unwrap();
            assert_eq!(DateTime::parse_from_rfc3339(&text).unwrap(), time);
        }
    }
}
