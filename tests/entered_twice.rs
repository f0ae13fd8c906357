//! A span that is entered while it is entered is nobody's caller: what runs then was called by the innermost other span.
//!
//! That is what a registry says, and what people mean: a method of a connection enters the connection's span, and may
//! be called from another one that did so already. `h2` is written like that.

use tracesnap::{Trace, Tracer};
use tracing::{Span, info, info_span};
use tracing_subscriber::prelude::*;

/// What a run records: by a guard, and by a layer on a registry.
fn on_both_fronts(run: fn()) -> [Trace; 2] {
    let guard = Tracer::start().unwrap();
    run();
    let lean = guard.finish();
    let (layer, handle) = Tracer::builder().layer().unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), run);
    [lean, handle.trace()]
}

/// Names, indented by depth; events as their message.
fn outline(trace: &Trace) -> Vec<String> {
    let line = |(depth, item): (usize, tracesnap::tree::Item<'_>)| {
        let call = item.call().map(|call| format!("{}{} polls={}", " ".repeat(depth), call.name(), call.polls()));
        call.unwrap_or_else(|| {
            format!("{}{}", " ".repeat(depth), item.event().and_then(|e| e.message()).unwrap_or_default())
        })
    };
    trace.tree().walk().map(line).collect()
}

#[test]
fn a_span_entered_twice_is_not_the_caller_of_what_the_span_between_calls() {
    for trace in on_both_fronts(|| {
        let connection = info_span!("connection");
        connection.in_scope(|| {
            info_span!("poll").in_scope(|| {
                connection.in_scope(|| {
                    info_span!("poll_ready").in_scope(|| ());
                    info!("ready");
                });
                info_span!("after").in_scope(|| ());
            });
        });
        connection.in_scope(|| info_span!("later").in_scope(|| ()));
    }) {
        assert_eq!(
            outline(&trace),
            [
                "connection polls=3",
                " poll polls=1",
                "  poll_ready polls=1",
                "  ready",
                "  after polls=1",
                " later polls=1"
            ]
        );
        assert!(trace.balance().is_balanced(), "{:?}", trace.balance());
    }
}

#[test]
fn the_current_span_is_the_innermost_that_was_not_entered_before() {
    for trace in on_both_fronts(|| {
        let outer = info_span!("outer");
        let _outer = outer.enter();
        let _inner = info_span!("inner").entered();
        let _again = outer.enter();
        let current = Span::current();
        info_span!(parent: &current, "child").in_scope(|| ());
    }) {
        assert_eq!(outline(&trace), ["outer polls=2", " inner polls=1", "  child polls=1"]);
    }
}

/// Only with a registry, which tells refused spans apart. Without one they go by the name of what stands for them.
#[test]
fn with_a_registry_a_refused_span_entered_twice_does_not_hide_the_recorded_one_between() {
    let (layer, handle) = Tracer::builder().filter_fn(|site| site.name() != "refused").layer().unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let refused = info_span!("refused");
        refused.in_scope(|| {
            info_span!("kept").in_scope(|| refused.in_scope(|| info_span!("child").in_scope(|| ())));
        });
    });
    assert_eq!(outline(&handle.trace()), ["kept polls=1", " child polls=1"]);
}
