//! A value of Firestore, and the form it has on the wire.
//!
//! Values of the program become such, and back, in [`ser`] and [`de`].

mod de;
mod error;
mod kinds;
mod ser;

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, json};

pub use de::from_value;
pub use error::ValueError;
pub use kinds::{Bytes, GeoPoint, Reference, Timestamp};
pub use ser::{to_fields, to_value};

/// The fields of a document or of a map within one, by their names.
pub type Fields = BTreeMap<String, Value>;

/// A value of Firestore. On the wire it is an object that says its kind: `{"integerValue": "7"}`.
///
/// ```
/// use tracesnap_services::firestore::{from_value, to_value};
///
/// let value = to_value(&vec![(1_i64, "ada")])?;
/// assert_eq!(from_value::<Vec<(i64, String)>>(value)?, [(1, "ada".to_owned())]);
/// # Ok::<(), tracesnap_services::firestore::ValueError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Nothing.
    #[default]
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number. On the wire it is a text, since JSON's numbers are read with 53 bits by many.
    Integer(i64),
    /// A number, also one that is none, or infinite.
    Double(f64),
    /// A time.
    Timestamp(Timestamp),
    /// A text.
    String(String),
    /// Bytes. On the wire they are Base64.
    Bytes(Vec<u8>),
    /// The name of a document: `projects/p/databases/(default)/documents/campaigns/c1`.
    Reference(String),
    /// A place on earth.
    GeoPoint(GeoPoint),
    /// Values in their order, none of which is such a list.
    Array(Vec<Value>),
    /// Values by their names.
    Map(Fields),
    /// A kind that this build does not know, as it stands on the wire.
    Other(Map<String, serde_json::Value>),
}

/// Where a serializer of ours recognises a value that is one already; others see the form of the wire.
pub(super) const VALUE: &str = "$tracesnap::firestore::Value";

impl Value {
    /// As it stands on the wire.
    fn to_wire(&self) -> serde_json::Value {
        match self {
            Self::Null => json!({"nullValue": null}),
            Self::Boolean(value) => json!({"booleanValue": value}),
            Self::Integer(value) => json!({"integerValue": value.to_string()}),
            Self::Double(value) => json!({"doubleValue": double_to_wire(*value)}),
            Self::Timestamp(value) => json!({"timestampValue": value.as_str()}),
            Self::String(value) => json!({"stringValue": value}),
            Self::Bytes(value) => json!({"bytesValue": STANDARD.encode(value)}),
            Self::Reference(value) => json!({"referenceValue": value}),
            Self::GeoPoint(GeoPoint { latitude, longitude }) => {
                json!({"geoPointValue": {"latitude": latitude, "longitude": longitude}})
            }
            Self::Array(values) => {
                json!({"arrayValue": {"values": values.iter().map(Self::to_wire).collect::<Vec<_>>()}})
            }
            Self::Map(fields) => {
                let fields: Map<_, _> = fields.iter().map(|(name, value)| (name.clone(), value.to_wire())).collect();
                json!({"mapValue": {"fields": fields}})
            }
            Self::Other(kind) => serde_json::Value::Object(kind.clone()),
        }
    }

