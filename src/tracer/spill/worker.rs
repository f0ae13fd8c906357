//! The thread that takes rows out of the rings of a session, writes them, and gives their place free.
//!
//! What belongs together, and which stamps do, is decided in [`moment`](super::moment); how a row is written in
//! [`form`](super::form).

// # Implementation notes
//
// Each pass shows one moment, of all threads alike, and says at its end that it is whole (the record «counts»): a reader
// takes no row of a pass that is not. Rows that their thread has handed on are written as they will stay, and their place
// is free at once. The others may change until they are handed on, so the worker remembers how it wrote them, and writes
// them again in a later pass if they did. That is at most a ring full of rows, most of which do not change.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use super::Written;
use super::form::{self, Form};
use super::moment::Moment;
use super::progress::{self, Progress};
use crate::file::FileError;
use crate::file::stream::{RowKind, Site, Writer};
use crate::layer::callsite;
use crate::layer::memory::Resident;
use crate::layer::ring::Ring;
use crate::layer::row::{Kind, Ref, Row};
use crate::layer::session::{Session, module_of};
use crate::tracer::{assemble, outcome};
use crate::tree::TraceStats;

/// A pass begins when rows are handed on, and after this time.
const TICK: Duration = Duration::from_millis(100);

pub(super) struct Worker {
    session: Arc<Session>,
    file: Writer,
    form: Form,
    /// By number.
    rings: HashMap<u32, Progress>,
    /// By number in the process: whether a callsite was written.
    is_known: Vec<bool>,
    places: outcome::Places,
    spans: u64,
    events: u64,
    /// What the program does while this is at work.
    #[cfg(test)]
    pub(super) meanwhile: Option<Box<dyn FnMut() + Send>>,
}

/// A ring in a pass.
struct Look {
    ring: Arc<Ring>,
    handed_on: u64,
    has_ended: bool,
    /// Rows below it were written in this pass, or earlier.
    next: u64,
    /// Rows below it belong to the moment.
    reach: u64,
}

impl Look {
    fn at(ring: Arc<Ring>) -> Self {
        let (handed_on, has_ended) = ring.handed_on();
        Self { ring, handed_on, has_ended, next: 0, reach: 0 }
    }
}

impl Worker {
    pub(super) fn new(session: Arc<Session>, file: Writer, resident: Option<Resident>) -> Self {
        Self {
            form: Form::new(Arc::clone(&session), resident),
            session,
            file,
            rings: HashMap::new(),
            is_known: Vec::new(),
            places: outcome::Places::default(),
            spans: 0,
            events: 0,
            #[cfg(test)]
            meanwhile: None,
        }
    }

    pub(super) fn run(mut self, stop: &AtomicBool) -> Result<Written, FileError> {
        loop {
            let is_last = stop.load(Acquire);
            let next = Instant::now() + TICK;
            self.pass(is_last)?;
            if is_last {
                return self.end();
            }
            thread::park_timeout(next.saturating_duration_since(Instant::now()));
        }
    }

    fn end(self) -> Result<Written, FileError> {
        let stats = self.stats();
        let (blocks, bytes) = (self.file.blocks + 1, self.file.bytes + 9);
        self.file.end()?;
        Ok(Written { stats, blocks, bytes })
    }

    /// Writes what belongs to this moment and was not written yet.
    pub(super) fn pass(&mut self, is_last: bool) -> Result<(), FileError> {
        let before = self.file.bytes;
        // In this order: see `moment`.
        let mut looks: Vec<Look> = self.session.rings().into_iter().map(Look::at).collect();
        self.meanwhile();
        let timed = self.session.plan.timed;
        let moment = if is_last { Moment::of_the_end(timed) } else { Moment::now(timed) };
        self.meanwhile();
        if self.rings.len() > looks.len() {
            // Of threads that ended, some may have been forgotten.
            let here: HashSet<u32> = looks.iter().map(|look| look.ring.number()).collect();
            self.rings.retain(|number, _| here.contains(number));
        }
        for look in &mut looks {
            look.next = self.rings.entry(look.ring.number()).or_default().drained;
            look.reach = moment.reach(&look.ring, look.handed_on);
            self.meanwhile();
        }
        while let Some(at) = looks.iter().position(|look| look.next < look.reach) {
            self.write_ring(&mut looks, at, moment)?;
        }
        for Look { ring, has_ended, .. } in looks {
            if has_ended {
                let number = ring.number();
                // So that it goes back to the pool.
                drop(ring);
                self.rings.remove(&number);
                self.session.let_go(number);
            }
        }
        self.file.flush()?;
        if self.file.bytes > before || is_last {
            // Which also says that the moment is whole.
            let stats = self.stats();
            self.file.counts(&stats)?;
            self.file.flush()?;
        }
        Ok(())
    }

