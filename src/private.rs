//! What the macros of this crate expand to.
//!
//! Their output names nothing but paths into here, so that it compiles wherever it lands. It is no part of the API.

#[cfg(feature = "insta")]
pub use crate::assert_trace_snapshot;
#[cfg(feature = "insta")]
pub use crate::snapshot::bridge::{Written, assertable, show_tree_diff};
#[cfg(feature = "insta")]
pub use insta;

#[cfg(feature = "macros")]
pub use crate::traced_test::{HasFailed, NeverFails, Outcome, builder, check, run, show};
#[cfg(feature = "macros")]
pub use crate::{Detail, MemoryReadings, Tracer};
#[cfg(feature = "macros")]
pub use tracing::Level;

#[cfg(all(feature = "macros", feature = "tokio"))]
pub use crate::traced_test::run_async;
#[cfg(feature = "tokio")]
pub use tokio;
