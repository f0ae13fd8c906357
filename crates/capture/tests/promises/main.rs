//! What users are promised, one module a promise.
//!
//! Every test has captures of its own, by [`support::Folder`], so that they run side by side in one process.

#![allow(missing_docs, reason = "tests read like specs: the names tell")]

mod configured;
#[cfg(feature = "encryption")]
mod encrypted;
mod functions;
mod killed;
mod leaks;
mod loading;
mod methods;
mod outcomes;
mod redacted;
mod replayed;
mod sampled;
mod seeds;
mod support;
mod tiers;
mod traced;
