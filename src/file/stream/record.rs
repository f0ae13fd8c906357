//! The records of a block: as bytes, and back.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::file::read::callsite;
use crate::file::wire::CallsiteLine;
use crate::tree::{Callsite, Memory, Value};

pub(super) mod tag {
    pub(in super::super) const ABOUT: u8 = 1;
    pub(in super::super) const THREAD: u8 = 2;
    pub(in super::super) const CALLSITE: u8 = 3;
    pub(in super::super) const IN: u8 = 4;
    pub(in super::super) const ROW: u8 = 5;
    pub(in super::super) const COUNTS: u8 = 6;
    pub(in super::super) const END: u8 = 7;
}

pub(super) mod has {
    pub(in super::super) const START: u8 = 1;
    pub(in super::super) const END: u8 = 2;
    pub(in super::super) const OTHER: u8 = 4;
    pub(in super::super) const MEMORY: u8 = 8;
    pub(in super::super) const FIELDS: u8 = 16;
    pub(in super::super) const PANICKED: u8 = 32;
    pub(in super::super) const TRUNCATED: u8 = 64;
}

/// In the type of a value: it was cut.
pub(super) const CUT: u8 = 128;

/// What is said of a recording when it begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct About {
    /// **Unit:** nanoseconds since 1970.
    pub(crate) started_ns: Option<u64>,
    pub(crate) timed: bool,
    pub(crate) counts_allocations: bool,
    pub(crate) total_ns: f32,
    pub(crate) inside_ns: f32,
    /// What self times take off for a call inside.
    pub(crate) self_time_ns: f32,
    pub(crate) max_depth: u64,
}

impl About {
    pub(crate) fn with_started(mut self, started: Option<SystemTime>) -> Self {
        let since = started.and_then(|started| started.duration_since(SystemTime::UNIX_EPOCH).ok());
        self.started_ns = since.and_then(|since| u64::try_from(since.as_nanos()).ok());
        self
    }

    pub(crate) fn started(&self) -> Option<SystemTime> {
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(self.started_ns?))
    }
}

/// A callsite, and what it is beside what the tree knows of one.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Site<'t> {
    #[serde(flatten)]
    pub(crate) line: CallsiteLine<'t>,
    /// An event with the result of a function.
    #[serde(default)]
    pub(crate) is_outcome: bool,
    /// The same, of a function whose calls are recorded.
    #[serde(default)]
    pub(crate) is_of_wanted: bool,
}

impl<'t> Site<'t> {
    pub(crate) fn of(site: &'t Callsite) -> Self {
        Self { line: CallsiteLine::of(site), is_outcome: false, is_of_wanted: false }
    }

    /// Whether it is an event with the error of a function.
    pub(crate) fn is_error(&self) -> bool {
        self.line.fields.first().is_some_and(|name| name == "error")
    }

    pub(crate) fn callsite(&self) -> Callsite {
        callsite(&self.line)
    }
}

/// A row by its ring and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct CallRef {
    pub(crate) ring: u32,
    pub(crate) seq: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum RowKind {
    Span = 1,
    Stay,
    Event,
    Record,
    Follows,
    Again,
}

impl RowKind {
    pub(super) fn of(byte: u8) -> Option<Self> {
        Some(match byte {
            1 => Self::Span,
            2 => Self::Stay,
            3 => Self::Event,
            4 => Self::Record,
            5 => Self::Follows,
            6 => Self::Again,
            _ => return None,
        })
    }
}

/// A row without its fields.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) seq: u64,
    pub(crate) kind: RowKind,
    pub(crate) callsite: u32,
    /// Its caller, or the span it is about.
    pub(crate) about: Option<CallRef>,
    /// **Unit:** nanoseconds since the recording began.
    pub(crate) start: Option<u64>,
    pub(crate) end: Option<u64>,
    /// The span that is followed from, or the row that is completed.
    pub(crate) other: Option<CallRef>,
    pub(crate) memory: Option<Memory>,
    pub(crate) panicked: bool,
    pub(crate) truncated: bool,
}

impl Row {
    pub(super) fn write(&self, fields: &FieldBuffer, to: &mut Vec<u8>) {
        let bit = |is: bool, bit: u8| if is { bit } else { 0 };
        let bits = bit(self.start.is_some(), has::START)
            | bit(self.end.is_some(), has::END)
            | bit(self.other.is_some(), has::OTHER)
            | bit(self.memory.is_some(), has::MEMORY)
            | bit(fields.count > 0, has::FIELDS)
            | bit(self.panicked, has::PANICKED)
            | bit(self.truncated, has::TRUNCATED);
        number(to, self.seq);
        to.extend([self.kind as u8, bits]);
        number(to, u64::from(self.callsite));
        reference(to, self.about);
        self.start.into_iter().for_each(|start| number(to, start));
        self.end.into_iter().for_each(|end| number(to, end));
        if self.other.is_some() {
            reference(to, self.other);
        }
        if let Some(Memory { at_start, allocated, allocations, freed }) = self.memory {
            [at_start, allocated, allocations, freed].into_iter().for_each(|n| number(to, n));
        }
        if fields.count > 0 {
            number(to, fields.count);
            to.extend_from_slice(&fields.bytes);
        }
    }
}

