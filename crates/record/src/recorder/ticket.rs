//! An interaction that is told when it is over: what adapters of protocols record with.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::SessionHandle;
use crate::model::{Status, Stream, Timestamp, interaction_millis};

/// What an exchange was, as it may be written: whoever makes it has redacted it.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What was sent.
    pub request: Value,
    /// What came back; `null` if nothing did.
    pub response: Value,
    /// How it ended.
    pub status: Status,
    /// The error's message.
    pub error: Option<String>,
    /// The error's type.
    pub error_type: Option<String>,
    /// Its parts, and when they came.
    pub stream: Option<Stream>,
    /// How many values of it were redacted.
    pub redacted: u64,
}

impl Draft {
    /// An exchange that succeeded.
    #[must_use]
    pub fn new(request: Value, response: Value) -> Self {
        Self { request, response, status: Status::Success, error: None, error_type: None, stream: None, redacted: 0 }
    }
}

/// Tells what an exchange was that is over: what adapters keep of it while it passes. See [`Ticket::seal_shared`].
pub trait Tell: Send + Sync {
    /// What it was, as it may be written. Called once.
    fn tell(self: Arc<Self>) -> Draft;
}

/// A place in a session for an exchange that is under way: its number, its time, its task. Dropped without
/// [`seal`](Self::seal), nothing is recorded.
#[must_use = "nothing is recorded without `seal`"]
pub struct Ticket {
    session: SessionHandle,
    // In place: what is allocated by one thread and freed by another costs more than all else here.
    open: Open,
}

struct Open {
    id: u64,
    begun: Instant,
    timestamp: Timestamp,
    service: Arc<str>,
    operation: Arc<str>,
    task: Arc<str>,
    call: Option<String>,
}

impl Ticket {
    pub(super) fn begin(session: SessionHandle, service: Arc<str>, operation: Arc<str>) -> Self {
        let id = session.number();
        let call = super::interaction::announce(&session, id, &service, &operation);
        let task = session.task();
        let timestamp = Timestamp::now();
        let open = Open { id, timestamp, service, operation, task, call, begun: Instant::now() };
        Self { session, open }
    }

    /// Its number in the session.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.open.id
    }

    /// When it began.
    #[must_use]
    pub fn begun(&self) -> Instant {
        self.open.begun
    }

    /// The session.
    #[must_use]
    pub fn session(&self) -> &SessionHandle {
        &self.session
    }

    /// It is over. `make` tells what it was, soon and on a thread of the session's, and holds about so many bytes until
    /// then; where too much waits to be told, it tells it here. What it makes has been redacted.
    pub fn seal(self, bytes: usize, make: impl FnOnce() -> Draft + Send + 'static) {
        let took = self.open.begun.elapsed();
        self.seal_by(took, bytes, By::Call(Box::new(make)));
    }

    /// As [`seal`](Self::seal), and nothing is allocated for it; it took so long.
    pub fn seal_shared(self, took: Duration, bytes: usize, teller: Arc<dyn Tell>) {
        self.seal_by(took, bytes, By::Shared(teller));
    }

    pub(crate) fn seal_by(self, took: Duration, bytes: usize, by: By) {
        let session = self.session.clone();
        session.hand_over(bytes, Sealed { ticket: self, took, by });
    }

    /// It is over, and is written here.
    pub fn seal_now(self, draft: Draft) {
        let took = self.open.begun.elapsed();
        write(&self.session, &self.open, took, move || draft);
    }
}

/// Who tells.
pub(crate) enum By {
    Call(Box<dyn FnOnce() -> Draft + Send>),
    Shared(Arc<dyn Tell>),
}

impl By {
    pub(crate) fn tell(self) -> Draft {
        match self {
            Self::Call(make) => make(),
            Self::Shared(teller) => teller.tell(),
        }
    }
}

/// An exchange that waits to be told.
pub(super) struct Sealed {
    ticket: Ticket,
    took: Duration,
    by: By,
}

impl Sealed {
    /// Nothing of it panics.
    pub(super) fn write(self) {
        let Self { ticket, took, by } = self;
        write(&ticket.session, &ticket.open, took, move || by.tell());
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").field("id", &self.open.id).finish_non_exhaustive()
    }
}

fn write(session: &SessionHandle, open: &Open, took: Duration, make: impl FnOnce() -> Draft) {
    let sealed = catch_unwind(AssertUnwindSafe(|| {
        let draft = make();
        session.count_redacted(draft.redacted);
        let line = super::interaction::Line {
            id: open.id,
            timestamp: open.timestamp,
            service: &open.service,
            operation: &open.operation,
            request: &draft.request,
            response: &draft.response,
            status: &draft.status,
            duration_ms: interaction_millis(took),
            error: draft.error.as_deref(),
            error_type: draft.error_type.as_deref(),
            task: &open.task,
            call: open.call.as_deref(),
            stream: draft.stream.as_ref(),
        };
        match serde_json::to_vec(&line) {
            Ok(json) => session.seal(open.id, &json),
            Err(error) => session.lose(error.into()),
        }
    }));
    if let Err(payload) = sealed {
        std::mem::forget(payload);
        session.lose(std::io::Error::other("an exchange panicked while it was told"));
    }
}
