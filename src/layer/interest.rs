//! What callsites are answered when they ask whether anybody is interested.
//!
//! «Always» while a session is open, which spares the program one question a span; «ask each time» while none is, which
//! keeps a span that nobody records cheap. Never «never»: the answer is cached in the callsite, and renewing the cache
//! loses a race with callsites just being registered. Both answers are right at any time, so losing it costs nothing.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use tracing_core::Interest;

use super::session;

/// Whether one of our dispatchers has answered anybody, so that there are answers to renew.
static ANSWERED: AtomicBool = AtomicBool::new(false);

/// The answer of every dispatcher of ours.
pub(crate) fn answer() -> Interest {
    ANSWERED.store(true, Relaxed);
    if session::any_open() { Interest::always() } else { Interest::sometimes() }
}

/// The first session has opened, or the last one has closed: callsites are told anew.
pub(crate) fn changed() {
    if ANSWERED.load(Relaxed) {
        tracing_core::callsite::rebuild_interest_cache();
    }
}
