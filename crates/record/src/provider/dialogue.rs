//! A request that waits for a response before it ends, and what may answer it.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::Service;
use crate::Error;
use crate::matching::{Candidates, Player};
use crate::model::Interaction;
use crate::recorder::task::Live;

/// What may answer a request of which only a beginning is known, since whoever asks waits for a response before it ends: see
/// [`Service::dialogue`].
pub struct Dialogue {
    service: Service,
    operation: Arc<str>,
    /// Whoever asked: what comes of it may be done by others.
    live: Live,
    candidates: Vec<Arc<Interaction>>,
    has_others: bool,
}

impl Dialogue {
    pub(super) fn new(service: Service, operation: Arc<str>, live: Live, found: Candidates) -> Self {
        let Candidates { dialogues, has_others } = found;
        Self { service, operation, live, candidates: dialogues, has_others }
    }

    /// The recorded dialogues that may, by all that counts of a request but its body, in the order in which they would.
    #[must_use]
    pub fn candidates(&self) -> &[Arc<Interaction>] {
        &self.candidates
    }

    /// Whether something else was recorded for such a request, which answers when that is known as a whole.
    #[must_use]
    pub fn has_others(&self) -> bool {
        self.has_others
    }

    /// Whether a recorded request and one that is asked, or the same part of both, are the same by what counts.
    #[must_use]
    pub fn agrees(&self, recorded: &Value, asked: &Value) -> bool {
        self.player().is_some_and(|player| player.agree(self.service.name(), recorded, asked))
    }

    /// This one answers, and no other request is answered by it. `false` where another was.
    #[must_use]
    pub fn take(&self, candidate: &Arc<Interaction>) -> bool {
        let is_taken = self.player().is_some_and(|player| player.take(candidate, &self.live));
        if is_taken {
            self.service.count_played();
        }
        is_taken
    }

    /// Another answers in place of one that was [taken](Self::take). `false` where that answers another request.
    #[must_use]
    pub fn swap(&self, taken: &Arc<Interaction>, other: &Arc<Interaction>) -> bool {
        let Some(player) = self.player() else { return false };
        let is_taken = player.take(other, &self.live);
        if is_taken {
            player.give_back(taken);
        }
        is_taken
    }

    /// Why nothing answers a request of which so much is known: [`Error::Miss`].
    #[must_use]
    pub fn miss(&self, asked: &Value) -> Error {
        match self.player() {
            Some(player) => Error::Miss(Box::new(player.miss(self.service.name(), &self.operation, asked, &self.live))),
            None => Error::NoMock { service: self.service.name().to_owned(), operation: self.operation.to_string() },
        }
    }

    fn player(&self) -> Option<&Player> {
        self.service.player()
    }
}

impl fmt::Debug for Dialogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialogue")
            .field("service", &self.service.name())
            .field("operation", &self.operation)
            .field("candidates", &self.candidates.len())
            .finish_non_exhaustive()
    }
}
