//! One recording in progress: what it wants, the rings its threads write, and who may still join.

use std::collections::HashMap;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use once_cell::sync::Lazy;
use tracesnap_redact::Policy;
use tracing_core::Metadata;

use super::callsite::{self, Site};
use super::clock;
use super::interest;
use super::pool;
use super::ring::{Mark, Ring, Shape, ThreadName};
use super::row::Ref;
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
struct Decided {
    decision: Decision,
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
    pub(crate) serial: u32,
    /// Number of the front it records through.
    pub(crate) front: u32,
    pub(crate) plan: Plan,
    pub(crate) started: u64,
    open: AtomicBool,
    decided: RwLock<HashMap<u32, Arc<Decided>>>,
    rings: Mutex<Vec<Arc<Ring>>>,
    /// Sessions that opened and finished inside this one.
    nested: Mutex<Vec<Nested>>,
    pub(crate) nested_open: AtomicU32,
    /// How far each ring of the commons was written when it opened: what came before is not this session's.
    commons_from: Mutex<HashMap<u32, Mark>>,
    /// Of a commons: the sessions that may still read it.
    readers: Mutex<Vec<Arc<Session>>>,
    /// Callsite counts when it opened, to tell what was unattributed meanwhile.
    unattributed_before: Vec<u64>,
}

static NEXT_SERIAL: AtomicU32 = AtomicU32::new(1);
/// Sessions that record now, the ones of flight recorders included. Zero makes every hook of the lean front return.
static OPEN: AtomicUsize = AtomicUsize::new(0);
/// Which open session a ring belongs to, for threads that meet a span of another.
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
        let session = Self::new(front, plan);
        if OPEN.fetch_add(1, Relaxed) == 0 {
            interest::changed();
        }
        session
    }

    /// The place of rows whose session is found when they are read: open as long as its front, recording nothing of
    /// its own accord.
    pub(crate) fn commons(front: u32, plan: Plan) -> Arc<Self> {
        Self::new(front, plan)
    }

    fn new(front: u32, plan: Plan) -> Arc<Self> {
        clock::warm_up();
        let unattributed_before = callsite::all().iter().map(|site| site.unattributed.load(Relaxed)).collect();
        Arc::new(Self {
            serial: NEXT_SERIAL.fetch_add(1, Relaxed).max(1),
            front,
            plan,
            started: clock::ticks(),
            open: AtomicBool::new(true),
            decided: RwLock::default(),
            rings: Mutex::default(),
            nested: Mutex::default(),
            nested_open: AtomicU32::new(0),
            commons_from: Mutex::default(),
            readers: Mutex::default(),
            unattributed_before,
        })
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
        if OPEN.fetch_sub(1, Relaxed) == 1 {
            interest::changed();
        }
        let rings = lock(&self.rings);
        let mut by_ring = BY_RING.write().unwrap_or_else(PoisonError::into_inner);
        for ring in rings.iter() {
            ring.close();
            by_ring.remove(&ring.number());
        }
    }

    /// A ring for the calling thread, registered with the session.
    pub(crate) fn new_ring(self: &Arc<Self>) -> Arc<Ring> {
        let ring = Arc::new(pool::take(self.plan.shape, ThreadName::current()));
        // Under the lock of the rings, so that `close` removes every one that was entered here.
        let mut rings = lock(&self.rings);
        if !self.open.load(Acquire) {
            ring.close();
        } else {
            BY_RING.write().unwrap_or_else(PoisonError::into_inner).insert(ring.number(), Arc::clone(self));
        }
        rings.push(Arc::clone(&ring));
        ring
    }

    /// The rings written so far, in the order their threads joined.
    pub(crate) fn rings(&self) -> Vec<Arc<Ring>> {
        lock(&self.rings).clone()
    }

    /// Takes the rings out, so that they can go back to the pool.
    pub(crate) fn take_rings(&self) -> Vec<Arc<Ring>> {
        std::mem::take(&mut *lock(&self.rings))
    }

    /// Asks the plan about a callsite, once.
    pub(crate) fn decide(&self, metadata: &'static Metadata<'static>) -> Decision {
        self.decided(callsite::site(metadata)).decision
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
        let decided = Arc::new(Decided { decision, roots: AtomicU64::new(0) });
        let mut table = self.decided.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(table.entry(site.index).or_insert(decided))
    }

    /// Whether a root of this callsite is in the sample.
    pub(crate) fn samples(&self, site: u32, sampler: u16) -> bool {
        let Some(site) = callsite::by_index(site) else { return true };
        let ordinal = self.decided(site).roots.fetch_add(1, Relaxed);
        let since = || clock::nanos_between(self.started, clock::ticks());
        self.plan.sampling.sampler(usize::from(sampler)).keep(site.hash, ordinal, since)
    }

    /// Notes how far the commons are written, and that their rows from here on must be kept for this session.
    pub(crate) fn remember_commons(self: &Arc<Self>, commons: &Session) {
        let mut readers = lock(&commons.readers);
        *lock(&self.commons_from) = commons.rings().iter().map(|ring| (ring.number(), ring.mark())).collect();
        readers.push(Arc::clone(self));
    }

    /// Gives rows of the commons free that no open session can ask for.
    pub(crate) fn forget_commons(&self, commons: &Session) {
        let mut readers = lock(&commons.readers);
        readers.retain(|reader| reader.serial != self.serial);
        for ring in commons.rings() {
            let marks = readers.iter().map(|reader| reader.commons_from(ring.number()));
            ring.release_below(marks.min_by_key(|mark| mark.head).unwrap_or_else(|| ring.mark()));
        }
    }

    /// Of a commons: the sessions that may still read it, without this one.
    pub(crate) fn other_readers(&self, but: &Self) -> Vec<Arc<Self>> {
        lock(&self.readers).iter().filter(|reader| reader.serial != but.serial).cloned().collect()
    }

    /// Where in a ring of the commons begins what may be this session's.
    pub(crate) fn commons_from(&self, ring: u32) -> Mark {
        lock(&self.commons_from).get(&ring).copied().unwrap_or_default()
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
