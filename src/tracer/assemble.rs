//! Rows become a call tree: after the run, off the hot path.
//!
//! Reads the rings of a session where they lie, resolves who is whose parent, folds the results of functions into
//! their calls, and applies the value rules of the policy, so that nothing unredacted leaves this file.

// # Implementation notes
//
// One pass over the rows in the order they were written makes the nodes; a parent in the same ring was written before
// its child, so most links are known at once. What names a row of another ring, or a span by the registry's id, waits
// until all rows are read. A registry uses its ids again, so such a name means the newest span of that id that was
// made before the row that speaks of it.
//
// The index from rows to nodes takes four bytes a row. Together with the node (80 bytes), its order (8), that of the row
// while its ring is read (8) and the row itself (48), a span without fields peaks at 148 bytes.

use std::alloc::System;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use tracesnap_redact::Policy;

use super::order::Order;
use crate::TrackingAllocator;
use crate::layer::callsite::{self, Site};
use crate::layer::clock::{self, UNTIMED};
use crate::layer::fields::{Fields, ReadField, Tag, floor_char};
use crate::layer::memory::Resident;
use crate::layer::ring::{Counted, Mark, Ring};
use crate::layer::row::{BY_REGISTRY, CLAIMED, FROM_BY_REGISTRY, Kind, PANICKED, Ref, Row, State, TRUNCATED};
use crate::layer::session::{Nested, Session, module_of};
use crate::tree::{
    CallTree, Callsite, Field, Level, Memory, NONE, Stay, Stored, Thread, TraceStats, TreeBuilder, flag,
};

/// Stands in [`Source::nodes`] for a row of another session: what hangs on it is that session's too.
const FOREIGN: u32 = NONE - 1;
/// Stands there for a stay of a span whose root is not in the sample.
const UNSAMPLED: u32 = NONE - 2;
/// Stands there for a stay of a span whose row was overwritten.
const LOST: u32 = NONE - 3;

/// What a name means.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Found {
    /// This call, or one below it that has no node of its own.
    Node { node: u32, itself: bool },
    /// Nobody: what hangs on it is a root.
    Nobody,
    /// Something in another session, or in none on a thread that is not ours.
    Foreign,
    /// A call whose root is not in the sample.
    Unsampled,
    /// A call whose row was overwritten.
    Lost,
}

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
    /// Whether its rows may belong to other sessions.
    commons: bool,
    thread: u32,
}

/// A name that could not be resolved when its row was read.
#[derive(Clone, Copy)]
enum Name {
    Row(Ref),
    /// The newest of this id that was made before this row, which was written before this time.
    Registry {
        id: u64,
        source: u32,
        seq: u64,
        before: u64,
    },
}

/// A span that a registry's id has meant.
struct Meant {
    /// When the id began to mean it, at the earliest.
    after: u64,
    source: u32,
    /// Its row, or the row it came before.
    seq: u64,
    itself: Stands,
}

/// What happened to the values of one row.
struct Shared {
    node: u32,
    cut: u64,
    redacted: u64,
    panicked: u64,
}

/// What stands for a span.
#[derive(Clone, Copy)]
enum Stands {
    /// Its own row, or that of its nearest recorded caller.
    Row(Ref),
    /// Its caller on another thread, known by the registry's id, as it was before this time.
    Registry { id: u64, before: u64 },
}

/// What waits for a name.
enum Waiting {
    Parent { node: u32, name: Name, owner: u16 },
    Stay { name: Name, stay: Stay, flags: u16, memory: Option<Memory>, row: (u32, u64), owner: u16 },
    Event { node: u32, name: Name, owner: u16 },
    Record { name: Name, fields: Vec<Field>, order: u64, scrubbed: Option<u64> },
    Follows { from: Name, to: Name },
}

