//! Rows become a call tree: after the run, off the hot path.
//!
//! Reads the rings of a session where they lie, resolves who is whose parent, folds the results of functions into
//! their calls, and applies the value rules of the policy, so that nothing unredacted leaves this file.

// # Implementation notes
//
// One pass over the rows in the order they were written makes the nodes; a parent in the same ring was written before
// its child, so most links are known at once. What names a row of another ring, or a span by the registry's id, waits
// until all rows are read. A registry uses its ids again, so such a name means the newest span of that id that was
// made before the row that speaks of it; what ids meant is looked up only where a row names a span so.
//
// Most recordings are one ring of one thread, whose rows stand in the order that siblings are to have: nothing is
// sorted then, and when rows were written matters to nobody. Then a span without fields takes 100 bytes: its row (48),
// its node (48), and four in the index from rows to nodes. With several rings, the order of the node and that of the
// row (8 each) join them, and 32 more for what a registry's ids meant.

mod names;
mod values;

use std::alloc::System;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use tracesnap_redact::Policy;

use names::{Found, Meant, Name, Stands};
use values::Shared;
pub(super) use values::within;

use super::eyes::{Eyes, depth_of};
use super::order::Order;
use super::outcome;
use crate::TrackingAllocator;
use crate::layer::callsite::{self, Site};
use crate::layer::clock::{self, UNTIMED};
use crate::layer::memory::Resident;
use crate::layer::ring::{Counted, Mark, Ring};
use crate::layer::row::{BY_REGISTRY, FROM_BY_REGISTRY, Kind, PANICKED, Ref, Row, State, TRUNCATED};
use crate::layer::session::{Decision, Nested, Session, module_of};
use crate::layer::thread::LEAN;
use crate::tree::{CallTree, Callsite, Field, Level, Memory, NONE, Node, Stay, Thread, TraceStats, TreeBuilder, flag};

/// Stands in [`Source::nodes`] for a row of another session: what hangs on it is that session's too.
const FOREIGN: u32 = NONE - 1;
/// Stands there for a stay of a span whose root is not in the sample.
const UNSAMPLED: u32 = NONE - 2;
/// Stands there for a stay of a span whose row was overwritten.
const LOST: u32 = NONE - 3;

/// A ring and the nodes that its rows became.
struct Source {
    ring: Arc<Ring>,
    /// First row that was read.
    first: u64,
    /// By row: its node, the node it speaks of, or `NONE`.
    nodes: Vec<u32>,
    /// Rows written again after they were overwritten: their old number, and the node.
    again: HashMap<u64, u32>,
    /// Stays of spans without a node of their own: what hangs on them hangs on their nearest recorded caller.
    proxies: HashSet<u64>,
    /// When its rows were written, where that may be asked.
    written: Option<Order>,
    /// Whether its rows may belong to other sessions.
    commons: bool,
    thread: u32,
}

/// A callsite of the process as the session sees it.
#[derive(Clone, Copy)]
pub(super) struct Known {
    pub(super) site: &'static Site,
    /// Number in the tree.
    number: u32,
    pub(super) decision: Decision,
}

/// What waits for a name.
enum Waiting {
    Parent { node: u32, name: Name, owner: u16 },
    Stay { name: Name, stay: Stay, flags: u16, row: (u32, u64), owner: u16 },
    Event { node: u32, name: Name, owner: u16 },
    Record { name: Name, fields: Vec<Field>, order: u64, scrubbed: Option<u64> },
    Follows { from: Name, to: Name },
}

/// A session as a tree, with what it could not keep.
pub(crate) struct Assembled {
    pub(crate) tree: CallTree,
    pub(crate) stats: TraceStats,
    /// By number in the tree: the callsites.
    pub(crate) sites: Vec<&'static Site>,
    /// Callsites that the session has met and refused, or sessions inside it: a session around it misses them.
    pub(crate) refused: Vec<&'static Site>,
}

