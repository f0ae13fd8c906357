//! One recording in progress: what it wants, the rings its threads write, and who may still join.

use std::collections::HashMap;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use once_cell::sync::Lazy;
use tracesnap_redact::Policy;
use tracing_core::Metadata;

use super::callsite::{self, Site};
use super::clock;
use super::interest;
use super::pool;
use super::ring::{Counted, Mark, Ring, Shape, ThreadName};
use super::rings::{Budget, Changes, Rings};
use super::row::{CLAIMED, Ref};
use super::thread::LEAN;
use crate::filter::{Filter, SamplingRules};
use crate::tree::{CallTree, TraceStats};

/// What a session records, fixed when it opens.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) filter: Filter,
    pub(crate) sampling: SamplingRules,
    /// Calls with this many recorded ancestors are not recorded.
    pub(crate) max_depth: usize,
    pub(crate) shape: Shape,
    pub(crate) value_limit: usize,
    pub(crate) timed: bool,
    pub(crate) policy: Policy,
    /// Whether rows are written to a file while it records.
    pub(crate) streamed: bool,
}

/// What a session decided about one callsite, small enough to be cached by the thread.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Decision {
    /// Bit `i`: field `i` is kept out by its name.
    pub(crate) redact: u64,
    pub(crate) site: u32,
    /// Which sampler its roots are asked for, where `SAMPLED`.
    pub(crate) sampler: u16,
    flags: u8,
}

impl Decision {
    const WANTED: u8 = 1;
    const FIELDS: u8 = 2;
    const SAMPLED: u8 = 4;
    const FORMATTED: u8 = 8;

    #[inline]
    pub(crate) fn is_wanted(self) -> bool {
        self.flags & Self::WANTED != 0
    }

    #[inline]
    pub(crate) fn has_fields(self) -> bool {
        self.flags & Self::FIELDS != 0
    }

    /// Whether its fields were seen to need formatting.
    #[inline]
    pub(crate) fn has_formatted_fields(self) -> bool {
        self.flags & Self::FORMATTED != 0
    }

    pub(crate) fn learn_formatted_fields(&mut self) {
        self.flags |= Self::FORMATTED;
    }

    /// Whether some of its roots are left out.
    #[inline]
    pub(crate) fn is_sampled(self) -> bool {
        self.flags & Self::SAMPLED != 0
    }
}

/// A decision with the number of roots of the callsite met so far.
#[derive(Debug)]
pub(crate) struct Decided {
    pub(crate) decision: Decision,
    site: &'static Site,
    roots: AtomicU64,
}

/// What a session inside another one leaves to it.
#[derive(Clone, Debug)]
pub(crate) struct Nested {
    /// The call it opened in.
    pub(crate) at: Ref,
    pub(crate) started: u64,
    pub(crate) tree: Arc<CallTree>,
    pub(crate) stats: TraceStats,
    /// By number in the tree: the callsites.
    pub(crate) sites: Vec<&'static Site>,
    /// Callsites that it has met and refused.
    pub(crate) refused: Vec<&'static Site>,
}

#[derive(Debug)]
pub(crate) struct Session {
    /// Never repeated in a process; zero is no session.
    pub(crate) serial: u64,
    /// Says in a row of the commons in whose thread it was written; never zero, which says in nobody's.
    ///
    /// Two sessions have the same if 65,534 were opened between them. If both are open at once, a call in a thread of
    /// one, under a call that neither has recorded, counts as a root of both.
    pub(crate) mark: u16,
    /// Number of the front it records through.
    pub(crate) front: u32,
    pub(crate) plan: Plan,
    pub(crate) started: u64,
    open: AtomicBool,
    /// Whether its rows are those of other sessions.
    is_commons: bool,
    room: Room,
    decided: RwLock<HashMap<u32, Arc<Decided>>>,
    rings: Mutex<Rings>,
    /// Sessions that opened and finished inside this one.
    nested: Mutex<Vec<Nested>>,
    pub(crate) nested_open: AtomicU32,
    /// How far the commons were written when it opened: what came before is not this session's.
    commons_from: Mutex<CommonsFrom>,
    /// Of a commons: the sessions that may still read it.
    readers: Mutex<Vec<Arc<Session>>>,
    /// Callsite counts when it opened, to tell what was unattributed meanwhile.
    unattributed_before: Vec<u64>,
    /// Who takes the rows of a streamed one.
    worker: OnceLock<std::thread::Thread>,
}

