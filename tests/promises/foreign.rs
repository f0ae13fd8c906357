//! Other people's subscribers beside an open session.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tracing::subscriber::with_default;
use tracing::{Subscriber, info_span};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::dispatchers::with_a_dispatcher_of_its_own;
use crate::support::{assert_tree, names, panics, record, start};

/// Counts the spans it is told of.
#[derive(Clone, Default)]
struct Counts(Arc<AtomicUsize>);

impl<S: Subscriber> Layer<S> for Counts {
    fn on_new_span(&self, _: &tracing::span::Attributes<'_>, _: &tracing::span::Id, _: Context<'_, S>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_subscriber_set_for_a_scope_inside_a_session_has_that_scopes_spans() {
    let _dispatcher = with_a_dispatcher_of_its_own();
    let counts = Counts::default();
    let trace = record(|| {
        info_span!("before").in_scope(|| {
            with_default(tracing_subscriber::registry().with(counts.clone()), || {
                info_span!("theirs").in_scope(|| info_span!("theirs too").in_scope(|| ()));
            });
            info_span!("ours again").in_scope(|| ());
        });
    });
    assert_tree!(trace, @r"
    before
      ours again
    ");
    assert_eq!(counts.0.load(Ordering::Relaxed), 2);
}

#[test]
fn a_subscriber_that_is_installed_after_our_guard_is_told_that_the_place_is_taken() {
    let guard = start();
    tracing_subscriber::registry().try_init().expect_err("the process has a subscriber: ours");
    // Somebody's `init()` panics with this error; what runs on is recorded.
    panics(|| tracing_subscriber::registry().init());
    info_span!("recorded").in_scope(|| ());
    assert_eq!(names(&guard.finish()), "recorded\n");
}

#[test]
fn a_layer_set_for_a_scope_is_what_a_guard_in_it_attaches_to() {
    let _dispatcher = with_a_dispatcher_of_its_own();
    let (layer, handle) = tracesnap::Tracer::builder().layer().expect("the plan is right");
    with_default(tracing_subscriber::registry().with(layer), || {
        info_span!("recorder only").in_scope(|| ());
        let guard = tracesnap::Tracer::start().expect("defaults are right");
        assert_eq!(guard.through(), tracesnap::Through::Layer);
        info_span!("guard only").in_scope(|| ());
        assert_eq!(names(&guard.finish()), "guard only\n");
        info_span!("recorder again").in_scope(|| ());
    });
    assert_eq!(names(&handle.trace()), "recorder only\nrecorder again\n");
}
