//! The recordings that wait, and the counts of those that do not.

use std::collections::VecDeque;
#[cfg(feature = "sessions")]
use std::sync::Arc;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use tracesnap::Trace;
use tracesnap::tree::Call;
#[cfg(feature = "sessions")]
use tracesnap_record::Session;

use super::{Delivery, NotQueued};
#[cfg(feature = "sessions")]
use crate::SessionBatches;
use crate::{Batches, Resource};

/// What is sent as a whole. Cloning a [`Trace`] copies no calls.
pub(super) enum Recording {
    Trace(Trace),
    #[cfg(feature = "sessions")]
    Session {
        session: Arc<Session>,
        within: Option<Trace>,
    },
}

impl Recording {
    /// The spans that it becomes.
    fn spans(
        &self,
        #[cfg_attr(not(feature = "sessions"), expect(unused, reason = "ids of traces are not asked for"))]
        resource: &Resource,
    ) -> u64 {
        match self {
            Self::Trace(trace) => spans_of(trace),
            #[cfg(feature = "sessions")]
            Self::Session { session, within } => crate::session::spans_of(session, within.as_ref(), resource),
        }
    }

    fn is_timed(&self) -> bool {
        match self {
            Self::Trace(trace) => trace.tree().is_timed(),
            #[cfg(feature = "sessions")]
            Self::Session { within, .. } => within.as_ref().is_none_or(|trace| trace.tree().is_timed()),
        }
    }

    /// The requests that tell it.
    pub(super) fn batches<'r>(
        &'r self,
        resource: &Resource,
    ) -> Box<dyn Iterator<Item = ExportTraceServiceRequest> + 'r> {
        match self {
            Self::Trace(trace) => Box::new(Batches::of(trace, resource)),
            #[cfg(feature = "sessions")]
            Self::Session { session, within } => {
                let batches = SessionBatches::of(session, resource);
                Box::new(if let Some(trace) = within { batches.within(trace) } else { batches })
            }
        }
    }
}

/// Shared by the program and the worker. No lock is held while anything is sent or converted.
pub(super) struct Queue {
    state: Mutex<State>,
    /// Told whenever a recording arrives, a request is settled, or the queue closes.
    changed: Condvar,
    capacity: u64,
}

#[derive(Default)]
struct State {
    recordings: VecDeque<Recording>,
    delivery: Delivery,
    closed: bool,
}

impl Queue {
    pub(super) fn new(capacity: u64) -> Self {
        Self { state: Mutex::default(), changed: Condvar::new(), capacity }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock can panic half way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, recording: Recording, resource: &Resource) -> Result<(), NotQueued> {
        let spans = recording.spans(resource);
        let mut state = self.lock();
        let queued = state.delivery.queued;
        let refused = if state.closed {
            Some(NotQueued::Ended)
        } else if !recording.is_timed() {
            Some(NotQueued::Untimed)
        } else if queued + spans > self.capacity {
            Some(NotQueued::Full { spans, queued, capacity: self.capacity })
        } else {
            None
        };
        if let Some(refused) = refused {
            state.delivery.lost += spans;
            return Err(refused);
        }
        state.delivery.queued += spans;
        state.recordings.push_back(recording);
        self.changed.notify_all();
        Ok(())
    }

    /// Waits for the next recording, `None` once the queue is closed.
    pub(super) fn pop(&self) -> Option<Recording> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(recording) = state.recordings.pop_front() {
                return Some(recording);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits so long, or until the queue is closed: then it is `false`.
    pub(super) fn pause(&self, pause: Duration) -> bool {
        let began = Instant::now();
        let mut state = self.lock();
        loop {
            let left = pause.saturating_sub(began.elapsed());
            if state.closed || left.is_zero() {
                return !state.closed;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Changes the counts. What becomes of queued spans is taken off `queued` by whoever says it.
    pub(super) fn count(&self, change: impl FnOnce(&mut Delivery)) {
        change(&mut self.lock().delivery);
        self.changed.notify_all();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    pub(super) fn delivery(&self) -> Delivery {
        self.lock().delivery.clone()
    }

    /// Waits until nothing is queued, or so long.
    pub(super) fn drained(&self, limit: Duration) -> Delivery {
        let began = Instant::now();
        let mut state = self.lock();
        while state.delivery.queued > 0 && !state.closed {
            let left = limit.saturating_sub(began.elapsed());
            if left.is_zero() {
                break;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.delivery.clone()
    }

    /// Ends the worker; what is queued is lost.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.recordings.clear();
        state.delivery.lost += std::mem::take(&mut state.delivery.queued);
        self.changed.notify_all();
    }
}

/// The spans that a trace becomes: calls that were never entered are none.
pub(super) fn spans_of(trace: &Trace) -> u64 {
    trace.tree().calls().filter(Call::is_entered).count() as u64
}
