//! Writes interactions on a thread of the session's, so that the program does not wait for it.
//!
//! What is handed over is kept in memory as it came; it is made into what may be written, and written, on that thread.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::lock;
use super::ticket::Sealed;

/// So much may wait: 16 MiB, or 8,192 interactions. Beyond, whoever hands over does the work itself.
const MOST_BYTES: usize = 16 << 20;
const MOST_JOBS: usize = 8_192;

/// So long something may wait before it is written.
const PAUSE: Duration = Duration::from_millis(4);

/// After so many pauses with nothing to do, the thread sleeps until it is called.
const PATIENCE: u32 = 50;

/// What waits to be written.
#[derive(Default)]
pub(super) struct Writer {
    queue: Mutex<Queue>,
    /// Something is there, or the session has ended.
    called: Condvar,
    /// Nothing is left.
    done: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: Vec<Sealed>,
    bytes: usize,
    /// Whether there is a thread.
    is_running: bool,
    /// It sleeps until it is called.
    is_asleep: bool,
    is_busy: bool,
    has_ended: bool,
}

impl Writer {
    /// Hands over something to be done, which holds about so many bytes until then. Gives it back where it has to be done
    /// at once; a thread is to be started where the second is true.
    pub(super) fn push(&self, bytes: usize, job: Sealed) -> Result<bool, Box<Sealed>> {
        let mut queue = lock(&self.queue);
        if queue.has_ended || queue.jobs.len() >= MOST_JOBS || queue.bytes.saturating_add(bytes) > MOST_BYTES {
            return Err(Box::new(job));
        }
        queue.jobs.push(job);
        queue.bytes += bytes;
        // Waking a thread costs more than all else here, and it wakes by itself soon.
        if queue.is_asleep {
            queue.is_asleep = false;
            self.called.notify_one();
        }
        Ok(!std::mem::replace(&mut queue.is_running, true))
    }

    /// That no thread could be started: whatever waits is done by whoever flushes.
    pub(super) fn no_thread(&self) {
        lock(&self.queue).is_running = false;
    }

    /// The thread.
    pub(super) fn run(&self) {
        let mut idle = 0;
        // The same two rows all the time, so that nobody waits while one grows.
        let mut jobs = Vec::new();
        loop {
            {
                let mut queue = lock(&self.queue);
                if queue.jobs.is_empty() {
                    self.done.notify_all();
                    if queue.has_ended {
                        queue.is_running = false;
                        return;
                    }
                    idle += 1;
                    if idle > PATIENCE {
                        queue.is_asleep = true;
                        drop(self.called.wait(queue).unwrap_or_else(PoisonError::into_inner));
                    } else {
                        drop(self.called.wait_timeout(queue, PAUSE).unwrap_or_else(PoisonError::into_inner));
                    }
                    continue;
                }
                queue.take(&mut jobs);
            }
            idle = 0;
            jobs.drain(..).for_each(Sealed::write);
            lock(&self.queue).is_busy = false;
        }
    }

    /// Waits until all is written that was handed over before.
    pub(super) fn flush(&self) {
        let mut queue = lock(&self.queue);
        while queue.is_busy || !queue.jobs.is_empty() {
            if !queue.is_running {
                let mut jobs = Vec::new();
                queue.take(&mut jobs);
                drop(queue);
                jobs.into_iter().for_each(Sealed::write);
                queue = lock(&self.queue);
                queue.is_busy = false;
                continue;
            }
            queue.is_asleep = false;
            self.called.notify_one();
            queue = self.done.wait_timeout(queue, PAUSE).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Writes what waits, and lets the thread end.
    pub(super) fn end(&self) {
        self.flush();
        let mut queue = lock(&self.queue);
        queue.has_ended = true;
        self.called.notify_one();
    }
}

impl Queue {
    fn take(&mut self, empty: &mut Vec<Sealed>) {
        self.is_busy = true;
        self.bytes = 0;
        std::mem::swap(&mut self.jobs, empty);
    }
}
