//! What a new span, an enter, an exit, an event mean on a thread, whoever tells of them.
//!
//! Both fronts ([`lean`](super::lean), [`registry`](super::registry)) call it. It asks the [`thread`](super::thread)
//! where a span belongs, decides whether it is recorded, and writes rows. Filtering rules, ring mechanics and the
//! reading of rows are elsewhere.

// # Implementation notes
//
// All hooks run inside the traced program: they do not fail, wait, or emit spans. The state is borrowed only while no
// foreign code can run. Two things of the user's run in here: the `Debug` of a field, which is called between two
// borrows, and a `filter_fn`, once a callsite, under the borrow: spans it opens are not recorded.
//
// Each hook has a short way for what happens nearly always (the span's caller is what was entered last, and recorded;
// a span is entered right after it was made and left before its caller) and a long way for everything. The short ways
// are one function each, without calls that would make the compiler save registers; what is cold is kept out of them.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, Release};

use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, Metadata};

use super::callsite;
use super::clock::{UNTIMED, ticks};
use super::fields::{Direct, Happened, Recorder, Scratch};
use super::handle::Handle;
use super::local::{Local, local, with};
use super::ring::{Ring, add};
use super::row::{
    self, BY_REGISTRY, Kind, NO_ROW, PANICKED, Ref, Row, State, TRUNCATED, W_ABOUT, W_END, W_HEAD, W_START, W_TEXT,
};
use super::session::{self, Decision, Session};
use super::stack::{AGAIN, Frame, MEMORY, NO_HANDLE, PLAIN, STAYS, TIMED, UNDER_OWNER, WAS_PANICKING};
use super::thread::{Asked, Front, LEAN, Route, Thread};
use crate::allocator;
use crate::tree::Memory;

/// How fields are to be written, and for whom.
#[derive(Clone, Copy)]
pub(super) struct FieldRules {
    redact: u64,
    row: Ref,
    handle: u32,
    limit: u32,
    flags: u32,
}

impl FieldRules {
    pub(super) const NONE: Self = Self { redact: 0, row: Ref::NONE, handle: NO_HANDLE, limit: 0, flags: 0 };
}

/// Which of the two fronts tells: known when this is compiled, since it decides how a span is found again.
pub(crate) trait Source {
    /// Whether its spans are known by a registry's ids, and not by ours.
    const BY_REGISTRY: bool;

    /// The number of a front of this sort.
    #[inline(always)]
    fn number(front: &Front) -> u32 {
        if Self::BY_REGISTRY { front.number } else { LEAN }
    }
}

/// [`lean`](super::lean).
pub(crate) enum ByIdentity {}

/// [`registry`](super::registry).
pub(crate) enum ByRegistry {}

impl Source for ByIdentity {
    const BY_REGISTRY: bool = false;
}

impl Source for ByRegistry {
    const BY_REGISTRY: bool = true;
}

/// The parent that a span or event asks for.
fn asked(is_contextual: bool, parent: Option<&Id>) -> Asked {
    if is_contextual { Asked::Contextual } else { parent.map_or(Asked::Root, |id| Asked::Explicit(id.into_u64())) }
}

// Spans that are made.

/// Whether the sampler was asked about a root already: it counts how often it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sampled {
    NotAsked,
    Kept,
}

/// A span was made. Gives its identity, which is its id in the lean front.
#[inline]
pub(crate) fn new_span<F: Source>(front: &Front, registry_id: u64, attributes: &Attributes<'_>) -> Ref {
    if !attributes.metadata().fields().is_empty() {
        return make_with_fields::<F>(front, registry_id, attributes);
    }
    let made = local(|local| match local.state.try_borrow_mut() {
        Ok(mut thread) => thread.make_now::<F>(front, registry_id, attributes).map(|(row, ..)| row),
        Err(_) => Some(Ref::UNATTRIBUTED),
    });
    match made {
        Some(row) => row,
        None => make_without_row::<F>(front, registry_id, attributes),
    }
}

#[inline(never)]
fn make_without_row<F: Source>(front: &Front, registry_id: u64, attributes: &Attributes<'_>) -> Ref {
    let made = local(|local| match local.state.try_borrow_mut() {
        Ok(mut thread) => thread.make_without_row::<F>(front, registry_id, attributes),
        Err(_) => Ok(Ref::UNATTRIBUTED),
    });
    match made {
        Ok(row) => row,
        Err(sampled) => make_anyhow(front, registry_id, attributes, sampled),
    }
}

#[inline(never)]
fn make_anyhow(front: &Front, registry_id: u64, attributes: &Attributes<'_>, sampled: Sampled) -> Ref {
    local(|local| {
        let (row, left) = match local.state.try_borrow_mut() {
            Ok(mut thread) => thread.create_anyhow(local, front, registry_id, attributes, sampled),
            Err(_) => (Ref::UNATTRIBUTED, false),
        };
        if left {
            write_span_fields(local, front, registry_id, attributes);
        }
        row
    })
}

