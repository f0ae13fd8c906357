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

/// Which policy, which kind of name; its address; its length.
type Entry = Cell<(u64, usize, usize)>;

const ROOM: usize = 512;

thread_local! {
    static KNOWN: [Entry; ROOM] = const { [const { Cell::new((u64::MAX, 0, 0)) }; ROOM] };
}

fn place(serial: u64, of: Of, name: &'static str) -> (usize, (u64, usize, usize)) {
    let address = name.as_ptr() as usize;
    let entry = (serial << 2 | of as u64, address, name.len());
    let mixed = (address ^ name.len() << 7 ^ (of as usize) << 3).wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as usize);
    (mixed >> (usize::BITS - 9), entry)
}

/// Whether this name is known to say nothing under the policy of this number.
pub(crate) fn is_known(serial: u64, of: Of, name: &'static str) -> bool {
    let (at, entry) = place(serial, of, name);
    // Where the thread ends already, nothing is known.
    KNOWN.try_with(|known| known[at].get() == entry).unwrap_or(false)
}

pub(crate) fn remember(serial: u64, of: Of, name: &'static str) {
    let (at, entry) = place(serial, of, name);
    let _ = KNOWN.try_with(|known| known[at].set(entry));
}
