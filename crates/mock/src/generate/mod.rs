//! Makes the bodies of answers: valid by their schema, and believable.
//!
//! Which operation is asked for, what is stored, and which status is answered is for others. They say what must appear
//! in an answer ([`Given`]), and get a value; the same one for the same question.

mod generator;
mod quality;

pub use generator::{Generated, Generator, Given, Settings, Source};
pub use quality::{Quality, UnknownQuality};
