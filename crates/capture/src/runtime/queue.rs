//! What waits to be written: a lane for each thread that captures, and one thread that empties them all.
//!
//! What is written, and how, is the business of [`writer`](super::writer).

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::call::Facts;
use super::captures::lock;
use super::held::Held;
use super::local::{self, Room};
use super::scope;
use super::settled::Rules;
use super::stats::Padded;
use super::values::Taken;
use super::writer;
use crate::id;
use crate::storage::Shelf;

// Implementation notes
//
// A caller puts what it took behind what its own thread put before, into memory that stays with the lane: it takes a lock
// that nobody else wants but the writer, once in a while, and allocates nothing that the writer would give back. The writer
// takes all that is in a lane by leaving an empty one there.
//
// Order is that of a number that a record is given while its lane is locked. The writer reads that number first and looks
// into the lanes then; so all that is below is in its hands, and is written in order, whichever lane it came through. What
// is above waits for the next round: something before it may just be on its way.
//
// A writer that is busy, or was a moment ago, is not woken: it looks again by itself. Waking somebody costs as much as
// capturing.

/// A thread's captures on their way to the writer.
#[derive(Debug)]
pub(crate) struct Lane {
    thread: Arc<str>,
    waiting: Mutex<Waiting>,
}

/// What is in a lane.
#[derive(Debug, Default)]
struct Waiting {
    /// Oldest first.
    full: Vec<Batch>,
    current: Batch,
    /// So many records were written when that was asked last; since then it was more, never less.
    written: u64,
}

/// Captures one behind the other.
#[derive(Debug, Default)]
struct Batch {
    records: Vec<Queued>,
    /// How many of the records are written.
    written: usize,
    room: Room,
    /// What holds for the records; mostly it is the same for all.
    rules: Vec<Arc<Rules>>,
}

#[derive(Debug)]
struct Queued {
    number: u64,
    facts: Facts,
    /// Of [`Batch::rules`].
    rules: usize,
    held: Vec<(usize, Held)>,
    /// Where its values end in the room of the batch.
    json_end: usize,
    taken_end: usize,
}

/// Records of a batch, and bytes of their values; it may have one more.
const BATCH: usize = 256;
const BATCH_BYTES: usize = 128 << 10;

/// Empty batches that are kept for the next records: about 4 MiB.
const MOST_SPARE: usize = 32;

impl Batch {
    fn is_full(&self) -> bool {
        self.records.len() >= BATCH || self.room.json.len() >= BATCH_BYTES
    }

    fn push(&mut self, number: u64, facts: &Facts, rules: &Arc<Rules>, room: &mut Room, held: &mut Vec<(usize, Held)>) {
        let same = self.rules.iter().rposition(|other| Arc::ptr_eq(other, rules));
        let rules = same.unwrap_or_else(|| {
            self.rules.push(Arc::clone(rules));
            self.rules.len() - 1
        });
        self.room.json.extend_from_slice(&room.json);
        self.room.taken.append(&mut room.taken);
        self.records.push(Queued {
            number,
            facts: *facts,
            rules,
            held: std::mem::take(held),
            json_end: self.room.json.len(),
            taken_end: self.room.taken.len(),
        });
    }

    fn next_number(&self) -> Option<u64> {
        self.records.get(self.written).map(|queued| queued.number)
    }

    /// Writes the next record.
    fn write_next(&mut self, thread: &str, unflushed: &mut Vec<Arc<Shelf>>) {
        let (json_start, taken_start) = match self.written.checked_sub(1).and_then(|at| self.records.get(at)) {
            Some(before) => (before.json_end, before.taken_end),
            None => (0, 0),
        };
        let Some(queued) = self.records.get_mut(self.written) else { return };
        self.written += 1;
        let rules = &self.rules[queued.rules];
        if let Some(shelf) = &rules.shelf
            && !unflushed.iter().any(|one| Arc::ptr_eq(one, shelf))
        {
            unflushed.push(Arc::clone(shelf));
        }
        let held = std::mem::take(&mut queued.held);
        let json = &self.room.json[json_start..queued.json_end];
        let taken: &mut [Taken] = &mut self.room.taken[taken_start..queued.taken_end];
        writer::write(rules, thread, &queued.facts, json, taken, held);
    }

    /// Makes it one without records, which keeps its memory.
    fn clear(&mut self) {
        let Self { records, written, room, rules } = self;
        records.clear();
        rules.clear();
        *written = 0;
        if room.json.capacity() > 4 * BATCH_BYTES {
            *room = Room::default();
        }
        room.json.clear();
        room.taken.clear();
    }
}

