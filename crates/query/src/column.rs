//! What a table's columns are: their names, types and units, and how each is had of a row.
//!
//! Which columns there are is said where the rows are: [`crate::captures`], [`crate::sessions`].

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use arrow_schema::{DataType, Field as ArrowField, Schema, SchemaRef, TimeUnit};

/// A column of a table, by its name and what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// Its name in schemas, files and queries.
    pub name: &'static str,
    /// What is in it.
    pub kind: Kind,
    /// What its numbers count; empty where that is nothing.
    pub unit: &'static str,
    /// Whether a row may have none.
    pub nullable: bool,
    /// What it says, in a line.
    pub about: &'static str,
}

/// What is in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Text: `Utf8`.
    Text,
    /// JSON as text: `Utf8`.
    Json,
    /// A whole number: `Int64`. What is larger than that holds is its maximum.
    Integer,
    /// A number: `Float64`.
    Number,
    /// Yes or no: `Boolean`.
    Boolean,
    /// A moment: `Timestamp(Microsecond, "UTC")`, rounded down. The finest unit in which engines agree.
    Time,
}

impl Kind {
    /// The type in schemas.
    #[must_use]
    pub fn data_type(self) -> DataType {
        match self {
            Self::Text | Self::Json => DataType::Utf8,
            Self::Integer => DataType::Int64,
            Self::Number => DataType::Float64,
            Self::Boolean => DataType::Boolean,
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Text => "text",
            Self::Json => "JSON text",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Time => "time",
        })
    }
}

/// How a column's value is had of a row.
pub(crate) enum Get<R> {
    Text(for<'r> fn(&'r R) -> Option<Cow<'r, str>>),
    Json(for<'r> fn(&'r R) -> Option<Cow<'r, str>>),
    Integer(fn(&R) -> Option<i64>),
    Number(fn(&R) -> Option<f64>),
    Boolean(fn(&R) -> Option<bool>),
    Time(fn(&R) -> Option<i64>),
}

/// A column and how it is filled.
pub(crate) struct Field<R> {
    name: &'static str,
    unit: &'static str,
    nullable: bool,
    about: &'static str,
    pub(crate) get: Get<R>,
}

impl<R> Field<R> {
    /// A column that every row has.
    pub(crate) const fn new(name: &'static str, get: Get<R>, about: &'static str) -> Self {
        Self { name, unit: "", nullable: false, about, get }
    }

    /// One that a row may lack.
    pub(crate) const fn nullable(name: &'static str, get: Get<R>, about: &'static str) -> Self {
        Self { name, unit: "", nullable: true, about, get }
    }

    pub(crate) const fn in_unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }

    pub(crate) fn column(&self) -> Column {
        let kind = match self.get {
            Get::Text(_) => Kind::Text,
            Get::Json(_) => Kind::Json,
            Get::Integer(_) => Kind::Integer,
            Get::Number(_) => Kind::Number,
            Get::Boolean(_) => Kind::Boolean,
            Get::Time(_) => Kind::Time,
        };
        Column { name: self.name, kind, unit: self.unit, nullable: self.nullable, about: self.about }
    }
}

/// The schema of these columns.
pub(crate) fn schema(columns: impl IntoIterator<Item = Column>) -> SchemaRef {
    let fields =
        columns.into_iter().map(|column| ArrowField::new(column.name, column.kind.data_type(), column.nullable));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Microseconds since 1970, rounded down.
pub(crate) fn micros(time: std::time::SystemTime) -> i64 {
    match time.duration_since(std::time::SystemTime::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_micros()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos().div_ceil(1_000)).map_or(i64::MIN, |micros| -micros),
    }
}

/// A count as a column has it.
pub(crate) fn integer(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
