//! What it takes to open a page of tracesnap in a real browser, use it, and read what it shows: the report of a trace, and
//! the page of a mock.
//!
//! ```text
//!  programs ──▶ Trace ──▶ report ──▶ file ──▶ Chromium ◀──JSON over a web socket── Page: keys, clicks, questions
//!                 └────────────── compared with what the page shows ◀───────────────┘
//!  documents ─▶ Served (a mock that listens) ──────▶ http:// ──▶ Chromium
//! ```

mod chromium;
mod connection;
pub mod documents;
mod page;
pub mod programs;
mod served;

pub use chromium::{Chromium, STRICT, find};
pub use page::{Page, Theme};
pub use served::Served;