#[derive(Debug)]
struct Shared {
    /// Tells one queue from another.
    number: u64,
    lanes: Mutex<Vec<Arc<Lane>>>,
    /// Empty batches with their memory.
    spare: Mutex<Vec<Batch>>,
    /// So many records were put into lanes.
    pushed: Padded,
    /// So many of them are written, or could not be.
    written: Padded,
    /// The writer waits to be woken.
    is_asleep: Asked,
    is_closed: AtomicBool,
    /// The writer will write nothing more.
    has_ended: AtomicBool,
    /// Those who wait until something is written.
    waiting: AtomicU64,
    told: (Mutex<()>, Condvar),
}

/// What every caller asks, in a line of the cache that nobody writes to meanwhile.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Asked(AtomicBool);

/// The thread that writes, and the lanes before it.
#[derive(Debug)]
pub(crate) struct Queue {
    shared: Arc<Shared>,
    /// Records that may wait.
    bound: u64,
    thread: Option<JoinHandle<()>>,
}

impl Queue {
    /// Starts the thread. Where the system gives none, nothing is accepted.
    pub(crate) fn start(bound: usize) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let shared = Arc::new(Shared {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            lanes: Mutex::default(),
            spare: Mutex::default(),
            pushed: Padded::default(),
            written: Padded::default(),
            is_asleep: Asked::default(),
            is_closed: AtomicBool::new(false),
            has_ended: AtomicBool::new(false),
            waiting: AtomicU64::new(0),
            told: (Mutex::default(), Condvar::new()),
        });
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("tracesnap-capture".into()).spawn(move || of_thread.run());
        let thread =
            thread.map_err(|error| crate::warn::tell("no thread can be started to write captures", &error)).ok();
        Self { shared, bound: bound as u64, thread }
    }

    /// Takes a call over, if there is room; whether there was. The memory of its values stays with the caller.
    pub(crate) fn push(
        &self,
        facts: &Facts,
        rules: &Arc<Rules>,
        room: &mut Room,
        held: &mut Vec<(usize, Held)>,
    ) -> bool {
        let Some(thread) = &self.thread else { return false };
        let open = || self.open_lane(id::thread());
        let pushed = local::with_lane(self.shared.number, open, |lane| self.put(lane, facts, rules, room, held));
        let pushed = pushed.unwrap_or_else(|| {
            // A thread that is ending has no lane of its own any more.
            let lane = self.open_lane("ended".into());
            self.put(&lane, facts, rules, room, held)
        });
        let is_asleep = &self.shared.is_asleep.0;
        if pushed && is_asleep.load(Ordering::SeqCst) && is_asleep.swap(false, Ordering::SeqCst) {
            thread.thread().unpark();
        }
        pushed
    }

    fn open_lane(&self, thread: Arc<str>) -> Arc<Lane> {
        let lane = Arc::new(Lane { thread, waiting: Mutex::default() });
        lock(&self.shared.lanes).push(Arc::clone(&lane));
        lane
    }

    fn put(
        &self,
        lane: &Lane,
        facts: &Facts,
        rules: &Arc<Rules>,
        room: &mut Room,
        held: &mut Vec<(usize, Held)>,
    ) -> bool {
        let Shared { pushed, written, .. } = &*self.shared;
        let mut waiting = lock(&lane.waiting);
        // What the writer counts goes from core to core when it is asked for; so that is only done when it matters.
        let number = pushed.load(Ordering::Relaxed);
        if number.saturating_sub(waiting.written) >= self.bound {
            waiting.written = written.load(Ordering::Relaxed);
            if number.saturating_sub(waiting.written) >= self.bound {
                return false;
            }
        }
        if waiting.current.is_full() {
            let full = std::mem::replace(&mut waiting.current, self.shared.empty_batch());
            waiting.full.push(full);
        }
        waiting.current.push(pushed.fetch_add(1, Ordering::SeqCst), facts, rules, room, held);
        true
    }

    /// Waits until all that was put is written.
    pub(crate) fn flush(&self) {
        let Some(thread) = self.thread.as_ref().filter(|thread| thread.thread().id() != std::thread::current().id())
        else {
            return;
        };
        let Shared { pushed, written, waiting, has_ended, told: (mutex, is_told), .. } = &*self.shared;
        let until = pushed.load(Ordering::SeqCst);
        waiting.fetch_add(1, Ordering::SeqCst);
        thread.thread().unpark();
        let mut guard = lock(mutex);
        while written.load(Ordering::SeqCst) < until && !has_ended.load(Ordering::SeqCst) {
            // Awake now and then, should it have been told just before it listened.
            let woken = is_told.wait_timeout(guard, Duration::from_millis(20)).unwrap_or_else(PoisonError::into_inner);
            guard = woken.0;
        }
        drop(guard);
        waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.shared.is_closed.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // What was captured may hold the last handle: then this runs on the thread itself, which ends anyway.
            if thread.thread().id() != std::thread::current().id() {
                let _ = thread.join();
            }
        }
    }
}

