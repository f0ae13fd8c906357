//! Which rows and columns somebody asks for, so that others are not read, or not made.
//!
//! It leaves out only what cannot be meant: who asks looks again at what comes.

use std::collections::BTreeSet;

use crate::column::{Field, Get};

/// Rows and columns that are asked for. Default: all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// By their places in the table; `None` for all.
    columns: Option<Vec<usize>>,
    /// Columns that have one of these texts.
    texts: Vec<(usize, BTreeSet<String>)>,
    /// Columns of times, within these microseconds, both included.
    times: Vec<(usize, i64, i64)>,
}

impl Wanted {
    pub(crate) fn all() -> Self {
        Self::default()
    }

    /// Only these columns, in this order.
    #[cfg_attr(not(feature = "sql"), allow(dead_code, reason = "an export asks for everything"))]
    pub(crate) fn only(columns: Option<&[usize]>) -> Self {
        Self { columns: columns.map(<[usize]>::to_vec), ..Self::default() }
    }

    /// Only rows with one of these texts in a column. Said twice, both hold.
    #[cfg_attr(not(feature = "sql"), allow(dead_code, reason = "an export asks for everything"))]
    pub(crate) fn with_texts(mut self, column: usize, texts: BTreeSet<String>) -> Self {
        self.texts.push((column, texts));
        self
    }

    /// Only rows whose time is within these microseconds, both included.
    #[cfg_attr(not(feature = "sql"), allow(dead_code, reason = "an export asks for everything"))]
    pub(crate) fn with_times(mut self, column: usize, from: i64, until: i64) -> Self {
        self.times.push((column, from, until));
        self
    }

    pub(crate) fn columns(&self) -> Option<&[usize]> {
        self.columns.as_deref()
    }

    /// Whether a row may be meant that has this text in this column.
    pub(crate) fn may_be_text(&self, column: usize, text: &str) -> bool {
        self.texts.iter().all(|(at, texts)| *at != column || texts.contains(text))
    }

    /// Whether a row may be meant that has this time in this column.
    pub(crate) fn may_be_time(&self, column: usize, micros: i64) -> bool {
        self.times.iter().all(|(at, from, until)| *at != column || (*from..=*until).contains(&micros))
    }

    /// Whether a row is meant, as far as this can tell. What is null is in no range and equals nothing.
    pub(crate) fn holds<R>(&self, fields: &[Field<R>], row: &R) -> bool {
        self.texts.iter().all(|(at, texts)| match fields[*at].get {
            Get::Text(get) => get(row).is_some_and(|text| texts.contains(&*text)),
            _ => true,
        }) && self.times.iter().all(|(at, from, until)| match fields[*at].get {
            Get::Time(get) => get(row).is_some_and(|micros| (*from..=*until).contains(&micros)),
            _ => true,
        })
    }
}
