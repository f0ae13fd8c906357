//! What captures and sessions have in common: a table, read part by part, batch by batch.
//!
//! What the parts and rows are is said where they are read: [`crate::captures`], [`crate::sessions`].

use std::fmt;
use std::ops::ControlFlow;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use crate::Error;
use crate::batch::{Batches, Each};
use crate::column::{Column, Field, schema};
use crate::wanted::Wanted;

/// Recordings that are rows of a table: [`Captures`](crate::Captures), [`Sessions`](crate::Sessions).
///
/// Sealed: tables are ours alone.
pub trait Recordings: private::Sealed {
    /// What the table is called in queries: `captures`, `interactions`.
    fn table(&self) -> &'static str;

    /// Its columns, in their order. Later versions add some at the end; none changes or goes.
    fn columns(&self) -> Vec<Column>;

    /// Its schema.
    fn schema(&self) -> SchemaRef {
        schema(self.columns())
    }

    /// Calls `each` with all rows, in batches of at most [`MAX_BATCH_ROWS`](crate::MAX_BATCH_ROWS); one of them is in
    /// memory at a time. What is damaged is passed over and named in the summary.
    ///
    /// # Errors
    ///
    /// If nothing can be read there; that of `each`, which ends it.
    fn read(&self, each: impl FnMut(RecordBatch) -> Result<(), Error>) -> Result<Summary, Error>;
}

mod private {
    pub trait Sealed {}
}

impl<S: Source> private::Sealed for S {}

impl<S: Source> Recordings for S {
    fn table(&self) -> &'static str {
        S::NAME
    }

    fn columns(&self) -> Vec<Column> {
        S::FIELDS.iter().map(Field::column).collect()
    }

    fn read(&self, mut each: impl FnMut(RecordBatch) -> Result<(), Error>) -> Result<Summary, Error> {
        let wanted = Wanted::all();
        let (mut rows, mut failed, mut summary) = (0, None, Summary::default());
        let mut give = |batch: RecordBatch| {
            rows += batch.num_rows() as u64;
            each(batch).map_or_else(
                |error| {
                    failed = Some(error);
                    ControlFlow::Break(())
                },
                ControlFlow::Continue,
            )
        };
        self.scan(&self.parts(&wanted)?, &wanted, &mut give, &mut |skipped| summary.skip(skipped));
        summary.rows = rows;
        failed.map_or(Ok(summary), Err)
    }
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Rows that were given.
    pub rows: u64,
    /// Files and documents that could not be read, or not to their end: how many.
    pub skipped: u64,
    /// The first [`MAX_NAMED`] of them.
    pub named: Vec<Skipped>,
}

/// So many of those that could not be read are named.
pub const MAX_NAMED: usize = 100;

impl Summary {
    pub(crate) fn skip(&mut self, skipped: Skipped) {
        self.skipped += 1;
        if self.named.len() < MAX_NAMED {
            self.named.push(skipped);
        }
    }
}

/// What could not be read, or not to its end; what stands before the damage is among the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// What is wrong, and with which file.
    pub why: String,
}

impl Skipped {
    /// An error with its causes.
    pub(crate) fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut why = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            why = format!("{why}: {inner}");
            cause = inner.source();
        }
        Self { why }
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

/// A part of a table that is read by itself: the captures of a function, a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part(pub(crate) String);

/// Where damage is told.
pub(crate) type Skip<'s> = dyn FnMut(Skipped) + 's;

/// A table and how it is read.
pub(crate) trait Source: fmt::Debug + Send + Sync + 'static {
    type Row: 'static;
    const NAME: &'static str;
    const FIELDS: &'static [Field<Self::Row>];

    /// The parts that may have a row that is wanted.
    fn parts(&self, wanted: &Wanted) -> Result<Vec<Part>, Error>;

    /// Gives the rows of a part until nobody wants any more, and tells of what is damaged.
    fn rows(
        &self,
        part: &Part,
        wanted: &Wanted,
        each: &mut dyn FnMut(Self::Row) -> ControlFlow<()>,
        skip: &mut Skip<'_>,
    ) -> ControlFlow<()>;

    /// Gives the rows of several parts in batches. One batch for all of them: thousands of functions with a capture each
    /// are no thousands of batches.
    fn scan(&self, parts: &[Part], wanted: &Wanted, each: &mut Each<'_>, skip: &mut Skip<'_>) {
        let mut batches = Batches::new(Self::FIELDS, wanted, each);
        for part in parts {
            if self.rows(part, wanted, &mut |row| batches.push(&row), skip).is_break() {
                return;
            }
        }
        // Nobody is asked for more.
        let _ = batches.give();
    }
}
