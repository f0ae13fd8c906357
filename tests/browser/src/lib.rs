//! What it takes to open a report in a real browser, use it, and read what it shows.
//!
//! ```text
//!  programs ──▶ Trace ──▶ report ──▶ file ──▶ Chromium ◀──JSON over a web socket── Page: keys, clicks, questions
//!                 └────────────── compared with what the page shows ◀───────────────┘
//! ```

mod chromium;
mod connection;
mod page;
pub mod programs;

pub use chromium::{Chromium, STRICT, find};
pub use page::{Page, Theme};
