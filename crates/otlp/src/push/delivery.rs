//! What became of the spans that were given to a collector.

use std::fmt;

/// Counts since the collector was started. Every span that was given to it is in exactly one of `queued`, `delivered`,
/// `rejected` and `lost`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "it says whether spans were lost"]
#[non_exhaustive]
pub struct Delivery {
    /// Spans that wait, or are being sent.
    pub queued: u64,
    /// Spans that the collector took.
    pub delivered: u64,
    /// Spans that the collector refused while it took others of the same request; they are not sent again.
    pub rejected: u64,
    /// Spans that did not arrive: the queue was full, the collector refused their request for good, or it was away for
    /// longer than [`Retry::give_up_after`](super::Retry::give_up_after) or than the program ran.
    pub lost: u64,
    /// Requests that were sent again.
    pub retries: u64,
    /// Why a request failed last, or what the collector said of one it took.
    pub last_error: Option<String>,
}

impl Delivery {
    /// Whether everything arrived.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        (self.queued, self.rejected, self.lost) == (0, 0, 0)
    }
}

/// One line of counts.
impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { queued, delivered, rejected, lost, retries, last_error } = self;
        write!(f, "{delivered} spans delivered, {queued} queued, {rejected} rejected, {lost} lost; {retries} retries")?;
        match last_error {
            Some(error) => write!(f, "; last: {error}"),
            None => Ok(()),
        }
    }
}

/// Why a trace was not queued. Its spans are counted as [`lost`](Delivery::lost).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotQueued {
    /// With these spans the queue would hold more than its capacity.
    Full {
        /// Spans of the trace.
        spans: u64,
        /// Spans in the queue.
        queued: u64,
        /// Spans it holds at the most.
        capacity: u64,
    },
    /// The trace has no times, and a span has some.
    Untimed,
    /// The thread that sends has ended: it panicked.
    Ended,
}

impl fmt::Display for NotQueued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full { spans, queued, capacity } => write!(
                f,
                "a trace of {spans} spans does not fit the queue to the collector, which holds {queued} of {capacity}; \
                 is the collector away?"
            ),
            Self::Ended => f.write_str("the thread that sends to the collector has ended"),
            Self::Untimed => f.write_str("the trace was recorded without times, and OTLP has no spans without"),
        }
    }
}

impl std::error::Error for NotQueued {}
