//! Answers by the mode that holds: from what is stored, from a cache, by a mock, or by the service.
//!
//! What each of them does is for [`crate::database`], [`crate::cache`] and [`crate::engine`]; here is the order in which
//! they are asked. Recording and playback of the service are `tracesnap-record`'s: a client that it wraps is a [`Live`].
//!
//! ```
//! use tracesnap_mock::config::MockConfig;
//! use tracesnap_mock::responder::Responder;
//! use tracesnap_openapi::Document;
//! use tracesnap_record::Mode;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let document = Document::parse("ping.yaml", "openapi: 3.0.3\npaths: { /ping: { get: { responses: { 200: { description: fine } } } } }")?;
//! let responder = Responder::builder(document).config(MockConfig::default()).build().await?;
//!
//! let request = http::Request::get("/ping").body(Default::default())?;
//! assert_eq!(responder.answer(&request).await.status, 200);
//!
//! // Nothing was recorded, and playback asks nobody else.
//! responder.switch("ada", |config| config.mode = Mode::Playback).await?;
//! assert_eq!(responder.answer(&request).await.status, 501);
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Who answers
//!
//! | mode | first | then | then |
//! |---|---|---|---|
//! | `mock`, `hybrid:mock` | what is stored | the mock | |
//! | `hybrid:forward`, `hybrid:record` | what is stored | the service | the mock, where the service fails or none is known |
//! | `playback`, `strict`, `hybrid:fail` | what is stored | a client that plays back | 501 |
//! | `real`, `record`, `spy`, `verify` | the service | 502 where it fails, 503 where none is known | |
//!
//! What is *stored* are the versions in the database; one that breaks its schema says so in `x-mock-invalid`. What
//! [`set_override`](crate::Mock::set_override) has fixed stands over all but the service. A database that is gone is passed over, and a cache that is gone,
//! too: in `mock` and `hybrid` there always is an answer.
//!
//! # What is kept
//!
//! Versions from the database, and answers of the mock that depend on the document, the settings, the rules and the
//! request alone. Never kept is what depends on what was created, uploaded, fixed or signed in to, and what was refused
//! or breaks its schema. The header `x-mock-cache` says `hit` or `miss` where an answer may be kept.

mod builder;
mod live;
mod problem;
mod respond;
#[cfg(feature = "database")]
mod shelf;
#[cfg(feature = "database")]
mod tally;

pub use builder::ResponderBuilder;
pub use live::{Live, LiveError, LiveFuture};
pub use respond::Responder;
