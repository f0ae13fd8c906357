//! What calls allocate is read exactly, and recording allocates nothing of its own.
//!
//! A binary of its own, since it installs the process's allocator: [`TrackingAllocator`] around one that counts by
//! itself. The first rewinds its counters over what is ours; the second does not, so it tells what was really done.

use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use tracesnap::{MemoryReadings, OnFull, Trace, Tracer, TrackingAllocator};
use tracing::{Instrument, info, info_span};
use tracing_subscriber::prelude::*;

use counting::Counting;

#[global_allocator]
static ALLOCATOR: TrackingAllocator<Counting> = TrackingAllocator::new(Counting);

/// Counts for each thread by itself, so that tests may run side by side.
mod counting {
    #![allow(unsafe_code, reason = "`GlobalAlloc` asks for it")]

    use std::alloc::{GlobalAlloc, Layout, System};
    use std::cell::Cell;

    pub(crate) struct Counting;

    /// What a thread has allocated. **Unit:** a number, and bytes.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Counted {
        pub(crate) allocations: u64,
        /// Allocated and not freed; less than nothing where a thread frees what others allocated.
        pub(crate) live: i64,
        /// The most there ever was of it, since [`forget_peak`].
        pub(crate) peak: i64,
    }

    thread_local! {
        static COUNTED: Cell<Counted> = const { Cell::new(Counted { allocations: 0, live: 0, peak: 0 }) };
    }

    /// What this thread has counted so far.
    pub(crate) fn counted() -> Counted {
        COUNTED.get()
    }

    /// Lets the peak begin at what is live now.
    pub(crate) fn forget_peak() {
        let now = counted();
        COUNTED.set(Counted { peak: now.live, ..now });
    }

    fn count(allocations: u64, bytes: i64) {
        let Counted { allocations: before, live, peak } = COUNTED.get();
        let live = live + bytes;
        COUNTED.set(Counted { allocations: before + allocations, live, peak: peak.max(live) });
    }

    // SAFETY: every method hands its arguments to the system's allocator and returns what that returned. Counting
    // neither allocates nor unwinds.
    unsafe impl GlobalAlloc for Counting {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            count(1, layout.size() as i64);
            // SAFETY: the caller's promise is passed on.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
            count(0, -(layout.size() as i64));
            // SAFETY: the pointer came from the system's allocator with this layout.
            unsafe { System.dealloc(pointer, layout) }
        }

        unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
            count(1, layout.size() as i64);
            // SAFETY: as in `alloc`.
            unsafe { System.alloc_zeroed(layout) }
        }

        unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
            count(1, new_size as i64 - layout.size() as i64);
            // SAFETY: as in `dealloc`.
            unsafe { System.realloc(pointer, layout, new_size) }
        }
    }
}

/// Allocates so many bytes, once.
fn bytes(count: usize) -> Vec<u8> {
    black_box(vec![1; count])
}

/// What a guard records of a run on a thread that has recorded nothing before.
fn record(run: impl FnOnce() + Send) -> Trace {
    let traced = || Tracer::builder().memory(MemoryReadings::Allocations).trace(run).map(|((), trace)| trace);
    thread::scope(|scope| scope.spawn(traced).join()).unwrap().unwrap()
}

/// What a run records, by a guard and by a layer on a registry. There only what a second run shows: the first one is
/// charged with what the registry sets up for it.
fn on_both_fronts(run: fn()) -> [Trace; 2] {
    let (layer, handle) = Tracer::builder().memory(MemoryReadings::Allocations).capacity(64).layer().unwrap();
    let trace = tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        run();
        Tracer::builder().memory(MemoryReadings::Allocations).trace(run).unwrap().1
    });
    drop(handle);
    [record(run), trace]
}

/// Bytes allocated, number of allocations and bytes freed in the one call of this name, with those of its children.
fn memory(trace: &Trace, name: &str) -> (u64, u64, u64) {
    let calls: Vec<_> = trace.calls(name).into_iter().collect();
    let [call] = calls[..] else { panic!("one call of {name} in {trace:?}") };
    let memory = call.memory().expect("it was read");
    (memory.allocated, memory.allocations, memory.freed)
}

/// The same without its children.
fn memory_exclusive(trace: &Trace, name: &str) -> (u64, u64, u64) {
    let own = trace.calls(name).into_iter().next().and_then(|call| call.memory_exclusive()).expect("it was read");
    (own.allocated, own.allocations, own.freed)
}

