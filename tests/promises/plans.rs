//! Sessions with different filters, levels, capacities and samplings, open at once, each get exactly theirs.

use std::sync::Barrier;
use std::thread;

use tracesnap::{MemoryReadings, OnFull, Sampling, TracerBuilder};
use tracing::{debug_span, info, info_span};

use crate::support::{names, tracer};

mod cart {
    use super::*;

    pub(super) fn price(n: u32) {
        info_span!("price", n).in_scope(|| debug_span!("discount").in_scope(|| super::db::query(n)));
    }
}

mod db {
    use super::*;

    pub(super) fn query(n: u32) {
        info_span!("query", n).in_scope(|| info!("rows"));
    }
}

/// What a session is, the names in its tree, and `[lost, sampled_out, too_deep]`.
type Case = (&'static str, fn(TracerBuilder) -> TracerBuilder, &'static str, [u64; 3]);

const CASES: [Case; 9] = [
    ("all", |all| all, "price discount query price discount query price discount query", [0, 0, 0]),
    ("a module", |b| b.modules(["**::plans::cart"]), "price discount price discount price discount", [0, 0, 0]),
    ("another", |b| b.modules(["**::plans::db"]), "query query query", [0, 0, 0]),
    ("level", |b| b.max_level(tracing::Level::INFO), "price query price query price query", [0, 0, 0]),
    ("function", |b| b.filter_fn(|m| m.name() != "price"), "discount query discount query discount query", [0, 0, 0]),
    ("sampling", |b| b.sampling(Sampling::every_nth(2)), "price discount query price discount query", [0, 3, 0]),
    ("depth", |b| b.max_depth(2), "price discount price discount price discount", [0, 0, 3]),
    // Three orders are twelve rows. A ring that wraps keeps one slot free for the writer.
    ("oldest", |b| b.capacity(5), "price discount query price", [7, 0, 0]),
    ("newest", |b| b.capacity(4).on_full(OnFull::OverwriteOldest), "discount query", [9, 0, 0]),
];

#[test]
fn sessions_open_at_once_each_get_exactly_what_they_asked_for() {
    crate::set_up();
    let ready = Barrier::new(CASES.len());
    thread::scope(|scope| {
        for (what, plan, expected, [lost, sampled_out, too_deep]) in CASES {
            let ready = &ready;
            scope.spawn(move || {
                for _ in 0..20 {
                    let guard = plan(tracer()).start().expect("the plan is right");
                    ready.wait();
                    (0..3).for_each(cart::price);
                    ready.wait();
                    let trace = guard.finish();
                    let (names, stats) = (names(&trace), trace.stats());
                    assert_eq!(names.split_whitespace().collect::<Vec<_>>().join(" "), expected, "{what}");
                    let counted = [stats.lost, stats.sampled_out, stats.too_deep];
                    assert_eq!(counted, [lost, sampled_out, too_deep], "{what}");
                }
            });
        }
    });
}

#[test]
fn a_budget_is_refused_where_nothing_counts_allocations() {
    let tracer = tracer().memory(MemoryReadings::Allocations);
    let ((), trace) = tracer.trace(|| info_span!("call").in_scope(|| drop(vec![1_u8; 100]))).unwrap();
    assert!(trace.assertions().try_assert_max_allocations(1_000).is_err());
    assert!(trace.assertions().try_assert_allocated_under(1_000_000).is_err());
    assert!(trace.calls("call").try_assert_max_allocations(1_000).is_err());
}
