//! Stage 5: the result as bytes.

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, UInt64Type};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use serde_json::json;
use tracing::{Span, instrument};

use crate::{OutputFormat, PipelineError};

/// The result as it was asked for.
///
/// # Errors
///
/// If it cannot be written.
#[instrument(skip(aggregated), fields(rows_in = aggregated.num_rows(), rows_out, bytes), err)]
pub fn format_output(aggregated: &RecordBatch, format: OutputFormat) -> Result<Bytes, PipelineError> {
    let written = match format {
        OutputFormat::JsonLines => Ok(json_lines(aggregated)),
        OutputFormat::Parquet => parquet(aggregated).map_err(|error| PipelineError::Write(error.into())),
    }?;
    let span = Span::current();
    span.record("rows_out", aggregated.num_rows());
    span.record("bytes", written.len());
    Ok(written.into())
}

#[instrument(skip_all)]
fn json_lines(aggregated: &RecordBatch) -> Vec<u8> {
    let (months, countries) = (aggregated["month"].as_string::<i32>(), aggregated["country"].as_string::<i32>());
    let number = |name: &str| aggregated[name].as_primitive::<UInt64Type>();
    let (sales, customers) = (number("sales"), number("customers"));
    let euro = aggregated["euro"].as_primitive::<Float64Type>();
    let mut lines = String::new();
    for row in 0..aggregated.num_rows() {
        let line = json!({
            "month": months.value(row),
            "country": countries.value(row),
            "sales": sales.value(row),
            "customers": customers.value(row),
            "euro": euro.value(row),
        });
        lines.push_str(&line.to_string());
        lines.push('\n');
    }
    lines.into_bytes()
}

#[instrument(skip_all)]
fn parquet(aggregated: &RecordBatch) -> Result<Vec<u8>, parquet::errors::ParquetError> {
    let mut written = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut written, aggregated.schema(), None)?;
    writer.write(aggregated)?;
    writer.close()?;
    Ok(written)
}
