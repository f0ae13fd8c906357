//! A value of Firestore as one of the program: an implementation of serde's `Deserializer`.

use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::{GeoPoint, VALUE, Value, ValueError};

/// Turns a value of Firestore into one of the program.
///
/// # Errors
///
/// If it is of another shape.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, ValueError> {
    T::deserialize(FromValue(value))
}

struct FromValue(Value);

impl IntoDeserializer<'_, ValueError> for FromValue {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for FromValue {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Boolean(value) => visitor.visit_bool(value),
            Value::Integer(value) => visitor.visit_i64(value),
            Value::Double(value) => visitor.visit_f64(value),
            Value::Timestamp(value) => visitor.visit_string(value.to_string()),
            Value::String(value) | Value::Reference(value) => visitor.visit_string(value),
            // What takes no bytes, such as JSON, takes the list of numbers that a `Vec<u8>` is.
            Value::Bytes(value) => visitor.visit_seq(SeqDeserializer::new(value.into_iter())),
            Value::GeoPoint(GeoPoint { latitude, longitude }) => {
                let entries = [("latitude", latitude), ("longitude", longitude)];
                visitor.visit_map(MapDeserializer::new(entries.into_iter()))
            }
            Value::Array(values) => {
                let mut list = SeqDeserializer::new(values.into_iter().map(FromValue));
                let read = visitor.visit_seq(&mut list)?;
                list.end()?;
                Ok(read)
            }
            Value::Map(fields) => {
                let mut map =
                    MapDeserializer::new(fields.into_iter().map(|(name, value)| (Key(name), FromValue(value))));
                let read = visitor.visit_map(&mut map)?;
                map.end()?;
                Ok(read)
            }
            Value::Other(kind) => serde_json::Value::Object(kind)
                .deserialize_any(visitor)
                .map_err(|error| ValueError::new(error.to_string())),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            value => visitor.visit_some(Self(value)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        if name == VALUE {
            let wire = self.0.to_wire();
            return visitor.visit_newtype_struct(Wire(wire));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        match self.0 {
            Value::String(name) => visitor.visit_enum(name.into_deserializer()),
            Value::Map(fields) => {
                let map = MapDeserializer::new(fields.into_iter().map(|(name, value)| (Key(name), Self(value))));
                visitor.visit_enum(MapAccessDeserializer::new(map))
            }
            _ => Err(ValueError::new("found neither a text nor a map, expected a variant")),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.0 {
            Value::Bytes(bytes) => visitor.visit_byte_buf(bytes),
            value => Self(value).deserialize_any(visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        self.deserialize_bytes(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string unit unit_struct seq tuple tuple_struct map
        struct identifier ignored_any
    }
}

/// The name of a field, which is also what a number or a bool became as a key of a map.
struct Key(String);

impl IntoDeserializer<'_, ValueError> for Key {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! keys {
    ($($method:ident $visit:ident;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
            match self.0.parse() {
                Ok(value) => visitor.$visit(value),
                Err(_) => visitor.visit_string(self.0),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for Key {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_string(self.0)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        visitor.visit_enum(self.0.into_deserializer())
    }

    keys! {
        deserialize_bool visit_bool;
        deserialize_i8 visit_i8;
        deserialize_i16 visit_i16;
        deserialize_i32 visit_i32;
        deserialize_i64 visit_i64;
        deserialize_i128 visit_i128;
        deserialize_u8 visit_u8;
        deserialize_u16 visit_u16;
        deserialize_u32 visit_u32;
        deserialize_u64 visit_u64;
        deserialize_u128 visit_u128;
    }

    forward_to_deserialize_any! {
        f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple tuple_struct map struct identifier
        ignored_any
    }
}

/// The form of the wire, with our error.
struct Wire(serde_json::Value);

impl<'de> Deserializer<'de> for Wire {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        self.0.deserialize_any(visitor).map_err(|error| ValueError::new(error.to_string()))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
