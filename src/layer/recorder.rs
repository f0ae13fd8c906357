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

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, Release};

use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, Metadata};

use super::callsite;
use super::clock::{UNTIMED, ticks};
use super::fields::{Direct, Happened, Recorder, Scratch};
use super::handle::Handle;
use super::ring::{Ring, add};
use super::row::{
    self, BY_REGISTRY, Kind, NO_ROW, PANICKED, Ref, Row, State, TRUNCATED, W_ABOUT, W_END, W_HEAD, W_START, W_TEXT,
};
use super::session::{self, Decision, Session};
use super::stack::{AGAIN, Frame, MEMORY, NO_HANDLE, TIMED, UNDER_OWNER, WAS_PANICKING};
use super::thread::{Asked, Front, Route, Thread};
use crate::allocator;
use crate::tree::Memory;

thread_local! {
    static LOCAL: Local = const {
        Local { state: RefCell::new(Thread::new()), scratch: RefCell::new(None), rules: Cell::new(FieldRules::NONE) }
    };
}

struct Local {
    state: RefCell<Thread>,
    scratch: RefCell<Option<Box<Scratch>>>,
    /// How the fields of the span or event that was recorded last are to be written.
    rules: Cell<FieldRules>,
}

/// How fields are to be written, and for whom.
#[derive(Clone, Copy)]
struct FieldRules {
    redact: u64,
    row: Ref,
    handle: u32,
    limit: u32,
    flags: u32,
}

impl FieldRules {
    const NONE: Self = Self { redact: 0, row: Ref::NONE, handle: NO_HANDLE, limit: 0, flags: 0 };
}

/// Runs `f` on the state of this thread; `None` where it is in use already, or the thread is ending.
fn with<R>(f: impl FnOnce(&mut Thread) -> R) -> Option<R> {
    LOCAL.try_with(|local| Some(f(&mut *local.state.try_borrow_mut().ok()?))).ok().flatten()
}

/// The same for the short ways: the result fits into registers.
#[inline(always)]
fn with_or<R: Copy>(otherwise: R, f: impl FnOnce(&Local, &mut Thread) -> R) -> R {
    let run = |local: &Local| match local.state.try_borrow_mut() {
        Ok(mut thread) => f(local, &mut thread),
        Err(_) => otherwise,
    };
    LOCAL.try_with(run).unwrap_or(otherwise)
}

/// The parent that a span or event asks for.
fn asked(is_contextual: bool, parent: Option<&Id>) -> Asked {
    if is_contextual { Asked::Contextual } else { parent.map_or(Asked::Root, |id| Asked::Explicit(id.into_u64())) }
}

// Spans that are made.

/// A span was made. Gives its identity, which is its id in the lean front.
#[inline]
pub(crate) fn new_span(front: &Front, registry_id: u64, attributes: &Attributes<'_>) -> Ref {
    let make = |local: &Local| {
        let (row, has_fields) = match local.state.try_borrow_mut() {
            Ok(mut thread) => thread.make(local, front, registry_id, attributes),
            Err(_) => (Ref::UNATTRIBUTED, false),
        };
        if has_fields {
            write_span_fields(local, front, registry_id, attributes);
        }
        row
    };
    LOCAL.try_with(make).unwrap_or(Ref::UNATTRIBUTED)
}

impl Thread {
    /// Decides on a span, writes its row and makes it pending. Gives its identity, and whether it has fields to be
    /// written.
    #[inline(always)]
    fn make(&mut self, local: &Local, front: &Front, registry_id: u64, attributes: &Attributes<'_>) -> (Ref, bool) {
        let metadata = attributes.metadata();
        let inside = self.stack.len() > self.base && attributes.is_contextual();
        if let (true, Some((top, next))) = (inside, self.stack.top_and_next())
            && top.row.is_plain()
            && top.front == front.number
            && let Some(Some(handle)) = self.handles.get_mut(top.handle as usize)
        {
            let decision = handle.decide(metadata);
            let depth = top.depth + 1;
            if decision.is_wanted() && depth < handle.max_depth {
                let row = Row::new(Kind::Span, 0, decision.site, registry_id, top.row.bits());
                if let Some(seq) = handle.ring.push(&row) {
                    let row = handle.row(seq);
                    next.id = if front.by_registry() { registry_id } else { row.bits() };
                    next.row = row;
                    next.parent = top.row;
                    next.stay = seq;
                    next.handle = top.handle;
                    next.callsite = decision.site;
                    next.depth = depth;
                    next.front = front.number;
                    next.flags = handle.flags;
                    let at = top.handle;
                    return (
                        row,
                        decision.has_fields() && !handle.write_span_now(local, at, row, decision, attributes),
                    );
                }
            }
        }
        self.make_without_row(local, front, registry_id, attributes)
    }
}

