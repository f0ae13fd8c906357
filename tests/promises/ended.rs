//! A thread that has ended is told of as if it still ran.

use std::thread;

use tracesnap::Sampling;
use tracing::{Span, info, info_span};

use crate::support::{names, on_a_thread, record, start, text, tracer};

/// Something of everything, below `root` and in calls of its own.
fn work(root: &Span) {
    root.in_scope(|| {
        let late = info_span!("late", n = tracing::field::Empty, of = "the thread");
        late.in_scope(|| info!(left = 1.5, "an event"));
        late.record("n", 7);
        info_span!("next").in_scope(|| info_span!("below", text = "y".repeat(300)).in_scope(|| ()));
        info_span!("follower").follows_from(&late);
    });
    info_span!(parent: root, "named", n = 3).in_scope(|| ());
    root.record("by", "the thread");
}

#[test]
fn what_a_thread_did_is_told_the_same_when_it_has_ended() {
    let alive = {
        let guard = start();
        let root = info_span!("root", by = tracing::field::Empty);
        let (done, end) = (std::sync::Barrier::new(2), std::sync::Barrier::new(2));
        thread::scope(|scope| {
            scope.spawn(|| {
                work(&root);
                done.wait();
                end.wait();
            });
            done.wait();
            let trace = guard.finish();
            end.wait();
            trace
        })
    };
    let ended = record(|| {
        let root = info_span!("root", by = tracing::field::Empty);
        on_a_thread(|| work(&root));
    });
    assert!(ended.stats().is_complete(), "{:?}", ended.stats());
    assert_eq!((text(&ended), ended.tree().len()), (text(&alive), 6));
    assert_eq!(ended.stats().events, alive.stats().events);
}

#[test]
fn a_span_outlives_the_thread_that_made_it() {
    let trace = record(|| {
        let root = info_span!("root");
        let (made, entered) = on_a_thread(|| {
            let _inside = root.enter();
            let entered = info_span!("entered", n = tracing::field::Empty);
            entered.in_scope(|| info_span!("below").in_scope(|| ()));
            (info_span!("made"), entered)
        });
        made.in_scope(|| info_span!("later").in_scope(|| ()));
        entered.in_scope(|| info_span!("below again").in_scope(|| ()));
        on_a_thread(|| info_span!(parent: &entered, "elsewhere").in_scope(|| ()));
        entered.record("n", 1);
    });
    insta::assert_snapshot!(text(&trace), @r"
    root
      entered(n: 1)
        below
        below again
        elsewhere
      made
        later
    ");
}

#[test]
fn a_call_out_of_the_sample_stays_so_when_its_thread_has_ended() {
    let guard = tracer().sampling(Sampling::every_nth(2)).start().expect("the plan is right");
    let adopter = guard.adopter();
    let roots = [0, 1].map(|_| {
        on_a_thread(|| {
            adopter.adopt();
            info_span!("root")
        })
    });
    roots.iter().for_each(|root| root.in_scope(|| info_span!("below").in_scope(|| ())));
    let trace = guard.finish();
    assert_eq!(names(&trace), "root\n  below\n");
    assert!(trace.stats().sampled_out >= 1, "{:?}", trace.stats());
}

#[test]
fn a_thousand_threads_that_end_are_all_in_the_trace() {
    const THREADS: u64 = 1_000;
    let trace = record(|| {
        let root = info_span!("root").entered();
        let work = |n: u64| root.in_scope(|| info_span!("work", n).in_scope(|| info_span!("step").in_scope(|| ())));
        for first in (0..THREADS).step_by(10) {
            thread::scope(|scope| (first..first + 10).for_each(|n| drop(scope.spawn(move || work(n)))));
        }
    });
    assert!(trace.stats().is_complete(), "{:?}", trace.stats());
    let root = trace.tree().roots().next().expect("it was made");
    let mut found: Vec<_> = root.children().filter_map(|call| call.arg("n")?.as_u64()).collect();
    found.sort_unstable();
    assert_eq!(found, (0..THREADS).collect::<Vec<_>>());
    assert!(root.children().all(|call| call.children().map(|call| call.name()).eq(["step"])));
}