/// How much a ring made now may hold. Of the commons this grows with what those ask for who share them.
#[derive(Debug)]
struct Room {
    rows: AtomicUsize,
    /// **Unit:** bytes.
    text: AtomicUsize,
}

/// How far the commons were written at some time.
#[derive(Debug, Default)]
struct CommonsFrom {
    rings: HashMap<u32, Mark>,
    counted: Counted,
}

static NEXT_SERIAL: AtomicU64 = AtomicU64::new(1);
/// Sessions that record now, the ones of flight recorders included. Zero makes every hook of the lean front return.
static OPEN: AtomicUsize = AtomicUsize::new(0);
/// Which open session a ring belongs to, for threads that meet a span of another. Only rings of the lean front: no other
/// front's spans are known by them.
static BY_RING: Lazy<RwLock<HashMap<u32, Arc<Session>>>> = Lazy::new(RwLock::default);

/// Whether any session records.
#[inline]
pub(crate) fn any_open() -> bool {
    OPEN.load(Relaxed) != 0
}

/// The open session that this ring belongs to.
pub(crate) fn by_ring(ring: u32) -> Option<Arc<Session>> {
    BY_RING.read().unwrap_or_else(PoisonError::into_inner).get(&ring).cloned()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Session {
    /// A session that is open from here on.
    pub(crate) fn open(front: u32, plan: Plan) -> Arc<Self> {
        let session = Self::new(front, plan, false);
        if OPEN.fetch_add(1, Relaxed) == 0 {
            interest::changed();
        }
        session
    }

    /// The place of rows whose session is found when they are read: open as long as its front, recording nothing of
    /// its own accord.
    pub(crate) fn commons(front: u32, plan: Plan) -> Arc<Self> {
        Self::new(front, plan, true)
    }

    fn new(front: u32, plan: Plan, is_commons: bool) -> Arc<Self> {
        clock::warm_up();
        let unattributed_before = callsite::all().iter().map(|site| site.unattributed.load(Relaxed)).collect();
        let serial = NEXT_SERIAL.fetch_add(1, Relaxed);
        Arc::new(Self {
            serial,
            mark: mark_of(serial),
            front,
            room: Room { rows: plan.shape.rows.into(), text: plan.shape.text.into() },
            plan,
            is_commons,
            started: clock::ticks(),
            open: AtomicBool::new(true),
            decided: RwLock::default(),
            rings: Mutex::default(),
            nested: Mutex::default(),
            nested_open: AtomicU32::new(0),
            commons_from: Mutex::default(),
            readers: Mutex::default(),
            unattributed_before,
            worker: OnceLock::new(),
        })
    }

    /// Says who takes the rows of a streamed session.
    #[cfg(feature = "file")]
    pub(crate) fn set_worker(&self, worker: std::thread::Thread) {
        let _ = self.worker.set(worker);
    }

    /// Tells the worker of a streamed session that there is something to take.
    pub(crate) fn wake_worker(&self) {
        self.worker.get().into_iter().for_each(std::thread::Thread::unpark);
    }

    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.open.load(Relaxed)
    }

    /// Closes it: threads stop writing to it at their next hook. The rings stay readable. Idempotent.
    pub(crate) fn close(&self) {
        if !self.open.swap(false, Release) {
            return;
        }
        if !self.is_commons && OPEN.fetch_sub(1, Relaxed) == 1 {
            interest::changed();
        }
        let rings = lock(&self.rings);
        rings.iter().for_each(|ring| ring.close());
        if self.front == LEAN {
            let mut by_ring = BY_RING.write().unwrap_or_else(PoisonError::into_inner);
            for number in rings.numbers() {
                by_ring.remove(&number);
            }
        }
    }

    /// Makes its next rings at least as large as those of a session that shares it.
    pub(crate) fn make_room_for(&self, shape: Shape) {
        self.room.rows.fetch_max(shape.rows, Relaxed);
        self.room.text.fetch_max(shape.text, Relaxed);
    }

    /// What a ring made now is like.
    fn shape(&self) -> Shape {
        Shape { rows: self.room.rows.load(Relaxed), text: self.room.text.load(Relaxed), ..self.plan.shape }
    }

    /// A ring for the calling thread, registered with the session.
    pub(crate) fn new_ring(self: &Arc<Self>) -> Arc<Ring> {
        loop {
            let mut ring = pool::take(self.shape(), ThreadName::current());
            if self.plan.streamed {
                ring.stream();
            }
            let ring = Arc::new(ring);
            // Under the lock of the rings, so that `close` removes every one that was entered here.
            let mut rings = lock(&self.rings);
            // Numbers begin again after 67 million rings, which a permanent session may outlive.
            if !rings.insert(&ring) {
                continue;
            }
            if !self.open.load(Acquire) {
                ring.close();
            } else if self.front == LEAN {
                BY_RING.write().unwrap_or_else(PoisonError::into_inner).insert(ring.number(), Arc::clone(self));
            }
            return ring;
        }
    }

    /// A thread lets go of its ring. As long as the session is open, what was written into it is kept for the session
    /// (as far as there is room, see [`Rings`]), and the ring is another thread's to use.
    pub(crate) fn end_ring(&self, ring: Arc<Ring>) {
        let mut changes = Changes::default();
        if self.is_open() {
            // In this order, as everywhere.
            let readers = lock(&self.readers);
            let mut rings = lock(&self.rings);
            if self.open.load(Acquire) && self.plan.streamed {
                ring.end_stream();
                changes = rings.end_streamed(ring.number());
                self.wake_worker();
            } else if self.open.load(Acquire) {
                let (is_commons, is_read) = (self.is_commons, !readers.is_empty());
                let is_needed = |ring: &Ring| !is_commons || is_needed(ring, is_read);
                changes = rings.end(ring.number(), Budget::of(self.shape()), is_needed);
            }
            self.forget_numbers(&changes.numbers);
        }
        changes.rings.into_iter().for_each(pool::give_back);
        pool::give_back(ring);
    }

    /// All rows of a ring were taken whose thread has ended.
    #[cfg(feature = "file")]
    pub(crate) fn let_go(&self, ring: u32) {
        let mut rings = lock(&self.rings);
        let changes = rings.let_go(ring);
        self.forget_numbers(&changes.numbers);
        drop(rings);
        changes.rings.into_iter().for_each(pool::give_back);
    }

    /// The ring of this number, if it is still here.
    pub(crate) fn ring(&self, number: u32) -> Option<Arc<Ring>> {
        lock(&self.rings).get(number).cloned()
    }

    /// To be called while the rings are locked.
    fn forget_numbers(&self, numbers: &[u32]) {
        if self.front == LEAN && !numbers.is_empty() {
            let mut by_ring = BY_RING.write().unwrap_or_else(PoisonError::into_inner);
            numbers.iter().for_each(|number| drop(by_ring.remove(number)));
        }
    }

    /// The rings there are now, in the order their threads joined.
    pub(crate) fn rings(&self) -> Vec<Arc<Ring>> {
        self.held().0
    }

    /// The rings there are now, in the order their threads joined, and what was counted by those that are no longer.
    /// Whoever holds them can read them for good, whatever becomes of their threads.
    pub(crate) fn held(&self) -> (Vec<Arc<Ring>>, Counted) {
        lock(&self.rings).held()
    }

    /// What was counted by all rings there ever were.
    #[cfg(feature = "file")]
    pub(crate) fn counted(&self) -> Counted {
        lock(&self.rings).counted()
    }

    /// Takes the rings out, so that they can go back to the pool.
    pub(crate) fn take_rings(&self) -> Vec<Arc<Ring>> {
        lock(&self.rings).take()
    }

    /// Marks a call as one whose children are missing.
    pub(crate) fn mark_truncated(&self, call: Ref) {
        lock(&self.rings).mark_truncated(call);
    }

    /// Of a commons: marks rows, by ring and number, as somebody's.
    pub(crate) fn claim(&self, rows: impl Iterator<Item = (u32, u64)>) {
        let rings = lock(&self.rings);
        rows.for_each(|(ring, seq)| rings.get(ring).into_iter().for_each(|ring| ring.flag(seq, CLAIMED)));
    }

    /// Of a commons: whether a session that is over has found a row to be its own.
    pub(crate) fn is_claimed(&self, ring: u32, seq: u64) -> bool {
        // Not asked of a ring that a reader holds: its thread may have left another one in its place since.
        let rings = lock(&self.rings);
        rings.get(ring).and_then(|ring| ring.read(seq)).is_some_and(|row| row.has(CLAIMED))
    }

    /// Asks the plan about a callsite, once.
    pub(crate) fn decide(&self, metadata: &'static Metadata<'static>) -> Decision {
        self.decision_on(metadata).decision
    }

    /// The same, to be kept by a thread.
    pub(crate) fn decision_on(&self, metadata: &'static Metadata<'static>) -> Arc<Decided> {
        self.decided(callsite::site(metadata))
    }

    fn decided(&self, site: &'static Site) -> Arc<Decided> {
        if let Some(known) = self.decided.read().unwrap_or_else(PoisonError::into_inner).get(&site.index) {
            return Arc::clone(known);
        }
        // Not under the lock: a user's `filter_fn` runs in here.
        let metadata = site.metadata;
        let sampler = self.plan.sampling.index_for(module_of(metadata), metadata.target());
        let flag = |is: bool, flag: u8| if is { flag } else { 0 };
        let decision = Decision {
            redact: redact_mask(&self.plan.policy, metadata),
            site: site.index,
            sampler: sampler as u16,
            flags: flag(self.plan.filter.wants(metadata), Decision::WANTED)
                | flag(metadata.fields().iter().next().is_some(), Decision::FIELDS)
                | flag(!self.plan.sampling.is_always(sampler), Decision::SAMPLED),
        };
        let decided = Arc::new(Decided { decision, site, roots: AtomicU64::new(0) });
        let mut table = self.decided.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(table.entry(site.index).or_insert(decided))
    }

    /// Whether the next root of this callsite is in the sample.
    pub(crate) fn samples(&self, decided: &Decided) -> bool {
        let ordinal = decided.roots.fetch_add(1, Relaxed);
        let since = || clock::nanos_between(self.started, clock::ticks());
        let sampler = self.plan.sampling.sampler(usize::from(decided.decision.sampler));
        sampler.keep(decided.site.hash, ordinal, since)
    }

    /// Notes how far the commons are written, and that their rows from here on must be kept for this session.
    pub(crate) fn remember_commons(self: &Arc<Self>, commons: &Session) {
        let mut readers = lock(&commons.readers);
        let rings = lock(&commons.rings);
        *lock(&self.commons_from) = CommonsFrom {
            rings: rings.iter().map(|ring| (ring.number(), ring.mark())).collect(),
            counted: rings.counted(),
        };
        readers.push(Arc::clone(self));
    }

    /// Gives rows of the commons free that no open session can ask for.
    pub(crate) fn forget_commons(&self, commons: &Session) {
        let mut changes = Changes::default();
        let mut readers = lock(&commons.readers);
        readers.retain(|reader| reader.serial != self.serial);
        let mut rings = lock(&commons.rings);
        for ring in rings.iter() {
            let marks = readers.iter().map(|reader| reader.commons_from(ring.number()));
            ring.release_below(marks.min_by_key(|mark| mark.head).unwrap_or_else(|| ring.mark()));
        }
        let is_read = !readers.is_empty();
        rings.drop_unneeded(Budget::of(commons.shape()), &mut changes, |ring| is_needed(ring, is_read));
        drop((rings, readers));
        changes.rings.into_iter().for_each(pool::give_back);
    }

    /// Of a commons: the sessions that may still read it, without this one.
    pub(crate) fn other_readers(&self, but: &Self) -> Vec<Arc<Self>> {
        lock(&self.readers).iter().filter(|reader| reader.serial != but.serial).cloned().collect()
    }

    /// Where in a ring of the commons begins what may be this session's.
    pub(crate) fn commons_from(&self, ring: u32) -> Mark {
        lock(&self.commons_from).rings.get(&ring).copied().unwrap_or_default()
    }

    /// What the commons had counted when it opened.
    pub(crate) fn commons_counted(&self) -> Counted {
        lock(&self.commons_from).counted
    }

    /// Whether the commons keep their rows until this session has read them.
    pub(crate) fn reads_commons(&self, commons: &Session) -> bool {
        lock(&commons.readers).iter().any(|reader| reader.serial == self.serial)
    }

    pub(crate) fn graft(&self, nested: Nested) {
        lock(&self.nested).push(nested);
    }

    pub(crate) fn nested(&self) -> Vec<Nested> {
        lock(&self.nested).clone()
    }

    /// Spans that it would have wanted but that no session took since it opened, by callsite.
    pub(crate) fn unattributed(&self) -> Vec<(&'static Site, u64)> {
        let counts = callsite::all().into_iter().enumerate().map(|(i, site)| {
            let before = self.unattributed_before.get(i).copied().unwrap_or(0);
            (site, site.unattributed.load(Relaxed).saturating_sub(before))
        });
        counts.filter(|&(site, n)| n > 0 && self.decided(site).decision.is_wanted()).collect()
    }
}

