//! Everything is bounded; what does not fit is counted, and marked where it is missing.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tracesnap::tree::Value;
use tracesnap::{OnFull, Trace, Tracer};
use tracing::subscriber::with_default;
use tracing::{Dispatch, info, info_span};
use tracing_subscriber::layer::SubscriberExt;

use crate::dispatchers::with_a_dispatcher_of_its_own;
use crate::support::{names, on_a_thread, text, tracer};

fn with_rows(rows: usize, on_full: OnFull, run: impl FnOnce()) -> Trace {
    tracer().capacity(rows).on_full(on_full).trace(run).expect("the plan is right").1
}

fn keeping_the_oldest(rows: usize, run: impl FnOnce()) -> Trace {
    with_rows(rows, OnFull::DropNewest, run)
}

fn keeping_the_newest(rows: usize, run: impl FnOnce()) -> Trace {
    with_rows(rows, OnFull::OverwriteOldest, run)
}

#[test]
fn a_full_ring_keeps_the_beginnings_with_their_ends_and_counts_the_rest() {
    let trace = keeping_the_oldest(4, || {
        info_span!("root").in_scope(|| {
            for n in 0..5 {
                info_span!("child", n).in_scope(|| info!("event"));
            }
        });
    });
    insta::assert_snapshot!(text(&trace), @r"
    root [truncated]
      child(n: 0)
        - event
      child(n: 1) [truncated]
    ");
    assert_eq!((trace.stats().recorded, trace.stats().events, trace.stats().lost), (3, 1, 7));
    assert!(!trace.stats().is_complete());
    assert!(trace.tree().calls().all(|call| call.wall().is_some()), "all have their ends");
}

#[test]
fn a_call_whose_children_were_lost_on_another_thread_is_marked_too() {
    let trace = keeping_the_oldest(2, || {
        let root = info_span!("root").entered();
        on_a_thread(|| {
            info_span!(parent: &*root, "first").in_scope(|| ());
            info_span!(parent: &*root, "second").in_scope(|| ());
            info_span!(parent: &*root, "third").in_scope(|| ());
        });
    });
    insta::assert_snapshot!(text(&trace), @r"
    root [truncated]
      first
      second
    ");
    assert_eq!(trace.stats().lost, 1);
}

#[test]
fn threads_that_end_leave_sixty_four_times_as_much_as_one_may_write_and_the_rest_is_counted() {
    let trace = keeping_the_oldest(2, || {
        let root = info_span!("root").entered();
        for n in 0..70 {
            on_a_thread(|| {
                info_span!(parent: &*root, "child", n).in_scope(|| info_span!("below").in_scope(|| ()));
            });
        }
    });
    let root = trace.tree().roots().next().expect("it is kept");
    let kept: Vec<_> = root.children().filter_map(|call| call.arg("n")).collect();
    assert_eq!(kept, (0..64).map(Value::I64).collect::<Vec<_>>());
    assert!(root.is_truncated());
    assert_eq!((trace.stats().recorded, trace.stats().lost), (1 + 64 * 2, 6 * 2));
}

#[test]
fn what_is_below_a_lost_call_hangs_on_its_nearest_kept_caller_or_is_lost_too() {
    let trace = keeping_the_oldest(1, || {
        info_span!("root")
            .in_scope(|| info_span!("lost").in_scope(|| info_span!("lost too").in_scope(|| info!("gone"))));
    });
    insta::assert_snapshot!(text(&trace), @"root [truncated]");
    assert_eq!((trace.stats().recorded, trace.stats().lost), (1, 3));
}

#[test]
fn a_ring_that_wraps_keeps_the_newest() {
    let trace = keeping_the_newest(8, || (0..100).for_each(|n| info_span!("call", n).in_scope(|| ())));
    let kept: Vec<_> = trace.tree().roots().filter_map(|call| call.arg("n")).collect();
    assert_eq!(kept, (93..100).map(Value::I64).collect::<Vec<_>>());
    assert_eq!(trace.stats().recorded + trace.stats().lost, 100);
}

#[test]
fn a_call_that_outlives_its_row_is_written_again_when_it_ends() {
    let trace = keeping_the_newest(8, || {
        info_span!("long").in_scope(|| {
            info_span!("longer", id = 1).in_scope(|| {
                (0..20).for_each(|n| info_span!("short", n).in_scope(|| ()));
            });
            info_span!("last").in_scope(|| ());
        });
    });
    insta::assert_snapshot!(text(&trace), @r"
    long [truncated]
      longer [truncated]
        short(n: 16)
        short(n: 17)
        short(n: 18)
        short(n: 19)
      last
    ");
    assert_eq!((trace.stats().recorded, trace.stats().lost), (7, 16));
    assert!(trace.balance().is_balanced());
}

#[test]
fn children_of_a_call_that_was_overwritten_are_marked_as_orphans_and_hang_on_nobody_else() {
    let trace = keeping_the_newest(4, || {
        let long = info_span!("long").entered();
        (0..9).for_each(|n| info_span!("short", n).in_scope(|| ()));
        std::mem::forget(long);
    });
    insta::assert_snapshot!(text(&trace), @r"
    short(n: 6) [orphan]
    short(n: 7) [orphan]
    short(n: 8) [orphan]
    ");
    assert_eq!((trace.stats().recorded, trace.stats().lost), (3, 7));
}

#[test]
fn orphans_on_other_threads_are_marked_as_well() {
    let trace = keeping_the_newest(4, || {
        let long = info_span!("long").entered();
        on_a_thread(|| info_span!(parent: &*long, "child").in_scope(|| ()));
        (0..9).for_each(|n| info_span!(parent: None, "short", n).in_scope(|| ()));
        std::mem::forget(long);
    });
    assert!(text(&trace).contains("child [orphan]\n"), "{}", text(&trace));
}

#[test]
fn field_text_that_no_longer_fits_is_counted_and_its_calls_are_kept() {
    let value = "x".repeat(1_000);
    let run = || (0..100).for_each(|n| info_span!("call", value, n).in_scope(|| ()));
    let (_, trace) = tracer().text_capacity(65_536).trace(run).expect("the plan is right");
    assert_eq!((trace.stats().recorded, trace.stats().lost), (100, 0));
    let with_args = trace.tree().roots().take_while(|call| call.arg("n").is_some()).count();
    let without = trace.tree().roots().skip(with_args).filter(|call| call.args().next().is_none()).count();
    assert_eq!(with_args + without, 100);
    // A thousand bytes of text, a number, and a word before each.
    assert_eq!((with_args, trace.stats().lost_bytes), (65_536 / 1_024, without as u64 * 1_024));
    assert!(!trace.stats().is_complete());
}

#[test]
fn in_a_ring_that_wraps_arguments_are_whole_or_gone() {
    let run = || {
        (0..2_000_u64).for_each(|n| {
            let text = format!("{n:0>width$}", width = (n % 700) as usize);
            info_span!("call", n, text).in_scope(|| ());
        });
    };
    let ring = tracer().text_capacity(65_536).capacity(512).on_full(OnFull::OverwriteOldest);
    let (_, trace) = ring.trace(run).expect("the plan is right");
    let mut whole = 0;
    for call in trace.tree().roots().filter(|call| call.args().next().is_some()) {
        let (n, text) = (call.arg("n").and_then(|n| n.as_u64()), call.arg("text").and_then(|text| text.as_str()));
        assert_eq!(n, text.and_then(|text| text.parse().ok()));
        whole += 1;
    }
    assert!(whole > 50 && trace.stats().lost_bytes > 0, "{whole}: {:?}", trace.stats());
    assert_eq!(trace.stats().recorded + trace.stats().lost, 2_000);
}

#[test]
fn a_flight_recorder_read_while_threads_write_at_full_speed_shows_nothing_torn() {
    let _dispatcher = with_a_dispatcher_of_its_own();
    let (layer, handle) = Tracer::builder().capacity(1_024).text_capacity(65_536).layer().expect("the plan is right");
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(layer));
    let stop = AtomicBool::new(false);
    let work = |writer: u64| {
        let mut n = 0_u64;
        while !stop.load(Ordering::Relaxed) {
            let check = format!("{writer}/{n}");
            info_span!("outer", writer, n, check).in_scope(|| {
                info_span!("inner", writer, n, check, more = "y".repeat((n % 300) as usize)).in_scope(|| ());
            });
            n += 1;
        }
        n
    };
    thread::scope(|scope| {
        let writers: Vec<_> = (0..2_u64)
            .map(|writer| {
                scope.spawn({
                    let (dispatch, work) = (dispatch.clone(), &work);
                    move || tracing::dispatcher::with_default(&dispatch, || work(writer))
                })
            })
            .collect();
        let (begun, mut traces, mut calls) = (Instant::now(), 0, 0);
        // A second, or as long as a busy machine needs to give every side its turns.
        let is_enough = |traces, calls| traces > 5 && calls > 1_000;
        let patience = |traces, calls| Duration::from_secs(if is_enough(traces, calls) { 1 } else { 60 });
        while begun.elapsed() < patience(traces, calls) {
            let trace = handle.trace();
            trace.tree().calls().for_each(assert_whole);
            calls += trace.tree().len();
            traces += 1;
        }
        stop.store(true, Ordering::Relaxed);
        let written: u64 = writers.into_iter().map(|writer| writer.join().expect("no panic in it")).sum();
        assert!(written > 1_000 && is_enough(traces, calls), "{written} written, {calls} read in {traces} traces");
        let trace = handle.trace();
        assert_eq!(trace.stats().recorded + trace.stats().lost, written * 2, "at rest every call is accounted for");
    });
}

fn assert_whole(call: tracesnap::tree::Call<'_>) {
    assert!(matches!(call.name(), "outer" | "inner"), "{call:?}");
    if let Some(parent) = call.parent() {
        assert_eq!((call.name(), parent.name()), ("inner", "outer"));
        if let (Some(own), Some(of_parent)) = (call.arg("check"), parent.arg("check")) {
            assert_eq!(own, of_parent, "a call under another's caller");
        }
    }
    // A call being made has no arguments yet; those overwritten are gone. Some of them would be a torn row.
    if call.args().next().is_some() {
        let number = |name| call.arg(name).and_then(|value| value.as_u64()).expect("all arguments or none");
        let check = call.arg("check").and_then(|value| value.as_str()).map(str::to_owned);
        assert_eq!(check, Some(format!("{}/{}", number("writer"), number("n"))));
    }
    if let (Some(start), Some(end)) = (call.first_enter(), call.last_exit()) {
        assert!(start <= end && end - start < Duration::from_secs(60), "{start:?} to {end:?}");
    }
}

#[test]
fn a_flight_recorder_accounts_for_every_call_while_it_is_written() {
    let _dispatcher = with_a_dispatcher_of_its_own();
    let (layer, handle) = Tracer::builder().capacity(256).layer().expect("the plan is right");
    let (stop, made) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        let dispatch = Dispatch::new(tracing_subscriber::registry().with(layer));
        scope.spawn(|| {
            let _stopped = scopeguard(&stop);
            for _ in 0..300 {
                let before = made.load(Ordering::SeqCst);
                let trace = handle.trace();
                let after = made.load(Ordering::SeqCst) + 1;
                let known = trace.stats().recorded + trace.stats().lost;
                assert!((before..=after).contains(&known), "{known} calls, of {before} to {after} made");
            }
        });
        tracing::dispatcher::with_default(&dispatch, || {
            for n in 1_u64.. {
                info_span!("call", n).in_scope(|| ());
                made.store(n, Ordering::SeqCst);
                if stop.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
    });
}

/// Sets a flag when it is dropped, so that a failed assertion ends the loop that waits for it.
fn scopeguard(flag: &AtomicBool) -> impl Drop + '_ {
    struct Sets<'a>(&'a AtomicBool);
    impl Drop for Sets<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    Sets(flag)
}

#[test]
fn a_handle_reads_at_any_time_what_is_held_then() {
    let _dispatcher = with_a_dispatcher_of_its_own();
    let (layer, handle) = Tracer::builder().layer().expect("the plan is right");
    with_default(tracing_subscriber::registry().with(layer), || {
        let open = info_span!("open").entered();
        info_span!("done").in_scope(|| ());
        assert_eq!(text(&handle.trace()), "open [open]\n  done\n");
        drop(open);
        assert_eq!(text(&handle.clone().trace()), "open\n  done\n");
        assert_eq!(names(&handle.trace()), names(&handle.trace()), "reading takes nothing away");
    });
}

#[test]
fn a_million_calls_are_read_back_as_they_were() {
    const ROOTS: u64 = 100_000;
    let run = || {
        for n in 0..ROOTS {
            info_span!("root", n).in_scope(|| {
                for _ in 0..3 {
                    info_span!("outer")
                        .in_scope(|| info_span!("inner").in_scope(|| info_span!("leaf").in_scope(|| ())));
                }
            });
        }
    };
    let plan = tracer().capacity(1 << 20).text_capacity(1 << 24);
    let (_, trace) = plan.trace(run).expect("the plan is right");
    assert!(trace.stats().is_complete(), "{:?}", trace.stats());
    assert_eq!((trace.tree().len(), trace.stats().recorded), (1_000_000, 1_000_000));
    for (root, n) in trace.tree().roots().zip(0..) {
        assert_eq!(root.arg("n"), Some(Value::U64(n)));
        assert_eq!((root.children().count(), root.descendants().count()), (3, 9));
    }
    let metrics = trace.metrics();
    assert_eq!((metrics.calls, metrics.max_depth), (1_000_000, 4));
    assert_eq!(trace.graph().functions().count(), 4);
    assert!(trace.balance().is_balanced());
}
