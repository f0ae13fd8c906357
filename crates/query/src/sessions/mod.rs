//! The table `interactions`: a row for each interaction of each session.
//!
//! What a session is, [`tracesnap_record`] knows.

mod columns;
#[cfg(feature = "object-store")]
mod objects;
mod source;

pub use source::Sessions;
