//! A function called again with captured arguments, and what it does compared with what it did.

mod compare;
mod run;

pub use compare::{Difference, Noise};
pub use run::{Prepared, Replay, Replayed};
