//! A function that nobody may edit, wrapped so that it is captured and traced, and the function that shall replace it.
//!
//! `legacy_billing::bill` is in another crate, knows neither serde nor `tracing`, and calls its arguments `a`, `l`, `c`
//! and `m`. [`bill`](fn@bill) gives them names, so that a rule by name keeps the card out of captures and traces.
//! [`rewrite`] is held against what was captured. `main.rs` tells the story, `README.md` how to begin.

mod month;
pub mod rewrite;
mod wrapped;

pub use legacy_billing::Account;
pub use month::{Order, bill_month};
pub use wrapped::bill;
