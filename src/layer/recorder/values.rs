//! What the fields of a span or event hold: into the ring at once where they are plain, formatted outside any borrow
//! where code of the program's must run for it.

use std::sync::atomic::Ordering::{Relaxed, Release};

use tracing_core::span::Attributes;
use tracing_core::{Event, Metadata};

use crate::allocator;
use crate::layer::fields::{Direct, Happened, Recorder, Scratch};
use crate::layer::handle::Handle;
use crate::layer::local::Local;
use crate::layer::ring::{Ring, add};
use crate::layer::row::{self, BY_REGISTRY, Kind, Ref, Row, W_ABOUT, W_HEAD, W_TEXT};
use crate::layer::session::Decision;
use crate::layer::stack::{Frame, MEMORY, NO_HANDLE, Stack};
use crate::layer::thread::{Front, Thread};

/// How fields are to be written, and for whom.
#[derive(Clone, Copy)]
pub(in crate::layer) struct FieldRules {
    pub(super) redact: u64,
    row: Ref,
    handle: u32,
    limit: u32,
    flags: u32,
}

impl FieldRules {
    pub(in crate::layer) const NONE: Self = Self { redact: 0, row: Ref::NONE, handle: NO_HANDLE, limit: 0, flags: 0 };
}
impl Handle {
    /// Writes the fields of a span that need no formatting. False if they do: then they are to be written by the rules
    /// left in `local`, once nothing is borrowed.
    #[inline(never)]
    pub(super) fn write_span_now(
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
    pub(super) fn write_event_now(
        &mut self,
        local: &Local,
        at: u32,
        row: Ref,
        decision: Decision,
        event: &Event<'_>,
    ) -> bool {
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
    pub(super) fn field_rules(&self, handle: u32, row: Ref, decision: Decision) -> FieldRules {
        FieldRules { redact: decision.redact, row, handle, limit: self.limit, flags: self.flags }
    }
}

/// The fields of a span just made. Foreign code runs meanwhile and may make others, so it is made pending again.
#[inline(never)]
pub(super) fn write_span_fields(local: &Local, front: &Front, registry_id: u64, attributes: &Attributes<'_>) {
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
pub(super) fn write_fields(
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
        let thread = &mut **thread;
        if let Some(Some(handle)) = thread.handles.get(rules.handle as usize)
            && (!ran_foreign || handle.ring.number() == rules.row.ring())
        {
            commit(handle, rules.handle, &mut thread.stack, rules.row, scratch);
        }
        if ran_foreign {
            mend(thread);
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
        if handle.ring.is_handed_on(rules.row.seq()) {
            return;
        }
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
fn commit(handle: &Handle, at: u32, stack: &mut Stack, row: Ref, scratch: &Scratch) {
    let ring = &*handle.ring;
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
    if ring.is_streamed() {
        return commit_streamed(handle, at, stack, row, words);
    }
    keep(ring, row.seq(), words);
}

/// Writes field text and tells a row where; false where there is no room for it.
#[inline]
fn keep(ring: &Ring, seq: u64, words: &[u64]) -> bool {
    let Some(at) = ring.push_text(words) else { return false };
    if let Some(slot) = ring.own(seq) {
        slot[W_TEXT].store(row::text_word(at, words.len()), Release);
    }
    true
}

/// The same in a ring that is streamed. The row may have been handed on while its values were formatted: then they follow
/// in one of their own.
#[inline(never)]
fn commit_streamed(handle: &Handle, at: u32, stack: &mut Stack, row: Ref, words: &[u64]) {
    let ring = &*handle.ring;
    let seq = match ring.is_handed_on(row.seq()) {
        false => Some(row.seq()),
        true => handle.push_on(at, stack, || Row::new(Kind::Record, 0, 0, 0, row.bits())),
    };
    match seq {
        Some(seq) => {
            if !ring.has_text_room(words.len()) {
                handle.hand_on(at, stack, seq);
            }
            keep(ring, seq, words);
        }
        None => {
            ring.refuse();
        }
    }
}
