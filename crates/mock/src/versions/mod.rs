//! Versions of answers that somebody wrote: what one says, and what differs between two.
//!
//! [`History`] keeps them as long as the process runs, `database::Responses` for longer. Which version answers a request
//! is for `serve` and `responder`.
//!
//! ```
//! use tracesnap_mock::versions::{Draft, History};
//!
//! let history = History::default();
//! let first = history.save(0, "GET /orders", &Draft::json(200, &serde_json::json!([])));
//! let second = history.save(0, "GET /orders", &Draft::json(200, &serde_json::json!([7])));
//! assert_eq!((first.version, second.version), (1, 2));
//! assert_eq!(history.diff(0, 1, 2).unwrap()[0].to_string(), "+ /0: 7");
//!
//! // What was once kept is not lost: rolling back makes a third version, with what the first one says.
//! assert_eq!(history.rollback(0, 1, "ada").unwrap().version, 3);
//! ```

mod diff;
mod history;
mod version;

pub use diff::{Difference, DifferenceKind};
pub use history::History;
pub use version::{Draft, Version};

#[cfg(feature = "database")]
pub(crate) use diff::between;
