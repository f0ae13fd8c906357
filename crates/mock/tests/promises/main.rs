//! What users of the crate can rely on, a file a promise.

mod any_schema;
#[cfg(all(feature = "client", feature = "infer", feature = "server"))]
mod asking;
mod belief;
mod definition;
#[cfg(feature = "record")]
mod falling_back;
mod generation;
#[cfg(feature = "infer")]
mod inferring;
mod recognition;
mod requests;
#[cfg(feature = "server")]
mod serving;
mod shop;
mod state;
#[cfg(feature = "client")]
mod suites;
// As it is written, line by line.
#[cfg(feature = "client")]
#[rustfmt::skip]
#[path = "generated/api.rs"]
mod generated;
