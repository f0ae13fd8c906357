//! What users of the crate can rely on, a file a promise.

mod definition;
mod recognition;
mod requests;
#[cfg(feature = "server")]
mod serving;
mod shop;
mod state;
