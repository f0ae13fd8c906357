//! Whether messages keep to the document.
//!
//! Nothing here makes or repairs a value: it says what is wrong with one.

mod answers;
pub(crate) mod requests;

pub use answers::{Answers, Violation};
#[cfg(feature = "infer")]
pub(crate) use answers::{Compiled, compile};
