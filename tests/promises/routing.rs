//! Which session a span belongs to, and under which call it stands.

use std::sync::mpsc;
use std::thread;

use tracing::{Instrument, Span, info, info_span};

use crate::support::{assert_tree, names, on_a_thread, record, runtime, start, tracer};

#[test]
fn children_born_on_another_thread_stand_under_the_span_entered_there() {
    let trace = record(|| {
        let root = info_span!("root").entered();
        let span = Span::current();
        on_a_thread(|| {
            let _entered = span.enter();
            info_span!("child").in_scope(|| info_span!("grandchild").in_scope(|| info!("far away")));
        });
        drop(root);
    });
    assert_tree!(trace, @r"
    root
      child
        grandchild
          - far away
    ");
}

#[test]
fn an_instrumented_task_joins_wherever_it_runs() {
    let trace = record(|| {
        let runtime = runtime();
        let task = |n: u32| {
            async move {
                info_span!("before", n).in_scope(|| ());
                tokio::task::yield_now().await;
                tokio::spawn(async {}.instrument(info_span!("spawned", n))).await.expect("no panic in it");
            }
            .instrument(info_span!("task", n))
        };
        for n in 0..2 {
            runtime.block_on(runtime.spawn(task(n))).expect("no panic in it");
        }
    });
    assert_tree!(trace, @r"
    task(n: 0)
      before(n: 0)
      spawned(n: 0)
    task(n: 1)
      before(n: 1)
      spawned(n: 1)
    ");
}

#[test]
fn a_parent_that_is_named_counts_before_what_is_entered() {
    let trace = record(|| {
        let named = info_span!("named");
        let around = info_span!("around").entered();
        info_span!(parent: &named, "child").in_scope(|| info_span!("grandchild").in_scope(|| ()));
        info_span!(parent: None, "root").in_scope(|| info_span!("below root").in_scope(|| ()));
        info_span!(parent: &*around, "own child").in_scope(|| ());
    });
    assert_tree!(trace, @r"
    named [never entered]
      child
        grandchild
    around
      own child
    root
      below root
    ");
}

#[test]
fn a_parent_named_on_another_thread_is_found() {
    let trace = record(|| {
        let root = info_span!("root");
        on_a_thread(|| {
            let child = info_span!(parent: &root, "child");
            on_a_thread(|| info_span!(parent: &child, "grandchild").in_scope(|| info_span!("last").in_scope(|| ())));
            child.in_scope(|| ());
        });
        root.in_scope(|| ());
    });
    assert_tree!(trace, @r"
    root
      child
        grandchild
          last
    ");
}

#[test]
fn an_event_of_another_thread_stands_under_the_call_it_names() {
    let trace = record(|| {
        let work = info_span!("work").entered();
        on_a_thread(|| info!(parent: &*work, n = 1, "from afar"));
        info!("from here");
    });
    assert_tree!(trace, @r"
    work
      - from afar n=1
      - from here
    ");
    assert_eq!(trace.stats().events, 2);
}

#[test]
fn a_secret_is_kept_out_of_a_call_that_names_its_parent_on_another_thread() {
    let trace = record(|| {
        let login = info_span!("login");
        on_a_thread(|| info_span!(parent: &login, "retry", password = "hunter3").in_scope(|| ()));
        login.in_scope(|| ());
    });
    assert_tree!(trace, @r"
    login
      retry(password: [redacted])
    ");
    assert_eq!(trace.stats().redacted, 1);
}

#[test]
fn a_span_without_a_parent_on_a_thread_without_a_session_is_nobodys() {
    let trace = record(|| {
        let root = info_span!("root").entered();
        on_a_thread(|| {
            info_span!("stranger").in_scope(|| info_span!("its child").in_scope(|| ()));
            root.in_scope(|| info_span!(parent: None, "still a stranger").in_scope(|| ()));
        });
    });
    assert_eq!(names(&trace), "root\n");
}

#[test]
fn what_a_span_follows_from_is_kept() {
    let trace = record(|| {
        let (cause, effect) = (info_span!("cause"), info_span!("effect"));
        effect.follows_from(&cause);
        on_a_thread(|| {
            let far = info_span!(parent: &effect, "far effect");
            far.follows_from(&cause);
            far.follows_from(&effect);
            far.in_scope(|| ());
        });
    });
    let causes = |name: &str| -> Vec<String> {
        let call = trace.tree().calls().find(|call| call.name() == name).expect("it was recorded");
        call.follows_from().map(|cause| cause.name().to_owned()).collect()
    };
    assert_eq!(causes("effect"), ["cause"]);
    assert_eq!(causes("far effect"), ["cause", "effect"]);
    assert!(causes("cause").is_empty());
}

mod refused {
    use super::*;

    pub(super) fn around(inside: impl FnOnce()) {
        info_span!("refused").in_scope(|| info_span!("refused too").in_scope(inside));
    }

    pub(super) fn span() -> Span {
        info_span!("refused")
    }
}

#[test]
fn children_of_a_refused_span_stand_under_its_nearest_recorded_caller() {
    let run = || {
        info_span!("root").in_scope(|| refused::around(|| info_span!("child").in_scope(|| info!("inside"))));
        refused::around(|| {
            info_span!("new root").in_scope(|| ());
            info!("under nobody");
        });
    };
    let (_, trace) = tracer().modules(["**::routing"]).trace(run).expect("the plan is right");
    assert_tree!(trace, @r"
    root
      child
        - inside
    new root
    - under nobody
    ");
}

#[test]
fn children_of_a_refused_span_find_their_caller_from_other_threads_too() {
    let run = || {
        let refused = info_span!("root").in_scope(refused::span);
        on_a_thread(|| refused.in_scope(|| info_span!("entered there").in_scope(|| ())));
        on_a_thread(|| info_span!(parent: &refused, "named it").in_scope(|| ()));
        on_a_thread(|| {
            let below = refused.in_scope(refused::span);
            on_a_thread(|| info_span!(parent: &below, "named one below").in_scope(|| ()));
        });
    };
    let (_, trace) = tracer().modules(["**::routing"]).trace(run).expect("the plan is right");
    assert_tree!(trace, @r"
    root
      entered there
      named it
      named one below
    ");
}

#[test]
fn a_caller_beyond_the_depth_limit_hands_its_events_and_children_on() {
    let run = || {
        let root = info_span!("root").entered();
        let deep = info_span!("child").in_scope(|| {
            let deep = info_span!("too deep");
            deep.in_scope(|| info!("here"));
            deep
        });
        on_a_thread(|| deep.in_scope(|| info!("there")));
        on_a_thread(|| {
            root.in_scope(|| {
                info_span!("far child").in_scope(|| {
                    info_span!("too deep as well").in_scope(|| info!("far below"));
                });
            });
        });
    };
    let (_, trace) = tracer().max_depth(2).trace(run).expect("the plan is right");
    assert_tree!(trace, @r"
    root
      child
        - here
        - there
      far child
        - far below
    ");
    assert_eq!(trace.stats().too_deep, 2);
}

#[test]
fn depth_is_counted_in_recorded_calls() {
    let run = || refused::around(|| info_span!("root").in_scope(|| info_span!("child").in_scope(|| ())));
    let (_, trace) = tracer().modules(["**::routing"]).max_depth(1).trace(run).expect("the plan is right");
    assert_tree!(trace, @"root");
    assert_eq!(trace.stats().too_deep, 1);
}

#[test]
fn what_is_below_a_root_out_of_the_sample_is_left_out_everywhere_and_counted() {
    let run = || {
        for n in 0..4 {
            let root = info_span!("root", n).entered();
            info_span!("child").in_scope(|| info!("event"));
            on_a_thread(|| root.in_scope(|| info_span!("far child").in_scope(|| info!("far event"))));
            on_a_thread(|| info_span!(parent: &*root, "named it").in_scope(|| ()));
        }
    };
    let every_second = tracesnap::Sampling::every_nth(2);
    let (_, trace) = tracer().sampling(every_second).trace(run).expect("the plan is right");
    insta::assert_snapshot!(crate::support::text(&trace), @r"
    root(n: 0)
      child
        - event
      far child
        - far event
      named it
    root(n: 2)
      child
        - event
      far child
        - far event
      named it
    ");
    assert_eq!((trace.stats().sampled_out, trace.stats().is_complete()), (8, false));
}

#[test]
fn dropping_a_guard_discards_the_session() {
    let guard = start();
    let kept = info_span!("kept");
    drop(guard);
    let trace = record(|| {
        kept.in_scope(|| info_span!("after").in_scope(|| ()));
        on_a_thread(|| kept.in_scope(|| ()));
    });
    assert!(!names(&trace).contains("kept"), "{}", names(&trace));
}

#[test]
fn a_span_that_outlives_its_session_is_in_no_later_one_and_its_children_are_the_threads() {
    let mut outlives = None;
    let first = record(|| outlives = Some(info_span!("outlives")));
    let trace = record(|| {
        let outlives = outlives.take().expect("it was made");
        outlives.in_scope(|| info_span!("child").in_scope(|| ()));
        outlives.record("nothing", 1);
    });
    assert_eq!(names(&first), "outlives\n");
    assert_tree!(trace, @"child");
}

#[test]
fn a_session_may_begin_inside_a_span_and_end_inside_another() {
    let before = info_span!("before").entered();
    let guard = start();
    info_span!("root").in_scope(|| info_span!("child").in_scope(|| ()));
    drop(before);
    let after = info_span!("after").entered();
    info_span!("its child").in_scope(|| ());
    let trace = guard.finish();
    drop(after);
    assert_tree!(trace, @r"
    root
      child
    after [open]
      its child
    ");
}

#[test]
fn sessions_of_two_threads_take_what_is_below_their_own_spans_even_on_each_others_thread() {
    let (to_left, from_right) = mpsc::channel::<Span>();
    let (to_right, from_left) = mpsc::channel::<Span>();
    let side = |name: &'static str, to: mpsc::Sender<Span>, from: mpsc::Receiver<Span>| {
        let guard = start();
        let own = info_span!("root", name).entered();
        to.send(Span::current()).expect("the other side lives");
        let foreign = from.recv().expect("the other side lives");
        foreign.in_scope(|| info_span!("visit", from = name).in_scope(|| ()));
        drop((own, foreign));
        // Until the other side's visit here is over, its span is still needed.
        to.send(Span::none()).expect("the other side lives");
        from.recv().expect("the other side lives");
        guard.finish()
    };
    let (left, right) = thread::scope(|scope| {
        let left = scope.spawn(|| side("left", to_right, from_right));
        let right = scope.spawn(|| side("right", to_left, from_left));
        (left.join().expect("no panic in it"), right.join().expect("no panic in it"))
    });
    assert_tree!(left, @r#"
    root(name: "left")
      visit(from: "right")
    "#);
    assert_tree!(right, @r#"
    root(name: "right")
      visit(from: "left")
    "#);
}
