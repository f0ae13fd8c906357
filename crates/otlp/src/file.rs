//! A trace as an OTLP file: what the file receiver of a collector reads.

use std::io::{self, BufWriter, Write};

use tracesnap::Trace;

use crate::{Batches, Resource};

/// Writes a trace as OTLP/JSON, one request of [`MAX_BATCH_SPANS`](crate::MAX_BATCH_SPANS) spans a line: the file format
/// of OpenTelemetry, named `*.jsonl`.
///
/// # Errors
///
/// Those of the writer, and [`InvalidInput`](io::ErrorKind::InvalidInput) for a trace without times, since a span has
/// some. What was written by then is no file.
pub fn write_json(trace: &Trace, resource: &Resource, out: impl Write) -> io::Result<()> {
    if !trace.tree().is_timed() {
        let message = "the trace was recorded without times, and OTLP has no spans without";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let mut out = BufWriter::with_capacity(1 << 16, out);
    for request in Batches::of(trace, resource) {
        serde_json::to_writer(&mut out, &request)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}
