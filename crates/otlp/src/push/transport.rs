//! What all ways to a collector have in common.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};

/// A way to send one request. Blocks until it is answered or its time is over.
pub(super) trait Transport: Send {
    fn send(&mut self, request: &ExportTraceServiceRequest) -> Result<Accepted, Failure>;
}

/// What a collector that took a request said of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Accepted {
    /// Spans it did not take.
    pub(super) rejected: u64,
    pub(super) message: Option<String>,
}

impl From<ExportTraceServiceResponse> for Accepted {
    fn from(response: ExportTraceServiceResponse) -> Self {
        let partial = response.partial_success.unwrap_or_default();
        let message = (!partial.error_message.is_empty()).then_some(partial.error_message);
        Self { rejected: u64::try_from(partial.rejected_spans).unwrap_or(0), message }
    }
}

/// Why a request was not taken.
#[derive(Debug)]
pub(super) struct Failure {
    /// Whether it may work later.
    pub(super) may_pass: bool,
    /// The pause the collector asked for.
    pub(super) after: Option<Duration>,
    pub(super) message: String,
}
