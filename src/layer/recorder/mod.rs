//! What a new span, an enter, an exit, an event mean on a thread, whoever tells of them.
//!
//! Both fronts ([`lean`](super::lean), [`registry`](super::registry)) call it. It asks the [`thread`](super::thread)
//! where a span belongs, decides whether it is recorded, and writes rows. Filtering rules, ring mechanics and the
//! reading of rows are elsewhere.
//!
//! ```text
//!  created: a span is made ──▶ stays: it is entered and left ──▶ told: events in it, late fields, links
//!      └──────────▶ values: what its fields hold ◀──────────────────┘
//! ```

// # Implementation notes
//
// All hooks run inside the traced program: they do not fail, wait, or emit spans. The state is borrowed only while no
// foreign code can run. Two things of the user's run in here: the `Debug` of a field, which is called between two
// borrows, and a `filter_fn`, once a callsite, under the borrow: spans it opens are not recorded.
//
// Each hook has a short way for what happens nearly always (the span's caller is what was entered last, and recorded;
// a span is entered right after it was made and left before its caller) and a long way for everything. The short ways
// are one function each, without calls that would make the compiler save registers; what is cold is kept out of them.

mod created;
mod stays;
mod told;
mod values;

use std::sync::Arc;

use tracing_core::Metadata;
use tracing_core::span::Id;

use super::callsite::{self, Site};
use super::local::with;
use super::row::{Ref, State};
use super::session::Session;
use super::stack::Frame;
use super::thread::{Asked, Front, LEAN, Thread};

pub(crate) use created::new_span;
pub(crate) use stays::{enter, exit};
pub(crate) use told::{event, follows_from, record};
pub(super) use values::FieldRules;

/// Which of the two fronts tells: known when this is compiled, since it decides how a span is found again.
pub(crate) trait Source {
    /// Whether its spans are known by a registry's ids, and not by ours.
    const BY_REGISTRY: bool;

    /// The number of a front of this sort.
    #[inline(always)]
    fn number(front: &Front) -> u32 {
        if Self::BY_REGISTRY { front.number } else { LEAN }
    }
}

/// [`lean`](super::lean).
pub(crate) enum ByIdentity {}

/// [`registry`](super::registry).
pub(crate) enum ByRegistry {}

impl Source for ByIdentity {
    const BY_REGISTRY: bool = false;
}

impl Source for ByRegistry {
    const BY_REGISTRY: bool = true;
}

/// The parent that a span or event asks for.
fn asked(is_contextual: bool, parent: Option<&Id>) -> Asked {
    if is_contextual { Asked::Contextual } else { parent.map_or(Asked::Root, |id| Asked::Explicit(id.into_u64())) }
}

/// The span entered last on this thread, by the lean front's id, with its metadata where its row is still there: whoever
/// records a field of the current span finds it by these.
pub(crate) fn current(front: &Front) -> Option<(u64, Option<&'static Metadata<'static>>)> {
    with(|thread| {
        let frame = thread.stack.entered().iter().rev().find(|frame| frame.front == front.number)?;
        Some((frame.id, thread.site_of(frame).map(|site| site.metadata)))
    })
    .flatten()
}

impl Thread {
    /// The callsite of an entered span that has a row. It stands in the frame where this is the span's first stay, else in
    /// the row, which may be another thread's.
    fn site_of(&self, frame: &Frame) -> Option<&'static Site> {
        if frame.row.state() != State::Recorded {
            return None;
        }
        let handle = self.handle(frame.handle)?;
        let (own, seq) = (handle.ring.number() == frame.row.ring(), frame.row.seq());
        if own && seq == frame.stay_row() {
            return callsite::by_index(frame.callsite);
        }
        let row = if own { handle.ring.read(seq) } else { handle.session.ring(frame.row.ring())?.read(seq) };
        callsite::by_index(row?.callsite())
    }
}

// Ownership of the thread.

/// Makes a session the owner of this thread, above those that own it already.
pub(crate) fn take_thread(session: &Arc<Session>) {
    with(|thread| thread.take(session));
}

/// Whether this session owns the thread already.
pub(crate) fn owns_thread(session: &Session) -> bool {
    with(|thread| thread.is_owned_by(session)).unwrap_or(false)
}

/// The session that owned this thread before `session` did, and the call that was entered in it then.
pub(crate) fn outer(session: &Session) -> Option<(Arc<Session>, Ref)> {
    with(|thread| thread.outer(session)).flatten()
}

/// Ends the ownership of a session on this thread.
pub(crate) fn leave_thread(session: &Session) {
    with(|thread| thread.leave_session(session));
}
