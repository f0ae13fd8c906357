//! Tracers inside tracers, and guards that end in any order.

use tracing::{info, info_span};

use crate::support::{assert_tree, names, on_a_thread, record, start, tracer};

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
