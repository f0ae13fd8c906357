//! One value as a snapshot shows it: the same in the text and in the serde form.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

use crate::snapshot::placeholder;
use crate::tree::Value;

/// Booleans and integers keep their type, so that YAML and JSON hold them as such; the rest is the text a person reads,
/// strings with their quotes. Floats are text too: of `30.0`, NaN and numbers of 17 digits, one writer or another makes
/// something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown<'a> {
    Bool(bool),
    /// Not negative.
    U64(u64),
    /// Negative.
    I64(i64),
    Text(Cow<'a, str>),
}

impl<'a> Shown<'a> {
    /// `cut`: the text ended at the session's value limit, which an ellipsis says.
    pub(super) fn new(value: Value<'a>, cut: bool, placeholders: bool) -> Self {
        let stable = |text: &'a str| if placeholders { placeholder::stable(text) } else { Cow::Borrowed(text) };
        let text = match value {
            Value::Bool(v) => return Self::Bool(v),
            Value::U64(v) => return Self::U64(v),
            Value::I64(v) => return Self::int(v),
            Value::Str(v) => Cow::Owned(format!("{:?}", stable(v))),
            Value::Text(v) => stable(v),
            other => Cow::Owned(other.to_string()),
        };
        Self::Text(if cut { text + "…" } else { text })
    }

    fn int(value: i64) -> Self {
        u64::try_from(value).map_or(Self::I64(value), Self::U64)
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(v) => write!(f, "{v}"),
            Self::U64(v) => write!(f, "{v}"),
            Self::I64(v) => write!(f, "{v}"),
            Self::Text(v) => f.write_str(v),
        }
    }
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(v) => serializer.serialize_bool(*v),
            Self::U64(v) => serializer.serialize_u64(*v),
            Self::I64(v) => serializer.serialize_i64(*v),
            Self::Text(v) => serializer.serialize_str(v),
        }
    }
}

impl<'de> Deserialize<'de> for Shown<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = Shown<'static>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a boolean, a number or a text")
            }

            fn visit_bool<E>(self, v: bool) -> Result<Self::Value, E> {
                Ok(Shown::Bool(v))
            }

            fn visit_u64<E>(self, v: u64) -> Result<Self::Value, E> {
                Ok(Shown::U64(v))
            }

            fn visit_i64<E>(self, v: i64) -> Result<Self::Value, E> {
                Ok(Shown::int(v))
            }

            fn visit_f64<E>(self, v: f64) -> Result<Self::Value, E> {
                Ok(Shown::Text(Cow::Owned(format!("{v:?}"))))
            }

            fn visit_str<E>(self, v: &str) -> Result<Self::Value, E> {
                Ok(Shown::Text(Cow::Owned(v.into())))
            }

            fn visit_string<E>(self, v: String) -> Result<Self::Value, E> {
                Ok(Shown::Text(Cow::Owned(v)))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(value: Value<'_>) -> String {
        serde_json::to_string(&Shown::new(value, false, true)).expect("a scalar")
    }

    #[test]
    fn integers_and_booleans_keep_their_type_and_text_is_as_it_is_read() {
        assert_eq!(json(Value::U64(7)), "7");
        assert_eq!(json(Value::I64(-7)), "-7");
        assert_eq!(json(Value::Bool(true)), "true");
        assert_eq!(json(Value::Str("ada")), r#""\"ada\"""#);
        assert_eq!(json(Value::Text("Some(7)")), r#""Some(7)""#);
        assert_eq!(json(Value::Redacted), r#""[redacted]""#);
    }

    #[test]
    fn numbers_that_a_reader_could_round_or_refuse_are_text() {
        assert_eq!(json(Value::F64(30.0)), r#""30.0""#);
        assert_eq!(json(Value::F64(f64::NAN)), r#""NaN""#);
        assert_eq!(json(Value::U128(1 << 100)), r#""1267650600228229401496703205376""#);
    }

    #[test]
    fn a_cut_text_ends_with_an_ellipsis() {
        assert_eq!(Shown::new(Value::Text("Order { id:"), true, true).to_string(), "Order { id:…");
    }
}
