//! A callsite met first by a thread without a subscriber is recorded all the same (tokio-rs/tracing#2874, #3611).
//!
//! A binary of its own, whose guards are all of this kind and open one after the other: any other dispatcher alive in
//! the process would hide the trap.

use std::sync::Mutex;
use std::thread;

use tracesnap::{Through, Tracer};
use tracing::info_span;

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn work(n: u64) {
    info_span!("work", n).in_scope(|| ());
}

#[test]
fn ten_of_ten_spans_are_recorded_through_a_dispatcher_of_the_guards_own() {
    let _alone = ONE_AT_A_TIME.lock();
    for session in 0..3 {
        // Without a subscriber anywhere in the process, `tracing` would keep for good that nobody wants the callsite.
        thread::spawn(|| (0..10).for_each(work)).join().expect("no panic in it");
        let guard = Tracer::builder().scoped().start().expect("defaults are right");
        assert_eq!(guard.through(), Through::Scoped);
        (0..10).for_each(work);
        let trace = guard.finish();
        let recorded: Vec<_> = trace.tree().roots().filter_map(|call| call.arg("n")?.as_u64()).collect();
        assert_eq!(recorded, (0..10).collect::<Vec<_>>(), "session {session}");
    }
}

#[test]
fn a_callsite_met_first_while_a_session_is_open_on_another_thread_is_recorded_too() {
    fn other(n: u64) {
        info_span!("other", n).in_scope(|| ());
    }
    let _alone = ONE_AT_A_TIME.lock();
    let guard = Tracer::builder().scoped().start().expect("defaults are right");
    thread::spawn(|| (0..10).for_each(other)).join().expect("no panic in it");
    (0..10).for_each(other);
    assert_eq!(guard.finish().tree().len(), 10);
}
