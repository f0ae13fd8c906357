//! Values, fields and calls as JSON: written straight from the tree, never as a document in memory.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::tree::{Arg, Call, Event, Value};

/// The largest integer that a viewer in JavaScript reads exactly.
pub(super) const MAX_SAFE: u64 = (1 << 53) - 1;

/// A value: numbers and booleans as such, everything else as its text.
///
/// Integers past 2^53 and floats that are no number are text too, since JSON's readers would round or refuse them.
pub(super) struct Json<'t>(pub(super) Value<'t>);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Bool(value) => serializer.serialize_bool(value),
            Value::I64(value) if value.unsigned_abs() <= MAX_SAFE => serializer.serialize_i64(value),
            Value::U64(value) if value <= MAX_SAFE => serializer.serialize_u64(value),
            Value::F64(value) if value.is_finite() => serializer.serialize_f64(value),
            Value::Str(text) | Value::Text(text) => serializer.serialize_str(text),
            other => serializer.collect_str(&other),
        }
    }
}

/// The arguments of a call as an object. One whose text was cut ends in `…`.
pub(super) struct Args<'t>(pub(super) Call<'t>);

impl Serialize for Args<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fields(serializer, self.0.args())
    }
}

/// The fields of an event as an object, as [`Args`].
pub(super) struct Fields<'t>(pub(super) Event<'t>);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fields(serializer, self.0.fields())
    }
}

fn fields<'t, S: Serializer>(serializer: S, fields: impl Iterator<Item = Arg<'t>>) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    for field in fields {
        match field.value().as_str() {
            Some(text) if field.is_cut() => map.serialize_entry(field.name(), &format_args!("{text}…"))?,
            _ => map.serialize_entry(field.name(), &Json(field.value()))?,
        }
    }
    map.end()
}

/// Everything about a call but its name and its slices, as an object of what applies to it.
pub(super) struct About<'t>(pub(super) Call<'t>);

impl Serialize for About<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let call = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("call", &call.id().index())?;
        if let Some(parent) = call.parent() {
            map.serialize_entry("parent", &parent.id().index())?;
        }
        if let Some(file) = &call.callsite().file {
            match call.callsite().line {
                Some(line) => map.serialize_entry("source", &format_args!("{file}:{line}"))?,
                None => map.serialize_entry("source", file)?,
            }
        }
        if call.args().next().is_some() {
            map.serialize_entry("fields", &Args(call))?;
        }
        if let Some(value) = call.returned() {
            map.serialize_entry("returned", &Json(value))?;
        }
        if let Some(value) = call.error() {
            map.serialize_entry("error", &Json(value))?;
        }
        for (name, holds) in
            [("panicked", call.panicked()), ("open", call.is_open()), ("truncated", call.is_truncated())]
        {
            if holds {
                map.serialize_entry(name, &true)?;
            }
        }
        if call.polls() > 1 {
            map.serialize_entry("polls", &call.polls())?;
            map.serialize_entry("busy_ns", &(call.busy().as_nanos() as u64))?;
            if let Some(idle) = call.idle() {
                map.serialize_entry("idle_ns", &(idle.as_nanos() as u64))?;
            }
        }
        if let Some(memory) = call.memory()
            && call.tree().counts_allocations
        {
            map.serialize_entry("allocated_bytes", &memory.allocated)?;
            map.serialize_entry("allocations", &memory.allocations)?;
            map.serialize_entry("freed_bytes", &memory.freed)?;
        }
        map.end()
    }
}

/// An event's level, place and fields.
pub(super) struct AboutEvent<'t>(pub(super) Event<'t>);

impl Serialize for AboutEvent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("level", self.0.level().as_str())?;
        if let Some(parent) = self.0.parent() {
            map.serialize_entry("call", &parent.id().index())?;
        }
        if self.0.fields().next().is_some() {
            map.serialize_entry("fields", &Fields(self.0))?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_javascript_would_round_are_text() {
        let json = |value| serde_json::to_string(&Json(value)).expect("it is plain");
        assert_eq!(json(Value::U64(MAX_SAFE)), "9007199254740991");
        assert_eq!(json(Value::U64(MAX_SAFE + 1)), "\"9007199254740992\"");
        assert_eq!(json(Value::I64(i64::MIN)), "\"-9223372036854775808\"");
        assert_eq!(json(Value::U128(u128::MAX)), "\"340282366920938463463374607431768211455\"");
        assert_eq!(json(Value::F64(f64::NAN)), "\"NaN\"");
        assert_eq!(json(Value::F64(0.5)), "0.5");
    }

    #[test]
    fn text_stays_what_it_is_and_what_was_kept_out_is_named() {
        let json = |value| serde_json::to_string(&Json(value)).expect("it is plain");
        assert_eq!(json(Value::Str("a\"\n</script>\u{0}")), r#""a\"\n</script>\u0000""#);
        assert_eq!(json(Value::Redacted), "\"[redacted]\"");
        assert_eq!(json(Value::Bool(true)), "true");
    }
}
