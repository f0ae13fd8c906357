//! The worker that writes a recording to a file while it goes on.
//!
//! It takes rows out of the rings of a session, makes them safe to be written (times instead of ticks, text as the value
//! rules of the policy leave it), and gives their place free. How rows are handed on is told in
//! [`layer::ring`](crate::layer::ring), how they stand in the file in [`file::stream`](crate::file::stream).

// # Implementation notes
//
// Rows that their thread has handed on are written as they are, once. Ten times a second the others are, too, so that a
// program that does little is no later in its file than that; they may change until they are handed on, so the worker
// remembers how it wrote them, and writes them again if they did. That is at most a ring full of rows.
//
// A row is written after its caller, also where that is in another ring which comes later: then the caller is written
// ahead, and its callers before it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use std::{alloc, borrow, thread};

use super::{OwnCost, assemble, began, outcome};
use crate::TrackingAllocator;
use crate::file::FileError;
use crate::file::stream::{About, CallRef, FieldBuffer, Row, RowKind, Site, Writer};
use crate::layer::callsite;
use crate::layer::clock;
use crate::layer::fields::{Fields, ReadField, Tag};
use crate::layer::memory::Resident;
use crate::layer::ring::Ring;
use crate::layer::row::{self, Kind, PANICKED, Ref, TRUNCATED, W_END};
use crate::layer::session::{Session, module_of};
use crate::tree::{TraceStats, Value};

/// How often rows are written that may still change.
const TICK: Duration = Duration::from_millis(100);

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
        file.about(&about.with_started(began::time_of(session.started)))?;
        file.flush()?;
        let path = file.path().to_owned();
        let stop = Arc::new(AtomicBool::new(false));
        let worker = Worker {
            session: Arc::clone(session),
            file,
            resident,
            rings: HashMap::new(),
            is_known: Vec::new(),
            places: outcome::Places::default(),
            counts: Counts::default(),
            now: 0,
            fields: FieldBuffer::default(),
            text: Vec::new(),
        };
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

/// How far a ring was written.
#[derive(Debug, Default)]
struct Progress {
    /// Rows below it were written as they will stay.
    drained: u64,
    /// End of their text.
    text: u64,
    /// From `drained` on: rows as they were written last, `None` where they were not.
    written: VecDeque<Option<row::Row>>,
    is_known: bool,
}

impl Progress {
    fn is_written(&self, seq: u64) -> bool {
        seq < self.drained || self.as_written(seq).is_some()
    }

    fn as_written(&self, seq: u64) -> Option<&row::Row> {
        self.written.get((seq - self.drained) as usize)?.as_ref()
    }

    fn note(&mut self, seq: u64, row: row::Row) {
        let at = (seq - self.drained) as usize;
        if at >= self.written.len() {
            self.written.resize(at + 1, None);
        }
        self.written[at] = Some(row);
    }
}

/// What only the worker has met.
#[derive(Debug, Default)]
struct Counts {
    spans: u64,
    events: u64,
    scrubbed: u64,
    lost_bytes: u64,
}

struct Worker {
    session: Arc<Session>,
    file: Writer,
    resident: Option<Resident>,
    /// By number.
    rings: HashMap<u32, Progress>,
    /// By number in the process: whether a callsite was written.
    is_known: Vec<bool>,
    places: outcome::Places,
    counts: Counts,
    /// When the pass began: what ended later had not ended for this one.
    now: u64,
    /// Of the row that is written.
    fields: FieldBuffer,
    text: Vec<u64>,
}

impl Worker {
    fn run(mut self, stop: &AtomicBool) -> Result<Written, FileError> {
        let mut next = Instant::now() + TICK;
        loop {
            let is_last = stop.load(Acquire);
            let is_due = is_last || Instant::now() >= next;
            if is_due {
                next = Instant::now() + TICK;
            }
            self.pass(is_due)?;
            if is_last {
                break;
            }
            thread::park_timeout(next.saturating_duration_since(Instant::now()));
        }
        let stats = self.stats();
        self.file.counts(&stats)?;
        self.file.flush()?;
        let (blocks, bytes) = (self.file.blocks + 1, self.file.bytes + 9);
        self.file.end()?;
        Ok(Written { stats, blocks, bytes })
    }

