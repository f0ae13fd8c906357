//! The five stages. Each is a span with `rows_in`, `rows_out` and `bytes`, the size of what it hands on.

mod aggregate;
mod enrich;
mod format;
mod ingest;
mod validate;

use arrow_array::RecordBatch;
use tracing::Span;

pub use self::aggregate::aggregate_data;
pub use self::enrich::enrich_data;
pub use self::format::format_output;
pub use self::ingest::ingest_data;
pub use self::validate::{Quality, validate_and_clean};

/// The spans of the stages, first to last.
pub const STAGES: [&str; 5] = ["ingest_data", "validate_and_clean", "enrich_data", "aggregate_data", "format_output"];

/// Tells the stage's span what came out.
fn hands_on(batch: &RecordBatch) {
    let span = Span::current();
    span.record("rows_out", batch.num_rows());
    span.record("bytes", batch.get_array_memory_size());
}
