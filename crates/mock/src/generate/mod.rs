//! Makes the bodies of answers: valid by their schema, and believable.
//!
//! Which operation is asked for, what is stored, and which status is answered is for others. They say what must appear
//! in an answer ([`Given`]), and get a value; the same one for the same question.
//!
//! ```text
//!  Schema ──▶ compile ──▶ plan ──▶ make ──▶ Value
//!     │        merged,      │        │  text, number: by format, meaning, pattern
//!     ▼        once         ▼        │  entity: who, where, when, how much
//!   rules ◀───── held against ───────┘  relations: sums, counts, pages, ids that link
//! ```

mod compile;
mod dice;
mod entity;
mod format;
mod generator;
pub mod invariants;
mod make;
mod meaning;
mod moment;
mod number;
mod pattern;
mod plan;
mod quality;
mod reach;
mod relations;
mod rules;
mod spoken;
mod tables;
mod text;

pub use generator::{Generated, Generator, Given, Page, Settings, Source};
pub use quality::{Quality, UnknownQuality};