    /// Writes what was handed on; with `all`, also what may still change.
    fn pass(&mut self, all: bool) -> Result<(), FileError> {
        let before = self.file.bytes;
        // Before it is looked how far rings are written: so a call that is over has all below it that its thread did.
        self.now = clock::ticks();
        let rings = self.session.rings();
        if self.rings.len() > rings.len() {
            // Of threads that ended, some may have been forgotten.
            let here: HashSet<u32> = rings.iter().map(|ring| ring.number()).collect();
            self.rings.retain(|number, _| here.contains(number));
        }
        for ring in rings {
            let number = ring.number();
            let (sealed, has_ended) = ring.handed_on();
            let upto = if all { ring.mark().head } else { sealed };
            let first = self.rings.entry(number).or_default().drained;
            for seq in first..upto {
                self.write_with_callers(&ring, seq)?;
            }
            if first < sealed {
                self.file.flush()?;
                let progress = self.rings.entry(number).or_default();
                let done = (sealed - progress.drained) as usize;
                progress.written.drain(..done.min(progress.written.len()));
                progress.drained = sealed;
                ring.drained_to(sealed, progress.text);
            }
            if has_ended {
                drop(ring);
                self.rings.remove(&number);
                self.session.let_go(number);
            }
        }
        self.file.flush()?;
        if self.file.bytes > before {
            // Which also says that all was written that belongs together.
            let stats = self.stats();
            self.file.counts(&stats)?;
            self.file.flush()?;
        }
        Ok(())
    }

    /// Writes a row, and before it those of its callers that are not written yet.
    fn write_with_callers(&mut self, ring: &Arc<Ring>, seq: u64) -> Result<(), FileError> {
        let mut ahead = Vec::new();
        let (mut ring, mut seq) = (Arc::clone(ring), seq);
        while let Some(row) = ring.read(seq) {
            let row = self.as_of_now(&ring, seq, row);
            let caller = Ref::from_bits(row.about());
            ahead.push((ring, seq, row));
            let Some(of) = caller.has_row().then(|| self.unwritten(caller)).flatten() else { break };
            (ring, seq) = (of, caller.seq());
        }
        while let Some((ring, seq, row)) = ahead.pop() {
            self.write(&ring, seq, row)?;
        }
        Ok(())
    }

    /// A row as it was when the pass began. What was handed on by then is as it is.
    fn as_of_now(&self, ring: &Ring, seq: u64, mut row: row::Row) -> row::Row {
        let may_end = matches!(row.kind(), Some(Kind::Span | Kind::Stay));
        if may_end && row.end() > self.now && seq >= ring.handed_on().0 {
            row.0[W_END] = 0;
        }
        row
    }

    /// The ring of a row, if that was not written yet.
    fn unwritten(&self, row: Ref) -> Option<Arc<Ring>> {
        if self.rings.get(&row.ring()).is_some_and(|progress| progress.is_written(row.seq())) {
            return None;
        }
        // One that is gone was written, or is lost.
        self.session.ring(row.ring())
    }

    /// Writes a row as it is now, unless it was written so.
    fn write(&mut self, ring: &Ring, seq: u64, row: row::Row) -> Result<(), FileError> {
        let number = ring.number();
        let progress = self.rings.entry(number).or_default();
        if seq < progress.drained {
            return Ok(());
        }
        let before = progress.as_written(seq).copied();
        if before.is_some_and(|before| before.0 == row.0) {
            return Ok(());
        }
        let is_known = std::mem::replace(&mut progress.is_known, true);
        progress.note(seq, row);
        if !is_known {
            let name = ring.thread.name.as_deref().map(|name| self.session.plan.policy.scrub_debug(name));
            self.file.thread(number, ring.thread.key, name.as_deref())?;
        }
        let Some(kind) = kind(&row) else { return Ok(()) };
        if matches!(kind, RowKind::Span | RowKind::Event) {
            self.meet(row.callsite())?;
        }
        if before.is_none() {
            self.counts.spans += u64::from(kind == RowKind::Span);
            let is_event = || callsite::by_index(row.callsite()).is_some_and(|site| !site.is_outcome);
            self.counts.events += u64::from(kind == RowKind::Event && is_event());
        }
        self.fields.clear();
        if before.is_none_or(|before| before.text() != row.text()) {
            self.read_fields(ring, &row);
        }
        let written = self.as_written(ring, seq, kind, &row);
        self.file.row(number, &written, &self.fields)
    }

    fn as_written(&self, ring: &Ring, seq: u64, kind: RowKind, row: &row::Row) -> Row {
        let since = |stamp: u64| (stamp != 0).then(|| clock::nanos_between(self.session.started, stamp));
        let memory = match &self.resident {
            Some(resident) if row.start() != 0 => resident.at(row.start()),
            _ if row.end() != 0 && kind != RowKind::Follows => ring.read_memory(seq),
            _ => None,
        };
        Row {
            seq,
            kind,
            callsite: if matches!(kind, RowKind::Span | RowKind::Event) { row.callsite() } else { 0 },
            about: reference(row.about()),
            start: since(row.start()),
            end: if kind == RowKind::Follows { None } else { since(row.end()) },
            other: match kind {
                RowKind::Follows => reference(row.end()),
                RowKind::Again => reference(row.own()),
                _ => None,
            },
            memory: memory.filter(|_| matches!(kind, RowKind::Span | RowKind::Stay | RowKind::Again)),
            panicked: row.has(PANICKED),
            truncated: row.has(TRUNCATED),
        }
    }

