//! The worker that writes a recording to a file while it goes on.
//!
//! How rows are handed on is told in [`layer::ring`](crate::layer::ring), how they stand in the file in
//! [`file::stream`](crate::file::stream).

mod form;
mod moment;
mod progress;
#[cfg(test)]
mod tests;
mod worker;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Release;
use std::thread::JoinHandle;
use std::{alloc, thread};

use super::{OwnCost, began};
use crate::TrackingAllocator;
use crate::file::FileError;
use crate::file::stream::{About, Writer};
use crate::layer::memory::Resident;
use crate::layer::session::Session;
use crate::tree::TraceStats;
use worker::Worker;

/// The thread that writes.
#[derive(Debug)]
pub(super) struct Spill {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<Written, FileError>>,
}

/// What was written.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) stats: TraceStats,
    pub(super) blocks: u64,
    pub(super) bytes: u64,
}

impl Spill {
    /// Begins to write what a session records. `file` is new.
    pub(super) fn start(
        session: &Arc<Session>,
        mut file: Writer,
        resident: Option<Resident>,
        cost: OwnCost,
        self_time_ns: f32,
    ) -> Result<Self, FileError> {
        let path = file.path().to_owned();
        let stop = Arc::new(AtomicBool::new(false));
        file.about(&about(session, cost, self_time_ns))?;
        file.flush()?;
        let worker = Worker::new(Arc::clone(session), file, resident);
        let (stops, started) = (Arc::clone(&stop), thread::Builder::new().name("tracesnap-stream".into()));
        let thread = started
            .spawn(move || worker.run(&stops))
            .map_err(|source| FileError::Write { path: Some(path), source: source.into() })?;
        session.set_worker(thread.thread().clone());
        Ok(Self { stop, thread })
    }

    /// Writes what is left and ends the file.
    pub(super) fn finish(self, path: &Path) -> Result<Written, FileError> {
        self.stop.store(true, Release);
        self.thread.thread().unpark();
        let panicked = |_| FileError::Write { path: Some(path.to_owned()), source: "its thread panicked".into() };
        self.thread.join().map_err(panicked)?
    }
}

/// What is said of a recording when it begins.
fn about(session: &Session, cost: OwnCost, self_time_ns: f32) -> About {
    let plan = &session.plan;
    let about = About {
        timed: plan.timed,
        counts_allocations: plan.shape.memory && TrackingAllocator::<alloc::System>::is_installed(),
        total_ns: cost.total_ns,
        inside_ns: cost.inside_ns,
        self_time_ns,
        max_depth: plan.max_depth as u64,
        started_ns: None,
    };
    about.with_started(began::time_of(session.started))
}
