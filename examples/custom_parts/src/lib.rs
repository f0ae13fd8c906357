//! Parts of one's own, each in a file to copy: take the one you need.
//!
//! | part | what it implements | where it is handed in |
//! |---|---|---|
//! | [`pii`] | [`ValueRule`](tracesnap_redact::ValueRule), [`ArgumentFilter`](tracesnap_capture::ArgumentFilter) | `Policy::builder().value_rule(…)`, `CaptureConfig::filter(…)` |
//! | `database` (feature `sqlite`) | [`Backend`](https://docs.rs/tracesnap-store), by `tests/stores` | `CaptureConfig::backend(…)` |
//! | [`cbor`] | [`Serializer`](tracesnap_capture::Serializer) | `CaptureConfig::serializer(…)` |
//! | [`production`] | configurations | `set_global_config(…)`, `Tracer::builder()` |
//! | [`mermaid`] | an export: what reads a [`Trace`](tracesnap::Trace) and writes | nowhere: it is called |
//!
//! [`shop`] is the program that all of them are tried with.

pub mod cbor;
#[cfg(feature = "sqlite")]
pub mod database;
pub mod mermaid;
pub mod pii;
pub mod production;
pub mod shop;