/// Pending once.
async fn yield_once() {
    let mut polled = false;
    poll_fn(|_| if std::mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

/// Polls a future until it is ready.
fn drive<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

// Calls that are entered more than once.

#[test]
fn a_future_has_allocated_what_all_its_polls_did() {
    for trace in on_both_fronts(|| {
        let load = async {
            drop(bytes(100));
            yield_once().await;
            drop(bytes(20));
            yield_once().await;
            drop(bytes(3));
        };
        drive(load.instrument(info_span!("load")));
    }) {
        assert_eq!(memory(&trace, "load"), (123, 3, 123));
    }
}

#[test]
fn a_call_begins_with_what_was_in_use_at_its_first_enter() {
    for trace in on_both_fronts(|| {
        let call = info_span!("call");
        call.in_scope(|| ());
        let held = bytes(1_000_000);
        call.in_scope(|| ());
        drop(held);
        info_span!("next").in_scope(|| ());
    }) {
        let at_start = |name| trace.calls(name).into_iter().next().unwrap().memory().unwrap().at_start;
        assert_eq!(at_start("call"), at_start("next"));
    }
}

#[test]
fn a_span_entered_while_it_is_entered_counts_once() {
    for trace in on_both_fronts(|| {
        let connection = info_span!("connection");
        connection.in_scope(|| {
            drop(bytes(100));
            info_span!("poll").in_scope(|| connection.in_scope(|| drop(bytes(20))));
        });
        connection.in_scope(|| drop(bytes(3)));
    }) {
        assert_eq!(memory(&trace, "connection"), (123, 3, 123));
        assert_eq!(memory(&trace, "poll"), (20, 1, 20));
        assert_eq!(memory_exclusive(&trace, "connection"), (103, 2, 103));
    }
}

#[test]
fn a_call_entered_on_two_threads_has_allocated_on_both() {
    let trace = record(|| {
        let span = info_span!("span");
        span.in_scope(|| drop(bytes(100)));
        thread::scope(|scope| scope.spawn(|| span.in_scope(|| drop(bytes(20)))).join()).unwrap();
    });
    assert_eq!(memory(&trace, "span"), (120, 2, 120));
}

#[test]
fn what_a_call_allocates_after_its_caller_is_not_taken_off_the_callers_own() {
    for trace in on_both_fronts(|| {
        let child = info_span!("caller").in_scope(|| {
            drop(bytes(50));
            let child = info_span!("child");
            child.in_scope(|| drop(bytes(100)));
            child
        });
        child.in_scope(|| drop(bytes(20)));
    }) {
        assert_eq!((memory(&trace, "caller"), memory(&trace, "child")), ((150, 2, 150), (120, 2, 120)));
        assert_eq!(memory_exclusive(&trace, "caller"), (50, 1, 50));
    }
}

// A ring that wraps.

#[test]
fn a_call_whose_row_was_overwritten_has_its_own_readings() {
    let guard = Tracer::builder()
        .memory(MemoryReadings::Allocations)
        .capacity(4)
        .on_full(OnFull::OverwriteOldest)
        .start()
        .unwrap();
    // What these leave in the ring is not to be found again.
    for _ in 0..4 {
        info_span!("large").in_scope(|| drop(bytes(1_000_000)));
    }
    info_span!("outer").in_scope(|| {
        for _ in 0..5 {
            info_span!("small").in_scope(|| drop(bytes(10)));
        }
    });
    assert_eq!(memory(&guard.finish(), "outer"), (50, 5, 50));
}

// What is ours is not the program's.

/// One span in another, so many deep.
fn descend(left: u32) {
    if left > 0 {
        info_span!("deep").in_scope(|| descend(left - 1));
    }
}

#[test]
fn a_deep_recursion_that_allocates_nothing_shows_nothing() {
    let trace = record(|| descend(300));
    let allocated: Vec<_> = trace.tree().calls().map(|call| call.memory().unwrap().allocated).collect();
    assert_eq!(allocated, [0; 300]);
}

#[test]
fn the_first_call_of_a_thread_and_its_fields_show_nothing() {
    let trace = record(|| {
        let _call = info_span!("call").entered();
        info_span!("fields", n = 1, text = "text", list = ?[1, 2]).in_scope(|| info!(n = 2, "event {}", 3));
        let late = info_span!("late", value = tracing::field::Empty).entered();
        late.record("value", 4);
    });
    assert_eq!(memory(&trace, "call"), (0, 0, 0));
}

#[test]
fn a_thread_that_joins_with_its_first_call_shows_nothing() {
    let trace = record(|| {
        let call = info_span!("call");
        let join = || call.in_scope(|| info_span!("child").in_scope(|| ()));
        thread::scope(|scope| scope.spawn(join).join()).unwrap();
    });
    assert_eq!((memory(&trace, "call"), memory(&trace, "child")), ((0, 0, 0), (0, 0, 0)));
}

#[test]
fn a_recording_inside_a_call_shows_only_what_it_records() {
    let trace = record(|| {
        let _call = info_span!("call").entered();
        let inner = Tracer::builder().memory(MemoryReadings::Allocations);
        let guard = inner.start().unwrap();
        info_span!("inner").in_scope(|| drop(bytes(100)));
        // Whose memory it is that a trace lives in when the program has it, is another question.
        std::mem::forget(guard.finish());
    });
    assert_eq!((memory(&trace, "call"), memory(&trace, "inner")), ((100, 1, 100), (100, 1, 100)));
}

// Budgets.

#[test]
fn budgets_hold_where_allocations_were_counted_and_are_refused_elsewhere() {
    let run = || info_span!("call").in_scope(|| drop(bytes(100)));
    let trace = record(run);
    trace.assert_max_allocations(1);
    trace.assert_allocated_under(101);
    assert!(trace.assertions().try_assert_max_allocations(0).is_err());
    for readings in [MemoryReadings::Off, MemoryReadings::Process] {
        let ((), trace) = Tracer::builder().memory(readings).trace(run).unwrap();
        let refused = trace.assertions().try_assert_max_allocations(1_000).unwrap_err().to_string();
        assert!(refused.starts_with("this recording has no memory readings"), "{refused}");
        assert!(trace.assertions().try_assert_allocated_under(1_000_000).is_err());
        assert!(trace.calls("call").try_assert_max_allocations(1_000).is_err());
    }
}

// What recording itself allocates, by the allocator inside, which nothing of ours rewinds.

#[tracing::instrument(ret)]
fn add(left: u64, right: u64) -> u64 {
    left + right
}

/// A span of every kind there is.
fn spans() {
    let _plain = info_span!("plain").entered();
    info_span!("fields", n = 1, text = "text", truth = true).in_scope(|| ());
    info_span!("formatted", list = ?[1, 2], number = %3).in_scope(|| info!(n = 2, "event {}", 3));
    let late = info_span!("late", value = tracing::field::Empty);
    late.record("value", 4);
    late.in_scope(|| ());
    late.in_scope(|| black_box(add(1, 2)));
    descend(100);
}

/// How often a thousand runs allocate, after as many as warm up.
fn allocations_once_warm() -> u64 {
    (0..1_000).for_each(|_| spans());
    let before = counting::counted().allocations;
    (0..1_000).for_each(|_| spans());
    counting::counted().allocations - before
}

#[test]
fn the_allocator_inside_counts() {
    let before = counting::counted();
    let held = bytes(100);
    let with = counting::counted();
    assert_eq!((with.allocations - before.allocations, with.live - before.live), (1, 100));
    drop(held);
    assert_eq!(counting::counted().live, before.live);
}

#[test]
fn recording_allocates_nothing_once_warm_under_a_guard() {
    let guard = Tracer::builder().memory(MemoryReadings::Off).capacity(1 << 18).start().unwrap();
    assert_eq!(allocations_once_warm(), 0);
    assert!(guard.finish().stats().is_complete());
}

#[test]
fn recording_allocates_nothing_once_warm_under_a_layer() {
    let (layer, handle) = Tracer::builder().memory(MemoryReadings::Off).layer().unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        assert_eq!(allocations_once_warm(), 0);
    });
    assert!(!handle.trace().tree().is_empty());
}