impl Thread {
    /// The way of spans that get no row: refused by the filter, or under a root that is not in the sample. A program
    /// may make very many of them, so what is neither goes on to the long way from here.
    #[inline(never)]
    fn make_without_row(
        &mut self,
        local: &Local,
        front: &Front,
        registry_id: u64,
        attributes: &Attributes<'_>,
    ) -> (Ref, bool) {
        let inside = self.stack.len() > self.base && attributes.is_contextual();
        if let (true, Some((top, next))) = (inside, self.stack.top_and_next())
            && top.front == front.number
            && let Some(Some(handle)) = self.handles.get_mut(top.handle as usize)
            && !handle.ring.is_closed()
        {
            let unsampled = top.row.state() == State::Unsampled;
            let decision = handle.decide(attributes.metadata());
            if unsampled || !decision.is_wanted() {
                // What has no row of its own hands on what its caller is.
                let row = if top.row.is_plain() { top.row.as_state(State::Through) } else { top.row };
                let id = if front.by_registry() { registry_id } else { row.bits() };
                *next = Frame {
                    id,
                    row,
                    handle: top.handle,
                    callsite: decision.site,
                    depth: top.depth,
                    front: front.number,
                    ..Frame::NOWHERE
                };
                add(&handle.ring.counts.sampled_out, u64::from(unsampled));
                if front.by_registry() {
                    handle.ring.push_link(id, row.bits(), false);
                }
                return (row, false);
            }
        }
        self.create_anyhow(local, front, registry_id, attributes)
    }

    /// The long way: roots, explicit parents, refusals, sampling, full rings, sessions that are over. Makes the span
    /// pending; gives its identity, and whether it has fields to be written.
    #[inline(never)]
    fn create_anyhow(&mut self, local: &Local, front: &Front, id: u64, attributes: &Attributes<'_>) -> (Ref, bool) {
        let asked = asked(attributes.is_contextual(), attributes.parent());
        let (frame, rules) = self.create(front, id, asked, attributes.metadata());
        let id = if front.by_registry() { id } else { frame.row.bits() };
        self.stack.set_pending(Frame { id, front: front.number, ..frame });
        rules.into_iter().for_each(|rules| local.rules.set(rules));
        (frame.row, rules.is_some())
    }

