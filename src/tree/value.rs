//! The typed value of one field, borrowed from the tree that keeps its text.

use std::fmt;

/// A field's value as it was recorded.
///
/// Numbers and booleans keep their type; strings keep their text; whatever was given with `?` or `%` is the text its
/// `Debug` or `Display` wrote, cut at the session's value limit ([`Arg::is_cut`](super::Arg::is_cut)).
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'t> {
    /// A `bool`.
    Bool(bool),
    /// A signed integer of up to 64 bits.
    I64(i64),
    /// An unsigned integer of up to 64 bits.
    U64(u64),
    /// A signed integer of 128 bits.
    I128(i128),
    /// An unsigned integer of 128 bits.
    U128(u128),
    /// A float.
    F64(f64),
    /// A string given as a string (`name = "ada"`): shown in quotes.
    Str(&'t str),
    /// Text that a `Debug`, `Display` or `Error` implementation wrote: shown as it is.
    Text(&'t str),
    /// A value that the redaction policy kept out: it was never formatted, never stored.
    Redacted,
    /// The `Debug` implementation of the value panicked while it was recorded.
    Panicked,
}

impl<'t> Value<'t> {
    /// The text of a string or of formatted output, `None` for numbers, booleans and what was kept out.
    #[must_use]
    pub fn as_str(&self) -> Option<&'t str> {
        match *self {
            Self::Str(text) | Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value as an unsigned integer, where it is one.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match *self {
            Self::U64(n) => Some(n),
            Self::I64(n) => u64::try_from(n).ok(),
            Self::U128(n) => u64::try_from(n).ok(),
            Self::I128(n) => u64::try_from(n).ok(),
            _ => None,
        }
    }
}

/// As a person would write it in Rust: strings in quotes, floats with a point, formatted text as it is.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(v) => v.fmt(f),
            Self::I64(v) => v.fmt(f),
            Self::U64(v) => v.fmt(f),
            Self::I128(v) => v.fmt(f),
            Self::U128(v) => v.fmt(f),
            Self::F64(v) => write!(f, "{v:?}"),
            Self::Str(v) => write!(f, "{v:?}"),
            Self::Text(v) => f.write_str(v),
            Self::Redacted => f.write_str("[redacted]"),
            Self::Panicked => f.write_str("[its Debug panicked]"),
        }
    }
}

/// How a field is kept inside a tree: 24 bytes, its text in the tree's one text arena.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Field {
    /// Index into the callsite's field names.
    pub(crate) name: u16,
    /// The text was longer than the session's value limit.
    pub(crate) cut: bool,
    pub(crate) value: Stored,
}

impl Field {
    /// The same field with its text, if it has one, where `moved` puts it.
    pub(crate) fn map_text(self, moved: impl FnOnce(TextAt) -> TextAt) -> Self {
        let value = match self.value {
            Stored::Str(at) => Stored::Str(moved(at)),
            Stored::Text(at) => Stored::Text(moved(at)),
            Stored::I128(at) => Stored::I128(moved(at)),
            Stored::U128(at) => Stored::U128(moved(at)),
            other => other,
        };
        Self { value, ..self }
    }
}

/// [`Value`] with text by position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Stored {
    Bool(bool),
    I64(i64),
    U64(u64),
    F64(f64),
    /// 128-bit integers are rare: as decimal text.
    I128(TextAt),
    U128(TextAt),
    Str(TextAt),
    Text(TextAt),
    Redacted,
    Panicked,
}

/// A range of the tree's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TextAt {
    /// Start in units of one byte; 40 bits are used at the most.
    pub(crate) start_low: u32,
    pub(crate) start_high: u8,
    pub(crate) len: u32,
}

impl TextAt {
    pub(crate) fn new(start: usize, len: usize) -> Self {
        Self {
            start_low: start as u32,
            start_high: (start as u64 >> 32) as u8,
            len: u32::try_from(len).unwrap_or(u32::MAX),
        }
    }

    fn start(self) -> usize {
        (self.start_low as usize) | ((self.start_high as usize) << 32)
    }

    pub(crate) fn of(self, text: &str) -> &str {
        let start = self.start();
        text.get(start..start + self.len as usize).unwrap_or_default()
    }
}

impl Stored {
    pub(crate) fn view(self, text: &str) -> Value<'_> {
        match self {
            Self::Bool(v) => Value::Bool(v),
            Self::I64(v) => Value::I64(v),
            Self::U64(v) => Value::U64(v),
            Self::F64(v) => Value::F64(v),
            Self::I128(at) => Value::I128(at.of(text).parse().unwrap_or_default()),
            Self::U128(at) => Value::U128(at.of(text).parse().unwrap_or_default()),
            Self::Str(at) => Value::Str(at.of(text)),
            Self::Text(at) => Value::Text(at.of(text)),
            Self::Redacted => Value::Redacted,
            Self::Panicked => Value::Panicked,
        }
    }
}
