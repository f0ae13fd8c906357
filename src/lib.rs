//! Record what a Rust program really does: its calls, their arguments, results, errors, times and memory, as a tree
//! that a test can pin down.
//!
//! The program needs nothing but `tracing`: spans become calls, `#[instrument(ret, err)]` gives their results. A guard
//! records what happens on its thread and in everything entered under it; [`Trace`] is what comes out.
//!
//! ```
//! use tracesnap::Tracer;
//! use tracing::instrument;
//!
//! #[instrument(ret, err)]
//! fn charge(amount: u32, payment_token: &str) -> Result<u32, String> {
//!     if amount > 100 { Err(format!("{amount} is over the limit")) } else { Ok(amount) }
//! }
//!
//! let guard = Tracer::start()?;
//! let _ = charge(30, "tok_1");
//! let _ = charge(300, "tok_2");
//! let trace = guard.finish();
//!
//! assert_eq!(
//!     trace.snapshot().to_string(),
//!     "charge(amount: 30, payment_token: [redacted]) → 30\n\
//!      charge(amount: 300, payment_token: [redacted]) ✗ 300 is over the limit"
//! );
//! trace.calls("charge").assert_times(2);
//! # Ok::<(), tracesnap::Error>(())
//! ```
//!
//! In a test, `assert_trace_snapshot!(trace)` gives the same text to [insta](https://insta.rs), whose review it goes
//! through; `#[traced]` does guard, run and assertion at once.
//!
//! # How it works
//!
//! ```text
//!  span! / #[instrument]                                            after the run
//!      │                                             ┌─────────────────────────────┐
//!      ▼                                             ▼                             │
//!   filter ──wanted?──▶ ring of the thread ──▶ CallTree ──▶ TracedSnapshot ──▶ insta, assertions
//!  (per callsite)       (bounded, loss counted)      └──▶ CallGraph, Metrics, Events, CriticalPath
//! ```
//!
//! - **Sessions, not subscribers.** The first guard installs one subscriber for the process; each guard opens a session
//!   on it. Tests run in parallel without losing or mixing spans, whatever thread met a callsite first.
//! - **Threads.** What is entered or `.instrument`ed under the session belongs to it wherever it runs. Threads that
//!   begin spans of their own are brought in by [`TraceGuard::adopter`]; [`TracerBuilder::process_wide`] takes them all.
//! - **A program with its own subscriber** puts a [`TraceLayer`] on it ([`TracerBuilder::layer`]); guards attach to it.
//!   Without one, a guard records through a dispatcher of its own on its thread, see [`TracerBuilder::scoped`].
//! - **Bounds.** A thread may write [`DEFAULT_CAPACITY`] rows in a session and [`DEFAULT_TEXT_CAPACITY`] bytes of field
//!   text; a value is cut at [`DEFAULT_VALUE_LIMIT`] bytes. What is lost is counted ([`tree::TraceStats`]), and an
//!   assertion refuses a trace that lost something, because «never called» could then pass falsely.
//! - **Secrets.** Fields with names like `password` or `payment_token` are never formatted; text that looks like a
//!   secret is replaced before a tree can be seen. [`Policy`] says what.
//!
//! # What spans cannot give
//!
//! A trace holds what spans and events say. Lines executed, local variables and calls of functions without a span are not
//! in it: for a line, an event (`tracing::debug!(?x)`) stands under its call; for a local, `Span::record` on a field
//! declared `Empty`; for a function of a crate one cannot edit, a span around the call.
//!
//! # Features
//!
//! | feature | what it brings | default |
//! |---|---|---|
//! | `file` | [`Trace::save`], [`Trace::load`], `TRACESNAP_SAVE` | yes |
//! | `insta` | `assert_trace_snapshot!` | yes |
//! | `macros` | `#[traced]` | yes |
//! | `process-memory` | [`MemoryReadings::Process`], through `sysinfo` | yes |
//! | `export` | [`Trace::report`]: a trace as one page to look at, in any browser; [`Trace::export`]: Perfetto, Firefox Profiler, speedscope, flame graphs, Graphviz, CSV | no |
//! | `tokio` | `#[traced]` on async tests: a runtime whose workers belong to the test | no |

#![allow(clippy::test_attr_in_doctest, reason = "the examples of `#[traced]` are tests, and promise to compile")]

mod allocator;
mod error;
#[cfg(feature = "export")]
pub mod export;
#[cfg(feature = "file")]
pub mod file;
pub mod filter;
mod layer;
pub mod snapshot;
#[cfg(feature = "macros")]
mod traced_test;
mod tracer;
pub mod tree;

