//! What the current thread has allocated, counted by a `GlobalAlloc` around the program's own.
//!
//! The one module that may say `unsafe`: the trait asks for it.

#![allow(unsafe_code, reason = "`GlobalAlloc` asks for it")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// Counts the allocations of each thread, for [`MemoryReadings::Allocations`](crate::MemoryReadings::Allocations).
///
/// Costs two additions to thread-local counters an allocation; it shares nothing between threads.
///
/// ```
/// use tracesnap::TrackingAllocator;
///
/// #[global_allocator]
/// static ALLOCATOR: TrackingAllocator = TrackingAllocator::system();
///
/// assert!(TrackingAllocator::<std::alloc::System>::is_installed());
/// ```
#[derive(Debug, Default, Clone, Copy)]
pub struct TrackingAllocator<A = System>(A);

impl TrackingAllocator<System> {
    /// Around the system's allocator.
    #[must_use]
    pub const fn system() -> Self {
        Self(System)
    }
}

impl<A> TrackingAllocator<A> {
    /// Around another allocator.
    pub const fn new(inner: A) -> Self {
        Self(inner)
    }

    /// Whether one is the program's global allocator: whether an allocation made now is counted.
    #[must_use]
    pub fn is_installed() -> bool {
        let before = read();
        drop(std::hint::black_box(Box::new(1_u8)));
        read().allocations != before.allocations
    }
}

/// Counters of a thread since it began. **Unit:** bytes, and a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) allocated: u64,
    pub(crate) freed: u64,
    pub(crate) allocations: u64,
}

thread_local! {
    // Without a destructor, so that it can be counted in until the thread's very end.
    static COUNTERS: Cell<Reading> = const { Cell::new(Reading { allocated: 0, freed: 0, allocations: 0 }) };
}

/// The counters of this thread; zero where no [`TrackingAllocator`] is installed.
#[inline]
pub(crate) fn read() -> Reading {
    COUNTERS.with(Cell::get)
}

/// Sets the counters back: what was allocated in between was ours, not the program's.
#[inline]
pub(crate) fn rewind(mark: Reading) {
    COUNTERS.with(|counters| counters.set(mark));
}

/// Runs what is ours and not the program's: what it allocates and frees is not counted.
pub(crate) fn uncounted<R>(run: impl FnOnce() -> R) -> R {
    let mark = read();
    let result = run();
    rewind(mark);
    result
}

#[inline]
fn count(allocated: usize, freed: usize) {
    COUNTERS.with(|counters| {
        let now = counters.get();
        counters.set(Reading {
            allocated: now.allocated.wrapping_add(allocated as u64),
            freed: now.freed.wrapping_add(freed as u64),
            allocations: now.allocations.wrapping_add(u64::from(allocated > 0)),
        });
    });
}

// SAFETY: every method hands its arguments unchanged to the inner allocator and returns what that returned, so the
// contract of `GlobalAlloc` is the inner allocator's. Counting neither allocates nor unwinds: it is a `const`
// thread-local `Cell` without destructor.
unsafe impl<A: GlobalAlloc> GlobalAlloc for TrackingAllocator<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: the caller's promise about `layout` is passed on.
        unsafe { self.0.alloc(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: `pointer` came from `self.0` with this layout, since every allocation is passed on to it.
        unsafe { self.0.dealloc(pointer, layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: as in `alloc`.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count(new_size, layout.size());
        // SAFETY: as in `dealloc`; the caller's promise about `new_size` is passed on.
        unsafe { self.0.realloc(pointer, layout, new_size) }
    }
}
