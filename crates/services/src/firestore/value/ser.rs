//! A value of the program as one of Firestore: an implementation of serde's `Serializer`.
//!
//! Through JSON, times, places, references and bytes would be lost, and so would numbers that are none.

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::kinds::{GEO_POINT, REFERENCE, TIMESTAMP};
use super::{Fields, GeoPoint, VALUE, Value, ValueError};

/// Turns a value of the program into one of Firestore.
///
/// Structs and maps become maps, sequences and tuples lists, whole numbers integers, `None` and `()` null, variants of
/// enums what JSON would make of them. [`Timestamp`](super::Timestamp), [`GeoPoint`], [`Reference`](super::Reference) and
/// [`Bytes`](super::Bytes) become their kinds.
///
/// # Errors
///
/// A whole number that has no place in 64 bits with a sign, or a key of a map that is no text.
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value, ValueError> {
    value.serialize(ToValue)
}

/// Turns a struct or a map of the program into the fields of a document.
///
/// # Errors
///
/// As [`to_value`]; if it is neither.
pub fn to_fields<T: Serialize + ?Sized>(value: &T) -> Result<Fields, ValueError> {
    match to_value(value)? {
        Value::Map(fields) => Ok(fields),
        _ => Err(ValueError::new("a document is a struct or a map, and this value is none")),
    }
}

struct ToValue;

fn integer(value: impl TryInto<i64>) -> Result<Value, ValueError> {
    value
        .try_into()
        .map(Value::Integer)
        .map_err(|_| ValueError::new("a whole number has more than 64 bits with a sign"))
}

/// What JSON makes of a variant with content.
fn variant(name: &str, content: Value) -> Value {
    Value::Map(Fields::from([(name.to_owned(), content)]))
}

impl Serializer for ToValue {
    type Ok = Value;
    type Error = ValueError;
    type SerializeSeq = List;
    type SerializeTuple = List;
    type SerializeTupleStruct = List;
    type SerializeTupleVariant = List;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Entries;

    fn serialize_bool(self, value: bool) -> Result<Value, ValueError> {
        Ok(Value::Boolean(value))
    }

    fn serialize_i8(self, value: i8) -> Result<Value, ValueError> {
        integer(value)
    }

    fn serialize_i16(self, value: i16) -> Result<Value, ValueError> {
        integer(value)
    }

    fn serialize_i32(self, value: i32) -> Result<Value, ValueError> {
        integer(value)
    }

    fn serialize_i64(self, value: i64) -> Result<Value, ValueError> {
        integer(value)
    }

    fn serialize_i128(self, value: i128) -> Result<Value, ValueError> {
        integer(value)
    }

    fn serialize_u8(self, value: u8) -> Result<Value, ValueError> {
        integer(value)
    }

    fn serialize_u16(self, value: u16) -> Result<Value, ValueError> {
        integer(value)
    }

    fn serialize_u32(self, value: u32) -> Result<Value, ValueError> {
        integer(value)
    }

    fn serialize_u64(self, value: u64) -> Result<Value, ValueError> {
        integer(value)
    }

    fn serialize_u128(self, value: u128) -> Result<Value, ValueError> {
        integer(value)
    }

    fn serialize_f32(self, value: f32) -> Result<Value, ValueError> {
        Ok(Value::Double(value.into()))
    }

    fn serialize_f64(self, value: f64) -> Result<Value, ValueError> {
        Ok(Value::Double(value))
    }

    fn serialize_char(self, value: char) -> Result<Value, ValueError> {
        Ok(Value::String(value.into()))
    }

