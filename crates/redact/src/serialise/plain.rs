//! Remembers names that say nothing.
//!
//! Fields, types and structs have names that stand in the program and never move, so one look at each is enough: what was
//! found to be plain is known by its address afterwards. Whatever a rule holds for is looked up each time; that is rare.

use std::cell::Cell;

/// What a name is the name of, since the same text may serve for several.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Of {
    Field = 0,
    Type = 1,
    Struct = 2,
}

/// The address of a name; which policy, which kind of name, and its length. The second is never 0.
type Entry = Cell<(usize, u64)>;

/// Names with the same last bits of a hash. Two that share a place would otherwise be looked up for ever in turns.
type Place = [Entry; 4];

const PLACES: usize = 128;

thread_local! {
    static KNOWN: [Place; PLACES] = const { [const { [const { Cell::new((0, 0)) }; 4] }; PLACES] };
}

/// What is remembered, and where; `None` for what is too much for an entry.
#[inline]
fn entry_of(serial: u64, of: Of, name: &'static str) -> Option<(usize, (usize, u64))> {
    let address = name.as_ptr() as usize;
    let length = u32::try_from(name.len()).ok()?;
    let policy = u32::try_from(serial << 2 | (of as u64 + 1)).ok()?;
    let mixed = (address ^ name.len() << 7 ^ (of as usize) << 3).wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as usize);
    Some((mixed >> (usize::BITS - PLACES.ilog2()), (address, u64::from(policy) << 32 | u64::from(length))))
}

/// Whether this name is known to say nothing under the policy of this number.
#[inline]
pub(crate) fn is_known(serial: u64, of: Of, name: &'static str) -> bool {
    let Some((at, entry)) = entry_of(serial, of, name) else { return false };
    // Where the thread ends already, nothing is known.
    KNOWN.try_with(|known| known[at].iter().any(|known| known.get() == entry)).unwrap_or(false)
}

pub(crate) fn remember(serial: u64, of: Of, name: &'static str) {
    let Some((at, mut entry)) = entry_of(serial, of, name) else { return };
    // The one that came first goes.
    let _ = KNOWN.try_with(|known| known[at].iter().for_each(|known| entry = known.replace(entry)));
}
