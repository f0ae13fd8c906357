//! What is told of a span beside its life: events in it, fields recorded late, what it follows from.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use tracing_core::span::Record;
use tracing_core::{Event, Metadata};

use super::asked;
use super::created::mark_truncated;
use super::values::write_fields;
use crate::layer::callsite;
use crate::layer::clock::{UNTIMED, ticks};
use crate::layer::handle::Handle;
use crate::layer::local::{Local, local, with};
use crate::layer::ring::add;
use crate::layer::row::{self, BY_REGISTRY, Kind, Ref, Row, State, W_HEAD};
use crate::layer::stack::{Stack, TIMED};
use crate::layer::thread::{Front, Thread};

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
        self.ring.push(&self.stamped(row))
    }

    /// The same, also where a share of a streamed ring is full.
    fn push_now_on(&self, at: u32, stack: &mut Stack, row: Row) -> Option<u64> {
        self.push_on(at, stack, || self.stamped(row))
    }

    #[inline(always)]
    fn stamped(&self, row: Row) -> Row {
        row.at(if self.flags & TIMED != 0 { self.clock.ticks() } else { UNTIMED })
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
        let row = Row::new(Kind::Event, flags, decision.site, 0, about).with_owner(owner);
        match handle.push_now_on(route.handle, &mut self.stack, row) {
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
    pub(super) fn note_moment(&mut self, front: &Front, row: Ref) {
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
        let row = Row::new(Kind::Record, flags, 0, id, about).with_owner(owner);
        let Some(seq) = handle.push_now_on(at, &mut thread.stack, row) else {
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
        let Some(Some(handle)) = thread.handles.get(at as usize) else { return None };
        let flags = flags | if from_flags & BY_REGISTRY != 0 { row::FROM_BY_REGISTRY } else { 0 };
        let row = Row::new(Kind::Follows, flags, 0, id, about).until(from).with_owner(owner).at(spoken(flags));
        if handle.push_on(at, &mut thread.stack, || row).is_none() {
            handle.ring.refuse();
        }
        Some(())
    });
}
