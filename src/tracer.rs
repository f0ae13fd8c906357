//! The way in and the way out: configure a recording, run code under it, take the trace.

mod adopter;
mod assemble;
mod began;
mod builder;
mod cost;
mod eyes;
#[cfg(feature = "file")]
mod file;
mod guard;
mod handle;
mod log;
mod order;
mod outcome;
#[cfg(feature = "file")]
mod replay;
pub mod settings;
#[cfg(feature = "file")]
mod spill;
#[cfg(feature = "file")]
mod stream;
mod trace;

pub use adopter::Adopter;
pub use builder::{DEFAULT_CAPACITY, DEFAULT_MAX_DEPTH, DEFAULT_TEXT_CAPACITY, TracerBuilder};
pub use cost::OwnCost;
pub use guard::TraceGuard;
pub use handle::TraceHandle;
#[cfg(feature = "file")]
pub use stream::{StreamGuard, Streamed};
pub use trace::{Overhead, Trace};

use crate::Error;

/// Starts recordings.
///
/// ```
/// use tracesnap::Tracer;
///
/// let guard = Tracer::start()?;
/// tracing::info_span!("checkout", items = 2).in_scope(|| tracing::info!("cart priced"));
/// let trace = guard.finish();
///
/// assert_eq!(trace.tree().len(), 1);
/// trace.assert_called("checkout");
/// # Ok::<(), tracesnap::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Tracer {}

impl Tracer {
    /// Says what is recorded before it starts.
    pub fn builder() -> TracerBuilder {
        TracerBuilder::new()
    }

    /// Records everything on this thread and whatever is entered under it, until the guard is finished or dropped.
    ///
    /// # Errors
    ///
    /// When a `TRACESNAP_…` variable of the environment, or `tracesnap.toml`, says something that cannot be.
    pub fn start() -> Result<TraceGuard, Error> {
        Self::builder().start()
    }
}
