//! Kinds of values that Rust has no types for, as fields of a program's own types.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::ValueError;

/// Names by which our serializer knows them; others see a text.
pub(super) const TIMESTAMP: &str = "$tracesnap::firestore::Timestamp";
pub(super) const REFERENCE: &str = "$tracesnap::firestore::Reference";
pub(super) const GEO_POINT: &str = "$tracesnap::firestore::GeoPoint";

/// A time, as RFC 3339 writes it in UTC. Firestore keeps microseconds; text and fraction stay as the service wrote them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(String);

impl Timestamp {
    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The time, `None` before 1970.
    #[must_use]
    pub fn to_system_time(&self) -> Option<SystemTime> {
        humantime::parse_rfc3339(&self.0).ok()
    }
}

impl From<SystemTime> for Timestamp {
    /// Times before 1970 become that of 1970.
    fn from(time: SystemTime) -> Self {
        let time = time.max(SystemTime::UNIX_EPOCH);
        Self(humantime::format_rfc3339_micros(time).to_string())
    }
}

impl FromStr for Timestamp {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        // 1969 is a time of Firestore's, and none of `SystemTime`.
        let bytes = text.as_bytes();
        let shape = b"0000-00-00T00:00:00";
        let is_shaped = bytes.len() > shape.len()
            && bytes.ends_with(b"Z")
            && shape.iter().zip(bytes).all(|(of, byte)| if *of == b'0' { byte.is_ascii_digit() } else { of == byte });
        let fraction = text.get(shape.len()..text.len().saturating_sub(1)).unwrap_or_default();
        let is_fraction = fraction.is_empty()
            || fraction.len() > 1
                && fraction.starts_with('.')
                && fraction[1..].bytes().all(|byte| byte.is_ascii_digit());
        if is_shaped && is_fraction {
            Ok(Self(text.to_owned()))
        } else {
            Err(ValueError::new("found a text, expected a time such as `2026-01-02T03:04:05.678Z`"))
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_newtype_struct(TIMESTAMP, &self.0)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The name of a document, as a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference(pub String);

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_newtype_struct(REFERENCE, &self.0)
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self)
    }
}

/// A place on earth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename = "$tracesnap::firestore::GeoPoint")]
pub struct GeoPoint {
    /// **Unit:** degrees, from -90 to 90.
    #[serde(default)]
    pub latitude: f64,
    /// **Unit:** degrees, from -180 to 180.
    #[serde(default)]
    pub longitude: f64,
}

/// Bytes, which as a `Vec<u8>` would be a list of numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> serde::de::Visitor<'de> for Read {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }

            fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
                Ok(Bytes(bytes))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut bytes: A) -> Result<Bytes, A::Error> {
                let mut all = Vec::new();
                while let Some(byte) = bytes.next_element()? {
                    all.push(byte);
                }
                Ok(Bytes(all))
            }
        }
        from.deserialize_byte_buf(Read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_any_age_and_fraction_are_kept_as_they_are() {
        for text in ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.123456789Z", "0001-01-01T00:00:00Z"] {
            assert_eq!(text.parse::<Timestamp>().expect("a time").as_str(), text);
        }
        for text in ["", "Z", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05+01:00"]
        {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
        let now = SystemTime::now();
        let back = Timestamp::from(now).to_system_time().expect("after 1970");
        assert!(now.duration_since(back).expect("cut, not rounded up").as_micros() <= 1);
        assert!("1969-01-01T00:00:00Z".parse::<Timestamp>().expect("a time").to_system_time().is_none());
    }
}
