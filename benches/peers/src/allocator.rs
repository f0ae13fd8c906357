//! The allocator of the measured processes: the system's own, with counting that can be switched on for one slice, and
//! tracesnap's around it for the subjects that read it.
//!
//! Timed slices of all others run with both switched off, where they cost a predictable branch: counting every
//! allocation would charge the peers that allocate for being looked at.
#![allow(unsafe_code, reason = "a global allocator cannot be written without")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use tracesnap::TrackingAllocator;

/// [`System`], counted while [`counted`] runs; after [`track`] through a [`TrackingAllocator`].
pub(crate) struct Switchable;

/// Both hand every block on to [`System`], so either may free what came from the other.
static TRACKING: TrackingAllocator = TrackingAllocator::system();

static COUNTING: AtomicBool = AtomicBool::new(false);
static TRACKED: AtomicBool = AtomicBool::new(false);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

/// What one slice asked of the allocator, on all threads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    pub(crate) allocations: u64,
    pub(crate) bytes: u64,
}

/// Runs `work` and counts the allocations (and reallocations) of all threads meanwhile.
pub(crate) fn counted<T>(work: impl FnOnce() -> T) -> (T, Counted) {
    let (allocations, bytes) = (ALLOCATIONS.load(Relaxed), BYTES.load(Relaxed));
    COUNTING.store(true, Relaxed);
    let value = work();
    COUNTING.store(false, Relaxed);
    let counted = Counted { allocations: ALLOCATIONS.load(Relaxed) - allocations, bytes: BYTES.load(Relaxed) - bytes };
    (value, counted)
}

/// From now on, tracesnap sees the allocations of this process.
pub(crate) fn track() {
    TRACKED.store(true, Relaxed);
}

fn count(size: usize) {
    if COUNTING.load(Relaxed) {
        ALLOCATIONS.fetch_add(1, Relaxed);
        BYTES.fetch_add(size as u64, Relaxed);
    }
}

// SAFETY: every call goes to `System` unchanged, directly or through `TrackingAllocator`, which hands it on likewise; so
// the contract of `GlobalAlloc` is kept by `System`. Counting touches only atomics: it neither allocates nor unwinds.
unsafe impl GlobalAlloc for Switchable {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps the contract of `alloc`, which is the same for both.
        unsafe { if TRACKED.load(Relaxed) { TRACKING.alloc(layout) } else { System.alloc(layout) } }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: as above.
        unsafe { if TRACKED.load(Relaxed) { TRACKING.alloc_zeroed(layout) } else { System.alloc_zeroed(layout) } }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: as above; `block` came from `System`, since all blocks do.
        unsafe {
            if TRACKED.load(Relaxed) {
                TRACKING.realloc(block, layout, size)
            } else {
                System.realloc(block, layout, size)
            }
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above; `block` came from `System`, since all blocks do.
        unsafe { if TRACKED.load(Relaxed) { TRACKING.dealloc(block, layout) } else { System.dealloc(block, layout) } }
    }
}
