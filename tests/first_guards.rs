//! Tests of one binary start side by side, so the first guards of a process do too: none of them finds the place of the
//! process's dispatcher taken by another one that is just being started.
//!
//! A binary of its own, since a process has only one first time.

use std::sync::Barrier;
use std::thread;

use tracesnap::{Through, Tracer};
use tracing::info_span;

#[test]
fn guards_that_are_the_first_ones_together_all_record_through_the_processs_dispatcher() {
    const THREADS: usize = 16;
    let ready = Barrier::new(THREADS);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                ready.wait();
                let guard = Tracer::start().expect("defaults are right");
                assert_eq!(guard.through(), Through::Lean);
                info_span!("call").in_scope(|| ());
                assert_eq!(guard.finish().tree().len(), 1);
            });
        }
    });
}