#[test]
fn recording_allocates_nothing_when_the_ring_is_full() {
    let guard = Tracer::builder().memory(MemoryReadings::Off).capacity(1_000).start().unwrap();
    assert_eq!(allocations_once_warm(), 0);
    assert!(guard.finish().stats().lost > 0);
}

/// Bytes that are in use after 50 runs and were not after 5. The least of three times: whether an idle ring is kept
/// depends on those that tests beside this one have given back. The size of the ring must be the test's own.
fn retained_by_45_more(run: impl Fn()) -> i64 {
    let once = || {
        (0..5).for_each(|_| run());
        let before = counting::counted().live;
        (0..45).for_each(|_| run());
        counting::counted().live - before
    };
    (0..3).map(|_| once()).min().unwrap_or_default()
}

#[test]
fn sessions_that_are_over_leave_nothing_behind_but_their_ring() {
    let session = || {
        let tracer = Tracer::builder().capacity(1 << 11);
        let ((), trace) = tracer.trace(|| (0..10).for_each(|_| spans())).unwrap();
        black_box(trace.snapshot().to_string());
    };
    let retained = retained_by_45_more(session);
    assert!(retained <= 1_024, "{retained} bytes");
}

#[test]
fn layers_that_are_gone_leave_nothing_behind_but_their_rings() {
    let layer = || {
        let (layer, handle) = Tracer::builder().capacity(1 << 12).layer().unwrap();
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, || (0..10).for_each(|_| spans()));
        black_box(handle.trace().snapshot().to_string());
    };
    let retained = retained_by_45_more(layer);
    assert!(retained <= 1_024, "{retained} bytes");
}

