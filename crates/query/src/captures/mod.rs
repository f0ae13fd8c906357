//! The table `captures`: a row for each captured call.
//!
//! What a capture is, [`tracesnap_capture`] knows.

mod columns;
mod source;

pub use source::Captures;
