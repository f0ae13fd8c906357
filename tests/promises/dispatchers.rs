//! Keeps tests that need a process without dispatchers of threads apart from those that make some.

use std::sync::{PoisonError, RwLock};

static DISPATCHERS: RwLock<()> = RwLock::new(());

/// To be held while a test has a dispatcher of a thread's own.
pub(crate) fn with_a_dispatcher_of_its_own() -> impl Drop {
    DISPATCHERS.read().unwrap_or_else(PoisonError::into_inner)
}

/// To be held where a `Debug` is to record something. While any thread of the process has a dispatcher of its own,
/// `tracing` gives code that runs inside a subscriber none at all, so what it records would vanish before we hear of it.
pub(crate) fn without_dispatchers_of_threads() -> impl Drop {
    DISPATCHERS.write().unwrap_or_else(PoisonError::into_inner)
}