#[inline(never)]
fn make_with_fields<F: Source>(front: &Front, registry_id: u64, attributes: &Attributes<'_>) -> Ref {
    let made = local(|local| {
        let made = match local.state.try_borrow_mut() {
            Ok(mut thread) => thread.make_and_write::<F>(local, front, registry_id, attributes),
            Err(_) => Some((Ref::UNATTRIBUTED, false)),
        };
        made.map(|(row, left)| {
            if left {
                write_span_fields(local, front, registry_id, attributes);
            }
            row
        })
    });
    match made {
        Some(row) => row,
        None => make_without_row::<F>(front, registry_id, attributes),
    }
}

impl Thread {
    /// The short way: a span that is wanted, whose caller was entered last and has a row, with nothing about it that
    /// was not met before. Makes it pending, and gives its identity, its handle and what was decided about it; `None`,
    /// and nothing done, where it is not that.
    #[inline(always)]
    fn make_now<F: Source>(
        &mut self,
        front: &Front,
        registry_id: u64,
        attributes: &Attributes<'_>,
    ) -> Option<(Ref, u32, Decision)> {
        let inside = self.stack.len() > self.base && attributes.is_contextual();
        let (caller, next) = self.stack.top_and_next().filter(|_| inside)?;
        if caller.flags & PLAIN == 0 || caller.front != F::number(front) {
            return None;
        }
        let at = caller.handle;
        let handle = self.handles.get_mut(at as usize)?.as_mut()?;
        let decision = handle.decided(attributes.metadata()).filter(|decision| decision.is_wanted())?;
        let depth = caller.depth + 1;
        if depth >= handle.max_depth {
            return None;
        }
        let seq = handle.ring.push(&Row::new(Kind::Span, 0, decision.site, registry_id, caller.row.bits()))?;
        let row = handle.row(seq);
        let id = if F::BY_REGISTRY { registry_id } else { row.bits() };
        next.id = id;
        next.row = row;
        next.parent = caller.row;
        next.stay = seq;
        next.handle = at;
        next.callsite = decision.site;
        next.depth = depth;
        next.front = F::number(front);
        next.flags = handle.flags;
        self.stack.mark_pending(id);
        Some((row, at, decision))
    }

    /// The short way of a span that gets no row: refused by the filter, a root that is not in the sample, or a call under
    /// one. A program may make very many of those. Makes it pending and gives its identity. Where it is not that nothing
    /// was done, but that the sampler may have been asked.
    #[inline(always)]
    fn make_without_row<F: Source>(
        &mut self,
        front: &Front,
        registry_id: u64,
        attributes: &Attributes<'_>,
    ) -> Result<Ref, Sampled> {
        let not_it = Err(Sampled::NotAsked);
        let is_root = self.stack.len() <= self.base;
        let (top, next) = self.stack.last_and_next();
        let caller = if is_root { Some(&self.root) } else { top };
        let (true, Some(caller), Some(next)) = (attributes.is_contextual(), caller, next) else { return not_it };
        let Some(Some(handle)) = self.handles.get(caller.handle as usize) else { return not_it };
        let Some(decision) = handle.decided(attributes.metadata()) else { return not_it };
        if caller.front != F::number(front) || handle.ring.is_closed() {
            return not_it;
        }
        let mut unsampled = caller.row.state() == State::Unsampled;
        // What has no row of its own hands on what its caller is.
        let mut row = if caller.row.is_plain() { caller.row.as_state(State::Through) } else { caller.row };
        if !unsampled && decision.is_wanted() {
            if caller.row.has_row() || !decision.is_sampled() {
                return not_it;
            }
            if handle.samples(attributes.metadata()) {
                return Err(Sampled::Kept);
            }
            (unsampled, row) = (true, row.as_state(State::Unsampled));
        }
        let id = if F::BY_REGISTRY { registry_id } else { row.bits() };
        next.id = id;
        next.row = row;
        next.stay = NO_ROW;
        next.handle = caller.handle;
        next.callsite = decision.site;
        next.depth = caller.depth;
        next.front = caller.front;
        next.flags = 0;
        if unsampled {
            add(&handle.ring.counts.sampled_out, 1);
        }
        if F::BY_REGISTRY {
            handle.ring.push_link(registry_id, row.bits(), false);
        }
        self.stack.mark_pending(id);
        Ok(row)
    }

    /// The short way of a span with fields. Gives its identity, and whether its fields are still to be written.
    #[inline(always)]
    fn make_and_write<F: Source>(
        &mut self,
        local: &Local,
        front: &Front,
        registry_id: u64,
        attributes: &Attributes<'_>,
    ) -> Option<(Ref, bool)> {
        let (row, at, decision) = self.make_now::<F>(front, registry_id, attributes)?;
        let handle = self.handles.get_mut(at as usize)?.as_mut()?;
        Some((row, !handle.write_span_now(local, at, row, decision, attributes)))
    }

    /// The long way: roots, explicit parents, refusals, sampling, full rings, sessions that are over. Makes the span
    /// pending; gives its identity, and whether its fields are still to be written, by the rules left in `local`.
    #[inline(never)]
    fn create_anyhow(
        &mut self,
        local: &Local,
        front: &Front,
        id: u64,
        attributes: &Attributes<'_>,
        sampled: Sampled,
    ) -> (Ref, bool) {
        let asked = asked(attributes.is_contextual(), attributes.parent());
        let (frame, decision) = self.create(front, id, asked, attributes.metadata(), sampled);
        let id = if front.by_registry() { id } else { frame.row.bits() };
        self.stack.set_pending(Frame { id, front: front.number, ..frame });
        match (decision, self.handles.get_mut(frame.handle as usize)) {
            (Some(decision), Some(Some(handle))) if decision.has_fields() => {
                (frame.row, !handle.write_span_now(local, frame.handle, frame.row, decision, attributes))
            }
            _ => (frame.row, false),
        }
    }