/// Reads a session, which goes on where it is a flight recorder's.
pub(crate) fn assemble(
    session: &Session,
    commons: Option<&Session>,
    resident: Option<&Resident>,
    own_cost_ns: f32,
) -> Assembled {
    // Before anything else is decided: what was met is what was decided on.
    let refused = session.refused_sites();
    let (rings, counted) = session.held();
    let nested = session.nested();
    let rows: u64 = rings
        .iter()
        .map(|ring| {
            let r = ring.readable();
            r.end - r.start
        })
        .sum();
    let by_registry = session.front != LEAN;
    let one_after_the_other = !by_registry && rings.len() <= 1 && nested.is_empty();
    let mut assembly = Assembly {
        session,
        policy: &session.plan.policy,
        builder: match one_after_the_other {
            true => TreeBuilder::in_pushing_order(rows as usize),
            false => TreeBuilder::with_capacity(rows as usize),
        },
        orders: !one_after_the_other,
        known: Vec::new(),
        known_at: Vec::new(),
        sources: Vec::new(),
        by_ring: HashMap::new(),
        meant: Vec::new(),
        links: Vec::new(),
        waiting: Vec::new(),
        later_stays: Vec::new(),
        dropped: Vec::new(),
        unsampled: Vec::new(),
        scrubbed: 0,
        shared: Vec::new(),
        moments: Vec::new(),
        overwritten: false,
        commons,
        claims: Vec::new(),
        of_others: None,
        refused: Vec::new(),
        refused_sites: refused,
        outcomes: outcome::Places::default(),
        stats: TraceStats::default(),
        text: Vec::new(),
        freed: false,
        resident,
        reads_memory: resident.is_some() || session.plan.shape.memory,
    };
    assembly.builder.own_cost_ns(own_cost_ns);
    if !session.plan.timed {
        assembly.builder.untimed();
    }
    if session.plan.shape.memory && TrackingAllocator::<System>::is_installed() {
        assembly.builder.counts_allocations();
    }
    assembly.count(counted, false);
    for ring in rings {
        assembly.read(ring, false);
    }
    assembly.moments.sort_unstable();
    // Nothing waits for a flight recorder: it reads what there still is.
    assembly.freed = commons.is_some_and(|commons| !session.reads_commons(commons));
    if let Some(commons) = commons {
        let (rings, counted) = commons.held();
        let counted = rings.iter().fold(counted, |sum, ring| sum.plus(ring.counts.now()));
        // Whose the refused rows of the commons are is not known, so everybody counts them.
        assembly.count(counted.since(session.commons_counted()), true);
        rings.into_iter().for_each(|ring| assembly.read(ring, true));
    }
    assembly.resolve();
    assembly.graft(&nested);
    assembly.finish()
}

struct Assembly<'a> {
    session: &'a Session,
    policy: &'a Policy,
    builder: TreeBuilder,
    /// Whether siblings must be put in order by when their rows were written.
    orders: bool,
    /// By number in the tree.
    known: Vec<Known>,
    /// By number in the process: the number in the tree, or `NONE`.
    known_at: Vec<u32>,
    sources: Vec<Source>,
    by_ring: HashMap<u32, u32>,
    /// What the registry's ids meant, sorted; empty unless somebody names a span so.
    meant: Vec<Meant>,
    links: Vec<Stands>,
    waiting: Vec<Waiting>,
    /// Stays beyond the one in a call's own row.
    later_stays: Vec<(u32, Stay, u16)>,
    /// Nodes that turned out to be another session's, with all below them.
    dropped: Vec<u32>,
    /// Nodes whose root is not in the sample, with all below them.
    unsampled: Vec<u32>,
    /// Values that the value rules of the policy changed, in rows that are the session's.
    scrubbed: u64,
    /// What happened to the values of rows from the commons.
    shared: Vec<Shared>,
    /// When rows of the commons were written, by the rings of their threads' owners; sorted before it is asked.
    moments: Vec<(Ref, u64)>,
    /// Rows were overwritten: what cannot be found may have been there.
    overwritten: bool,
    commons: Option<&'a Session>,
    /// Rows of the commons that turned out to be this session's: their source and number.
    claims: Vec<(u32, u64)>,
    /// By id of the registry: when other open sessions first made a span of it; read when it is asked for.
    of_others: Option<HashMap<u64, u64>>,
    /// Nodes that the session does not want; what is below them moves up.
    refused: Vec<u32>,
    refused_sites: Vec<&'static Site>,
    outcomes: outcome::Places,
    stats: TraceStats,
    text: Vec<u64>,
    /// Whether the rows that are read now may have been given free.
    freed: bool,
    resident: Option<&'a Resident>,
    reads_memory: bool,
}

