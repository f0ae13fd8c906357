//! Finds the viewers that exports are tried with, and makes the trace they are shown.
//!
//! A viewer that is not installed is skipped by name; with `TRACESNAP_TEST_STRICT=1` that fails.

pub mod program;
mod tools;

pub use tools::{Tool, run, run_until, scratch};
