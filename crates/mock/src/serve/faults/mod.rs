//! What goes wrong on purpose: late answers, errors, resets, cut bodies, awkward values.
//!
//! ```
//! use std::time::Duration;
//! use tracesnap_mock::serve::{Faults, Latency, Mutation};
//!
//! let faults = Faults::seeded(7)
//!     .latency(Latency::log_normal(Duration::from_millis(40), 0.5))
//!     .errors(0.05, 503)
//!     .resets(0.01)
//!     .truncations(0.01)
//!     .mutations(0.1, Mutation::Edge)
//!     // This operation is different, and nothing else is asked of it.
//!     .operation("createOrder", |one| one.errors(1.0, 500));
//! assert!(!faults.is_none());
//! ```
//!
//! Which requests are hit depends on the seed, the operation and how often that was called before, and on nothing else:
//! requests of other operations change nothing, and neither does the next run.

mod disturbance;
mod latency;
mod mutation;
mod places;

pub use disturbance::{Disturbance, Faults};
pub use latency::{Latency, MAX_LATENCY};
pub use mutation::Mutation;

pub(crate) use disturbance::{Harm, Schedule};
pub(crate) use mutation::mutate;
