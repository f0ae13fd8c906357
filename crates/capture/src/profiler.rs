//! What capturing did and cost in one part of a program.

use crate::runtime::{CaptureStats, Captures};

/// Measures what capturing does and costs until it is finished: a guard around a block.
///
/// What waits in the queue is written before it is measured. Other threads that use the same captures are measured as
/// well.
///
/// ```
/// use tracesnap_capture::{CaptureConfig, CaptureProfiler, Captures, capture};
///
/// #[capture]
/// fn area(width: u32, height: u32) -> u32 {
///     width * height
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let captures = Captures::builder().config(CaptureConfig::new().path(dir.path())).build()?;
/// # let _captures = captures.enter();
/// let (result, stats) = CaptureProfiler::measure(|| area(3, 4));
/// assert_eq!((result, stats.captured), (12, 1));
/// println!("{:?} for {} bytes", stats.capture_time(), stats.bytes);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "it measures until `finish`"]
#[derive(Debug)]
pub struct CaptureProfiler {
    captures: Captures,
    before: CaptureStats,
}

impl CaptureProfiler {
    /// Begins to measure the captures that hold on this thread.
    pub fn start() -> Self {
        let captures = Captures::current();
        captures.flush();
        Self { before: captures.stats(), captures }
    }

    /// What was done since.
    pub fn finish(self) -> CaptureStats {
        self.captures.flush();
        self.captures.stats() - self.before
    }

    /// Measures a block.
    pub fn measure<T>(block: impl FnOnce() -> T) -> (T, CaptureStats) {
        let profiler = Self::start();
        let result = block();
        (result, profiler.finish())
    }
}