// The whole way from rows to what is written, for as many spans as a ring can be asked to hold.

const SPANS: usize = 1_000_000;

/// Everything there is to make of a trace, one after the other; what is in use meanwhile, in bytes a span. The ring is
/// in it: it is idle, and not given back to the system.
fn peak_of_the_whole_way(record: impl FnOnce() -> Trace) -> f64 {
    let before = counting::counted().live;
    counting::forget_peak();
    let peak = || {
        let peak = (counting::counted().peak - before) as f64 / SPANS as f64;
        counting::forget_peak();
        peak
    };
    let trace = record();
    assert_eq!(trace.tree().len(), SPANS + 1);
    let tree = peak();
    drop(trace.graph());
    let graph = peak();
    drop(trace.metrics());
    let metrics = peak();
    let snapshot = trace.snapshot();
    serde_json::to_writer(std::io::sink(), &snapshot).unwrap();
    let json = peak();
    std::io::Write::write_fmt(&mut std::io::sink(), format_args!("{snapshot}")).unwrap();
    let text = peak();
    println!("bytes a span: tree {tree:.1}, graph {graph:.1}, metrics {metrics:.1}, JSON {json:.1}, text {text:.1}");
    [tree, graph, metrics, json, text].into_iter().fold(0.0, f64::max)
}

fn a_million_spans() {
    let _all = info_span!("all").entered();
    for _ in 0..SPANS {
        info_span!("one").in_scope(|| ());
    }
}

#[test]
fn a_million_spans_need_no_more_than_200_bytes_each_under_a_guard() {
    let peak = peak_of_the_whole_way(|| Tracer::builder().capacity(SPANS + 1).trace(a_million_spans).unwrap().1);
    assert!(peak <= 200.0, "{peak} bytes a span");
}

#[test]
fn a_million_spans_need_no_more_than_200_bytes_each_under_a_layer() {
    let peak = peak_of_the_whole_way(|| {
        let (layer, handle) = Tracer::builder().capacity(SPANS + 1).on_full(OnFull::DropNewest).layer().unwrap();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), a_million_spans);
        handle.trace()
    });
    assert!(peak <= 200.0, "{peak} bytes a span");
}

#[test]
fn spans_that_are_all_open_at_once_take_no_more_to_read_than_others() {
    const OPEN: usize = 100_000;
    let (layer, handle) = Tracer::builder().capacity(OPEN + 1_000).on_full(OnFull::DropNewest).layer().unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let spans: Vec<_> = (0..OPEN).map(|_| info_span!("held")).collect();
        // Another thread speaks of them by the registry's ids, each of which is another one.
        let dispatch = tracing::dispatcher::get_default(tracing::Dispatch::clone);
        thread::scope(|scope| {
            let enter =
                || tracing::dispatcher::with_default(&dispatch, || spans[..100].iter().for_each(|s| s.in_scope(|| ())));
            scope.spawn(enter).join().unwrap();
        });
        let before = counting::counted().live;
        counting::forget_peak();
        let trace = handle.trace();
        let peak = (counting::counted().peak - before) as f64 / OPEN as f64;
        assert_eq!((trace.tree().len(), trace.tree().calls().filter(|call| call.polls() == 1).count()), (OPEN, 100));
        assert!(peak <= 120.0, "{peak} bytes a span");
    });
}