    /// As it is read from the wire. What redaction left in the place of a value is a text.
    fn of_wire(wire: serde_json::Value) -> Result<Self, ValueError> {
        let mut kind = match wire {
            serde_json::Value::Object(kind) => kind,
            serde_json::Value::String(placeholder) => return Ok(Self::String(placeholder)),
            other => return Err(ValueError::wire("an object with the kind of a value", &other)),
        };
        let Some((name, value)) = (kind.len() == 1).then(|| kind.iter().next()).flatten() else {
            return Ok(Self::Other(kind));
        };
        let text = || value.as_str().ok_or_else(|| ValueError::wire("a text", value));
        Ok(match name.as_str() {
            "nullValue" => Self::Null,
            "booleanValue" => Self::Boolean(value.as_bool().ok_or_else(|| ValueError::wire("a bool", value))?),
            "integerValue" => {
                let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
                Self::Integer(number.ok_or_else(|| ValueError::wire("a whole number of 64 bits, as text", value))?)
            }
            "doubleValue" => Self::Double(double_of_wire(value)?),
            // What redaction left of it is a text still.
            "timestampValue" => {
                text()?.parse().map_or_else(|_| Self::String(text().unwrap_or_default().to_owned()), Self::Timestamp)
            }
            "stringValue" => Self::String(text()?.to_owned()),
            "bytesValue" => {
                let text = text()?;
                let bytes = STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text));
                bytes.map_or_else(|_| Self::String(text.to_owned()), Self::Bytes)
            }
            "referenceValue" => Self::Reference(text()?.to_owned()),
            "geoPointValue" => Self::GeoPoint(
                GeoPoint::deserialize(value).map_err(|_| ValueError::wire("a latitude and a longitude", value))?,
            ),
            "arrayValue" => {
                let values = kind.remove("arrayValue").and_then(|mut array| Some(array.get_mut("values")?.take()));
                match values {
                    None | Some(serde_json::Value::Null) => Self::Array(Vec::new()),
                    Some(serde_json::Value::Array(values)) => {
                        Self::Array(values.into_iter().map(Self::of_wire).collect::<Result<_, _>>()?)
                    }
                    Some(serde_json::Value::String(placeholder)) => Self::String(placeholder),
                    Some(other) => return Err(ValueError::wire("a list of values", &other)),
                }
            }
            "mapValue" => {
                let fields = kind.remove("mapValue").and_then(|mut map| Some(map.get_mut("fields")?.take()));
                match fields {
                    None | Some(serde_json::Value::Null) => Self::Map(Fields::new()),
                    Some(serde_json::Value::Object(fields)) => Self::Map(
                        fields.into_iter().map(|(name, value)| Ok((name, Self::of_wire(value)?))).collect::<Result<
                            _,
                            ValueError,
                        >>(
                        )?,
                    ),
                    Some(serde_json::Value::String(placeholder)) => Self::String(placeholder),
                    Some(other) => return Err(ValueError::wire("an object of values", &other)),
                }
            }
            _ => Self::Other(kind),
        })
    }
}

/// JSON has no numbers that are none: protobuf says them as texts.
fn double_to_wire(value: f64) -> serde_json::Value {
    if value.is_nan() {
        "NaN".into()
    } else if value.is_infinite() {
        if value > 0.0 { "Infinity" } else { "-Infinity" }.into()
    } else {
        value.into()
    }
}

fn double_of_wire(wire: &serde_json::Value) -> Result<f64, ValueError> {
    match wire.as_str() {
        Some("NaN") => Ok(f64::NAN),
        Some("Infinity") => Ok(f64::INFINITY),
        Some("-Infinity") => Ok(f64::NEG_INFINITY),
        Some(text) => text.parse().map_err(|_| ValueError::wire("a number", wire)),
        None => wire.as_f64().ok_or_else(|| ValueError::wire("a number", wire)),
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_newtype_struct(VALUE, &self.to_wire())
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        /// Our deserializer gives the form of the wire, and so does that of JSON.
        struct Wire;
        impl<'de> serde::de::Visitor<'de> for Wire {
            type Value = Value;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a value of Firestore")
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
                Value::of_wire(serde_json::Value::deserialize(from)?).map_err(serde::de::Error::custom)
            }
        }
        from.deserialize_newtype_struct(VALUE, Wire)
    }
}

macro_rules! from {
    ($($of:ty => |$value:ident| $made:expr;)*) => {
        $(impl From<$of> for Value {
            fn from($value: $of) -> Self {
                $made
            }
        })*
    };
}

