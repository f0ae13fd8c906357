//! What the tracer promises, one module a promise: here as it is used most, with the process's dispatcher our own.
//!
//! The modules named with a path in `attached.rs` and `fallback.rs` hold the other set-ups to the same promises.

mod adoption;
#[path = "../again/mod.rs"]
mod again;
mod bounds;
mod diagnostics;
mod dispatchers;
mod ended;
mod environment;
mod events;
mod foreign;
mod hostile;
mod isolation;
mod model;
mod nesting;
mod outcomes;
mod panics;
mod plans;
mod routing;
mod span_life;
mod support;
mod values;

/// How the sessions of this binary get their spans: nothing is to be done for it.
fn set_up() -> tracesnap::Through {
    tracesnap::Through::Lean
}
