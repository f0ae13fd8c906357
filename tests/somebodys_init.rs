//! Code under test that installs a subscriber itself finds the place free, if the guard leaves it so.
//!
//! A binary of its own with this one test, since a subscriber is installed once a process.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tracesnap::{Through, Tracer};
use tracing::{Subscriber, info_span};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::prelude::*;

#[derive(Clone, Default)]
struct Counts(Arc<AtomicUsize>);

impl<S: Subscriber> Layer<S> for Counts {
    fn on_new_span(&self, _: &tracing::span::Attributes<'_>, _: &tracing::span::Id, _: Context<'_, S>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn somebodys_init_after_a_scoped_guard_succeeds_and_both_have_their_spans() {
    let guard = Tracer::builder().scoped().start().expect("defaults are right");
    drop(Tracer::start().expect("a guard inside it leaves the place free as well"));
    let theirs = Counts::default();
    tracing_subscriber::registry().with(theirs.clone()).try_init().expect("the process has no subscriber yet");
    info_span!("ours").in_scope(|| info_span!("child").in_scope(|| ()));
    std::thread::spawn(|| info_span!("theirs").in_scope(|| ())).join().expect("no panic in it");
    let trace = guard.finish();
    info_span!("theirs too").in_scope(|| ());
    let names: Vec<_> = trace.tree().calls().map(|call| call.name()).collect();
    assert_eq!((names, theirs.0.load(Ordering::Relaxed)), (vec!["ours", "child"], 2));

    // The next guard finds the program's subscriber, and goes on beside it.
    let guard = Tracer::start().expect("defaults are right");
    assert_eq!(guard.through(), Through::Scoped);
    info_span!("ours again").in_scope(|| ());
    assert_eq!((guard.finish().tree().len(), theirs.0.load(Ordering::Relaxed)), (1, 2));
}
