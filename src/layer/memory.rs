//! Readings of memory: exact ones by thread, or the process's resident memory sampled beside the run.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
#[cfg(feature = "process-memory")]
use std::time::Duration;

#[cfg(feature = "process-memory")]
use super::clock::ticks;
use crate::tree::Memory;

/// What is read of memory while calls run. Default: [`Off`](Self::Off).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MemoryReadings {
    /// Nothing.
    #[default]
    Off,
    /// Resident memory of the whole process, read by a thread of ours every 10 ms: what was in use when a call began,
    /// at most 10 ms before. Says little about short calls, and nothing about who allocated. Needs the feature
    /// `process-memory`; without it no reading is there.
    Process,
    /// Bytes and number of allocations of each call, exact, on the thread it runs on. Needs
    /// [`TrackingAllocator`](crate::TrackingAllocator) as the program's global allocator; without it all are zero.
    Allocations,
}

impl std::str::FromStr for MemoryReadings {
    type Err = crate::Error;

    /// `off`, `process` or `allocations`.
    fn from_str(text: &str) -> Result<Self, crate::Error> {
        match text {
            "off" => Ok(Self::Off),
            "process" => Ok(Self::Process),
            "allocations" => Ok(Self::Allocations),
            _ => Err(crate::Error::Setting {
                name: "memory",
                found: text.into(),
                expected: "`off`, `process` or `allocations`",
            }),
        }
    }
}

/// Time between two readings of the process's memory: one costs tens of microseconds.
#[cfg(feature = "process-memory")]
const INTERVAL: Duration = Duration::from_millis(10);

/// Most readings kept: after that every second one is forgotten and the interval doubled.
#[cfg(feature = "process-memory")]
const MAX_SAMPLES: usize = 32_768;

/// Resident memory of the process over time.
#[derive(Debug)]
pub(crate) struct Resident {
    samples: Arc<Samples>,
}

#[derive(Debug, Default)]
struct Samples {
    /// Stamps and bytes, oldest first; and whether to stop.
    state: Mutex<(Vec<(u64, u64)>, bool)>,
    stop: Condvar,
}

impl Resident {
    /// Starts reading. `None` where this build or this system has no way to.
    #[cfg(feature = "process-memory")]
    pub(crate) fn start() -> Option<Self> {
        let samples = Arc::new(Samples::default());
        let mut process = Process::new()?;
        samples.push(process.resident());
        let shared = Arc::clone(&samples);
        let body = move || {
            let mut interval = INTERVAL;
            while shared.wait(interval) {
                if shared.push(process.resident()) {
                    interval *= 2;
                }
            }
        };
        std::thread::Builder::new().name("tracesnap-memory".into()).spawn(body).ok()?;
        Some(Self { samples })
    }

    /// Nothing reads memory in this build.
    #[cfg(not(feature = "process-memory"))]
    pub(crate) fn start() -> Option<Self> {
        None
    }

    /// The newest reading at a stamp, or the first one after it.
    pub(crate) fn at(&self, stamp: u64) -> Option<Memory> {
        let state = self.samples.state.lock().unwrap_or_else(PoisonError::into_inner);
        let after = state.0.partition_point(|&(at, _)| at <= stamp);
        let (_, bytes) = state.0.get(after.saturating_sub(1))?;
        Some(Memory { at_start: *bytes, ..Memory::default() })
    }
}

impl Drop for Resident {
    fn drop(&mut self) {
        self.samples.state.lock().unwrap_or_else(PoisonError::into_inner).1 = true;
        self.samples.stop.notify_all();
    }
}

#[cfg(feature = "process-memory")]
impl Samples {
    /// Adds a reading; true if the readings were thinned out for it.
    fn push(&self, bytes: Option<u64>) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(bytes) = bytes else { return false };
        let full = state.0.len() >= MAX_SAMPLES;
        if full {
            let mut even = false;
            state.0.retain(|_| {
                even = !even;
                even
            });
        }
        state.0.push((ticks(), bytes));
        full
    }

    /// Waits; false when it is time to stop.
    fn wait(&self, interval: Duration) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (state, _) =
            self.stop.wait_timeout_while(state, interval, |s| !s.1).unwrap_or_else(PoisonError::into_inner);
        !state.1
    }
}

/// This process, as the system's tables show it.
#[cfg(feature = "process-memory")]
struct Process {
    system: sysinfo::System,
    pid: sysinfo::Pid,
}

#[cfg(feature = "process-memory")]
impl Process {
    fn new() -> Option<Self> {
        Some(Self { system: sysinfo::System::new(), pid: sysinfo::get_current_pid().ok()? })
    }

    fn resident(&mut self) -> Option<u64> {
        let what = sysinfo::ProcessRefreshKind::nothing().with_memory();
        let me = sysinfo::ProcessesToUpdate::Some(&[self.pid]);
        self.system.refresh_processes_specifics(me, false, what);
        self.system.process(self.pid).map(sysinfo::Process::memory)
    }
}
