//! Rings that sessions gave back, warm: their pages are there already.

use std::sync::{Arc, Mutex, PoisonError};

use super::ring::{Ring, Shape, ThreadName};

/// Most bytes that idle rings may hold, all shapes together: 128 MiB, some twenty rings of the default shape.
const MAX_BYTES: usize = 128 << 20;

static POOL: Mutex<Vec<Ring>> = Mutex::new(Vec::new());

/// A ring of this shape: a used one if there is one, else a new one, whose pages come when they are written.
pub(crate) fn take(shape: Shape, thread: ThreadName) -> Ring {
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(at) = pool.iter().rposition(|ring| ring.shape() == shape) else {
        drop(pool);
        return Ring::new(shape, thread);
    };
    let mut ring = pool.swap_remove(at);
    drop(pool);
    ring.renew(thread);
    ring
}

/// Gives a ring back, if nobody else holds it and the pool has room; frees it otherwise. What is left of a ring is freed.
pub(crate) fn give_back(ring: Arc<Ring>) {
    let Some(ring) = Arc::into_inner(ring).filter(|ring| !ring.is_remains()) else { return };
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    let held: usize = pool.iter().map(Ring::bytes).sum();
    if held + ring.bytes() <= MAX_BYTES {
        pool.push(ring);
    }
}