pub use allocator::TrackingAllocator;
pub use error::Error;
#[cfg(feature = "export")]
pub use export::Report;
#[cfg(feature = "file")]
pub use file::{FileError, TraceForm, TraceSummary};
pub use filter::Sampling;
pub use layer::{DEFAULT_VALUE_LIMIT, MemoryReadings, OnBusy, OnFull, Through, TraceLayer};
pub use snapshot::{AssertionError, Assertions, Calls, Detail, Sort, ToSnapshot, TracedSnapshot};
pub use tracer::{
    Adopter, DEFAULT_CAPACITY, DEFAULT_MAX_DEPTH, DEFAULT_TEXT_CAPACITY, Overhead, OwnCost, Trace, TraceGuard,
    TraceHandle, Tracer, TracerBuilder, settings, settings::set_global_config,
};
#[cfg(feature = "file")]
pub use tracer::{StreamGuard, Streamed};
pub use tracesnap_redact::{self as redact, Policy};

/// Runs a test under a guard and asserts the snapshot of its calls, or what else was asked of them.
///
/// ```
/// # mod shop {
/// #     #[derive(Debug, PartialEq)] pub struct Receipt { pub id: u32 }
/// #     #[tracing::instrument(ret)] pub fn process_order(id: u32) -> Receipt { Receipt { id } }
/// # }
/// use tracesnap::traced;
///
/// #[traced(modules("shop::**"))]
/// #[test]
/// fn an_order_is_paid() {
///     assert_eq!(shop::process_order(7), shop::Receipt { id: 7 });
/// }
/// ```
///
/// The snapshot is a file named after the test, as [`assert_trace_snapshot!`] makes it. It stands **first**, above the
/// attribute that makes the test, and works with
///
/// - `#[test]`, on functions that return nothing or a `Result`;
/// - `#[tokio::test(…)]` with any `flavor`, `worker_threads`, `start_paused` and `name`, given the feature `tokio`. The
///   attribute is taken over: the runtime is built so that its threads belong to the recording, which a guard inside a
///   multi-threaded test could not do. Tasks that are left when the test returns end before the recording does.
///
/// `#[should_panic]`, `#[ignore]` and other attributes stay on the test; `#[instrument]` goes to what is recorded.
///
/// | option | what it does | default |
/// |---|---|---|
/// | `modules("shop::**", "!shop::db::**")` | as [`TracerBuilder::modules`] | every module |
/// | `level = "debug"` | as [`TracerBuilder::max_level`]: `"trace"` … `"error"` | every level |
/// | `max_depth = 3` | as [`TracerBuilder::max_depth`] | no limit |
/// | `capacity = 1024` | as [`TracerBuilder::capacity`] | [`DEFAULT_CAPACITY`] |
/// | `memory = "allocations"` | as [`TracerBuilder::memory`]: `"off"`, `"process"`, `"allocations"` | `"off"` |
/// | `tracer = shop_tracer()` | the [`TracerBuilder`] that the options above are set on | [`Tracer::builder`] |
/// | `detail = "minimal"` | as [`TracedSnapshot::detail`]: `"minimal"`, `"standard"`, `"verbose"` | `"standard"` |
/// | `flat` | as [`TracedSnapshot::flat`] | a tree |
/// | `name = "paid"` | names the snapshot | after the test |
/// | `no_snapshot` | asserts no snapshot | it does |
/// | `assert = \|trace\| trace.assert_called("charge")` | runs a function of [`&Trace`](Trace) before the snapshot | none |
/// | `crate = my::tracesnap` | where tracesnap is found | `::tracesnap` |
///
/// ```
/// # use tracesnap::traced;
/// # #[tracing::instrument] fn charge(amount: f64) -> Result<(), String> { Ok(()) }
/// #[traced(no_snapshot, assert = |trace| trace.calls("charge").assert_times(1))]
/// #[test]
/// fn an_order_is_charged_once() -> Result<(), String> {
///     charge(30.0)
/// }
/// ```
///
/// # Panics
///
/// The test fails if the recording cannot start, for a module pattern that cannot be read for example; if `assert`
/// panics; and as [`assert_trace_snapshot!`] does. If the test itself panics or returns an error, nothing is asserted:
/// the calls up to there are printed to standard error, and the panic or error goes on.
///
/// # Errors
///
/// What cannot work does not compile, and says what would: an option that does not exist, a value it cannot have, an
/// async test without a runtime, or the attributes in the wrong order.
///
/// ```compile_fail
/// #[tokio::test]
/// #[tracesnap::traced]
/// async fn comes_too_late() {}
/// ```
///
/// ```compile_fail
/// #[tracesnap::traced(levle = "debug")]
/// #[test]
/// fn misspelt() {}
/// ```
#[cfg(feature = "macros")]
pub use tracesnap_macros::traced;

/// What the macros expand to. Not for use by hand: no promise is made about it.
#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