    /// Decides on a span, whatever it is, and writes its row if it is recorded.
    fn create(
        &mut self,
        front: &Front,
        id: u64,
        asked: Asked,
        metadata: &'static Metadata<'static>,
    ) -> (Frame, Option<FieldRules>) {
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
        let state = handle.judge(route, decision);
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
                let rules = handle.field_rules(route.handle, frame.row, decision);
                if route.registry_parent != 0 {
                    self.note_moment(front, frame.row);
                }
                return (frame, decision.has_fields().then_some(rules));
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
    fn judge(&self, route: Route, decision: Decision) -> State {
        let counts = &self.ring.counts;
        let is_root = !route.parent.has_row() && route.registry_parent == 0;
        if !decision.is_wanted() {
            State::Through
        } else if route.depth >= self.max_depth {
            add(&counts.too_deep, 1);
            State::Through
        } else if is_root && decision.is_sampled() && !self.session.samples(decision.site, decision.sampler) {
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
    let mark = |ring: &Ring| {
        if let Some(slot) = ring.own(parent.seq()).filter(|_| ring.number() == parent.ring()) {
            // Not a load and a store: it may be another thread's row, which is just being marked as panicked.
            slot[W_HEAD].fetch_or(row::flag_bit(TRUNCATED), Relaxed);
        }
    };
    if parent.has_row() {
        if parent.ring() == handle.ring.number() {
            mark(&handle.ring);
        } else {
            handle.session.rings().iter().for_each(|ring| mark(ring));
        }
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
        if !thread.stack.is_pending(front.number, id) {
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
        Ok(mut scratch) => match &mut *scratch {
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
pub(crate) fn enter(front: &Front, id: u64) {
    with_or((), |_, thread| {
        let Some(frame) = thread.stack.enter_pending(front.number, id) else {
            return thread.enter_again(front, id);
        };
        if frame.flags & MEMORY != 0 || std::thread::panicking() {
            return thread.enter_in_circumstances();
        }
        if let Some(Some(handle)) = thread.handles.get(frame.handle as usize) {
            // `NO_ROW` is beyond every row, so it has no slot.
            if let Some(slot) = handle.ring.own(frame.stay) {
                frame.start = if frame.flags & TIMED != 0 { ticks() } else { UNTIMED };
                slot[W_START].store(frame.start, Relaxed);
            }
        }
    });
}

impl Thread {
    /// Notes what must be known at the exit, and stamps the start of the frame on top.
    #[inline(never)]
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
        if let Some(Some(handle)) = self.handles.get(frame.handle as usize)
            && let Some(slot) = handle.ring.own(frame.stay)
        {
            frame.start = if frame.flags & TIMED != 0 { ticks() } else { UNTIMED };
            slot[W_START].store(frame.start, Relaxed);
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
        Frame { row, stay: stay.unwrap_or(NO_ROW), handle, depth, flags: entry.flags, ..Frame::NOWHERE }
    }
}

// Spans that are left.

/// A span was left.
#[inline]
pub(crate) fn exit(front: &Front, id: u64) {
    with_or((), |_, thread| {
        let Thread { stack, handles, .. } = thread;
        let Some(top) = stack.top_mut() else { return thread.leave_out_of_order(front, id, UNTIMED) };
        // The first thing that takes time: everything after it is ours, not the call's.
        let now = if top.flags & TIMED != 0 { ticks() } else { UNTIMED };
        if !top.is(front.number, id) {
            return thread.leave_out_of_order(front, id, now);
        }
        if top.flags & (MEMORY | UNDER_OWNER) != 0 || std::thread::panicking() {
            return thread.leave_in_circumstances(now);
        }
        if let Some(Some(handle)) = handles.get(top.handle as usize) {
            match handle.ring.own(top.stay) {
                Some(slot) => slot[W_END].store(now, Relaxed),
                None if top.stay == NO_ROW => {}
                None => return thread.leave_in_circumstances(now),
            }
        }
        top.id = 0;
        stack.uncover();
    });
}

impl Thread {
    /// Writes the end of the frame on top with what it allocated and whether it panicked, and takes it off.
    #[inline(never)]
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
    #[inline(never)]
    fn leave_out_of_order(&mut self, front: &Front, id: u64, now: u64) {
        let is_it = |frame: &Frame| frame.is(front.number, id) || frame.is(front.number | AGAIN, id);
        let Some(at) = self.stack.entered().iter().rposition(is_it) else {
            return self.unmatched(front);
        };
        let frame = self.remove_frame(at);
        let now = match (frame.flags & TIMED != 0, now) {
            (true, UNTIMED) => ticks(),
            (true, now) => now,
            (false, _) => UNTIMED,
        };
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
    let has_fields = with_or(false, |local, thread| {
        if let Some(top) = thread.stack.top() {
            let inside = thread.stack.len() > thread.base && event.is_contextual();
            if inside
                && top.row.is_plain()
                && top.front == front.number
                && let Some(Some(handle)) = thread.handles.get_mut(top.handle as usize)
            {
                let decision = handle.decide(event.metadata());
                if decision.is_wanted() {
                    let row = Row::new(Kind::Event, 0, decision.site, 0, top.row.bits());
                    if let Some(seq) = handle.push_now(row) {
                        let (at, row) = (top.handle, handle.row(seq));
                        return decision.has_fields() && !handle.write_event_now(local, at, row, decision, event);
                    }
                }
            }
        }
        thread.event_anyhow(local, front, event)
    });
    if has_fields {
        write_event_fields(event);
    }
}

#[inline(never)]
fn write_event_fields(event: &Event<'_>) {
    let _ = LOCAL.try_with(|local| write_fields(local, local.rules.get(), |fields| event.record(fields), |_| ()));
}

impl Handle {
    /// Writes a row with the time of now.
    #[inline]
    fn push_now(&self, row: Row) -> Option<u64> {
        self.ring.push(&row.at(if self.flags & TIMED != 0 { ticks() } else { UNTIMED }))
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
        if is_root && decision.is_sampled() && !handle.session.samples(decision.site, decision.sampler) {
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
    let _ = LOCAL.try_with(|local| write_fields(local, rules, |fields| values.record(fields), |_| ()));
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
