//! From the making of a span to its end: polls, threads, wrong orders, depth, late fields.

use std::thread;
use std::time::Duration;

use tracing::{Instrument, Span, info, info_span};

use crate::support::{assert_tree, names, on_a_thread, record, runtime};

#[test]
fn a_future_is_one_call_however_often_it_is_polled() {
    let trace = record(|| {
        let work = async {
            for _ in 0..3 {
                info_span!("step").in_scope(|| ());
                tokio::task::yield_now().await;
            }
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(work.instrument(info_span!("work")));
    });
    assert_tree!(trace, @r"
    work
      step
      step
      step
    ");
    let work = trace.tree().roots().next().expect("it was recorded");
    // Four polls, and the enter in which an instrumented future is dropped.
    assert_eq!((work.polls(), work.stays().count()), (5, 5));
}

#[test]
fn time_between_polls_is_idle_time() {
    let trace = record(|| {
        let work = async {
            thread::sleep(Duration::from_millis(2));
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(work.instrument(info_span!("work")));
    });
    let work = trace.tree().roots().next().expect("it was recorded");
    let (wall, busy, idle) = (work.wall().expect("closed"), work.busy(), work.idle().expect("closed"));
    assert!(busy >= Duration::from_millis(2), "{busy:?}");
    assert!(idle >= Duration::from_millis(10), "{idle:?}");
    assert_eq!(busy + idle, wall);
}

#[test]
fn a_span_entered_on_several_threads_is_one_call_that_knows_them() {
    let trace = record(|| {
        let work = info_span!("work");
        work.in_scope(|| info_span!("here").in_scope(|| ()));
        on_a_thread(|| work.in_scope(|| info_span!("there").in_scope(|| ())));
        work.in_scope(|| info_span!("here again").in_scope(|| ()));
    });
    assert_tree!(trace, @r"
    work
      here
      there
      here again
    ");
    let work = trace.tree().roots().next().expect("it was recorded");
    assert_eq!(work.stays().map(|(_, _, thread)| thread).collect::<Vec<_>>(), [0, 1, 0]);
    assert!(!work.has_concurrent_children(), "it was in one place at a time");
    assert!(work.busy() <= work.wall().expect("closed"));
}

#[test]
fn a_span_entered_only_on_another_thread_is_that_threads_call() {
    let trace = record(|| {
        let work = info_span!("work", id = 1);
        thread::Builder::new()
            .name("worker".into())
            .spawn(move || work.in_scope(|| ()))
            .expect("a thread")
            .join()
            .expect("no panic in it");
    });
    assert_tree!(trace, @"work(id: 1)");
    let work = trace.tree().roots().next().expect("it was recorded");
    let (_, _, thread) = work.stays().next().expect("it was entered");
    assert_eq!(trace.tree().threads()[thread].name.as_deref(), Some("worker"));
}

#[test]
fn spans_left_in_the_order_they_were_entered_keep_their_parents() {
    let trace = record(|| {
        let (first, second) = (info_span!("first"), info_span!("second"));
        let first = first.entered();
        let second_entered = second.enter();
        drop(first);
        info_span!("in second").in_scope(|| info!("still in second"));
        drop(second_entered);
        info_span!("after both").in_scope(|| ());
    });
    assert_tree!(trace, @r"
    first
    second
      in second
        - still in second
    after both
    ");
    assert!(trace.tree().calls().all(|call| !call.is_open()));
}

#[test]
fn a_call_left_in_the_wrong_order_has_its_own_times() {
    let trace = record(|| {
        let outer = info_span!("outer").entered();
        let inner = info_span!("inner").entered();
        drop(outer);
        thread::sleep(Duration::from_millis(5));
        drop(inner);
    });
    let calls: Vec<_> = trace.tree().calls().collect();
    let [outer, inner] = calls[..] else { panic!("{calls:?}") };
    let [outer_end, inner_end] = [outer, inner].map(|call| call.last_exit().expect("it was left"));
    assert!(inner_end - outer_end >= Duration::from_millis(5));
    assert!(inner.busy() >= Duration::from_millis(5) && Some(outer.busy()) == outer.wall());
    assert_eq!(trace.balance().unbalanced, 1);
}

#[test]
fn a_span_that_is_never_entered_is_shown_as_such() {
    let trace = record(|| drop(info_span!("unused", why = "no reason")));
    assert_tree!(trace, @r#"unused(why: "no reason") [never entered]"#);
    let unused = trace.tree().roots().next().expect("it was recorded");
    assert_eq!((unused.polls(), unused.wall(), unused.busy()), (0, None, Duration::ZERO));
}

#[test]
fn spans_that_are_never_left_are_open() {
    let trace = record(|| {
        let root = info_span!("root").entered();
        info_span!("done").in_scope(|| ());
        std::mem::forget(info_span!("lost").entered());
        std::mem::forget(root);
    });
    assert_tree!(trace, @r"
    root [open]
      done
      lost [open]
    ");
    assert!(trace.tree().roots().all(|root| root.wall().is_none()));
}

#[test]
fn a_span_entered_while_it_is_entered_is_one_call_entered_twice() {
    let trace = record(|| {
        let span = info_span!("twice");
        let outer = span.enter();
        thread::sleep(Duration::from_millis(2));
        {
            let _inner = span.enter();
            info_span!("child").in_scope(|| ());
            thread::sleep(Duration::from_millis(2));
        }
        info_span!("another child").in_scope(|| ());
        drop(outer);
    });
    assert_tree!(trace, @r"
    twice
      child
      another child
    ");
    let twice = trace.tree().roots().next().expect("it was recorded");
    assert_eq!(twice.polls(), 2);
    assert_eq!(twice.busy(), twice.wall().expect("closed"), "the same time is not counted twice");
}

#[test]
fn a_recursion_of_five_thousand_calls_is_five_thousand_deep() {
    fn dive(left: usize) {
        if left > 0 {
            info_span!("dive", left).in_scope(|| dive(left - 1));
        }
    }
    let dive = || record(|| dive(5_000));
    let trace = thread::Builder::new().stack_size(64 << 20).spawn(dive).expect("a thread").join().expect("no panic");
    let deepest = trace.tree().calls().last().expect("it was recorded");
    assert_eq!((trace.tree().len(), deepest.depth()), (5_000, 4_999));
    assert!(trace.tree().calls().zip((1..=5_000_u64).rev()).all(|(c, left)| c.arg("left") == Some(left.into_value())));
    assert!(trace.balance().is_balanced());
}

/// As the tree gives it back.
trait IntoValue {
    fn into_value(self) -> tracesnap::tree::Value<'static>;
}

impl IntoValue for u64 {
    fn into_value(self) -> tracesnap::tree::Value<'static> {
        tracesnap::tree::Value::U64(self)
    }
}

#[test]
fn fields_recorded_late_are_the_calls_own_and_the_newest_value_counts() {
    let trace = record(|| {
        let span = info_span!("order", id = 1, total = tracing::field::Empty, state = "new");
        span.record("total", 2.5);
        span.in_scope(|| {
            info_span!("pay").in_scope(|| ());
            span.record("state", "paid");
        });
        span.record("state", "sent");
    });
    assert_tree!(trace, @r#"
    order(id: 1, total: 2.5, state: "sent")
      pay
    "#);
}

#[test]
fn fields_recorded_on_another_thread_are_not_lost() {
    let trace = record(|| {
        let span = info_span!("order", id = 1, total = tracing::field::Empty);
        span.in_scope(|| ());
        on_a_thread(|| span.record("total", 3));
        on_a_thread(move || {
            span.record("id", 2);
        });
    });
    assert_tree!(trace, @"order(id: 2, total: 3)");
}

#[test]
fn fields_recorded_through_the_current_span_are_kept_in_every_poll_and_on_every_thread() {
    let trace = record(|| {
        let request = async {
            Span::current().record("sent", 7);
            tokio::task::yield_now().await;
            Span::current().record("status", 201);
        };
        let empty = tracing::field::Empty;
        runtime().block_on(request.instrument(info_span!("request", sent = empty, status = empty)));
        let order = info_span!("order", total = empty);
        on_a_thread(|| {
            let _entered = order.enter();
            Span::current().record("total", 3);
        });
    });
    assert_tree!(trace, @r"
    request(sent: 7, status: 201)
    order(total: 3)
    ");
}

#[test]
fn spans_that_take_turns_on_one_thread_keep_their_children_apart() {
    let trace = record(|| {
        let spans = [info_span!("even"), info_span!("odd")];
        for n in 0..4 {
            spans[n % 2].in_scope(|| info_span!("turn", n).in_scope(|| ()));
        }
    });
    assert_tree!(trace, @r"
    even
      turn(n: 0)
      turn(n: 2)
    odd
      turn(n: 1)
      turn(n: 3)
    ");
}

#[test]
fn tasks_of_a_runtime_stand_under_the_span_they_are_instrumented_with() {
    let trace = record(|| {
        let root = info_span!("root");
        let task = |n: u32| {
            async move {
                tokio::task::yield_now().await;
                info_span!("step", n).in_scope(|| ());
            }
            .instrument(info_span!(parent: &root, "task", n))
        };
        let runtime = runtime();
        let tasks: Vec<_> = (0..20).map(|n| runtime.spawn(task(n))).collect();
        tasks.into_iter().for_each(|task| runtime.block_on(task).expect("no panic in it"));
    });
    assert!(trace.stats().is_complete(), "{:?}", trace.stats());
    let root = trace.tree().roots().next().expect("it was recorded");
    let mut seen: Vec<_> = root.children().map(|task| (task.arg("n"), task.children().count(), task.polls())).collect();
    seen.sort_by_key(|(n, ..)| n.and_then(|n| n.as_u64()));
    let expected: Vec<_> = (0..20_u64).map(|n| (Some(n.into_value()), 1, 3)).collect();
    assert_eq!(seen, expected);
    assert_eq!(names(&trace).lines().count(), 41);
}

#[test]
fn what_a_future_calls_stands_in_the_order_of_the_program_whatever_threads_it_was_polled_on() {
    let trace = record(|| {
        let task = info_span!("task");
        task.in_scope(|| info_span!("zip").in_scope(|| ()));
        on_a_thread(|| task.in_scope(|| info_span!("mix").in_scope(|| ())));
        task.in_scope(|| info_span!("add").in_scope(|| ()));
    });
    insta::assert_snapshot!(trace.snapshot(), @r"
    task
    ├─ zip
    ├─ mix
    └─ add
    ");
}