/// The tree of a session, and what it could not keep.
pub(crate) fn assemble(
    session: &Session,
    commons: Option<&Session>,
    resident: Option<&Resident>,
    own_cost_ns: f32,
) -> (CallTree, TraceStats) {
    let rings = session.rings();
    let rows: u64 = rings
        .iter()
        .map(|ring| {
            let r = ring.readable();
            r.end - r.start
        })
        .sum();
    let mut assembly = Assembly {
        session,
        policy: &session.plan.policy,
        builder: TreeBuilder::with_capacity(rows as usize),
        sites: HashMap::new(),
        site_of: Vec::new(),
        sources: Vec::new(),
        by_ring: HashMap::new(),
        by_registry: HashMap::new(),
        waiting: Vec::new(),
        later_stays: Vec::new(),
        dropped: Vec::new(),
        unsampled: Vec::new(),
        scrubbed: 0,
        shared: Vec::new(),
        moments: HashMap::new(),
        overwritten: false,
        commons,
        claims: Vec::new(),
        of_others: None,
        refused: Vec::new(),
        stats: TraceStats::default(),
        text: Vec::new(),
        freed: false,
        resident,
    };
    assembly.builder.own_cost_ns(own_cost_ns);
    if !session.plan.timed {
        assembly.builder.untimed();
    }
    if session.plan.shape.memory && TrackingAllocator::<System>::is_installed() {
        assembly.builder.counts_allocations();
    }
    for ring in rings {
        assembly.read(ring, false);
    }
    // Nothing waits for a flight recorder: it reads what there still is.
    assembly.freed = commons.is_some_and(|commons| !session.reads_commons(commons));
    for ring in commons.map(Session::rings).unwrap_or_default() {
        assembly.read(ring, true);
    }
    assembly.resolve();
    assembly.graft();
    assembly.finish()
}

struct Assembly<'a> {
    session: &'a Session,
    policy: &'a Policy,
    builder: TreeBuilder,
    /// Number of a callsite in the tree, by its number in the process.
    sites: HashMap<u32, (u32, &'static Site)>,
    /// By number in the tree.
    site_of: Vec<&'static Site>,
    sources: Vec<Source>,
    by_ring: HashMap<u32, u32>,
    /// By id of the registry: the spans made with it.
    by_registry: HashMap<u64, Vec<Meant>>,
    waiting: Vec<Waiting>,
    /// Stays beyond the one in a call's own row.
    later_stays: Vec<(u32, Stay, u16, Option<Memory>)>,
    /// Nodes that turned out to be another session's, with all below them.
    dropped: Vec<u32>,
    /// Nodes whose root is not in the sample, with all below them.
    unsampled: Vec<u32>,
    /// Values that the value rules of the policy changed, in rows that are the session's.
    scrubbed: u64,
    /// What happened to the values of rows from the commons.
    shared: Vec<Shared>,
    /// When rows of the commons were written, by the rings of their threads' owners.
    moments: HashMap<Ref, u64>,
    /// Rows were overwritten: what cannot be found may have been there.
    overwritten: bool,
    commons: Option<&'a Session>,
    /// Rows of the commons that turned out to be this session's: their source and number.
    claims: Vec<(u32, u64)>,
    /// By id of the registry: when other open sessions made spans of it; read when it is asked for.
    of_others: Option<HashMap<u64, Vec<u64>>>,
    /// Nodes that the session does not want; what is below them moves up.
    refused: Vec<u32>,
    stats: TraceStats,
    text: Vec<u64>,
    /// Whether the rows that are read now may have been given free.
    freed: bool,
    resident: Option<&'a Resident>,
}

