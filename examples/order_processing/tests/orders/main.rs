//! What a shop can rely on, tested with orders that were captured.
//!
//! `captures/` holds two of them: one to Norway, and one to a country that nothing goes to. They are taken up in front of
//! mocked services, under a tracer.

mod captured;
mod played_back;
mod replayed;
mod support;
mod trouble;
