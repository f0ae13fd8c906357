//! Real service conversations, recorded and played back.
//!
//! What a protocol looks like is the business of adapters, what a mock makes up that of whoever implements
//! [`Fallback`]; what must not be written, [`tracesnap_redact`] knows.
//!
//! ```
//! use tracesnap_record::{Player, Recorder};
//!
//! # let dir = tempfile::tempdir()?;
//! // Record: the guard takes what comes of a request.
//! let session = Recorder::builder().dir(dir.path()).session("checkout")?;
//! let asked = serde_json::json!({"collection": "campaigns"});
//! let interaction = session.interaction("firestore", "collection.get", &asked);
//! interaction.response(&serde_json::json!({"document_count": 2}));
//! let finished = session.finish()?;
//!
//! // Play back.
//! let player = Player::builder().open(&finished.path)?;
//! let answer = player.answer("firestore", "collection.get", &asked)?;
//! assert_eq!(answer.response["document_count"], 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod analysis;
pub mod compare;
mod error;
pub mod file;
#[cfg(feature = "interchange")]
#[cfg_attr(docsrs, doc(cfg(feature = "interchange")))]
pub mod interchange;
pub mod matching;
pub mod mode;
pub mod model;
pub mod provider;
pub mod recorder;
mod redaction;
pub mod report;
mod sets;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use error::Error;
pub use matching::{Player, PlayerBuilder, Repeat, Rule};
pub use mode::{Mode, OnMiss};
pub use model::{Interaction, Session, SessionHead, Status, Timestamp};
pub use provider::{Budget, Fallback, Mocks, Service, ServiceProvider};
pub use recorder::{InteractionGuard, Recorder, RecorderBuilder, SessionGuard, SessionHandle, task};
pub use redaction::LIMITS;
pub use sets::{Pending, Sets};
/// Names a set that waits for a review: `checkout#7`.
pub use tracesnap_store::PendingId;