    /// Decides on a span, whatever it is, and writes its row if it is recorded. Gives the decision with the row.
    fn create(
        &mut self,
        front: &Front,
        id: u64,
        asked: Asked,
        metadata: &'static Metadata<'static>,
        sampled: Sampled,
    ) -> (Frame, Option<Decision>) {
        let Some(route) = self.route(front, asked) else {
            add_unattributed(metadata);
            return (Frame::NOWHERE, None);
        };
        let owner_mark = if front.by_registry() { self.owner_mark() } else { 0 };
        let Some(Some(handle)) = self.handles.get_mut(route.handle as usize) else { return (Frame::NOWHERE, None) };
        let decision = handle.decide(metadata);
        // What has no row of its own hands on what its parent is.
        let mut handed_on = Frame {
            row: route.parent,
            handle: route.handle,
            callsite: decision.site,
            depth: route.depth.saturating_sub(1),
            ..Frame::NOWHERE
        };
        if route.parent != Ref::NONE && route.parent.state() == State::Unsampled {
            add(&handle.ring.counts.sampled_out, 1);
            if front.by_registry() {
                handle.ring.push_link(id, route.parent.bits(), false);
            }
            return (handed_on, None);
        }
        let state = handle.judge(route, metadata, decision, sampled);
        let ring = &*handle.ring;
        if state == State::Recorded {
            if let Some(seq) = ring.push(&span_row(route, decision, id, owner_mark)) {
                let frame = Frame {
                    row: handle.row(seq),
                    parent: route.parent,
                    stay: seq,
                    depth: route.depth,
                    flags: handle.flags,
                    ..handed_on
                };
                if route.registry_parent != 0 {
                    self.note_moment(front, frame.row);
                }
                return (frame, Some(decision));
            }
            if ring.refuse() {
                mark_truncated(handle, route.parent);
            }
        }
        handed_on.row = match state {
            State::Unsampled => Ref::new(State::Unsampled, ring.number(), NO_ROW),
            _ if route.parent.has_row() => route.parent.as_state(State::Through),
            _ => Ref::new(State::Through, ring.number(), NO_ROW),
        };
        if front.by_registry() {
            match route.registry_parent {
                0 => ring.push_link(id, handed_on.row.bits(), false),
                parent => ring.push_link(id, parent, true),
            }
        }
        (handed_on, None)
    }
}

impl Handle {
    /// Whether a span is recorded: by its callsite, its depth, and for a root by the sample.
    fn judge(&self, route: Route, metadata: &'static Metadata<'static>, decision: Decision, sampled: Sampled) -> State {
        let counts = &self.ring.counts;
        let is_root = !route.parent.has_row() && route.registry_parent == 0;
        if !decision.is_wanted() {
            State::Through
        } else if route.depth >= self.max_depth {
            add(&counts.too_deep, 1);
            State::Through
        } else if is_root && decision.is_sampled() && sampled == Sampled::NotAsked && !self.samples(metadata) {
            add(&counts.sampled_out, 1);
            State::Unsampled
        } else {
            State::Recorded
        }
    }
}

fn span_row(route: Route, decision: Decision, id: u64, owner_mark: u16) -> Row {
    let (flags, about) = match route.registry_parent {
        0 => (0, route.parent.bits()),
        id => (BY_REGISTRY, id),
    };
    Row::new(Kind::Span, flags, decision.site, id, about).with_owner(owner_mark)
}

#[cold]
fn add_unattributed(metadata: &'static Metadata<'static>) {
    if session::any_open() {
        callsite::site(metadata).unattributed.fetch_add(1, Relaxed);
    }
}

/// Marks the row of a call whose child was refused.
#[cold]
fn mark_truncated(handle: &Handle, parent: Ref) {
    if !parent.has_row() {
        return;
    }
    if parent.ring() == handle.ring.number() {
        handle.ring.flag(parent.seq(), TRUNCATED);
    } else {
        handle.session.mark_truncated(parent);
    }
}

// Fields.

impl Handle {
    /// Writes the fields of a span that need no formatting. False if they do: then they are to be written by the rules
    /// left in `local`, once nothing is borrowed.
    #[inline(never)]
    fn write_span_now(
        &mut self,
        local: &Local,
        at: u32,
        row: Ref,
        decision: Decision,
        attributes: &Attributes<'_>,
    ) -> bool {
        let done = !decision.has_formatted_fields()
            && self.write_now(row, decision, attributes.metadata(), |direct| attributes.record(direct));
        if !done {
            local.rules.set(self.field_rules(at, row, decision));
        }
        done
    }

    /// The same of an event.
    #[inline(never)]
    fn write_event_now(&mut self, local: &Local, at: u32, row: Ref, decision: Decision, event: &Event<'_>) -> bool {
        let done = !decision.has_formatted_fields()
            && self.write_now(row, decision, event.metadata(), |direct| event.record(direct));
        if !done {
            local.rules.set(self.field_rules(at, row, decision));
        }
        done
    }