    fn serialize_str(self, value: &str) -> Result<Value, ValueError> {
        Ok(value.into())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Value, ValueError> {
        Ok(Value::Bytes(value.to_vec()))
    }

    fn serialize_none(self) -> Result<Value, ValueError> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, ValueError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, ValueError> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, ValueError> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Result<Value, ValueError> {
        Ok(name.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Value, ValueError> {
        match name {
            // It is one already, in the form of the wire.
            VALUE => {
                let wire = serde_json::to_value(value).map_err(|error| ValueError::new(error.to_string()))?;
                Value::of_wire(wire)
            }
            TIMESTAMP | REFERENCE => match (value.serialize(self)?, name) {
                (Value::String(text), TIMESTAMP) => Ok(Value::Timestamp(text.parse()?)),
                (Value::String(text), _) => Ok(Value::Reference(text)),
                (other, _) => Ok(other),
            },
            _ => value.serialize(self),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<Value, ValueError> {
        Ok(variant(name, value.serialize(self)?))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<List, ValueError> {
        // A length that is only said must not take memory.
        Ok(List { values: Vec::with_capacity(length.unwrap_or(0).min(1_024)), variant: None })
    }

    fn serialize_tuple(self, length: usize) -> Result<List, ValueError> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<List, ValueError> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        length: usize,
    ) -> Result<List, ValueError> {
        Ok(List { variant: Some(name), ..self.serialize_seq(Some(length))? })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries, ValueError> {
        Ok(Entries { fields: Fields::new(), key: None, variant: None, is_geo_point: false })
    }

    fn serialize_struct(self, name: &'static str, length: usize) -> Result<Entries, ValueError> {
        Ok(Entries { is_geo_point: name == GEO_POINT, ..self.serialize_map(Some(length))? })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        length: usize,
    ) -> Result<Entries, ValueError> {
        Ok(Entries { variant: Some(name), ..self.serialize_map(Some(length))? })
    }
}

/// A list that is being made.
struct List {
    values: Vec<Value>,
    variant: Option<&'static str>,
}

impl List {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ValueError> {
        self.values.push(value.serialize(ToValue)?);
        Ok(())
    }

    fn made(self) -> Value {
        let list = Value::Array(self.values);
        match self.variant {
            Some(name) => variant(name, list),
            None => list,
        }
    }
}

macro_rules! list {
    ($($of:ident $push:ident;)*) => {
        $(impl $of for List {
            type Ok = Value;
            type Error = ValueError;

            fn $push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ValueError> {
                self.push(value)
            }

            fn end(self) -> Result<Value, ValueError> {
                Ok(self.made())
            }
        })*
    };
}

list! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

/// A map that is being made.
struct Entries {
    fields: Fields,
    key: Option<String>,
    variant: Option<&'static str>,
    is_geo_point: bool,
}

impl Entries {
    fn put<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), ValueError> {
        self.fields.insert(name.to_owned(), value.serialize(ToValue)?);
        Ok(())
    }

    fn made(self) -> Value {
        if self.is_geo_point {
            let number = |name| match self.fields.get(name) {
                Some(Value::Double(value)) => *value,
                _ => 0.0,
            };
            return Value::GeoPoint(GeoPoint { latitude: number("latitude"), longitude: number("longitude") });
        }
        let map = Value::Map(self.fields);
        match self.variant {
            Some(name) => variant(name, map),
            None => map,
        }
    }
}

impl SerializeMap for Entries {
    type Ok = Value;
    type Error = ValueError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), ValueError> {
        self.key = Some(match key.serialize(ToValue)? {
            Value::String(name) => name,
            Value::Integer(number) => number.to_string(),
            Value::Boolean(value) => value.to_string(),
            _ => return Err(ValueError::new("a key of a map is no text")),
        });
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ValueError> {
        let key = self.key.take().ok_or_else(|| ValueError::new("a value of a map has no key"))?;
        self.put(&key, value)
    }

    fn end(self) -> Result<Value, ValueError> {
        Ok(self.made())
    }
}

impl SerializeStruct for Entries {
    type Ok = Value;
    type Error = ValueError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), ValueError> {
        self.put(name, value)
    }

    fn end(self) -> Result<Value, ValueError> {
        Ok(self.made())
    }
}

impl SerializeStructVariant for Entries {
    type Ok = Value;
    type Error = ValueError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), ValueError> {
        self.put(name, value)
    }

    fn end(self) -> Result<Value, ValueError> {
        Ok(self.made())
    }
}