impl Assembly<'_> {
    /// Counts what a ring could not keep, or was told not to, since it was new or the session began to look at it.
    fn count(&mut self, counts: Counted, commons: bool) {
        self.stats.lost += counts.refused_rows;
        self.stats.lost_bytes += counts.refused_bytes;
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
        // Whose the refused rows of the commons are is not known, so everybody counts them.
        let from = if commons { self.session.commons_from(ring.number()) } else { Mark::default() };
        let mut range = if self.freed { ring.held() } else { ring.readable() };
        let overwritten = if self.freed { 0 } else { range.start.saturating_sub(from.head) };
        range.start = range.start.max(from.head).min(range.end);
        let counts = ring.counts.now().since(from.counts);
        self.count(counts, commons);
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
            nodes: vec![NONE; (range.end - range.start) as usize],
            again: HashMap::new(),
            proxies: HashSet::new(),
            ring,
            commons,
            thread,
        };
        let written = self.order(&source.ring, range.clone());
        let mut moments = 0;
        for seq in range {
            let Some(row) = read(&source.ring, seq, self.freed) else {
                self.stats.lost += u64::from(!self.freed);
                continue;
            };
            let Some(kind) = row.kind() else { continue };
            let here = (seq - source.first) as usize;
            let name = |word: u64, registry: bool| {
                if registry {
                    Name::Registry { id: word, source: at, seq, before: written.bound(here) }
                } else {
                    Name::Row(Ref::from_bits(word))
                }
            };
            let order = written.latest(here);
            let about = name(row.about(), row.has(BY_REGISTRY));
            let owner = row.owner();
            match kind {
                Kind::Span => {
                    let node = self.span(&source, seq, &row, order);
                    source.nodes[here] = node;
                    if row.own() != 0 {
                        let itself = Stands::Row(Ref::new(State::Recorded, source.ring.number(), seq));
                        self.meant(row.own(), Meant { after: written.earliest(here), source: at, seq, itself });
                    }
                    self.link(&source, node, about, owner);
                }
                Kind::Again => {
                    let old = Ref::from_bits(row.own());
                    let start = self.since(row.start());
                    let node = self.span(&source, seq, &row, start);
                    source.again.insert(old.seq(), node);
                    self.link(&source, node, about, owner);
                }
                Kind::Event => self.event(&mut source, seq, &row, (about, owner), order),
                Kind::Stay => {
                    let stay = self.stay(&row, thread);
                    let memory = self.memory(&source.ring, seq, &row);
                    self.waiting.push(Waiting::Stay {
                        name: about,
                        stay,
                        flags: flags(&row),
                        memory,
                        row: (at, seq),
                        owner,
                    });
                }
                Kind::Record => {
                    let fields = self.fields(&source.ring, &row);
                    let scrubbed = commons.then(|| std::mem::take(&mut self.scrubbed));
                    self.waiting.push(Waiting::Record { name: about, fields, order, scrubbed });
                }
                Kind::Follows => {
                    let to = name(row.end(), row.has(FROM_BY_REGISTRY));
                    self.waiting.push(Waiting::Follows { from: about, to });
                }
                Kind::Moment => {
                    self.moments.insert(Ref::from_bits(row.about()), row.start());
                    moments += 1;
                }
            }
        }
        // A call that was written again has taken two rows, and lost one of them; a moment is nobody's loss.
        self.stats.lost += overwritten.saturating_sub(counts.written_again + counts.moments.saturating_sub(moments));
        for [id, stands_for, seq, by_registry] in source.ring.read_links() {
            let here = seq.saturating_sub(source.first) as usize;
            let itself = match by_registry {
                0 => Stands::Row(Ref::from_bits(stands_for)),
                _ => Stands::Registry { id: stands_for, before: written.bound(here) },
            };
            self.meant(id, Meant { after: written.earliest(here), source: at, seq, itself });
        }
        self.sources.push(source);
    }

    fn meant(&mut self, id: u64, meant: Meant) {
        self.by_registry.entry(id).or_default().push(meant);
    }

    /// When the rows of a ring were written.
    fn order(&self, ring: &Ring, range: Range<u64>) -> Order {
        let moment = |seq| self.moments.get(&Ref::new(State::Recorded, ring.number(), seq)).copied();
        let stamps = |seq| Some((read(ring, seq, self.freed)?, moment(seq)));
        // One more than the last stamp, which is a bound itself.
        let last =
            range.clone().filter_map(stamps).map(|(row, moment)| row.start().max(row.end()).max(moment.unwrap_or(0)));
        let end = self.since(last.max().unwrap_or(0)) + 1;
        let stamp = |(row, moment): (Row, Option<u64>)| {
            // What was written again has the stamp of its first row.
            let is_old = row.kind() == Some(Kind::Again) || row.kind() == Some(Kind::Stay) && row.has(TRUNCATED);
            let own = (row.start() > UNTIMED && !is_old).then_some(row.start());
            Some(self.since(moment.or(own)?))
        };
        Order::of(range.map(|seq| stamps(seq).and_then(stamp)), end)
    }

    fn since(&self, stamp: u64) -> u64 {
        clock::nanos_between(self.session.started, stamp)
    }

    fn stay(&self, row: &Row, thread: u32) -> Stay {
        let end = if row.end() == 0 { u64::MAX } else { self.since(row.end()) };
        Stay { start: self.since(row.start()), end, thread }
    }

    fn site(&mut self, index: u32) -> Option<(u32, &'static Site)> {
        if let Some(&known) = self.sites.get(&index) {
            return Some(known);
        }
        let site = callsite::by_index(index)?;
        let metadata = site.metadata;
        let number = self.builder.callsite(Callsite {
            name: metadata.name().into(),
            module: module_of(metadata).into(),
            target: metadata.target().into(),
            file: metadata.file().map(Into::into),
            line: metadata.line(),
            level: level(metadata.level()),
            fields: metadata.fields().iter().map(|field| field.name().into()).collect(),
        });
        self.sites.insert(index, (number, site));
        self.site_of.push(site);
        Some((number, site))
    }

    /// A call from its row, with its first stay.
    fn span(&mut self, source: &Source, seq: u64, row: &Row, order: u64) -> u32 {
        let Some((site, _)) = self.site(row.callsite()) else { return NONE };
        let node = self.builder.node(site, source.thread, flag::OPEN, order);
        if source.commons && !self.wants(row.callsite()) {
            self.refused.push(node);
        }
        self.read_fields_into(node, source, row);
        let mut flags = flag::OPEN;
        if row.start() != 0 {
            let stay = self.stay(row, source.thread);
            flags = flag::ENTERED;
            let node = self.builder.get_mut(node);
            (node.polls, node.first_enter) = (1, stay.start);
            if stay.end == u64::MAX {
                flags |= flag::OPEN;
            } else {
                (node.last_exit, node.busy) = (stay.end, stay.end.saturating_sub(stay.start));
            }
        }
        self.builder.get_mut(node).flags = flags | self::flags(row);
        if let Some(memory) = self.memory(&source.ring, seq, row) {
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

    /// Whether the session wants this callsite: rows of the commons were written without asking.
    fn wants(&self, site: u32) -> bool {
        callsite::by_index(site).is_some_and(|site| self.session.decide(site.metadata).is_wanted())
    }

    fn event(&mut self, source: &mut Source, seq: u64, row: &Row, (about, owner): (Name, u16), order: u64) {
        let Some((number, site)) = self.site(row.callsite()) else { return };
        if source.commons && !self.wants(row.callsite()) {
            return;
        }
        if site.is_outcome {
            let parent = self.node_of(Some(source), about);
            if let Some(parent) = parent.filter(|&parent| self.is_outcome_of(site, parent)) {
                self.fold_outcome(parent, &source.ring, row, site);
                return;
            }
        }
        let node = self.builder.node(number, source.thread, flag::EVENT | flag::ENTERED, order);
        self.read_fields_into(node, source, row);
        source.nodes[(seq - source.first) as usize] = node;
        match self.parent_in(source, about) {
            Some(parent) => {
                if parent != NONE {
                    self.builder.set_parent(node, parent);
                }
            }
            None => self.waiting.push(Waiting::Event { node, name: about, owner }),
        }
    }

    /// `#[instrument]` makes the span and the event of a function's result at one place in the source.
    fn is_outcome_of(&self, event: &Site, parent: u32) -> bool {
        let call = self.builder.callsite_of(parent);
        call.line == event.metadata.line() && call.file.as_deref() == event.metadata.file()
    }

    fn fold_outcome(&mut self, parent: u32, ring: &Ring, row: &Row, site: &Site) {
        let is_error = site.metadata.fields().iter().next().is_some_and(|f| f.name() == "error");
        let field = self.fields(ring, row).first().copied();
        let outcome = self.builder.outcome(parent);
        *(if is_error { &mut outcome.error } else { &mut outcome.returned }) = field;
    }

    /// Names the parent of a node, now or when all rows are read.
    fn link(&mut self, source: &Source, node: u32, about: Name, owner: u16) {
        if node == NONE {
            return;
        }
        match self.parent_in(source, about) {
            Some(NONE) => {}
            Some(parent) => self.builder.set_parent(node, parent),
            None => self.waiting.push(Waiting::Parent { node, name: about, owner }),
        }
    }

    /// The parent, if it is in the same ring: `Some(NONE)` for a root, `None` for «not known yet».
    fn parent_in(&self, source: &Source, name: Name) -> Option<u32> {
        let Name::Row(row) = name else { return None };
        if row == Ref::NONE || !row.has_row() {
            return Some(NONE);
        }
        self.node_of(Some(source), Name::Row(row))
    }

    fn node_of(&self, current: Option<&Source>, name: Name) -> Option<u32> {
        let row = match name {
            Name::Row(row) => row,
            Name::Registry { .. } => self.resolve_registry(name)?,
        };
        if !row.has_row() {
            return None;
        }
        let source = match current {
            Some(source) if source.ring.number() == row.ring() => source,
            _ => self.sources.get(*self.by_ring.get(&row.ring())? as usize)?,
        };
        let node = match row.seq().checked_sub(source.first) {
            Some(at) => *source.nodes.get(at as usize)?,
            None => *source.again.get(&row.seq())?,
        };
        (node < LOST).then_some(node)
    }

    /// What a name of another ring means, now that all rows are read. `owner` is the session whose thread has spoken.
    fn find(&mut self, name: Name, owner: u16) -> Found {
        match name {
            Name::Row(row) => self.find_row(row),
            Name::Registry { source, seq, .. } => {
                let Some(row) = self.resolve_registry(name) else {
                    return self.find_unknown(name, owner);
                };
                // A flight recorder takes what there is, and leaves it to whoever it belongs to.
                if self.sources[source as usize].commons && !self.freed {
                    self.claims.push((source, seq));
                }
                match row.state() {
                    State::Unsampled => Found::Unsampled,
                    _ if row.has_row() => self.find_row(row),
                    _ => Found::Nobody,
                }
            }
        }
    }

    fn find_row(&self, row: Ref) -> Found {
        let Some(source) = self.by_ring.get(&row.ring()).map(|&at| &self.sources[at as usize]) else {
            return Found::Lost;
        };
        let node = match row.seq().checked_sub(source.first) {
            Some(at) => source.nodes.get(at as usize).copied(),
            // What was in the commons before the session opened is not the session's.
            None if source.commons => Some(FOREIGN),
            None => source.again.get(&row.seq()).copied(),
        };
        match node {
            None | Some(LOST) => Found::Lost,
            Some(NONE) => Found::Nobody,
            Some(FOREIGN) => Found::Foreign,
            Some(UNSAMPLED) => Found::Unsampled,
            Some(node) => {
                let itself = row.state() == State::Recorded && !source.proxies.contains(&row.seq());
                Found::Node { node, itself }
            }
        }
    }

    /// A span that this session has not made, or has lost.
    fn find_unknown(&mut self, name: Name, owner: u16) -> Found {
        let Name::Registry { id, source, seq, before } = name else { return Found::Nobody };
        if self.sources[source as usize].commons {
            // In this order: a session claims its rows before it ceases to be open.
            if owner != self.session.serial as u16 || self.is_of_others(id, before) || self.is_claimed(source, seq) {
                return Found::Foreign;
            }
        }
        if self.overwritten { Found::Lost } else { Found::Nobody }
    }

    /// Whether a session that is over has found a row of the commons to be its own.
    fn is_claimed(&self, source: u32, seq: u64) -> bool {
        self.sources[source as usize].ring.read(seq).is_some_and(|row| row.has(CLAIMED))
    }

    /// Whether a session that is still open has made a span of this id before then.
    fn is_of_others(&mut self, id: u64, before: u64) -> bool {
        if self.of_others.is_none() {
            let others = self.commons.map(|commons| commons.other_readers(self.session)).unwrap_or_default();
            let mut made: HashMap<u64, Vec<u64>> = HashMap::new();
            for ring in others.iter().flat_map(|other| other.rings()) {
                let range = ring.readable();
                let written = self.order(&ring, range.clone());
                for (at, seq) in range.enumerate() {
                    if let Some(row) = ring.read(seq).filter(|row| row.kind() == Some(Kind::Span) && row.own() != 0) {
                        made.entry(row.own()).or_default().push(written.earliest(at));
                    }
                }
            }
            self.of_others = Some(made);
        }
        let made = self.of_others.as_ref().and_then(|made| made.get(&id));
        made.is_some_and(|made| made.iter().any(|&after| after <= before))
    }

    /// The newest span of that id made before the row that speaks of it.
    fn resolve_registry(&self, name: Name) -> Option<Ref> {
        let mut name = name;
        // A chain of refused callers is as long as the program was deep; a damaged one could be a ring.
        for _ in 0..=self.by_registry.len() {
            let Name::Registry { id, source, seq, before } = name else { return None };
            let candidates = self.by_registry.get(&id)?.iter();
            let made = candidates.filter(|c| if c.source == source { c.seq <= seq } else { c.after <= before });
            let meant = made.max_by_key(|c| (c.after, c.source == source, c.seq))?;
            match meant.itself {
                Stands::Row(row) => return Some(row),
                Stands::Registry { id, before } => {
                    name = Name::Registry { id, source: meant.source, seq: meant.seq, before };
                }
            }
        }
        None
    }

    /// Applies what waited for names. Stays come first: children of a stay hang on its row.
    fn resolve(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        let (stays, mut others): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|w| matches!(w, Waiting::Stay { .. }));
        // Of values recorded on several threads the newest counts; whatever else waits can do so in any order.
        others.sort_by_key(|waiting| if let Waiting::Record { order, .. } = waiting { *order } else { 0 });
        for waiting in stays {
            let Waiting::Stay { name, stay, flags, memory, row: (source, seq), owner } = waiting else { continue };
            let stands = match self.find(name, owner) {
                Found::Node { node, itself: true } => {
                    self.later_stays.push((node, stay, flags, memory));
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
        self.apply_stays();
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
        let Some(&site) = self.site_of.get(site as usize).filter(|site| site.is_outcome) else { return };
        if parent == NONE || !self.is_outcome_of(site, parent) {
            return;
        }
        let is_error = site.metadata.fields().iter().next().is_some_and(|f| f.name() == "error");
        let field = self.builder.first_field(node);
        let outcome = self.builder.outcome(parent);
        *(if is_error { &mut outcome.error } else { &mut outcome.returned }) = field;
        self.dropped.push(node);
    }

    fn apply_stays(&mut self) {
        let mut later = std::mem::take(&mut self.later_stays);
        later.sort_by_key(|(node, stay, ..)| (*node, stay.start));
        let mut stays = Vec::new();
        for group in later.chunk_by(|a, b| a.0 == b.0) {
            let node = group[0].0;
            let have = *self.builder.get(node);
            stays.clear();
            if have.flags & flag::ENTERED != 0 {
                let end = if have.flags & flag::OPEN != 0 { u64::MAX } else { have.last_exit };
                stays.push(Stay { start: have.first_enter, end, thread: have.thread });
            }
            let is_first = |stay: &Stay| have.flags & flag::ENTERED == 0 || stay.start < have.first_enter;
            for &(_, stay, more, memory) in group.iter().rev() {
                self.builder.get_mut(node).flags |= more;
                if let Some(memory) = memory {
                    self.builder.add_memory(node, memory, is_first(&stay));
                }
            }
            stays.extend(group.iter().map(|(_, stay, ..)| *stay));
            self.builder.stays(node, &mut stays);
        }
    }

    fn graft(&mut self) {
        for Nested { at, started, tree, stats } in self.session.nested() {
            let parent = self.node_of(None, Name::Row(at)).unwrap_or(NONE);
            self.builder.graft(parent, &tree, self.since(started));
            self.stats.add_missing(&stats);
        }
    }

    fn finish(mut self) -> (CallTree, TraceStats) {
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
        for (source, seq) in std::mem::take(&mut self.claims) {
            self.sources[source as usize].ring.claim(seq);
        }
        // The indexes are no longer needed; the rings go as soon as the session lets go of them.
        drop(std::mem::take(&mut self.sources));
        self.count_shared();
        self.dropped.append(&mut self.unsampled);
        self.builder.remove(&self.dropped, &self.refused);
        // What is deeper than it may be hands its events on, as it does while recording.
        let too_deep = self.builder.deeper_than(self.session.plan.max_depth);
        self.stats.too_deep += too_deep.len() as u64;
        self.builder.remove(&[], &too_deep);
        let tree = self.builder.finish();
        self.stats.recorded = tree.len() as u64;
        self.stats.events = (tree.nodes.len() - tree.len()) as u64;
        (tree, self.stats)
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

    // Fields.

    fn fields(&mut self, ring: &Ring, row: &Row) -> Vec<Field> {
        let mut words = std::mem::take(&mut self.text);
        let fields = match row.text() {
            Some((at, len)) if ring.read_text(at, len, self.freed, &mut words) => {
                Fields(&words).map(|field| self.field(&field)).collect()
            }
            Some((_, len)) => {
                self.stats.lost_bytes += len as u64 * 8;
                Vec::new()
            }
            None => Vec::new(),
        };
        self.text = words;
        fields
    }

    fn read_fields_into(&mut self, node: u32, source: &Source, row: &Row) {
        if row.text().is_some() {
            let mut fields = self.fields(&source.ring, row);
            if source.commons {
                let scrubbed = std::mem::take(&mut self.scrubbed);
                self.share(node, &mut fields, scrubbed);
            }
            self.builder.first_fields(node, fields);
        }
    }

    /// Keeps out of fields from the commons what the session's policy names: they were written under the layer's own.
    /// What happened to their values is counted once it is known whose they are.
    fn share(&mut self, node: u32, fields: &mut [Field], scrubbed: u64) {
        let site = self.site_of[self.builder.get(node).callsite as usize];
        let mask = self.session.decide(site.metadata).redact;
        fields.iter_mut().filter(|field| mask >> (field.name & 63) & 1 == 1).for_each(|f| f.value = Stored::Redacted);
        let count = |is: &dyn Fn(&Field) -> bool| fields.iter().filter(|field| is(field)).count() as u64;
        self.shared.push(Shared {
            node,
            cut: count(&|field| field.cut),
            redacted: count(&|field| field.value == Stored::Redacted) + scrubbed,
            panicked: count(&|field| field.value == Stored::Panicked),
        });
    }

    fn field(&mut self, field: &ReadField<'_>) -> Field {
        let mut cut = false;
        let value = match field.tag {
            Tag::Bool => Stored::Bool(field.number() != 0),
            Tag::I64 => Stored::I64(field.number() as i64),
            Tag::U64 => Stored::U64(field.number()),
            Tag::F64 => Stored::F64(f64::from_bits(field.number())),
            Tag::I128 => Stored::I128(self.builder.text(field.str())),
            Tag::U128 => Stored::U128(self.builder.text(field.str())),
            Tag::Str | Tag::CutStr => {
                let text = self.within_limit(field, &mut cut);
                Stored::Str(self.scrubbed(text))
            }
            Tag::Text | Tag::CutText => {
                let text = self.within_limit(field, &mut cut);
                Stored::Text(self.scrubbed(text))
            }
            Tag::Redacted => Stored::Redacted,
            Tag::Panicked => Stored::Panicked,
        };
        Field { name: u16::from(field.index), cut, value }
    }

    /// The text of a field up to the session's limit; that of the commons is higher.
    fn within_limit<'f>(&mut self, field: &ReadField<'f>, cut: &mut bool) -> &'f str {
        let (text, limit) = (field.str(), self.session.plan.value_limit);
        *cut = matches!(field.tag, Tag::CutStr | Tag::CutText);
        if text.len() <= limit {
            return text;
        }
        *cut = true;
        &text[..floor_char(text, limit)]
    }

    /// Text as the value rules of the policy leave it.
    fn scrubbed(&mut self, text: &str) -> crate::tree::TextAt {
        let clean = self.policy.scrub_debug(text);
        if matches!(clean, std::borrow::Cow::Owned(_)) {
            self.scrubbed += 1;
        }
        self.builder.text(&clean)
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

fn level(level: &tracing_core::Level) -> Level {
    match *level {
        tracing_core::Level::TRACE => Level::Trace,
        tracing_core::Level::DEBUG => Level::Debug,
        tracing_core::Level::INFO => Level::Info,
        tracing_core::Level::WARN => Level::Warn,
        tracing_core::Level::ERROR => Level::Error,
    }
}