    #[inline(always)]
    fn write_now(
        &mut self,
        row: Ref,
        decision: Decision,
        metadata: &'static Metadata<'static>,
        record: impl FnOnce(&mut Direct<'_>),
    ) -> bool {
        let (room, redact) = (self.ring.text_room(), decision.redact);
        let mut direct = Direct { room, limit: self.limit, redact, redacted: 0, done: true };
        record(&mut direct);
        let Direct { room, redacted, done, .. } = direct;
        if done {
            room.keep(row.seq());
            if redacted != 0 {
                add(&self.ring.counts.redacted, u64::from(redacted));
            }
        } else {
            self.learn_formatted_fields(metadata);
        }
        done
    }

    #[inline]
    fn field_rules(&self, handle: u32, row: Ref, decision: Decision) -> FieldRules {
        FieldRules { redact: decision.redact, row, handle, limit: self.limit, flags: self.flags }
    }
}

/// The fields of a span just made. Foreign code runs meanwhile and may make others, so it is made pending again.
#[inline(never)]
fn write_span_fields(local: &Local, front: &Front, registry_id: u64, attributes: &Attributes<'_>) {
    let rules = local.rules.get();
    let mend = |thread: &mut Thread| {
        let id = if front.by_registry() { registry_id } else { rules.row.bits() };
        if thread.stack.pending_mut(front.number, id).is_none() {
            thread.remake_pending(front, id, rules);
        }
    };
    write_fields(local, rules, |fields| attributes.record(fields), mend);
}

/// Formats fields while nothing is borrowed, and puts them into the ring and the row they belong to. Where foreign code
/// ran for it, the thread is mended then.
#[inline(always)]
fn write_fields(
    local: &Local,
    rules: FieldRules,
    record: impl FnOnce(&mut Recorder<'_>),
    mend: impl FnOnce(&mut Thread),
) {
    match local.scratch.try_borrow_mut() {
        Ok(mut scratch) => match &mut **scratch {
            Some(scratch) => write_fields_by(scratch, local, rules, record, mend),
            none => write_fields_by(none.insert(new_scratch()), local, rules, record, mend),
        },
        // Busy: the `Debug` of a value is recording something itself.
        Err(_) => write_fields_by(&mut new_scratch(), local, rules, record, mend),
    }
}

#[inline]
fn write_fields_by(
    scratch: &mut Scratch,
    local: &Local,
    rules: FieldRules,
    record: impl FnOnce(&mut Recorder<'_>),
    mend: impl FnOnce(&mut Thread),
) {
    scratch.clear();
    let mut recorder = Recorder { scratch, limit: rules.limit as usize, redact: rules.redact, ran_foreign: false };
    if rules.flags & MEMORY == 0 {
        record(&mut recorder);
    } else {
        let mark = allocator::read();
        record(&mut recorder);
        allocator::rewind(mark);
    }
    let ran_foreign = recorder.ran_foreign;
    if let Ok(mut thread) = local.state.try_borrow_mut() {
        // The `Debug` of a value may have closed the session, and a new one may have taken its place.
        if let Some(handle) = thread.handle(rules.handle)
            && (!ran_foreign || handle.ring.number() == rules.row.ring())
        {
            commit(&handle.ring, rules.row.seq(), scratch);
        }
        if ran_foreign {
            mend(&mut thread);
        }
    }
}

#[cold]
#[inline(never)]
fn new_scratch() -> Box<Scratch> {
    let mark = allocator::read();
    let scratch = Box::new(Scratch::new());
    allocator::rewind(mark);
    scratch
}

impl Thread {
    /// Makes a span pending again that another one has displaced before it could be entered.
    #[cold]
    #[inline(never)]
    fn remake_pending(&mut self, front: &Front, id: u64, rules: FieldRules) {
        let depth = self.depth_of(rules.row);
        let Some(handle) = self.handle(rules.handle).filter(|handle| handle.ring.number() == rules.row.ring()) else {
            return;
        };
        let Some(slot) = handle.ring.own(rules.row.seq()) else { return };
        let head = Row([slot[W_HEAD].load(Relaxed), 0, slot[W_ABOUT].load(Relaxed), 0, 0, 0]);
        let parent = if head.has(BY_REGISTRY) { Ref::NONE } else { Ref::from_bits(head.about()) };
        self.stack.set_pending(Frame {
            id,
            row: rules.row,
            parent,
            stay: rules.row.seq(),
            handle: rules.handle,
            callsite: head.callsite(),
            depth,
            front: front.number,
            flags: rules.flags,
            ..Frame::NOWHERE
        });
    }
}

/// Copies the scratch into the ring, tells the row where, and counts what happened to values.
#[inline]
fn commit(ring: &Ring, seq: u64, scratch: &Scratch) {
    let Happened { cut, redacted, panicked, dropped } = scratch.happened;
    if cut | redacted | panicked | dropped != 0 {
        add(&ring.counts.cut_values, u64::from(cut));
        add(&ring.counts.redacted, u64::from(redacted));
        add(&ring.counts.panicked_values, u64::from(panicked));
        add(&ring.counts.refused_bytes, u64::from(dropped));
    }
    let words = scratch.words();
    if words.is_empty() {
        return;
    }
    if let (Some(at), Some(slot)) = (ring.push_text(words), ring.own(seq)) {
        slot[W_TEXT].store(row::text_word(at, words.len()), Release);
    }
}

// Spans that are entered.

/// A span was entered.
#[inline]
pub(crate) fn enter<F: Source>(front: &Front, id: u64) {
    let entered = local(|local| match local.state.try_borrow_mut() {
        Ok(mut thread) => thread.enter_now(F::number(front), id),
        Err(_) => true,
    });
    if !entered {
        enter_anyhow(front, id);
    }
}

#[inline(never)]
fn enter_anyhow(front: &Front, id: u64) {
    with(|thread| {
        if thread.stack.pending_mut(front.number, id).is_some() {
            thread.stack.enter_pending();
            thread.enter_in_circumstances();
        } else {
            thread.enter_again(front, id);
        }
    });
}

impl Thread {
    /// The short way: the span that was just made, and nothing to be noted but the time. `false`, and nothing done,
    /// where it is not that.
    #[inline(always)]
    fn enter_now(&mut self, front: u32, id: u64) -> bool {
        let Some(frame) = self.stack.pending_mut(front, id) else { return false };
        if frame.flags & STAYS != 0 {
            if frame.flags & MEMORY != 0 || std::thread::panicking() {
                return false;
            }
            if let Some(Some(handle)) = self.handles.get(frame.handle as usize) {
                let slot = handle.ring.own(frame.stay);
                // The last thing that takes time: what came before it is ours, not the call's.
                frame.start = if frame.flags & TIMED != 0 { handle.clock.ticks() } else { UNTIMED };
                slot.into_iter().for_each(|slot| slot[W_START].store(frame.start, Relaxed));
            }
        }
        self.stack.enter_pending();
        true
    }

    /// Notes what must be known at the exit, and stamps the start of the frame on top.
    fn enter_in_circumstances(&mut self) {
        let Some(frame) = self.stack.top_mut() else { return };
        if std::thread::panicking() {
            frame.flags |= WAS_PANICKING;
        }
        if frame.flags & MEMORY != 0 {
            let now = allocator::read();
            self.readings.push(now);
            allocator::rewind(now);
        }
        if let Some(Some(handle)) = self.handles.get(frame.handle as usize) {
            let slot = handle.ring.own(frame.stay);
            frame.start = if frame.flags & TIMED != 0 { handle.clock.ticks() } else { UNTIMED };
            slot.into_iter().for_each(|slot| slot[W_START].store(frame.start, Relaxed));
        }
    }

    /// The long way: entered while it is entered, or later, or again, or on another thread than its own.
    #[inline(never)]
    fn enter_again(&mut self, front: &Front, id: u64) {
        let frame = if front.by_registry() { self.stay_by_registry(front, id) } else { self.stay_by_identity(id) };
        // Spans without a row share their id in the lean front, so there a second one is not the first once more.
        let same = front.by_registry() || frame.row.state() == State::Recorded;
        let again = if same && self.is_entered(front, id) { AGAIN } else { 0 };
        self.stack.push(Frame { id, front: front.number | again, ..frame });
        self.enter_in_circumstances();
    }

    /// A stay of a span of the lean front.
    fn stay_by_identity(&mut self, id: u64) -> Frame {
        let row = Ref::from_bits(id);
        let mut frame = Frame { row, depth: self.depth_of(row), ..Frame::NOWHERE };
        if row.state() == State::Unattributed {
            return frame;
        }
        let Some(at) = self.handle_by_ring(row.ring()) else { return frame };
        frame.handle = at;
        let (State::Recorded, Some(handle)) = (row.state(), self.handle(at)) else { return frame };
        frame.flags = handle.flags;
        let ring = &*handle.ring;
        // The first stay of a span on its own thread is in its own row; any other has a row of its own.
        let own = if ring.number() == row.ring() { ring.own(row.seq()) } else { None };
        if let Some(slot) = own {
            let head = Row([slot[W_HEAD].load(Relaxed), 0, slot[W_ABOUT].load(Relaxed), 0, 0, 0]);
            (frame.callsite, frame.parent) = (head.callsite(), Ref::from_bits(head.about()));
            if slot[W_START].load(Relaxed) == 0 {
                frame.stay = row.seq();
                return frame;
            }
        }
        frame.stay = ring.push(&Row::new(Kind::Stay, 0, 0, 0, row.bits())).unwrap_or_else(|| {
            ring.refuse();
            NO_ROW
        });
        frame
    }

    /// The depth of a span about to be entered: below what is entered, or what its frame says.
    fn depth_of(&self, row: Ref) -> u32 {
        match self.stack.entered().iter().rev().find(|frame| frame.front & AGAIN == 0) {
            Some(top) if top.row == row || row.state() != State::Recorded => top.depth,
            Some(top) if top.handle != NO_HANDLE && top.row.has_row() => top.depth + 1,
            _ => 0,
        }
    }

    /// A stay of a span of the layer front that is not the one just made.
    fn stay_by_registry(&mut self, front: &Front, id: u64) -> Frame {
        let known = self.known(front, id).copied();
        let (handle, flags, about) = match known {
            Some(known) if known.row.state() != State::Recorded => return Frame { stay: NO_ROW, flags: 0, ..known },
            Some(known) => (known.handle, 0, known.row.bits()),
            None => match self.stray(front) {
                Some(handle) => (handle, BY_REGISTRY, id),
                None => return Frame::NOWHERE,
            },
        };
        let owner = self.owner_mark();
        let Some(entry) = self.handle(handle) else { return Frame::NOWHERE };
        let stay = entry.ring.push(&Row::new(Kind::Stay, flags, 0, id, about).with_owner(owner));
        let row = match (known, stay) {
            (Some(known), _) => known.row,
            (None, Some(seq)) => entry.row(seq),
            (None, None) => Ref::new(State::Through, entry.ring.number(), NO_ROW),
        };
        if stay.is_none() {
            entry.ring.refuse();
        }
        let depth = known.map_or(0, |known| known.depth);
        let flags = if row.is_plain() { entry.flags } else { entry.flags & !PLAIN };
        Frame { row, stay: stay.unwrap_or(NO_ROW), handle, depth, flags, ..Frame::NOWHERE }
    }
}

// Spans that are left.

/// A span was left.
#[inline]
pub(crate) fn exit<F: Source>(front: &Front, id: u64) {
    let left = local(|local| match local.state.try_borrow_mut() {
        Ok(mut thread) => thread.leave_now(F::number(front), id),
        Err(_) => true,
    });
    if !left {
        leave_anyhow(front, id);
    }
}

#[inline(never)]
fn leave_anyhow(front: &Front, id: u64) {
    with(|thread| match thread.stack.top() {
        Some(top) if top.is(front.number, id) => {
            let now = if top.flags & TIMED != 0 { ticks() } else { UNTIMED };
            thread.leave_in_circumstances(now);
        }
        _ => thread.leave_out_of_order(front, id),
    });
}

impl Thread {
    /// The short way: the span that was entered last, and nothing to be noted but the time. `false`, and nothing done,
    /// where it is not that.
    #[inline(always)]
    fn leave_now(&mut self, front: u32, id: u64) -> bool {
        let Some(top) = self.stack.top().filter(|top| top.is(front, id)) else { return false };
        if top.flags & (STAYS | UNDER_OWNER) != 0 {
            if top.flags & (MEMORY | UNDER_OWNER) != 0 || std::thread::panicking() {
                return false;
            }
            if let Some(Some(handle)) = self.handles.get(top.handle as usize) {
                let Some(slot) = handle.ring.own(top.stay) else { return false };
                // The first thing that takes time: what comes after it is ours, not the call's.
                slot[W_END].store(if top.flags & TIMED != 0 { handle.clock.ticks() } else { UNTIMED }, Relaxed);
            }
        }
        self.stack.pop();
        true
    }
}

impl Thread {
    /// Writes the end of the frame on top with what it allocated and whether it panicked, and takes it off.
    fn leave_in_circumstances(&mut self, now: u64) {
        let Some(&top) = self.stack.top() else { return };
        if top.flags & UNDER_OWNER != 0 {
            self.lower_bases();
        }
        let before = if top.flags & MEMORY != 0 { self.readings.pop() } else { None };
        let memory = before.map(|before| self.memory_since(before, &top));
        if let Some(handle) = self.handle(top.handle) {
            match handle.ring.own(top.stay) {
                Some(slot) => {
                    if std::thread::panicking() && top.flags & WAS_PANICKING == 0 {
                        slot[W_HEAD].fetch_or(row::flag_bit(PANICKED), Relaxed);
                    }
                    if let Some(memory) = memory {
                        handle.ring.write_memory(top.stay, memory);
                    }
                    // Last: whoever reads a row that has its end finds the rest of it too.
                    slot[W_END].store(now, Release);
                }
                None => self.write_again(now, memory),
            }
        }
        self.stack.pop();
    }

    /// Somewhere below the top, or entered before the session opened.
    fn leave_out_of_order(&mut self, front: &Front, id: u64) {
        let now = ticks();
        let is_it = |frame: &Frame| frame.is(front.number, id) || frame.is(front.number | AGAIN, id);
        let Some(at) = self.stack.entered().iter().rposition(is_it) else {
            return self.unmatched(front);
        };
        let frame = self.remove_frame(at);
        let now = if frame.flags & TIMED != 0 { now } else { UNTIMED };
        self.stack.push(frame);
        self.leave_in_circumstances(now);
    }

    /// The row of the frame on top was overwritten while it was open: once more, under its old number, so that its
    /// children still find it. Its arguments are gone with the old row.
    #[cold]
    #[inline(never)]
    fn write_again(&self, end: u64, memory: Option<Memory>) {
        let Some(top) = self.stack.top().filter(|top| top.stay != NO_ROW) else { return };
        let Some(ring) = self.handle(top.handle).map(|handle| &*handle.ring).filter(|ring| !ring.is_closed()) else {
            return;
        };
        let panicked = std::thread::panicking() && top.flags & WAS_PANICKING == 0;
        let flags = TRUNCATED | if panicked { PANICKED } else { 0 };
        let own_row = top.row.ring() == ring.number() && top.row.seq() == top.stay;
        let row = if own_row {
            Row::new(Kind::Again, flags, top.callsite, top.row.bits(), top.parent.bits())
        } else {
            Row::new(Kind::Stay, flags, 0, top.id, top.row.bits())
        };
        if ring.push_with_memory(&row.at(top.start).until(end), memory).is_some() {
            add(&ring.counts.written_again, 1);
        } else {
            ring.refuse();
        }
    }

    /// What the thread has allocated since the frame on top was entered. Nothing where the span is entered further out
    /// too: that stay has it.
    fn memory_since(&self, before: allocator::Reading, top: &Frame) -> Memory {
        let is_later_stay = self.handle(top.handle).is_some_and(|handle| handle.row(top.stay) != top.row);
        let around = &self.stack.entered()[..self.stack.len().saturating_sub(1)];
        let is_inside = is_later_stay && around.iter().any(|f| f.id == top.id && (f.front ^ top.front) & !AGAIN == 0);
        let now = if is_inside { before } else { allocator::read() };
        Memory {
            at_start: before.allocated.saturating_sub(before.freed),
            allocated: now.allocated.wrapping_sub(before.allocated),
            allocations: now.allocations.wrapping_sub(before.allocations),
            freed: now.freed.wrapping_sub(before.freed),
        }
    }

    /// An exit without an enter is normal: the session may have opened while the span was already entered.
    #[cold]
    fn unmatched(&mut self, front: &Front) {
        if let Some(handle) = self.owner(front).and_then(|at| self.handle(at)) {
            add(&handle.ring.counts.unmatched_exits, 1);
        }
    }
}

// Events, late fields, links.

/// An event happened.
#[inline]
pub(crate) fn event(front: &Front, event: &Event<'_>) {
    let left = local(|local| match local.state.try_borrow_mut() {
        Ok(mut thread) => match thread.event_now(local, front.number, event) {
            Some(left) => left,
            None => thread.event_anyhow(local, front, event),
        },
        Err(_) => false,
    });
    if left {
        write_event_fields(event);
    }
}

impl Thread {
    /// The short way: an event in the span that was entered last. Says whether its fields are still to be written;
    /// `None`, and nothing done, where it takes the long way.
    #[inline(always)]
    fn event_now(&mut self, local: &Local, front: u32, event: &Event<'_>) -> Option<bool> {
        let top = self.stack.top()?;
        let inside = self.stack.len() > self.base && event.is_contextual();
        if !inside || !top.row.is_plain() || top.front != front {
            return None;
        }
        let handle = self.handles.get_mut(top.handle as usize)?.as_mut()?;
        let decision = handle.decided(event.metadata()).filter(|decision| decision.is_wanted())?;
        let seq = handle.push_now(Row::new(Kind::Event, 0, decision.site, 0, top.row.bits()))?;
        let row = handle.row(seq);
        Some(decision.has_fields() && !handle.write_event_now(local, top.handle, row, decision, event))
    }
}

#[inline(never)]
fn write_event_fields(event: &Event<'_>) {
    local(|local| write_fields(local, local.rules.get(), |fields| event.record(fields), |_| ()));
}

impl Handle {
    /// Writes a row with the time of now.
    #[inline]
    fn push_now(&self, row: Row) -> Option<u64> {
        self.ring.push(&row.at(if self.flags & TIMED != 0 { self.clock.ticks() } else { UNTIMED }))
    }
}

impl Thread {
    /// The long way of an event: without a caller, under one that has no row, in a full ring. Says whether it has
    /// fields to be written.
    #[inline(never)]
    fn event_anyhow(&mut self, local: &Local, front: &Front, event: &Event<'_>) -> bool {
        let asked = asked(event.is_contextual(), event.parent());
        let Some(route) = self.route(front, asked) else { return false };
        let owner = if front.by_registry() { self.owner_mark() } else { 0 };
        let Some(Some(handle)) = self.handles.get_mut(route.handle as usize) else { return false };
        let decision = handle.decide(event.metadata());
        if !decision.is_wanted() || route.parent != Ref::NONE && route.parent.state() == State::Unsampled {
            return false;
        }
        let is_root = !route.parent.has_row() && route.registry_parent == 0;
        if is_root && decision.is_sampled() && !handle.samples(event.metadata()) {
            add(&handle.ring.counts.sampled_out, 1);
            return false;
        }
        let (flags, about) = match route.registry_parent {
            0 => (0, route.parent.bits()),
            id => (BY_REGISTRY, id),
        };
        match handle.push_now(Row::new(Kind::Event, flags, decision.site, 0, about).with_owner(owner)) {
            Some(seq) => {
                let row = handle.row(seq);
                local.rules.set(handle.field_rules(route.handle, row, decision));
                if route.registry_parent != 0 {
                    self.note_moment(front, row);
                }
                decision.has_fields()
            }
            None => {
                if handle.ring.refuse() {
                    mark_truncated(handle, route.parent);
                }
                false
            }
        }
    }

    /// Notes among the rows of the thread's owner when one of the commons was written, so that both keep the order of
    /// the program.
    fn note_moment(&mut self, front: &Front, row: Ref) {
        if let Some(own) = self.own_handle(front).filter(|own| own.ring.number() != row.ring()) {
            let moment = Row::new(Kind::Moment, 0, 0, 0, row.bits()).at(ticks());
            add(&own.ring.counts.moments, u64::from(own.ring.push(&moment).is_some()));
        }
    }

    /// The handle and the words by which a row can speak of a span: its own identity, or the registry's id.
    fn about(&mut self, front: &Front, id: u64) -> Option<(u32, u8, u64)> {
        if front.by_registry() {
            return match self.known(front, id) {
                Some(known) if known.row.state() == State::Recorded => Some((known.handle, 0, known.row.bits())),
                Some(_) => None,
                None => self.stray(front).map(|handle| (handle, BY_REGISTRY, id)),
            };
        }
        let row = Ref::from_bits(id);
        let handle = (row.state() == State::Recorded).then(|| self.handle_by_ring(row.ring())).flatten()?;
        Some((handle, 0, row.bits()))
    }
}

/// When a row was written that may speak of a span by the registry's id: ids are used again, so it matters.
fn spoken(flags: u8) -> u64 {
    if flags & (BY_REGISTRY | row::FROM_BY_REGISTRY) == 0 { 0 } else { ticks() }
}

/// Fields were recorded on a span that exists already.
pub(crate) fn record(front: &Front, id: u64, values: &Record<'_>, metadata: Option<&'static Metadata<'static>>) {
    let made = with(|thread| {
        let (at, flags, about) = thread.about(front, id)?;
        let owner = if front.by_registry() { thread.owner_mark() } else { 0 };
        let Some(Some(handle)) = thread.handles.get_mut(at as usize) else { return None };
        let decision = metadata.map(|metadata| handle.decide(metadata)).or_else(|| {
            // The lean front knows the callsite from the row, as long as the row is this thread's.
            let row = Ref::from_bits(about);
            let slot = (row.ring() == handle.ring.number()).then(|| handle.ring.own(row.seq())).flatten()?;
            let site = Row([slot[W_HEAD].load(Relaxed), 0, 0, 0, 0, 0]).callsite();
            Some(handle.decide(callsite::by_index(site)?.metadata))
        });
        let Some(seq) = handle.push_now(Row::new(Kind::Record, flags, 0, id, about).with_owner(owner)) else {
            handle.ring.refuse();
            return None;
        };
        Some((
            handle.field_rules(at, handle.row(seq), decision.unwrap_or_default()),
            decision,
            Arc::clone(&handle.session),
        ))
    });
    let Some((mut rules, decision, session)) = made.flatten() else { return };
    if decision.is_none() {
        rules.redact = by_name(values, &session.plan.policy);
    }
    local(|local| write_fields(local, rules, |fields| values.record(fields), |_| ()));
}

/// The mask of what a policy keeps out, of a span whose callsite this thread does not know.
fn by_name(values: &Record<'_>, policy: &tracesnap_redact::Policy) -> u64 {
    struct Names<'a>(u64, &'a tracesnap_redact::Policy);
    impl tracing_core::field::Visit for Names<'_> {
        fn record_debug(&mut self, field: &tracing_core::field::Field, _: &dyn std::fmt::Debug) {
            if self.1.matches_name(field.name()).is_some() {
                self.0 |= 1 << (field.index() & 63);
            }
        }
    }
    let mut names = Names(0, policy);
    values.record(&mut names);
    names.0
}

/// One span follows from another.
pub(crate) fn follows_from(front: &Front, id: u64, from: u64) {
    with(|thread| {
        let (at, flags, about) = thread.about(front, id)?;
        let (_, from_flags, from) = thread.about(front, from)?;
        let owner = if front.by_registry() { thread.owner_mark() } else { 0 };
        let handle = thread.handle(at)?;
        let flags = flags | if from_flags & BY_REGISTRY != 0 { row::FROM_BY_REGISTRY } else { 0 };
        let row = Row::new(Kind::Follows, flags, 0, id, about).until(from).with_owner(owner).at(spoken(flags));
        if handle.ring.push(&row).is_none() {
            handle.ring.refuse();
        }
        Some(())
    });
}

/// The span entered last on this thread, by the lean front's id, with its metadata where this thread knows it.
pub(crate) fn current(front: &Front) -> Option<(u64, Option<&'static Metadata<'static>>)> {
    with(|thread| {
        let frame = thread.stack.entered().iter().rev().find(|frame| frame.front == front.number)?;
        let own = frame.row.state() == State::Recorded && frame.row.seq() == frame.stay;
        Some((frame.id, own.then(|| callsite::by_index(frame.callsite).map(|site| site.metadata)).flatten()))
    })
    .flatten()
}

// Ownership of the thread.

/// Makes a session the owner of this thread, above those that own it already.
pub(crate) fn take_thread(session: &Arc<Session>) {
    with(|thread| thread.take(session));
}

/// Whether this session owns the thread already.
pub(crate) fn owns_thread(session: &Session) -> bool {
    with(|thread| thread.is_owned_by(session)).unwrap_or(false)
}

/// The session that owned this thread before `session` did, and the call that was entered in it then.
pub(crate) fn outer(session: &Session) -> Option<(Arc<Session>, Ref)> {
    with(|thread| thread.outer(session)).flatten()
}

/// Ends the ownership of a session on this thread.
pub(crate) fn leave_thread(session: &Session) {
    with(|thread| thread.leave_session(session));
}