    /// Reads the fields of a row, as they may be written.
    fn read_fields(&mut self, ring: &Ring, row: &row::Row) {
        let Some((at, len)) = row.text() else { return };
        if !ring.read_text(at, len, false, &mut self.text) {
            self.counts.lost_bytes += len as u64 * 8;
            return;
        }
        if let Some(progress) = self.rings.get_mut(&ring.number()) {
            progress.text = progress.text.max(at + len as u64);
        }
        let policy = &self.session.plan.policy;
        for field in Fields(&self.text) {
            let clean;
            let (value, cut) = match field.tag {
                Tag::Str | Tag::CutStr | Tag::Text | Tag::CutText => {
                    clean = policy.scrub_debug(field.str());
                    self.counts.scrubbed += u64::from(matches!(clean, borrow::Cow::Owned(_)));
                    let is_str = matches!(field.tag, Tag::Str | Tag::CutStr);
                    let value = if is_str { Value::Str(&clean) } else { Value::Text(&clean) };
                    (value, matches!(field.tag, Tag::CutStr | Tag::CutText))
                }
                _ => (plain(&field), false),
            };
            self.fields.push(field.index, cut, value);
        }
    }

    /// Writes a callsite that was not met yet.
    fn meet(&mut self, index: u32) -> Result<(), FileError> {
        let at = index as usize;
        if self.is_known.len() <= at {
            self.is_known.resize(at + 1, false);
        }
        let Some(site) = callsite::by_index(index).filter(|_| !self.is_known[at]) else { return Ok(()) };
        self.is_known[at] = true;
        let is_wanted = |span: &callsite::Site| self.session.decide(span.metadata).is_wanted();
        let is_of_wanted = site.is_outcome && self.places.span_of(site).is_some_and(is_wanted);
        let shown = assemble::shown(site);
        self.file.callsite(index, &Site { is_outcome: site.is_outcome, is_of_wanted, ..Site::of(&shown) })
    }

    /// What was recorded and lost up to here.
    fn stats(&self) -> TraceStats {
        let counted = self.session.counted();
        let mut left_over = self.session.unattributed();
        left_over.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.metadata.name().cmp(b.0.metadata.name())));
        let name = |site: &callsite::Site| format!("{}::{}", module_of(site.metadata), site.metadata.name());
        TraceStats {
            recorded: self.counts.spans,
            events: self.counts.events,
            lost: counted.refused_rows + counted.forgotten_rows,
            lost_bytes: counted.refused_bytes + self.counts.lost_bytes,
            cut_values: counted.cut_values,
            sampled_out: counted.sampled_out,
            too_deep: counted.too_deep,
            unattributed: left_over.iter().map(|(_, n)| n).sum(),
            unattributed_at: left_over.iter().take(16).map(|(site, n)| (name(site), *n)).collect(),
            redacted: counted.redacted + self.counts.scrubbed,
            panicked_values: counted.panicked_values,
            filter_panics: self.session.plan.filter.filter_fn_panics(),
            unmatched_exits: counted.unmatched_exits,
            nested_open: u64::from(self.session.nested_open.load(std::sync::atomic::Ordering::Relaxed)),
            ..TraceStats::default()
        }
    }
}

fn kind(row: &row::Row) -> Option<RowKind> {
    Some(match row.kind()? {
        Kind::Span => RowKind::Span,
        Kind::Stay => RowKind::Stay,
        Kind::Event => RowKind::Event,
        Kind::Record => RowKind::Record,
        Kind::Follows => RowKind::Follows,
        Kind::Again => RowKind::Again,
        // It orders what a registry's ids name.
        Kind::Moment => return None,
    })
}

fn reference(bits: u64) -> Option<CallRef> {
    let row = Ref::from_bits(bits);
    row.has_row().then(|| CallRef { ring: row.ring(), seq: row.seq() })
}

/// A value that is no text.
fn plain<'f>(field: &ReadField<'f>) -> Value<'f> {
    match field.tag {
        Tag::Bool => Value::Bool(field.number() != 0),
        Tag::I64 => Value::I64(field.number().cast_signed()),
        Tag::U64 => Value::U64(field.number()),
        Tag::F64 => Value::F64(f64::from_bits(field.number())),
        Tag::I128 => Value::I128(field.str().parse().unwrap_or_default()),
        Tag::U128 => Value::U128(field.str().parse().unwrap_or_default()),
        Tag::Panicked => Value::Panicked,
        Tag::Redacted | Tag::Str | Tag::CutStr | Tag::Text | Tag::CutText => Value::Redacted,
    }
}
