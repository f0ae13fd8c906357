//! A panic is shown where it went through, and nowhere else; the trace of it can be kept.

use tracing::{Instrument, info_span};

use crate::support::{assert_tree, on_a_thread, panic_quietly, panics, record, runtime, tracer};

#[test]
fn calls_that_unwound_are_marked_and_no_others() {
    let trace = record(|| {
        info_span!("caller").in_scope(|| {
            info_span!("before").in_scope(|| ());
            panics(|| info_span!("outer").in_scope(|| info_span!("inner").in_scope(|| panic_quietly())));
            info_span!("after").in_scope(|| ());
        });
    });
    assert_tree!(trace, @r"
    caller
      before
      outer [panicked]
        inner [panicked]
      after
    ");
}

#[test]
fn a_call_made_while_unwinding_has_not_panicked_itself() {
    struct CleansUp;
    impl Drop for CleansUp {
        fn drop(&mut self) {
            info_span!("clean up").in_scope(|| info_span!("deeper").in_scope(|| ()));
        }
    }
    let trace = record(|| {
        panics(|| {
            info_span!("work").in_scope(|| {
                let _cleans_up = CleansUp;
                panic_quietly()
            });
        });
    });
    assert_tree!(trace, @r"
    work [panicked]
      clean up
        deeper
    ");
}

#[test]
fn a_panic_on_another_thread_is_marked_there() {
    let trace = record(|| {
        let work = info_span!("work");
        on_a_thread(|| {
            panics(|| work.in_scope(|| info_span!("part").in_scope(|| panic_quietly())));
        });
    });
    assert_tree!(trace, @r"
    work [panicked]
      part [panicked]
    ");
}

#[test]
fn a_task_that_panics_is_marked() {
    let trace = record(|| {
        let task = async {
            tokio::task::yield_now().await;
            panic_quietly()
        };
        let runtime = runtime();
        let handle = runtime.spawn(task.instrument(info_span!("task")));
        runtime.block_on(handle).expect_err("it panicked");
    });
    assert_tree!(trace, @"task [panicked]");
}

#[test]
fn trace_catch_keeps_the_trace_of_a_panic() {
    let (value, trace) = tracer()
        .trace_catch(|| info_span!("work", id = 3).in_scope(|| -> u32 { panic_quietly() }))
        .expect("the plan is right");
    assert_eq!(value.expect_err("it panicked").downcast_ref::<&str>(), Some(&"quiet"));
    assert_tree!(trace, @"work(id: 3) [panicked]");
}

#[test]
fn a_panic_through_a_guard_discards_its_trace_and_the_thread_records_again() {
    panics(|| {
        let _guard = tracer().start().expect("defaults are right");
        info_span!("gone").in_scope(|| panic_quietly());
    });
    panics(|| drop(tracer().trace(|| -> () { panic_quietly() })));
    let trace = record(|| info_span!("next").in_scope(|| ()));
    assert_tree!(trace, @"next");
}
