//! Runs inside the traced program: callbacks of `tracing` become fixed-size rows in a ring of the thread.
//!
//! What is wanted was said before ([`crate::filter`]); trees are made after the run, from the rows. Nothing here
//! fails, waits, or emits a span; what cannot be kept is counted.
//!
//! ```text
//!  lean ─────┐                 session: plan, decisions by callsite, who is open
//!            ├──▶ recorder ──▶ ring: row (48 bytes) + field text
//!  registry ─┘       │
//!                 thread: stack of entered spans, owners, handles      install: which front a session gets
//!                 rings: those of a session, and what ended threads left in it
//! ```

pub(crate) mod anchor;
pub(crate) mod callsite;
pub(crate) mod clock;
pub(crate) mod fields;
pub(crate) mod handle;
pub(crate) mod install;
pub(crate) mod interest;
pub(crate) mod lean;
mod local;
pub(crate) mod memory;
pub(crate) mod pool;
pub(crate) mod recorder;
pub(crate) mod registry;
pub(crate) mod ring;
pub(crate) mod rings;
pub(crate) mod row;
pub(crate) mod session;
pub(crate) mod stack;
pub(crate) mod thread;

pub use fields::DEFAULT_VALUE_LIMIT;
pub use install::{OnBusy, Through};
pub use memory::MemoryReadings;
pub use registry::TraceLayer;
pub use ring::OnFull;