fn mark_of(serial: u64) -> u16 {
    (serial % u64::from(u16::MAX)) as u16 + 1
}

/// Whether a session that is open counts on what a thread has left in the commons.
fn is_needed(ring: &Ring, is_read: bool) -> bool {
    is_read && (ring.has_links() || !ring.readable().is_empty())
}

impl Session {
    /// The callsites that it was asked about and does not want.
    pub(crate) fn refused_sites(&self) -> Vec<&'static Site> {
        let decided = self.decided.read().unwrap_or_else(PoisonError::into_inner);
        let refused = decided.iter().filter(|(_, decided)| !decided.decision.is_wanted());
        refused.filter_map(|(&index, _)| callsite::by_index(index)).collect()
    }
}

/// The module path of a callsite, its target where it has none.
pub(crate) fn module_of<'a>(metadata: &Metadata<'a>) -> &'a str {
    metadata.module_path().unwrap_or_else(|| metadata.target())
}

/// Bit `i` for each field whose name the policy keeps out. The fields of a callsite are at most 32.
fn redact_mask(policy: &Policy, metadata: &Metadata<'_>) -> u64 {
    let fields = metadata.fields().iter().filter(|field| policy.matches_name(field.name()).is_some());
    fields.fold(0, |mask, field| mask | 1 << (field.index() & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_session_has_a_mark_of_its_own_among_65_535() {
        let marks: Vec<u16> = (1..=65_535).map(mark_of).collect();
        assert!(!marks.contains(&0), "which says «nobody»");
        assert_eq!(marks.iter().collect::<std::collections::HashSet<_>>().len(), 65_535);
        assert_eq!(mark_of(1), mark_of(65_536));
        assert_ne!(mark_of(u64::MAX), 0);
    }
}
