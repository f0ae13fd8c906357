//! What a thread keeps for its next capture: room for values, what holds for the functions it called last, its lanes.
//!
//! So a capture in the background takes no lock that anybody else wants, and no memory that another thread gives back.

use std::cell::RefCell;
use std::sync::{Arc, Weak};

use super::captures::{Captures, Inner};
use super::gate;
use super::queue::Lane;
use super::settled::{OwnerName, Rules, Site};
use super::values::Taken;

/// Room for the values of one call.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// One behind the other, as JSON.
    pub(crate) json: Vec<u8>,
    pub(crate) taken: Vec<Taken>,
}

/// What holds for a function under the captures of one gate.
struct Bound {
    gate: u32,
    site: *const Site,
    owner: Option<OwnerName>,
    // Weak: whoever replaces the captures of the process must not wait for this thread's next call.
    captures: Weak<Inner>,
    rules: Weak<Rules>,
}

#[derive(Default)]
struct Local {
    rooms: Vec<Room>,
    /// Of the functions that were captured last, the last one first.
    bounds: Vec<Bound>,
    /// By the number of the queue.
    lanes: Vec<(u64, Arc<Lane>)>,
}

thread_local! {
    static LOCAL: RefCell<Local> = RefCell::default();
}

/// Calls inside of calls beyond these take new room.
const MOST_ROOMS: usize = 8;
/// Room that is larger is given back.
const LARGEST_ROOM: usize = 256 << 10;
const MOST_BOUNDS: usize = 16;

fn with<T>(does: impl FnOnce(&mut Local) -> T) -> Option<T> {
    LOCAL.try_with(|local| Some(does(&mut *local.try_borrow_mut().ok()?))).ok().flatten()
}

/// Room that is empty.
pub(crate) fn room() -> Room {
    let kept = with(|local| local.rooms.pop()).flatten();
    kept.unwrap_or_else(|| Room { json: Vec::with_capacity(512), taken: Vec::with_capacity(8) })
}

/// Keeps room for the next call.
pub(crate) fn give_back(mut room: Room) {
    if room.json.capacity() > LARGEST_ROOM {
        return;
    }
    room.json.clear();
    room.taken.clear();
    let _ = with(|local| {
        if local.rooms.len() < MOST_ROOMS {
            local.rooms.push(room);
        }
    });
}

fn is_same(one: Option<OwnerName>, other: Option<OwnerName>) -> bool {
    one.map(|owner| owner as usize) == other.map(|owner| owner as usize)
}

/// What holds for this function, if this thread has captured it under this gate.
pub(crate) fn bound(gate: u32, site: &'static Site, owner: Option<OwnerName>) -> Option<(Captures, Arc<Rules>)> {
    with(|local| {
        let is_it = |bound: &Bound| bound.gate == gate && std::ptr::eq(bound.site, site) && is_same(bound.owner, owner);
        let at = local.bounds.iter().position(is_it)?;
        if at > 0 {
            local.bounds.swap(0, at);
        }
        let Bound { captures, rules, .. } = &local.bounds[0];
        Some((Captures::of_weak(captures)?, rules.upgrade()?))
    })
    .flatten()
}

/// Remembers what holds for a function. Of scopes nothing is remembered: their gate does not tell one from another.
pub(crate) fn bind(gate: u32, site: &'static Site, owner: Option<OwnerName>, captures: &Captures, rules: &Arc<Rules>) {
    if gate == gate::ASK || gate == gate::UNDECIDED {
        return;
    }
    let (captures, rules) = (captures.downgrade(), Arc::downgrade(rules));
    let _ = with(|local| {
        // What held under an older gate never holds again.
        local.bounds.retain(|bound| bound.captures.strong_count() > 0);
        local.bounds.truncate(MOST_BOUNDS - 1);
        local.bounds.insert(0, Bound { gate, site, owner, captures, rules });
    });
}

/// Does something with this thread's lane of a queue; `None` where the thread is ending.
pub(crate) fn with_lane<T>(queue: u64, open: impl FnOnce() -> Arc<Lane>, does: impl FnOnce(&Lane) -> T) -> Option<T> {
    with(|local| {
        let at = local.lanes.iter().position(|(of, _)| *of == queue).unwrap_or_else(|| {
            // Nobody reads a lane that nobody else has.
            local.lanes.retain(|(_, lane)| Arc::strong_count(lane) > 1);
            local.lanes.push((queue, open()));
            local.lanes.len() - 1
        });
        does(&local.lanes[at].1)
    })
}