fn reference(to: &mut Vec<u8>, row: Option<CallRef>) {
    match row {
        Some(CallRef { ring, seq }) => {
            number(to, u64::from(ring));
            number(to, seq);
        }
        None => to.push(0),
    }
}

/// The fields of one row, as bytes.
#[derive(Debug, Default)]
pub(crate) struct FieldBuffer {
    count: u64,
    bytes: Vec<u8>,
}

impl FieldBuffer {
    pub(crate) fn clear(&mut self) {
        self.count = 0;
        self.bytes.clear();
    }

    /// Adds the value of the callsite's field of this number.
    pub(crate) fn push(&mut self, field: u8, cut: bool, value: Value<'_>) {
        self.count += 1;
        self.bytes.push(field);
        let cut = if cut { CUT } else { 0 };
        let bytes = &mut self.bytes;
        let mut text = |tag: u8, text: &str| {
            bytes.push(tag | cut);
            number(bytes, text.len() as u64);
            bytes.extend_from_slice(text.as_bytes());
        };
        match value {
            Value::Str(v) => text(7, v),
            Value::Text(v) => text(8, v),
            Value::I128(v) => text(5, &v.to_string()),
            Value::U128(v) => text(6, &v.to_string()),
            Value::Bool(v) => bytes.extend([1, u8::from(v)]),
            Value::I64(v) => {
                bytes.push(2);
                number(bytes, ((v << 1) ^ (v >> 63)).cast_unsigned());
            }
            Value::U64(v) => {
                bytes.push(3);
                number(bytes, v);
            }
            Value::F64(v) => {
                bytes.push(4);
                bytes.extend(v.to_bits().to_le_bytes());
            }
            Value::Redacted => bytes.push(9),
            Value::Panicked => bytes.push(10),
        }
    }
}

/// A number in LEB128.
pub(super) fn number(to: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        to.push(n as u8 | 0x80);
        n >>= 7;
    }
    to.push(n as u8);
}

/// What is left to read of a block.
#[derive(Clone, Copy)]
pub(super) struct Bytes<'b>(pub(super) &'b [u8]);

/// It is not what it should be; what stands there instead.
type Read<T> = Result<T, Cow<'static, str>>;

const SHORT: &str = "a record ends in the middle";

impl<'b> Bytes<'b> {
    pub(super) fn byte(&mut self) -> Read<u8> {
        let (&byte, rest) = self.0.split_first().ok_or(SHORT)?;
        self.0 = rest;
        Ok(byte)
    }

