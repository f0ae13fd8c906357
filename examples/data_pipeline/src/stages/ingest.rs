//! Stage 1: a file becomes a table in memory.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema};
use arrow_select::concat::concat_batches;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tracing::instrument;

use super::hands_on;
use crate::{Credentials, PipelineError};

/// Rows that are read at once.
const BATCH: usize = 128;

/// The columns of a table of sales.
fn schema() -> Arc<Schema> {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    Arc::new(Schema::new(vec![
        Field::new("sale", DataType::Int64, false),
        text("day"),
        text("customer"),
        text("country"),
        text("currency"),
        Field::new("amount", DataType::Float64, true),
    ]))
}

/// The table of a file: `.parquet`, or else CSV with a header.
///
/// # Errors
///
/// If there is no key, or the file is no such table.
#[instrument(skip_all, fields(rows_in = 0, rows_out, bytes), err)]
pub fn ingest_data(path: &Path, credentials: &Credentials) -> Result<RecordBatch, PipelineError> {
    if credentials.api_key.is_empty() {
        return Err(PipelineError::Denied);
    }
    let batches = if path.extension().is_some_and(|extension| extension == "parquet") {
        read_parquet(path)
    } else {
        read_csv(path)
    };
    let failed = |source| PipelineError::Read { path: path.to_owned(), source };
    let batches = batches.map_err(failed)?;
    let schema = batches.first().map_or_else(schema, RecordBatch::schema);
    let table = concat_batches(&schema, &batches)?;
    hands_on(&table);
    Ok(table)
}

type Batches = Result<Vec<RecordBatch>, Box<dyn std::error::Error + Send + Sync>>;

#[instrument(skip_all)]
fn read_csv(path: &Path) -> Batches {
    let nothing = regex::Regex::new("^(n/a)?$")?;
    let format = arrow_csv::reader::Format::default().with_header(true).with_null_regex(nothing);
    let reader = arrow_csv::ReaderBuilder::new(schema()).with_format(format).with_batch_size(BATCH);
    Ok(reader.build(File::open(path)?)?.collect::<Result<_, _>>()?)
}

#[instrument(skip_all)]
fn read_parquet(path: &Path) -> Batches {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?.with_batch_size(BATCH).build()?;
    Ok(reader.collect::<Result<_, _>>()?)
}
