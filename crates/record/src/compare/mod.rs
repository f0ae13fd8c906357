//! What was recorded beside what mocks, or another recording, say.

mod pairs;

pub use pairs::pair;
