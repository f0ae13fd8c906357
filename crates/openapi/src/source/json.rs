//! Reads JSON, and sees what `serde_json` alone would pass over: keys that stand twice, numbers that do not fit.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::{Bound, Building, DEPTH};
use crate::fault::FaultKind;
use crate::limits::Limits;

pub(super) enum Failure {
    Syntax(serde_json::Error),
    Bound(Bound, Option<u32>),
}

pub(super) fn read(text: &str, building: &mut Building<'_>) -> Result<Value, Failure> {
    let mut parser = serde_json::Deserializer::from_str(text);
    let mut hit = None;
    let seed = Seed { building, hit: &mut hit, depth: 0 };
    let read = seed.deserialize(&mut parser).and_then(|value| parser.end().map(|()| value));
    read.map_err(|error| match hit {
        Some(bound) => Failure::Bound(bound, u32::try_from(error.line()).ok().filter(|&line| line > 0)),
        None => Failure::Syntax(error),
    })
}

struct Seed<'b, 'l> {
    building: &'b mut Building<'l>,
    hit: &'b mut Option<Bound>,
    depth: usize,
}

impl<'l> Seed<'_, 'l> {
    fn count<E: serde::de::Error>(&mut self, text: usize) -> Result<(), E> {
        self.building.count(1, text).map_err(|bound| {
            *self.hit = Some(bound);
            E::custom(bound.what)
        })
    }

    fn deeper<E: serde::de::Error>(&mut self) -> Result<(), E> {
        if self.depth >= Limits::MAX_DEPTH {
            *self.hit = Some(DEPTH);
            return Err(E::custom(DEPTH.what));
        }
        self.count(0)
    }

    fn inner(&mut self) -> Seed<'_, 'l> {
        Seed { building: self.building, hit: self.hit, depth: self.depth + 1 }
    }
}

/// The number, or its text where no JSON number holds it.
pub(super) fn float(number: f64, text: &str) -> Value {
    Number::from_f64(number).map_or_else(|| Value::String(text.to_owned()), Value::Number)
}

impl<'de> DeserializeSeed<'de> for Seed<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E: serde::de::Error>(mut self) -> Result<Value, E> {
        self.count(0)?;
        Ok(Value::Null)
    }

    fn visit_bool<E: serde::de::Error>(mut self, value: bool) -> Result<Value, E> {
        self.count(0)?;
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: serde::de::Error>(mut self, value: u64) -> Result<Value, E> {
        self.count(0)?;
        Ok(value.into())
    }

    fn visit_i64<E: serde::de::Error>(mut self, value: i64) -> Result<Value, E> {
        self.count(0)?;
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(mut self, value: f64) -> Result<Value, E> {
        self.count(0)?;
        // Whole numbers come here only where 64 bits do not hold them, or where somebody wrote `1e30` or `1.0`.
        if value.fract() == 0.0 && value.abs() >= 18_446_744_073_709_551_616.0 {
            self.building.flaw(FaultKind::Number, None, || format!("no 64 bits hold the number; {value:e} is used"));
        }
        Ok(float(value, ""))
    }

    fn visit_str<E: serde::de::Error>(mut self, value: &str) -> Result<Value, E> {
        self.count(value.len())?;
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: serde::de::Error>(mut self, value: String) -> Result<Value, E> {
        self.count(value.len())?;
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        self.deeper()?;
        let mut values = Vec::new();
        loop {
            self.building.path.push_index(values.len());
            let item = items.next_element_seed(self.inner())?;
            self.building.path.pop();
            match item {
                Some(item) => values.push(item),
                None => return Ok(Value::Array(values)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Value, A::Error> {
        self.deeper()?;
        let mut values = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            self.building.path.push_key(&key);
            if values.contains_key(&key) {
                self.building.flaw(FaultKind::DuplicateKey, None, || twice(&key));
            }
            self.building.count(0, key.len()).map_err(|bound| {
                *self.hit = Some(bound);
                A::Error::custom(bound.what)
            })?;
            let value = entries.next_value_seed(self.inner())?;
            self.building.path.pop();
            values.insert(key, value);
        }
        Ok(Value::Object(values))
    }
}

/// What is said of a key that stands twice.
pub(super) fn twice(key: &str) -> String {
    format!("the key `{key}` stands twice; the last one counts")
}