    pub(super) fn take(&mut self, len: u64) -> Read<&'b [u8]> {
        let len = usize::try_from(len).map_err(|_| SHORT)?;
        let (taken, rest) = self.0.split_at_checked(len).ok_or(SHORT)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn number(&mut self) -> Read<u64> {
        let mut n = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7F);
            if shift == 63 && bits > 1 {
                break;
            }
            n |= bits << shift;
            if byte < 0x80 {
                return Ok(n);
            }
        }
        Err("a number has more than 64 bits".into())
    }

    pub(super) fn small(&mut self) -> Read<u32> {
        u32::try_from(self.number()?).map_err(|_| "a number has more than 32 bits".into())
    }

    pub(super) fn text(&mut self) -> Read<&'b str> {
        let len = self.number()?;
        std::str::from_utf8(self.take(len)?).map_err(|_| "a text is not UTF-8".into())
    }

    pub(super) fn json<T: Deserialize<'b>>(&mut self) -> Read<T> {
        serde_json::from_str(self.text()?).map_err(|error| format!("a record is not what it should be: {error}").into())
    }

    fn reference(&mut self) -> Read<Option<CallRef>> {
        match self.small()? {
            0 => Ok(None),
            ring => Ok(Some(CallRef { ring, seq: self.number()? })),
        }
    }

    /// A time: below 2^63, so that two of them differ by an `i64`.
    fn time(&mut self) -> Read<u64> {
        let time = self.number()?;
        if i64::try_from(time).is_ok() { Ok(time) } else { Err("a time is no time a recording can have".into()) }
    }

    /// A row, and the number of its fields, which follow.
    pub(super) fn row(&mut self) -> Read<(Row, u64)> {
        let seq = self.number()?;
        let kind = self.byte()?;
        let kind = RowKind::of(kind).ok_or_else(|| format!("there is no row of kind {kind}"))?;
        let bits = self.byte()?;
        let said = |bit: u8| bits & bit != 0;
        let callsite = self.small()?;
        let about = self.reference()?;
        let start = if said(has::START) { Some(self.time()?) } else { None };
        let end = if said(has::END) { Some(self.time()?) } else { None };
        let other = if said(has::OTHER) { self.reference()? } else { None };
        let memory = if said(has::MEMORY) {
            let [at_start, allocated, allocations, freed] =
                [self.number()?, self.number()?, self.number()?, self.number()?];
            Some(Memory { at_start, allocated, allocations, freed })
        } else {
            None
        };
        let fields = if said(has::FIELDS) { self.number()? } else { 0 };
        let (panicked, truncated) = (said(has::PANICKED), said(has::TRUNCATED));
        Ok((Row { seq, kind, callsite, about, start, end, other, memory, panicked, truncated }, fields))
    }

    /// A field: its number in the callsite, whether it was cut, and its value.
    pub(super) fn field(&mut self) -> Read<(u8, bool, Value<'b>)> {
        let field = self.byte()?;
        let tag = self.byte()?;
        let not_a_number = |_| "a text is not the number it should be";
        let value = match tag & !CUT {
            1 => Value::Bool(self.byte()? != 0),
            2 => {
                let n = self.number()?;
                Value::I64((n >> 1).cast_signed() ^ -((n & 1).cast_signed()))
            }
            3 => Value::U64(self.number()?),
            4 => {
                let bytes = self.take(8)?.try_into().map_err(|_| SHORT)?;
                Value::F64(f64::from_bits(u64::from_le_bytes(bytes)))
            }
            5 => Value::I128(self.text()?.parse().map_err(not_a_number)?),
            6 => Value::U128(self.text()?.parse().map_err(not_a_number)?),
            7 => Value::Str(self.text()?),
            8 => Value::Text(self.text()?),
            9 => Value::Redacted,
            10 => Value::Panicked,
            other => return Err(format!("there is no value of type {other}").into()),
        };
        Ok((field, tag & CUT != 0, value))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn call() -> impl Strategy<Value = Option<CallRef>> {
        prop::option::of((1..u32::MAX, any::<u64>()).prop_map(|(ring, seq)| CallRef { ring, seq }))
    }

    fn row() -> impl Strategy<Value = Row> {
        let time = || prop::option::of(0..u64::MAX / 2);
        let kind = (1..7_u8).prop_map(|kind| RowKind::of(kind).expect("there are six"));
        let memory = prop::option::of(any::<[u64; 4]>()).prop_map(|memory| {
            memory.map(|[at_start, allocated, allocations, freed]| Memory { at_start, allocated, allocations, freed })
        });
        let parts = (any::<u64>(), kind, any::<u32>(), call(), time(), time(), call(), memory, any::<[bool; 2]>());
        parts.prop_map(|(seq, kind, callsite, about, start, end, other, memory, [panicked, truncated])| Row {
            seq,
            kind,
            callsite,
            about,
            start,
            end,
            other,
            memory,
            panicked,
            truncated,
        })
    }

    fn same(a: &Value<'_>, b: &Value<'_>) -> bool {
        match (a, b) {
            (Value::F64(a), Value::F64(b)) => a.to_bits() == b.to_bits(),
            _ => a == b,
        }
    }

    proptest! {
        #[test]
        fn a_row_is_read_as_it_was_written(
            row in row(), text: String, int: i64, uint: u64, float: f64, long: i128, longer: u128, cut: bool
        ) {
            let values = [
                Value::Str(&text), Value::Text(&text), Value::I64(int), Value::U64(uint), Value::F64(float),
                Value::I128(long), Value::U128(longer), Value::Bool(cut), Value::Redacted, Value::Panicked,
            ];
            let mut fields = FieldBuffer::default();
            (0..).zip(&values).for_each(|(n, value)| fields.push(n, cut && n < 2, *value));
            let mut bytes = Vec::new();
            row.write(&fields, &mut bytes);
            let mut reading = Bytes(&bytes);
            prop_assert_eq!(reading.row(), Ok((row, values.len() as u64)));
            for (n, value) in (0..).zip(&values) {
                let (field, was_cut, read) = reading.field().expect("it was written");
                prop_assert!(field == n && was_cut == (cut && n < 2) && same(&read, value), "{:?}", read);
            }
            prop_assert!(reading.0.is_empty());
        }

        #[test]
        fn whatever_bytes_say_ends_in_a_row_or_an_error(bytes: Vec<u8>) {
            let mut reading = Bytes(&bytes);
            while let Ok((_, fields)) = reading.row() {
                for _ in 0..fields {
                    if reading.field().is_err() {
                        break;
                    }
                }
            }
        }
    }
}