    /// Writes the rows of one ring, and gives the place of those free that were handed on.
    fn write_ring(&mut self, looks: &mut Vec<Look>, at: usize, moment: Moment) -> Result<(), FileError> {
        let ring = Arc::clone(&looks[at].ring);
        let (first, handed_on) = (looks[at].next, looks[at].handed_on);
        while looks[at].next < looks[at].reach {
            let seq = looks[at].next;
            self.meanwhile();
            if let Some(row) = ring.read(seq) {
                self.reach_callers(looks, &row);
                self.write(&ring, seq, row, (seq >= handed_on).then_some(moment))?;
            }
            looks[at].next += 1;
        }
        if first < handed_on {
            self.file.flush()?;
            let progress = self.rings.entry(ring.number()).or_default();
            progress.drain(handed_on);
            ring.drained_to(handed_on, progress.text);
        }
        Ok(())
    }

    /// What a row speaks of in another ring belongs to the moment too, though it may have been made after that.
    fn reach_callers(&self, looks: &mut Vec<Look>, row: &Row) {
        let cause = if row.kind() == Some(Kind::Follows) { row.end() } else { 0 };
        for of in [row.about(), cause].map(Ref::from_bits).into_iter().filter(|of| of.has_row()) {
            let look = match looks.iter_mut().find(|look| look.ring.number() == of.ring()) {
                Some(look) => look,
                None => {
                    // One that is gone was written, or is lost.
                    let Some(ring) = self.session.ring(of.ring()) else { continue };
                    // It came after the moment: nothing of it was handed on before.
                    looks.push(Look { ring, handed_on: 0, has_ended: false, next: 0, reach: 0 });
                    looks.last_mut().expect("it was just added")
                }
            };
            look.reach = look.reach.max((of.seq() + 1).min(look.ring.mark().head));
        }
    }

    /// Writes a row, unless it was written so. `moment` is what it may not be later than.
    fn write(&mut self, ring: &Ring, seq: u64, row: Row, moment: Option<Moment>) -> Result<(), FileError> {
        let number = ring.number();
        let progress = self.rings.entry(number).or_default();
        let before = progress.written(seq);
        let was_over = row.end() != 0;
        let row = match moment {
            Some(moment) => moment.shown(row, before.is_some_and(|before| before.was_over)),
            None => row,
        };
        progress.note(seq, progress::Written { row, was_over });
        let before = before.map(|before| before.row);
        if before.is_some_and(|before| before.0 == row.0) {
            return Ok(());
        }
        if !std::mem::replace(&mut progress.is_known, true) {
            let name = self.form.thread_name(ring);
            self.file.thread(number, ring.thread.key, name.as_deref())?;
        }
        let Some(kind) = form::kind(&row) else { return Ok(()) };
        if matches!(kind, RowKind::Span | RowKind::Event) {
            self.meet(row.callsite())?;
        }
        if before.is_none() {
            self.spans += u64::from(kind == RowKind::Span);
            let is_event = || callsite::by_index(row.callsite()).is_some_and(|site| !site.is_outcome);
            self.events += u64::from(kind == RowKind::Event && is_event());
        }
        self.form.fields.clear();
        if before.is_none_or(|before| before.text() != row.text()) {
            let end = self.form.read_fields(ring, &row);
            let progress = self.rings.entry(number).or_default();
            progress.text = progress.text.max(end);
        }
        let written = self.form.row(ring, seq, kind, &row);
        self.file.row(number, &written, &self.form.fields)
    }

    #[cfg(not(test))]
    #[inline(always)]
    #[expect(clippy::unused_self, reason = "where it is tested, the program goes on here")]
    fn meanwhile(&self) {}

    #[cfg(test)]
    fn meanwhile(&mut self) {
        if let Some(meanwhile) = &mut self.meanwhile {
            meanwhile();
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
            recorded: self.spans,
            events: self.events,
            lost: counted.refused_rows + counted.forgotten_rows,
            lost_bytes: counted.refused_bytes + self.form.lost_bytes,
            cut_values: counted.cut_values,
            sampled_out: counted.sampled_out,
            too_deep: counted.too_deep,
            unattributed: left_over.iter().map(|(_, n)| n).sum(),
            unattributed_at: left_over.iter().take(16).map(|(site, n)| (name(site), *n)).collect(),
            redacted: counted.redacted + self.form.scrubbed,
            panicked_values: counted.panicked_values,
            filter_panics: self.session.plan.filter.filter_fn_panics(),
            unmatched_exits: counted.unmatched_exits,
            nested_open: u64::from(self.session.nested_open.load(Relaxed)),
            ..TraceStats::default()
        }
    }
}
