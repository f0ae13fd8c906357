//! What a row means that names a span: a row of this ring or of another one, or the newest span of a registry's id.

use std::collections::HashMap;

use super::{Assembly, FOREIGN, LOST, Source, UNSAMPLED, Waiting, read};
use crate::layer::row::{Kind, Ref, Row, State};
use crate::tree::NONE;

/// What a name means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Found {
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

/// A name that could not be resolved when its row was read.
#[derive(Clone, Copy)]
pub(super) enum Name {
    Row(Ref),
    /// The newest of this id that was made before this row, which was written before this time.
    Registry {
        id: u64,
        source: u32,
        seq: u64,
        before: u64,
    },
}

/// A span that a registry's id has meant. Ordered by id, then by ring and row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Meant {
    id: u64,
    source: u32,
    /// Its row, or the row it came before.
    seq: u64,
    /// Where in [`Assembly::links`] stands what stands for it; `NONE` if that is its own row.
    link: u32,
    /// When the id began to mean it, at the earliest. Never falls from row to row.
    after: u64,
}

/// What stands for a span.
#[derive(Clone, Copy)]
pub(super) enum Stands {
    /// Its own row, or that of its nearest recorded caller.
    Row(Ref),
    /// Its caller on another thread, known by the registry's id, as it was before this time.
    Registry { id: u64, before: u64 },
}

impl Source {
    /// What a word of a row names, be it a row or a registry's id. `at` is the source's number.
    pub(super) fn name(&self, at: u32, seq: u64, word: u64, by_registry: bool) -> Name {
        match &self.written {
            Some(written) if by_registry => {
                Name::Registry { id: word, source: at, seq, before: written.bound((seq - self.first) as usize) }
            }
            _ => Name::Row(Ref::from_bits(word)),
        }
    }
}

impl Assembly<'_> {
    /// Finds what the registry's ids meant, if some row speaks of a span by one.
    pub(super) fn find_meanings(&mut self) {
        let by_registry = |name: &Name| matches!(name, Name::Registry { .. });
        let asks = |waiting: &Waiting| match waiting {
            Waiting::Parent { name, .. }
            | Waiting::Stay { name, .. }
            | Waiting::Event { name, .. }
            | Waiting::Record { name, .. } => by_registry(name),
            Waiting::Follows { from, to } => by_registry(from) || by_registry(to),
        };
        if !self.waiting.iter().any(asks) {
            return;
        }
        for (source, at) in self.sources.iter().zip(0..) {
            let Some(written) = &source.written else { continue };
            let freed = source.commons && self.freed;
            for (here, seq) in (source.first..).take(source.nodes.len()).enumerate() {
                let span = |row: &Row| row.kind() == Some(Kind::Span) && row.own() != 0;
                if let Some(row) = read(&source.ring, seq, freed).filter(span) {
                    let after = written.earliest(here);
                    self.meant.push(Meant { id: row.own(), source: at, seq, link: NONE, after });
                }
            }
            for [id, stands_for, seq, by_registry] in source.ring.read_links() {
                let here = seq.saturating_sub(source.first) as usize;
                let link = self.links.len() as u32;
                self.meant.push(Meant { id, source: at, seq, link, after: written.earliest(here) });
                self.links.push(match by_registry {
                    0 => Stands::Row(Ref::from_bits(stands_for)),
                    _ => Stands::Registry { id: stands_for, before: written.bound(here) },
                });
            }
        }
        self.meant.sort_unstable();
    }

    /// The parent, if it is in the same ring: `Some(NONE)` for a root, `None` for «not known yet».
    #[inline(always)]
    pub(super) fn parent_in(&self, source: &Source, name: Name) -> Option<u32> {
        let Name::Row(row) = name else { return None };
        if !row.has_row() {
            return Some(NONE);
        }
        // Nearly always a row before this one.
        if row.ring() == source.ring.number()
            && let Some(&node) = row.seq().checked_sub(source.first).and_then(|at| source.nodes.get(at as usize))
        {
            return (node < LOST).then_some(node);
        }
        self.node_of(Some(source), name)
    }

    pub(super) fn node_of(&self, current: Option<&Source>, name: Name) -> Option<u32> {
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
    pub(super) fn find(&mut self, name: Name, owner: u16) -> Found {
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
            if owner != self.session.mark || self.is_of_others(id, before) || self.is_claimed(source, seq) {
                return Found::Foreign;
            }
        }
        if self.overwritten { Found::Lost } else { Found::Nobody }
    }

    /// Whether a session that is over has found a row of the commons to be its own.
    fn is_claimed(&self, source: u32, seq: u64) -> bool {
        let ring = self.sources[source as usize].ring.number();
        self.commons.is_some_and(|commons| commons.is_claimed(ring, seq))
    }

    /// Whether a session that is still open has made a span of this id before then.
    fn is_of_others(&mut self, id: u64, before: u64) -> bool {
        if self.of_others.is_none() {
            let others = self.commons.map(|commons| commons.other_readers(self.session)).unwrap_or_default();
            let mut made: HashMap<u64, u64> = HashMap::new();
            for ring in others.iter().flat_map(|other| other.rings()) {
                let range = ring.readable();
                let written = self.order(&ring, range.clone(), false);
                for (at, seq) in range.enumerate() {
                    if let Some(row) = ring.read(seq).filter(|row| row.kind() == Some(Kind::Span) && row.own() != 0) {
                        // Rows stand in the order they were written: the first one of an id is the earliest.
                        let after = written.earliest(at);
                        made.entry(row.own()).and_modify(|first| *first = after.min(*first)).or_insert(after);
                    }
                }
            }
            self.of_others = Some(made);
        }
        self.of_others.as_ref().and_then(|made| made.get(&id)).is_some_and(|&after| after <= before)
    }

    /// The newest span of that id made before the row that speaks of it.
    fn resolve_registry(&self, name: Name) -> Option<Ref> {
        let mut name = name;
        // A chain of refused callers is as long as the program was deep; a damaged one could be a ring.
        for _ in 0..=self.meant.len() {
            let Name::Registry { id, source, seq, before } = name else { return None };
            let meant = self.newest(id, source, seq, before)?;
            match self.links.get(meant.link as usize) {
                None => {
                    return Some(Ref::new(
                        State::Recorded,
                        self.sources[meant.source as usize].ring.number(),
                        meant.seq,
                    ));
                }
                Some(&Stands::Row(row)) => return Some(row),
                Some(&Stands::Registry { id, before }) => {
                    name = Name::Registry { id, source: meant.source, seq: meant.seq, before };
                }
            }
        }
        None
    }

    /// The newest span of an id: in the ring of the row that speaks of it by their places, in others by their times.
    fn newest(&self, id: u64, source: u32, seq: u64, before: u64) -> Option<Meant> {
        let mut rest = &self.meant[self.meant.partition_point(|meant| meant.id < id)..];
        let mut newest: Option<Meant> = None;
        while let Some(first) = rest.first().filter(|first| first.id == id) {
            let (ring, others) = rest.split_at(rest.partition_point(|m| (m.id, m.source) <= (id, first.source)));
            let made = match first.source == source {
                true => ring.partition_point(|meant| meant.seq <= seq),
                false => ring.partition_point(|meant| meant.after <= before),
            };
            let age = |meant: &Meant| (meant.after, meant.source == source, meant.seq);
            newest = newest.into_iter().chain(ring[..made].last().copied()).max_by_key(age);
            rest = others;
        }
        newest
    }
}
