//! Captures in their store.
//!
//! How documents lie on disk is the business of `tracesnap-store`; what they say that of [`Document`](crate::Document).

mod shelf;

pub use shelf::CaptureSet;
pub(crate) use shelf::{How, New, Shelf, Stored};
