//! Tracers inside tracers, and guards that end in any order.

use tracesnap::{Policy, Sampling, Trace, TracerBuilder};
use tracing::{info, info_span};

use crate::support::{assert_tree, names, on_a_thread, record, start, text, tracer};

#[test]
fn an_inner_trace_holds_its_calls_and_the_outer_one_has_them_too() {
    let mut inner = None;
    let outer = record(|| {
        info_span!("outer call", n = 1).in_scope(|| {
            inner = Some(record(|| info_span!("inner call", n = 2).in_scope(|| info!("deep inside"))));
            info_span!("after").in_scope(|| ());
        });
    });
    assert_tree!(inner.expect("it was finished"), @r"
    inner call(n: 2)
      - deep inside
    ");
    assert_tree!(outer, @r"
    outer call(n: 1)
      inner call(n: 2)
        - deep inside
      after
    ");
}

#[test]
fn three_levels_are_grafted_level_by_level() {
    let outer = record(|| {
        let middle = record(|| {
            info_span!("b").in_scope(|| {
                let inner = record(|| info_span!("c").in_scope(|| ()));
                assert_eq!(names(&inner), "c\n");
            });
        });
        assert_eq!(names(&middle), "b\n  c\n");
    });
    assert_tree!(outer, @r"
    b
      c
    ");
}

#[test]
fn an_inner_guard_that_is_dropped_hides_nothing_from_the_outer_one() {
    let outer = record(|| {
        let guard = start();
        info_span!("inner call").in_scope(|| ());
        drop(guard);
    });
    assert_tree!(outer, @"inner call");
}

#[test]
fn what_an_inner_trace_lost_is_missing_in_the_outer_one() {
    let mut inner = None;
    let outer = record(|| {
        let run = || (0..3).for_each(|_| info_span!("call").in_scope(|| ()));
        inner = Some(tracer().capacity(1).trace(run).expect("the plan is right").1);
    });
    let inner = inner.expect("it was finished");
    assert_eq!((inner.stats().recorded, inner.stats().lost), (1, 2));
    assert_eq!((outer.stats().recorded, outer.stats().lost), (1, 2));
    assert!(!outer.stats().is_complete(), "an assertion on the outer trace could pass falsely");
}

#[test]
fn guards_finished_in_the_wrong_order_each_have_what_began_while_they_were_innermost() {
    let first = start();
    info_span!("one").in_scope(|| ());
    let second = start();
    info_span!("two").in_scope(|| info_span!("its child").in_scope(|| ()));
    let first = first.finish();
    info_span!("three").in_scope(|| info_span!("its child").in_scope(|| ()));
    let second = second.finish();
    assert_eq!(names(&first), "one\n");
    assert_eq!(first.stats().nested_open, 1);
    assert!(!first.stats().is_complete(), "the calls of the second are missing");
    assert_tree!(second, @r"
    two
      its child
    three
      its child
    ");
    let third = record(|| info_span!("four").in_scope(|| ()));
    assert_tree!(third, @"four");
}

#[test]
fn an_inner_guard_may_outlive_the_call_it_was_started_in() {
    let outer = start();
    let call = info_span!("call").entered();
    let inner = start();
    drop(call);
    info_span!("root").in_scope(|| info_span!("child").in_scope(|| ()));
    let inner = inner.finish();
    info_span!("last").in_scope(|| info_span!("its child").in_scope(|| ()));
    let outer = outer.finish();
    assert_tree!(inner, @r"
    root
      child
    ");
    assert_tree!(outer, @r"
    call
      root
        child
    last
      its child
    ");
}

#[test]
fn a_span_of_the_outer_session_stays_the_outers_while_the_inner_is_open() {
    let outer = start();
    let span = info_span!("outer span");
    let inner = start();
    span.in_scope(|| info_span!("below it").in_scope(|| ()));
    info_span!("inner span").in_scope(|| ());
    let inner = inner.finish();
    let outer = outer.finish();
    assert_tree!(inner, @"inner span");
    assert_tree!(outer, @r"
    outer span
      below it
    inner span
    ");
}

#[test]
fn a_guard_on_a_thread_inside_a_session_is_a_session_of_its_own() {
    let outer = record(|| {
        let call = info_span!("call").entered();
        on_a_thread(|| {
            let _joined = call.enter();
            let inner = record(|| info_span!("inner").in_scope(|| ()));
            assert_eq!(names(&inner), "inner\n");
            info_span!("joined").in_scope(|| ());
        });
    });
    assert!(names(&outer).starts_with("call\n"), "{}", names(&outer));
    assert!(names(&outer).contains("  joined\n"), "{}", names(&outer));
}

mod shop {
    use tracing::{debug_span, info, info_span, instrument};

    pub(super) fn order() {
        info_span!("order", card_number = 4_111).in_scope(|| {
            debug_span!("price").in_scope(super::db::query);
            info!(api_key = "abc", "paid with password: hunter2");
        });
    }

    #[instrument(ret)]
    pub(super) fn login() -> &'static str {
        "token=abcdef"
    }
}

mod db {
    pub(super) fn query() {
        tracing::info_span!("query", sql = "select secret from cards").in_scope(|| ());
    }
}

/// What an outer guard of one plan shows of what an inner guard of another one has recorded, and its trace.
fn outer_and_inner(
    outer: impl FnOnce(TracerBuilder) -> TracerBuilder,
    inner: impl FnOnce(TracerBuilder) -> TracerBuilder,
    run: impl FnOnce(),
) -> (Trace, Trace) {
    let inner = inner(tracer());
    let mut trace = None;
    let ((), outer) = outer(tracer())
        .trace(|| info_span!("outer").in_scope(|| trace = Some(inner.trace(run).expect("the plan is right").1)))
        .expect("the plan is right");
    (outer, trace.expect("it was recorded"))
}

#[test]
fn what_an_inner_guard_recorded_is_shown_by_the_outer_guards_policy() {
    let policy = Policy::builder().name("card").build().expect("the policy is right");
    let run = || {
        shop::order();
        shop::login();
    };
    let (outer, inner) = outer_and_inner(|outer| outer.redact(policy), |inner| inner.redact(Policy::none()), run);
    assert!(text(&inner).contains("hunter2") && text(&inner).contains("abcdef") && text(&inner).contains("4111"));
    assert_tree!(outer, @r#"
    outer
      order(card_number: [redacted])
        price
          query(sql: "select secret from cards")
        - paid with password: [redacted] api_key=[redacted]
      login → "token=[redacted]"
    "#);
    assert_eq!(outer.stats().redacted, 4);
}

#[test]
fn the_outer_guards_value_limit_holds_for_what_an_inner_guard_recorded() {
    let (outer, inner) = outer_and_inner(|outer| outer.value_limit(6), |inner| inner, db::query);
    assert!(text(&inner).contains("from cards"));
    assert_tree!(outer, @r#"
    outer
      query(sql: "select"…)
    "#);
    assert_eq!(outer.stats().cut_values, 1);
}

#[test]
fn an_outer_guard_shows_only_what_it_wants_of_an_inner_one() {
    let shown = |outer: fn(TracerBuilder) -> TracerBuilder| {
        let (outer, inner) = outer_and_inner(outer, |inner| inner, shop::order);
        assert_eq!(names(&inner), "order\n  price\n    query\n");
        assert!(outer.stats().is_complete(), "{:?}", outer.stats());
        names(&outer).split('\n').map(str::to_owned).collect::<Vec<_>>().join("|")
    };
    assert_eq!(shown(|outer| outer.max_level(tracing::Level::INFO)), "outer|  order|    query|");
    assert_eq!(shown(|outer| outer.modules(["!**::nesting::shop"])), "outer|  query|");
    assert_eq!(shown(|outer| outer.filter_fn(|metadata| metadata.name() != "order")), "outer|  price|    query|");
    assert_eq!(shown(|outer| outer.max_depth(2)), "outer|  order|");
}

#[test]
fn calls_of_an_inner_guard_are_in_the_outer_guards_sample_or_not() {
    let ((), outer) = tracer()
        .sampling(Sampling::every_nth(2))
        .trace(|| {
            for _ in 0..4 {
                let ((), inner) = tracer().trace(db::query).expect("the plan is right");
                assert_eq!(inner.tree().len(), 1);
            }
        })
        .expect("the plan is right");
    assert_eq!((outer.tree().len(), outer.stats().sampled_out), (2, 2));
}

#[test]
fn what_an_inner_guard_leaves_out_is_known_to_be_missing_in_the_outer_trace() {
    let (outer, inner) = outer_and_inner(|outer| outer, |inner| inner.modules(["**::nesting::shop"]), shop::order);
    assert_eq!(names(&inner), "order\n  price\n");
    assert!(inner.stats().is_complete());
    let refused = outer.assertions().try_assert_not_called("query").expect_err("it was called").to_string();
    assert!(refused.contains("1 callsite left out by the filter of an inner guard: `"), "{refused}");
    assert!(refused.contains("nesting::db::query`"), "{refused}");
    assert!(refused.contains("let the inner guard want all that this one wants"), "{refused}");
    assert!(!outer.stats().is_complete());
}

#[test]
fn what_an_inner_guard_finds_too_deep_is_missing_in_an_outer_trace_that_goes_deeper() {
    let (outer, inner) = outer_and_inner(|outer| outer, |inner| inner.max_depth(1), shop::order);
    assert_eq!((&*names(&inner), inner.stats().too_deep), ("order\n", 2));
    assert_eq!(outer.stats().nested_too_deep, 2);
    assert!(outer.assertions().try_assert_not_called("query").is_err());
    let (outer, _) = outer_and_inner(|outer| outer.max_depth(2), |inner| inner.max_depth(1), shop::order);
    assert!(outer.stats().is_complete(), "it wants none of them either");
}

#[test]
fn what_neither_guard_wants_is_missed_by_nobody() {
    let narrow = |tracer: TracerBuilder| tracer.modules(["**::nesting", "**::nesting::shop"]);
    let (outer, _) = outer_and_inner(narrow, narrow, shop::order);
    assert!(outer.stats().is_complete(), "{:?}", outer.stats());
    assert_eq!(names(&outer), "outer\n  order\n    price\n");
}

#[test]
fn what_the_innermost_of_three_guards_leaves_out_is_missing_in_both_around_it() {
    let mut middle = None;
    let outer = record(|| {
        let (trace, _) = outer_and_inner(|middle| middle, |inner| inner.modules(["**::nesting::shop"]), shop::order);
        middle = Some(trace);
    });
    assert!(!middle.expect("it was recorded").stats().is_complete());
    assert_eq!(outer.stats().nested_refused.len(), 1);
}

#[test]
fn what_the_guard_in_the_middle_leaves_out_is_missing_in_the_outermost() {
    let mut middle = None;
    let outer = record(|| {
        let only_the_outer = |middle: TracerBuilder| middle.modules(["**::nesting", "**::nesting::shop"]);
        let (trace, inner) = outer_and_inner(only_the_outer, |inner| inner, shop::order);
        assert_eq!(inner.tree().len(), 3);
        middle = Some(trace);
    });
    let middle = middle.expect("it was recorded");
    assert!(middle.stats().is_complete(), "{:?}", middle.stats());
    assert_eq!(names(&middle), "outer\n  order\n    price\n");
    assert_eq!(outer.stats().nested_refused.len(), 1, "{:?}", outer.stats());
}
