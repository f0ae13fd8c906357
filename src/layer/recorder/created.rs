//! Spans that are made: whether they are recorded, and as whose.

use std::sync::atomic::Ordering::Relaxed;

use tracing_core::Metadata;
use tracing_core::span::Attributes;

use super::values::write_span_fields;
use super::{Source, asked};
use crate::layer::callsite;
use crate::layer::handle::Handle;
use crate::layer::local::{Local, local};
use crate::layer::ring::add;
use crate::layer::row::{BY_REGISTRY, Kind, NO_ROW, Ref, Row, State, TRUNCATED};
use crate::layer::session::{self, Decision};
use crate::layer::stack::{Frame, PLAIN};
use crate::layer::thread::{Asked, Front, Route, Thread};

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
        let caller = if is_root { self.root.caller(front) } else { top };
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
            let row = || span_row(route, decision, id, owner_mark);
            if let Some(seq) = handle.push_on(route.handle, &mut self.stack, row) {
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
pub(super) fn mark_truncated(handle: &Handle, parent: Ref) {
    if !parent.has_row() {
        return;
    }
    if parent.ring() == handle.ring.number() {
        handle.ring.flag(parent.seq(), TRUNCATED);
    } else {
        handle.session.mark_truncated(parent);
    }
}