impl Assembly<'_> {
    /// Counts what a ring could not keep, or was told not to, since it was new or the session began to look at it.
    fn count(&mut self, counts: Counted, commons: bool) {
        self.stats.lost += counts.refused_rows + counts.forgotten_rows;
        self.overwritten |= counts.forgotten_rows > 0;
        self.stats.lost_bytes += counts.refused_bytes;
        self.stats.lost_in_common += if commons { counts.refused_rows + counts.forgotten_rows } else { 0 };
        self.stats.sampled_out += counts.sampled_out;
        self.stats.too_deep += counts.too_deep;
        self.stats.unmatched_exits += counts.unmatched_exits;
        if !commons {
            self.stats.cut_values += counts.cut_values;
            self.stats.redacted += counts.redacted;
            self.stats.panicked_values += counts.panicked_values;
        }
    }

    /// Makes the nodes of one ring.
    fn read(&mut self, ring: Arc<Ring>, commons: bool) {
        let from = if commons { self.session.commons_from(ring.number()) } else { Mark::default() };
        let mut range = if self.freed { ring.held() } else { ring.readable() };
        let overwritten = if self.freed { 0 } else { range.start.saturating_sub(from.head) };
        range.start = range.start.max(from.head).min(range.end);
        let counts = ring.counts.now();
        if !commons {
            self.count(counts, false);
        }
        self.overwritten |= overwritten > 0;
        if commons && range.is_empty() {
            return;
        }
        let name = ring.thread.name.as_deref().map(|name| self.policy.scrub_debug(name).into());
        let thread = self.builder.thread(Thread { name, key: ring.thread.key });
        let at = self.sources.len() as u32;
        self.by_ring.insert(ring.number(), at);
        let mut source = Source {
            first: range.start,
            nodes: Vec::with_capacity((range.end - range.start) as usize),
            again: HashMap::new(),
            proxies: HashSet::new(),
            written: self.orders.then(|| self.order(&ring, range.clone(), commons)),
            ring,
            commons,
            thread,
        };
        let mut moments = 0;
        for seq in range {
            let Some(row) = read(&source.ring, seq, self.freed) else {
                self.stats.lost += u64::from(!self.freed);
                source.nodes.push(NONE);
                continue;
            };
            let node = match row.kind() {
                // Nearly all rows.
                Some(Kind::Span) => {
                    let (about, order) = self.about(&source, at, seq, &row);
                    self.span(&source, seq, &row, about, order)
                }
                Some(Kind::Moment) => {
                    self.moments.push((Ref::from_bits(row.about()), row.start()));
                    moments += 1;
                    NONE
                }
                Some(kind) => self.row(&mut source, at, seq, kind, &row),
                None => NONE,
            };
            source.nodes.push(node);
        }
        // A call that was written again has taken two rows, and lost one of them; a moment is nobody's loss.
        self.stats.lost += overwritten.saturating_sub(counts.written_again + counts.moments.saturating_sub(moments));
        self.sources.push(source);
    }

    /// What a row speaks of and in whose thread it was written, and its place among its siblings. Its source will have
    /// the number `at`.
    #[inline(always)]
    fn about(&self, source: &Source, at: u32, seq: u64, row: &Row) -> ((Name, u16), u64) {
        let Some(written) = &source.written else { return ((Name::Row(Ref::from_bits(row.about())), 0), 0) };
        let here = (seq - source.first) as usize;
        ((source.name(at, seq, row.about(), row.has(BY_REGISTRY)), row.owner()), written.latest(here))
    }

    /// Reads one row that is none of a new span. Gives its node, or `NONE`.
    #[inline(never)]
    fn row(&mut self, source: &mut Source, at: u32, seq: u64, kind: Kind, row: &Row) -> u32 {
        let ((about, owner), order) = self.about(source, at, seq, row);
        match kind {
            Kind::Again => {
                let node = self.again(source, seq, row, (about, owner));
                source.again.insert(Ref::from_bits(row.own()).seq(), node);
            }
            Kind::Event => return self.event(source, row, (about, owner), order),
            Kind::Stay => {
                let mut stay = self.stay(row, source.thread);
                if let Some(memory) = self.memory(&source.ring, seq, row) {
                    stay.memory = self.builder.reading(memory);
                }
                if !source.commons
                    && let Name::Row(span) = about
                    && span.state() == State::Recorded
                    && span.ring() == source.ring.number()
                    && let Some(node) = self.node_of(Some(source), about)
                {
                    self.later_stays.push((node, stay, flags(row)));
                    return node;
                }
                self.waiting.push(Waiting::Stay { name: about, stay, flags: flags(row), row: (at, seq), owner });
            }
            Kind::Record => {
                let fields = self.fields(&source.ring, row);
                let scrubbed = source.commons.then(|| std::mem::take(&mut self.scrubbed));
                self.waiting.push(Waiting::Record { name: about, fields, order, scrubbed });
            }
            Kind::Follows => {
                let to = source.name(at, seq, row.end(), row.has(FROM_BY_REGISTRY));
                self.waiting.push(Waiting::Follows { from: about, to });
            }
            Kind::Span | Kind::Moment => {}
        }
        NONE
    }

    /// A call whose own row was overwritten while it was open.
    #[inline(never)]
    fn again(&mut self, source: &Source, seq: u64, row: &Row, about: (Name, u16)) -> u32 {
        let start = self.since(row.start());
        self.span(source, seq, row, about, start)
    }

    /// When the rows of a ring were written.
    fn order(&self, ring: &Ring, range: Range<u64>, commons: bool) -> Order {
        // One more than the last stamp, which is a bound itself.
        let last = Cell::new(0);
        let stamp = |seq| {
            let row = read(ring, seq, self.freed)?;
            let own = Ref::new(State::Recorded, ring.number(), seq);
            let moment = match commons {
                true => self.moments.binary_search_by_key(&own, |&(row, _)| row).ok().map(|at| self.moments[at].1),
                false => None,
            };
            last.set(last.get().max(row.start()).max(row.end()).max(moment.unwrap_or(0)));
            // What was written again has the stamp of its first row.
            let is_old = row.kind() == Some(Kind::Again) || row.kind() == Some(Kind::Stay) && row.has(TRUNCATED);
            let own = (row.start() > UNTIMED && !is_old).then_some(row.start());
            Some(self.since(moment.or(own)?))
        };
        Order::of(range.map(stamp), || self.since(last.get()) + 1)
    }

    #[inline]
    fn since(&self, stamp: u64) -> u64 {
        clock::nanos_between(self.session.started, stamp)
    }

    fn stay(&self, row: &Row, thread: u32) -> Stay {
        let end = if row.end() == 0 { u64::MAX } else { self.since(row.end()) };
        Stay { start: self.since(row.start()), end, thread, memory: NONE }
    }

    /// The number in the tree of a callsite by its number in the process.
    #[inline(always)]
    fn site(&mut self, index: u32) -> Option<u32> {
        match self.known_at.get(index as usize) {
            Some(&number) if number != NONE => Some(number),
            _ => self.meet(callsite::by_index(index)?),
        }
    }

    #[cold]
    #[inline(never)]
    fn meet(&mut self, site: &'static Site) -> Option<u32> {
        let metadata = site.metadata;
        let number = self.builder.callsite(shown(site));
        let at = site.index as usize;
        if self.known_at.len() <= at {
            self.known_at.resize(at + 1, NONE);
        }
        self.known_at[at] = number;
        // Rows of the commons were written without asking.
        self.known.push(Known { site, number, decision: self.session.decide(metadata) });
        Some(number)
    }

    /// A call from its row, with its first stay.
    #[inline(always)]
    fn span(&mut self, source: &Source, seq: u64, row: &Row, (about, owner): (Name, u16), order: u64) -> u32 {
        let Some(number) = self.site(row.callsite()) else { return NONE };
        let parent = self.parent_in(source, about);
        let mut call = Node {
            callsite: number,
            parent: parent.unwrap_or(NONE),
            first_child: NONE,
            next: NONE,
            thread: source.thread,
            flags: flag::OPEN | flags(row),
            n_fields: 0,
            fields: 0,
            more: NONE,
            first_enter: order,
            last_exit: 0,
        };
        if row.start() != 0 {
            call.flags |= flag::ENTERED;
            call.first_enter = self.since(row.start());
            if row.end() != 0 {
                call.flags &= !flag::OPEN;
                call.last_exit = self.since(row.end());
            }
        }
        let node = self.builder.push(call, order);
        if parent.is_none() {
            self.waiting.push(Waiting::Parent { node, name: about, owner });
        }
        if source.commons && !self.known[number as usize].decision.is_wanted() {
            self.refused.push(node);
        }
        if row.text().is_some() {
            self.read_fields_into(node, source, row);
        }
        if self.reads_memory
            && let Some(memory) = self.memory(&source.ring, seq, row)
        {
            self.builder.memory(node, memory);
        }
        node
    }

    /// What was read of memory in the stay that a row tells of.
    fn memory(&self, ring: &Ring, seq: u64, row: &Row) -> Option<Memory> {
        match self.resident {
            Some(resident) if row.start() != 0 => resident.at(row.start()),
            _ if row.end() != 0 => ring.read_memory(seq),
            _ => None,
        }
    }

    /// An event from its row. Gives its node, `NONE` where it is none.
    fn event(&mut self, source: &Source, row: &Row, (about, owner): (Name, u16), order: u64) -> u32 {
        let Some(number) = self.site(row.callsite()) else { return NONE };
        let Known { site, decision, .. } = self.known[number as usize];
        if source.commons && !decision.is_wanted() {
            return NONE;
        }
        let parent = self.parent_in(source, about);
        if site.is_outcome
            && let Some(parent) = parent
        {
            if parent != NONE && self.is_outcome_of(site, parent) {
                self.fold_outcome(parent, &source.ring, row, site);
                return NONE;
            }
            if self.is_left_over(site) {
                return NONE;
            }
        }
        let at = self.since(row.start());
        let node = self.builder.node(number, source.thread, flag::EVENT | flag::ENTERED, at);
        self.builder.stands_at(node, order);
        if row.text().is_some() {
            self.read_fields_into(node, source, row);
        }
        match parent {
            Some(NONE) => {}
            Some(parent) => self.builder.set_parent(node, parent),
            None => self.waiting.push(Waiting::Event { node, name: about, owner }),
        }
        node
    }

    /// Whether an event tells what a function returned whose call the session wanted but has not: it was too deep, or is
    /// lost. Without the call it would pass for a word of the caller's. An error is one of those too, where it counts.
    fn is_left_over(&mut self, event: &Site) -> bool {
        let is_error = outcome::is_error(event);
        !is_error && self.outcomes.span_of(event).is_some_and(|span| self.session.decide(span.metadata).is_wanted())
    }

    /// `#[instrument]` makes the span and the event of a function's result at one place in the source.
    fn is_outcome_of(&self, event: &Site, parent: u32) -> bool {
        let call = self.builder.callsite_of(parent);
        call.line == event.metadata.line() && call.file.as_deref() == event.metadata.file()
    }

    fn fold_outcome(&mut self, parent: u32, ring: &Ring, row: &Row, site: &Site) {
        let is_error = outcome::is_error(site);
        let mut field = None;
        self.each_field(ring, row, |_, read| field = field.or(Some(read)));
        let outcome = self.builder.outcome(parent);
        *(if is_error { &mut outcome.error } else { &mut outcome.returned }) = field;
    }

    /// Applies what waited for names. Stays come first: children of a stay hang on its row.
    fn resolve(&mut self) {
        self.find_meanings();
        let waiting = std::mem::take(&mut self.waiting);
        let (stays, mut others): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|w| matches!(w, Waiting::Stay { .. }));
        // Of values recorded on several threads the newest counts; whatever else waits can do so in any order.
        others.sort_by_key(|waiting| if let Waiting::Record { order, .. } = waiting { *order } else { 0 });
        for waiting in stays {
            let Waiting::Stay { name, stay, flags, row: (source, seq), owner } = waiting else { continue };
            let stands = match self.find(name, owner) {
                Found::Node { node, itself: true } => {
                    self.later_stays.push((node, stay, flags));
                    node
                }
                Found::Node { node, itself: false } => {
                    self.sources[source as usize].proxies.insert(seq);
                    node
                }
                Found::Nobody => NONE,
                Found::Foreign => FOREIGN,
                Found::Unsampled => UNSAMPLED,
                Found::Lost => LOST,
            };
            let source = &mut self.sources[source as usize];
            let at = (seq - source.first) as usize;
            source.nodes[at] = stands;
        }
        for waiting in others {
            match waiting {
                Waiting::Parent { node, name, owner } => self.adopt(node, name, owner),
                Waiting::Event { node, name, owner } => {
                    let site = self.builder.get(node).callsite;
                    self.adopt(node, name, owner);
                    self.fold_late(node, site);
                }
                Waiting::Record { name, mut fields, scrubbed, .. } => {
                    if let Found::Node { node, itself: true } = self.find(name, 0) {
                        if let Some(scrubbed) = scrubbed {
                            self.share(node, &mut fields, scrubbed);
                        }
                        self.builder.add_fields(node, &fields);
                    }
                }
                Waiting::Follows { from, to } => {
                    if let (Found::Node { node: from, itself: true }, Found::Node { node: to, itself: true }) =
                        (self.find(from, 0), self.find(to, 0))
                    {
                        self.builder.follows(from, to);
                    }
                }
                Waiting::Stay { .. } => {}
            }
        }
        self.builder.later_stays(std::mem::take(&mut self.later_stays));
    }

    /// Hangs a node under a parent from another ring, or decides what it is without one.
    fn adopt(&mut self, node: u32, name: Name, owner: u16) {
        match self.find(name, owner) {
            Found::Node { node: parent, .. } if parent != node => self.builder.set_parent(node, parent),
            Found::Node { .. } | Found::Nobody => {}
            Found::Foreign => self.dropped.push(node),
            Found::Unsampled => self.unsampled.push(node),
            Found::Lost => self.builder.get_mut(node).flags |= flag::ORPHAN,
        }
    }

    /// The result of a function whose call is in another ring.
    fn fold_late(&mut self, node: u32, site: u32) {
        let parent = self.builder.get(node).parent;
        let Some(Known { site, .. }) = self.known.get(site as usize).copied().filter(|known| known.site.is_outcome)
        else {
            return;
        };
        if parent == NONE || !self.is_outcome_of(site, parent) {
            if self.is_left_over(site) {
                self.dropped.push(node);
            }
            return;
        }
        let is_error = outcome::is_error(site);
        let field = self.builder.first_field(node);
        let outcome = self.builder.outcome(parent);
        *(if is_error { &mut outcome.error } else { &mut outcome.returned }) = field;
        self.dropped.push(node);
    }

    /// Takes in what sessions left that opened and finished inside this one, as if it had been recorded here.
    fn graft(&mut self, nested: &[Nested]) {
        for Nested { at, started, tree, stats, sites, refused } in nested {
            let parent = self.node_of(None, Name::Row(*at)).unwrap_or(NONE);
            let numbers: Vec<u32> = sites.iter().filter_map(|site| self.site(site.index)).collect();
            let known: Vec<Known> = numbers.iter().map(|&number| self.known[number as usize]).collect();
            self.refused_sites.extend(refused);
            // Of what the tree holds: it knows callsites of others too, whose rows were read along with its own.
            let mut is_there = vec![false; known.len()];
            tree.nodes.iter().for_each(|node| is_there[node.callsite as usize] = true);
            let there = known.iter().zip(is_there).filter(|(_, is_there)| *is_there).map(|(known, _)| known);
            let unwanted = there.filter(|known| !known.decision.is_wanted()).map(|known| known.site);
            self.refused_sites.extend(unwanted);
            let numbers =
                known.iter().map(|known| if known.decision.is_wanted() { known.number } else { NONE }).collect();
            let mut eyes = Eyes { session: self.session, known, numbers, redacted: 0, cut: 0 };
            let offset = self.since(*started);
            self.stats.sampled_out += self.builder.graft(parent, tree, offset, &mut eyes);
            self.stats.redacted += eyes.redacted;
            self.stats.cut_values += eyes.cut;
            self.stats.add_missing(stats);
            if stats.too_deep > 0 && self.builder.depth_below(parent) + depth_of(tree) < self.session.plan.max_depth {
                self.stats.nested_too_deep += stats.too_deep;
            }
            for site in refused {
                let is_missed = self.session.decide(site.metadata).is_wanted();
                let name = format!("{}::{}", module_of(site.metadata), site.metadata.name());
                if is_missed && !self.stats.nested_refused.contains(&name) {
                    self.stats.nested_refused.push(name);
                }
            }
        }
        self.stats.nested_refused.sort_unstable();
    }

    fn finish(mut self) -> Assembled {
        self.stats.filter_panics = self.session.plan.filter.filter_fn_panics();
        self.stats.nested_open += u64::from(self.session.nested_open.load(Relaxed));
        let mut left_over = self.session.unattributed();
        left_over.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.metadata.name().cmp(b.0.metadata.name())));
        self.stats.unattributed = left_over.iter().map(|(_, n)| n).sum();
        self.stats.unattributed_at = left_over
            .iter()
            .take(16)
            .map(|(site, n)| (format!("{}::{}", module_of(site.metadata), site.metadata.name()), *n))
            .collect();
        if let Some(commons) = self.commons {
            let claims = self.claims.iter().map(|&(source, seq)| (self.sources[source as usize].ring.number(), seq));
            commons.claim(claims);
        }
        // The indexes are no longer needed; the rings go as soon as the session lets go of them.
        drop(std::mem::take(&mut self.sources));
        self.count_shared();
        // What the session refuses of its own rows in the commons, sessions around it miss.
        if !self.refused.is_empty() {
            let foreign = self.builder.under(&self.dropped);
            for &node in self.refused.iter().filter(|&&node| !foreign[node as usize]) {
                self.refused_sites.push(self.known[self.builder.get(node).callsite as usize].site);
            }
        }
        self.dropped.append(&mut self.unsampled);
        self.builder.remove(&self.dropped, &self.refused);
        // What is deeper than it may be hands its events on, as it does while recording.
        let too_deep = self.builder.deeper_than(self.session.plan.max_depth);
        self.stats.too_deep += too_deep.len() as u64;
        self.builder.remove(&[], &too_deep);
        let tree = self.builder.finish();
        self.stats.recorded = tree.len() as u64;
        self.stats.events = (tree.nodes.len() - tree.len()) as u64;
        self.refused_sites.sort_unstable_by_key(|site| site.index);
        self.refused_sites.dedup_by_key(|site| site.index);
        let sites = self.known.iter().map(|known| known.site).collect();
        Assembled { tree, stats: self.stats, sites, refused: self.refused_sites }
    }

    /// Counts what is known to be this session's, or to be left out of it, only now.
    fn count_shared(&mut self) {
        self.stats.redacted += self.scrubbed;
        if !self.unsampled.is_empty() {
            let under = self.builder.under(&self.unsampled).into_iter().enumerate();
            let is_call = |node: usize| self.builder.get(node as u32).flags & flag::EVENT == 0;
            self.stats.sampled_out += under.filter(|&(node, under)| under && is_call(node)).count() as u64;
        }
        if !self.shared.is_empty() {
            let foreign = self.builder.under(&self.dropped);
            for shared in self.shared.iter().filter(|shared| !foreign[shared.node as usize]) {
                self.stats.cut_values += shared.cut;
                self.stats.redacted += shared.redacted;
                self.stats.panicked_values += shared.panicked;
            }
        }
    }
}

/// A row, if it was not written over.
fn read(ring: &Ring, seq: u64, freed: bool) -> Option<Row> {
    ring.read(seq).filter(|_| !freed || ring.is_untouched(seq))
}

/// What a row says of its call.
fn flags(row: &Row) -> u16 {
    let when = |has: u8, flag: u16| if row.has(has) { flag } else { 0 };
    when(PANICKED, flag::PANICKED) | when(TRUNCATED, flag::TRUNCATED)
}

/// A callsite as trees know it.
pub(super) fn shown(site: &Site) -> Callsite {
    let metadata = site.metadata;
    Callsite {
        name: metadata.name().into(),
        module: module_of(metadata).into(),
        target: metadata.target().into(),
        file: metadata.file().map(Into::into),
        line: metadata.line(),
        level: level(metadata.level()),
        fields: metadata.fields().iter().map(|field| field.name().into()).collect(),
    }
}

fn level(level: &tracing_core::Level) -> Level {
    match *level {
        tracing_core::Level::TRACE => Level::Trace,
        tracing_core::Level::DEBUG => Level::Debug,
        tracing_core::Level::INFO => Level::Info,
        tracing_core::Level::WARN => Level::Warn,
        tracing_core::Level::ERROR => Level::Error,
    }
}
