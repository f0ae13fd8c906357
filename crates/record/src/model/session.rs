//! A session: everything that was said while a test, or a part of a program, ran.

use super::{Interaction, SessionHead, Timestamp};

/// A session with all its interactions in memory. [`crate::file`] reads and writes it; a large one can be
/// [streamed](crate::file::read_each).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Session {
    /// What it says of itself.
    pub head: SessionHead,
    /// In the order in which they began.
    pub interactions: Vec<Interaction>,
}

impl Session {
    /// A session of these interactions, which began now.
    pub fn new(session_id: impl Into<String>, interactions: Vec<Interaction>) -> Self {
        let mut head = SessionHead::new(session_id, Timestamp::now());
        head.total_interactions = interactions.len() as u64;
        Self { head, interactions }
    }
}
