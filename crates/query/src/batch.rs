//! Rows on their way into a record batch of bounded size.
//!
//! Only the columns that are asked for are worked out, so that a query that counts serialises no arguments.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, BooleanBuilder, Float64Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::SchemaRef;

use crate::column::{Field, Get, schema};
use crate::wanted::Wanted;

/// A batch has at most so many rows.
pub const MAX_BATCH_ROWS: usize = 8_192;

/// A batch is given when its texts have so many bytes together; one row more may be in it. **Unit:** bytes.
pub const MAX_BATCH_BYTES: usize = 8 << 20;

/// Where batches go; it may break off.
pub(crate) type Each<'e> = dyn FnMut(RecordBatch) -> ControlFlow<()> + 'e;

/// Rows that are wanted, gathered into batches.
pub(crate) struct Batches<'w, 'e, R: 'static> {
    fields: &'static [Field<R>],
    wanted: &'w Wanted,
    each: &'w mut Each<'e>,
    schema: SchemaRef,
    builders: Vec<Builder<R>>,
    rows: usize,
    bytes: usize,
}

/// The values of one column, and where they come from.
enum Builder<R> {
    Text(StringBuilder, for<'r> fn(&'r R) -> Option<Cow<'r, str>>),
    Integer(Int64Builder, fn(&R) -> Option<i64>),
    Number(Float64Builder, fn(&R) -> Option<f64>),
    Boolean(BooleanBuilder, fn(&R) -> Option<bool>),
    Time(TimestampMicrosecondBuilder, fn(&R) -> Option<i64>),
}

impl<R> Builder<R> {
    fn of(field: &Field<R>) -> Self {
        match field.get {
            Get::Text(get) | Get::Json(get) => Self::Text(StringBuilder::new(), get),
            Get::Integer(get) => Self::Integer(Int64Builder::new(), get),
            Get::Number(get) => Self::Number(Float64Builder::new(), get),
            Get::Boolean(get) => Self::Boolean(BooleanBuilder::new(), get),
            Get::Time(get) => Self::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC"), get),
        }
    }

    /// Appends the value of a row; the bytes that its text took.
    fn push(&mut self, row: &R) -> usize {
        match self {
            Self::Text(builder, get) => {
                let text = get(row);
                builder.append_option(text.as_deref());
                return text.map_or(0, |text| text.len());
            }
            Self::Integer(builder, get) => builder.append_option(get(row)),
            Self::Number(builder, get) => builder.append_option(get(row)),
            Self::Boolean(builder, get) => builder.append_option(get(row)),
            Self::Time(builder, get) => builder.append_option(get(row)),
        }
        0
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder, _) => ArrayBuilder::finish(builder),
            Self::Integer(builder, _) => ArrayBuilder::finish(builder),
            Self::Number(builder, _) => ArrayBuilder::finish(builder),
            Self::Boolean(builder, _) => ArrayBuilder::finish(builder),
            Self::Time(builder, _) => ArrayBuilder::finish(builder),
        }
    }
}

impl<'w, 'e, R> Batches<'w, 'e, R> {
    pub(crate) fn new(fields: &'static [Field<R>], wanted: &'w Wanted, each: &'w mut Each<'e>) -> Self {
        let chosen: Vec<&Field<R>> = match wanted.columns() {
            Some(columns) => columns.iter().map(|&at| &fields[at]).collect(),
            None => fields.iter().collect(),
        };
        let schema = schema(chosen.iter().map(|field| field.column()));
        let builders = chosen.into_iter().map(Builder::of).collect();
        Self { fields, wanted, each, schema, builders, rows: 0, bytes: 0 }
    }

    /// Takes a row, if it is wanted. Breaks where nobody wants any more.
    pub(crate) fn push(&mut self, row: &R) -> ControlFlow<()> {
        if !self.wanted.holds(self.fields, row) {
            return ControlFlow::Continue(());
        }
        self.bytes += self.builders.iter_mut().map(|builder| builder.push(row)).sum::<usize>();
        self.rows += 1;
        if self.rows >= MAX_BATCH_ROWS || self.bytes >= MAX_BATCH_BYTES {
            return self.give();
        }
        ControlFlow::Continue(())
    }

    /// Gives what is left.
    pub(crate) fn give(&mut self) -> ControlFlow<()> {
        if self.rows == 0 {
            return ControlFlow::Continue(());
        }
        let arrays: Vec<ArrayRef> = self.builders.iter_mut().map(Builder::finish).collect();
        // A query that only counts asks for no column at all.
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)
            .expect("columns are as long as there are rows, and of the types of the schema");
        (self.rows, self.bytes) = (0, 0);
        (self.each)(batch)
    }
}
