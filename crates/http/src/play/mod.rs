//! A recorded response as one that is sent, at the pace it had or at another.

mod answer;
mod dialogue;
mod paced;
mod ready;
mod script;
mod timing;

pub(crate) use answer::{Answer, End, Source};
pub(crate) use dialogue::{Conversation, Listened};
pub(crate) use paced::respond;
pub(crate) use ready::Ready;
pub use timing::{DEFAULT_TIMING, Timing};
