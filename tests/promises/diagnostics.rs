//! What the tracer says of itself: counts, balance, cost.

use tracesnap::{Sampling, Tracer};
use tracing::{info, info_span};

use crate::support::{record, tracer};

#[test]
fn counts_are_exact() {
    let run = || {
        for n in 0..10 {
            info_span!("root", n, password = "x").in_scope(|| {
                info_span!("child", text = "123456789").in_scope(|| info_span!("deep").in_scope(|| ()));
                info!("event");
            });
        }
    };
    let plan = tracer().sampling(Sampling::every_nth(2)).max_depth(2).value_limit(8);
    let (_, trace) = plan.trace(run).expect("the plan is right");
    let stats = trace.stats();
    assert_eq!((stats.recorded, stats.events), (10, 5));
    assert_eq!((stats.sampled_out, stats.too_deep), (15, 5));
    assert_eq!((stats.cut_values, stats.redacted), (5, 5));
    assert_eq!((stats.lost, stats.lost_bytes, stats.panicked_values, stats.unmatched_exits), (0, 0, 0, 0));
}

#[test]
fn an_exit_whose_enter_came_before_the_session_harms_nothing() {
    let first = crate::support::start();
    let span = info_span!("entered before").entered();
    drop(first);
    let trace = record(|| {
        drop(span);
        info_span!("work").in_scope(|| info_span!("child").in_scope(|| ()));
    });
    crate::support::assert_tree!(trace, @r"
    work
      child
    ");
}

#[test]
fn overhead_is_estimated_from_a_calibrated_cost() {
    let trace = record(|| {
        info_span!("work").in_scope(|| {
            (0..1_000).for_each(|_| info_span!("step").in_scope(|| ()));
            std::thread::sleep(std::time::Duration::from_millis(5));
        });
    });
    let (cost, overhead) = (trace.own_cost(), trace.overhead());
    assert!(cost.total_ns > 0.0 && cost.total_ns < 100_000.0, "{cost:?}");
    assert!(cost.inside_ns >= 0.0 && cost.inside_ns <= cost.total_ns, "{cost:?}");
    assert!(overhead.percent > 0.0 && overhead.percent < 100.0, "{overhead:?}");
    assert!(overhead.rows_per_second > 0.0);
    assert!((overhead.total.as_nanos() as f64 - 1_001.0 * f64::from(cost.total_ns)).abs() < 2.0, "a call each");
}

#[test]
fn without_timing_there_are_no_times_and_the_same_tree() {
    let run = || {
        info_span!("a").in_scope(|| {
            info_span!("b").in_scope(|| info!("one"));
            info!("two");
            info_span!("c").in_scope(|| ());
        });
    };
    let timed = record(run);
    let (_, untimed) = Tracer::builder().timing(false).trace(run).expect("the plan is right");
    assert_eq!(crate::support::text(&timed), crate::support::text(&untimed));
    assert!(untimed.tree().calls().all(|call| call.wall().is_none() && call.busy().is_zero() && !call.is_open()));
    assert_eq!(untimed.metrics().calls, 3);
    assert_eq!(untimed.overhead().rows_per_second, 0.0);
}

#[test]
fn a_recording_of_nothing_answers_everything() {
    let trace = record(|| ());
    assert!(trace.tree().is_empty() && trace.stats().is_complete() && trace.balance().is_balanced());
    assert_eq!((trace.events().count(), trace.metrics().calls), (0, 0));
    assert_eq!(trace.overhead().percent, 0.0);
}

#[test]
fn a_trace_can_be_read_on_another_thread_and_outlives_its_session() {
    let trace = record(|| info_span!("work").in_scope(|| ()));
    std::thread::spawn(move || assert_eq!(trace.metrics().calls, 1)).join().expect("no panic in it");
}

#[test]
#[cfg(feature = "process-memory")]
fn the_memory_of_the_process_is_read_beside_the_run() {
    let run = || {
        info_span!("before").in_scope(|| ());
        let hoard = vec![1_u8; 64 << 20];
        std::thread::sleep(std::time::Duration::from_millis(60));
        info_span!("after").in_scope(|| std::hint::black_box(&hoard));
    };
    let (_, trace) = tracer().memory(tracesnap::MemoryReadings::Process).trace(run).expect("the plan is right");
    let at_start = |name| {
        let call = trace.tree().calls().find(|call| call.name() == name).expect("it was recorded");
        call.memory().expect("it was read").at_start
    };
    let (before, after) = (at_start("before"), at_start("after"));
    assert!(before > 1 << 20, "a process takes more than a megabyte: {before}");
    assert!(after > before, "{before} before, {after} after 64 MiB more");
}