/// How long what was written may lie in memory while nothing else comes.
const IDLE: Duration = Duration::from_millis(500);

/// How long, and how often, the writer looks again by itself before it has to be woken.
const NAP: Duration = Duration::from_micros(500);
const NAPS: u32 = 20;

/// What the writer took out of a lane.
struct Open {
    lane: Arc<Lane>,
    /// Oldest first; none is written to its end.
    batches: VecDeque<Batch>,
}

impl Shared {
    fn run(&self) {
        struct Ends<'s>(&'s Shared);
        impl Drop for Ends<'_> {
            fn drop(&mut self) {
                self.0.has_ended.store(true, Ordering::SeqCst);
                self.0.told.1.notify_all();
            }
        }
        let _ends = Ends(self);
        let _guard = scope::suppress();
        let mut open = Vec::new();
        let mut unflushed = Vec::new();
        let mut naps = 0;
        loop {
            let horizon = self.pushed.load(Ordering::SeqCst);
            if self.written.load(Ordering::Relaxed) < horizon {
                self.collect(&mut open);
                self.write(&mut open, horizon, &mut unflushed);
                open.retain(|open| !open.batches.is_empty());
                naps = 0;
            } else if self.is_closed.load(Ordering::SeqCst) {
                return;
            } else if naps < NAPS {
                naps += 1;
                std::thread::park_timeout(NAP);
            } else {
                self.sleep(horizon, &mut unflushed);
            }
        }
    }

    fn empty_batch(&self) -> Batch {
        lock(&self.spare).pop().unwrap_or_else(|| Batch { records: Vec::with_capacity(BATCH), ..Batch::default() })
    }

    fn give_back(&self, mut batch: Batch) {
        batch.clear();
        let mut spare = lock(&self.spare);
        if spare.len() < MOST_SPARE {
            spare.push(batch);
        }
    }

    /// Takes what is in the lanes.
    fn collect(&self, open: &mut Vec<Open>) {
        lock(&self.lanes).retain(|lane| {
            let mut waiting = lock(&lane.waiting);
            if waiting.current.records.is_empty() {
                // Its thread has ended.
                return Arc::strong_count(lane) > 1;
            }
            let current = std::mem::replace(&mut waiting.current, self.empty_batch());
            let batches = waiting.full.drain(..).chain([current]);
            match open.iter_mut().find(|open| Arc::ptr_eq(&open.lane, lane)) {
                Some(open) => open.batches.extend(batches),
                None => open.push(Open { lane: Arc::clone(lane), batches: batches.collect() }),
            }
            true
        });
    }

    /// Writes what is below the horizon, in order.
    fn write(&self, open: &mut [Open], horizon: u64, unflushed: &mut Vec<Arc<Shelf>>) {
        loop {
            let next = open.iter_mut().filter_map(|open| Some((open.batches.front()?.next_number()?, open)));
            let Some((_, Open { lane, batches })) =
                next.filter(|(number, _)| *number < horizon).min_by_key(|(number, _)| *number)
            else {
                return;
            };
            let Some(batch) = batches.front_mut() else { return };
            batch.write_next(&lane.thread, unflushed);
            if batch.next_number().is_none()
                && let Some(written) = batches.pop_front()
            {
                self.give_back(written);
            }
            let before = self.written.fetch_add(1, Ordering::SeqCst);
            if before + 1 == horizon && self.waiting.load(Ordering::SeqCst) > 0 {
                let _told = lock(&self.told.0);
                self.told.1.notify_all();
            }
        }
    }

    /// Waits to be woken; what lies in memory of the stores is written when nobody comes.
    fn sleep(&self, horizon: u64, unflushed: &mut Vec<Arc<Shelf>>) {
        self.is_asleep.0.store(true, Ordering::SeqCst);
        if self.pushed.load(Ordering::SeqCst) == horizon && !self.is_closed.load(Ordering::SeqCst) {
            if unflushed.is_empty() {
                std::thread::park();
            } else {
                let since = Instant::now();
                std::thread::park_timeout(IDLE);
                if since.elapsed() >= IDLE && self.pushed.load(Ordering::SeqCst) == horizon {
                    for shelf in unflushed.drain(..) {
                        if let Err(error) = shelf.flush() {
                            crate::warn::tell("captures could not be written", &error);
                        }
                    }
                }
            }
        }
        self.is_asleep.0.store(false, Ordering::SeqCst);
    }
}