from! {
    bool => |value| Self::Boolean(value);
    i64 => |value| Self::Integer(value);
    i32 => |value| Self::Integer(value.into());
    u32 => |value| Self::Integer(value.into());
    f64 => |value| Self::Double(value);
    &str => |value| Self::String(value.to_owned());
    String => |value| Self::String(value);
    Timestamp => |value| Self::Timestamp(value);
    GeoPoint => |value| Self::GeoPoint(value);
    Reference => |value| Self::Reference(value.0);
    Bytes => |value| Self::Bytes(value.0);
    Fields => |value| Self::Map(value);
}

impl<V: Into<Value>> From<Vec<V>> for Value {
    fn from(values: Vec<V>) -> Self {
        Self::Array(values.into_iter().map(Into::into).collect())
    }
}

impl<V: Into<Value>, const N: usize> From<[V; N]> for Value {
    fn from(values: [V; N]) -> Self {
        Self::Array(values.into_iter().map(Into::into).collect())
    }
}

impl<V: Into<Value>> From<Option<V>> for Value {
    fn from(value: Option<V>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_form_on_the_wire_and_comes_back() {
        let table = [
            (Value::Null, json!({"nullValue": null})),
            (true.into(), json!({"booleanValue": true})),
            (i64::MIN.into(), json!({"integerValue": "-9223372036854775808"})),
            (1.5.into(), json!({"doubleValue": 1.5})),
            (f64::NEG_INFINITY.into(), json!({"doubleValue": "-Infinity"})),
            ("ü".into(), json!({"stringValue": "ü"})),
            (Bytes(vec![0, 255, 16]).into(), json!({"bytesValue": "AP8Q"})),
            (Reference("a/b".into()).into(), json!({"referenceValue": "a/b"})),
            (
                "2026-01-02T03:04:05.123456Z".parse::<Timestamp>().expect("a time").into(),
                json!({"timestampValue": "2026-01-02T03:04:05.123456Z"}),
            ),
            (
                GeoPoint { latitude: 52.5, longitude: -13.25 }.into(),
                json!({"geoPointValue": {"latitude": 52.5, "longitude": -13.25}}),
            ),
            (vec![1_i64, 2].into(), json!({"arrayValue": {"values": [{"integerValue": "1"}, {"integerValue": "2"}]}})),
            (
                Fields::from([("a".to_owned(), Value::Null)]).into(),
                json!({"mapValue": {"fields": {"a": {"nullValue": null}}}}),
            ),
        ];
        for (value, wire) in table {
            assert_eq!(serde_json::to_value(&value).expect("written"), wire);
            assert_eq!(serde_json::from_value::<Value>(wire).expect("read"), value);
        }
        let nan = serde_json::to_value(Value::Double(f64::NAN)).expect("written");
        assert_eq!(nan, json!({"doubleValue": "NaN"}));
        assert!(matches!(serde_json::from_value(nan), Ok(Value::Double(number)) if number.is_nan()));
    }

    #[test]
    fn what_others_write_is_read_too() {
        let read = |wire| serde_json::from_value::<Value>(wire).expect("read");
        assert_eq!(read(json!({"arrayValue": {}})), Value::Array(vec![]));
        assert_eq!(read(json!({"mapValue": {}})), Value::Map(Fields::new()));
        assert_eq!(read(json!({"integerValue": 7})), Value::Integer(7));
        assert_eq!(read(json!({"nullValue": "NULL_VALUE"})), Value::Null);
        // What a later edition has is kept as it is; what redaction left is a text.
        let new = json!({"vectorValue": {"of": [1]}});
        assert_eq!(serde_json::to_value(read(new.clone())).expect("written"), new);
        assert_eq!(read(json!("[redacted]")), Value::String("[redacted]".into()));
        let wrong =
            serde_json::from_value::<Value>(json!({"integerValue": "seven"})).expect_err("no number").to_string();
        assert_eq!(wrong, "found a text, expected a whole number of 64 bits, as text");
    }
}
