//! Answers in place of an API.
//!
//! So far it knows what operations *are*: [`patterns`] says which of them list, read, create, change or remove things,
//! sign somebody in, hand out a list in parts, search, or take files, how sure that is, and why. Documents are read by
//! `tracesnap-openapi`.

pub mod engine;
pub mod generate;
pub mod patterns;
#[cfg(feature = "server")]
pub mod serve;
pub mod state;
pub mod validate;

pub use engine::{Answer, Mock, MockBuilder};
#[cfg(feature = "server")]
pub use serve::{MockServer, MockServerBuilder};
mod error;
pub use error::Error;
