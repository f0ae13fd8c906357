//! Hands out services, be they real, recorded or mocked, so that a test is the same in every mode.
//!
//! What happens in which mode, the table of [`mode`](crate::mode) says.
//!
//! ```
//! use serde_json::{Value, json};
//! use tracesnap_record::{Mode, ServiceProvider};
//!
//! # let dir = tempfile::tempdir()?;
//! fn documents(provider: &ServiceProvider) -> Result<Value, Box<dyn std::error::Error>> {
//!     let firestore = provider.service("firestore");
//!     let real = || Ok::<_, std::io::Error>(json!({"document_count": 2}));
//!     Ok(firestore.call("collection.get", &json!({"collection": "campaigns"}), real)?)
//! }
//!
//! let provider = |mode| ServiceProvider::builder().dir(dir.path()).session("campaigns").mode(mode).build();
//! let recording = provider(Mode::Record)?;
//! let recorded = documents(&recording)?;
//! let finished = recording.cleanup()?.recorded.expect("this mode records");
//!
//! // Reviewed: `tracesnap sessions review`, or here.
//! tracesnap_record::Sets::open(dir.path())?.accept(&finished.pending.expect("it waits").parse()?)?;
//!
//! assert_eq!(documents(&provider(Mode::Playback)?)?, recorded);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod budget;
mod builder;
mod client;
mod dialogue;
mod failure;
mod fallback;
mod mocks;
mod service;
mod summary;

pub use budget::Budget;
pub use builder::{Cleanup, ServiceProvider, ServiceProviderBuilder};
pub use client::Recorded;
pub use dialogue::Dialogue;
pub use failure::{CallError, Failure};
pub use fallback::{Answer, Asked, Fallback};
pub use mocks::{Mock, Mocks};
pub(crate) use service::size_of_json;
pub use service::{Asking, Reply, Service, Step};
pub use summary::{ServiceSummary, Summary};
