//! Code of the user's that runs inside ours may do what it likes: the program goes on, and the trace says what happened.

use std::cell::RefCell;
use std::fmt;

use tracesnap::tree::Value;
use tracesnap::{Error, OnFull, Sampling, Trace, TraceGuard};
use tracing::{info, info_span};

use crate::dispatchers::without_dispatchers_of_threads;
use crate::support::{assert_tree, names, panic_quietly, record, start, tracer};

/// Runs a function when it is formatted.
struct Formats<F>(F);

impl<F: Fn()> fmt::Debug for Formats<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.0)();
        f.write_str("formatted")
    }
}

#[test]
fn a_debug_that_panics_is_marked_and_the_program_goes_on() {
    let trace = record(|| {
        info_span!("work", good = 1, bad = ?Formats(|| panic_quietly()), after = "here").in_scope(|| {
            info!(bad = ?Formats(|| panic_quietly()), "event");
        });
    });
    assert_tree!(trace, @r#"
    work(good: 1, bad: [its Debug panicked], after: "here")
      - event bad=[its Debug panicked]
    "#);
    assert_eq!(trace.stats().panicked_values, 2);
    let work = trace.tree().roots().next().expect("it was recorded");
    assert_eq!((work.arg("bad"), work.panicked()), (Some(Value::Panicked), false));
}

#[test]
fn a_panic_whose_payload_panics_when_it_is_dropped_stays_inside_too() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic_quietly()
        }
    }
    let bomb = || std::panic::resume_unwind(Box::new(Bomb));
    let trace = record(|| info_span!("work", bad = ?Formats(bomb)).in_scope(|| ()));
    assert_tree!(trace, @"work(bad: [its Debug panicked])");
}

#[test]
fn a_debug_that_opens_spans_has_them_recorded_beside_its_call() {
    let _alone = without_dispatchers_of_threads();
    let deeper = Formats(|| info_span!("deeper").in_scope(|| ()));
    let formats = Formats(|| {
        info_span!("formatting", deeper = ?deeper).in_scope(|| info!(deeper = ?deeper, "inside"));
        std::mem::drop(info_span!("not entered"));
    });
    let trace = record(|| {
        info_span!("caller").in_scope(|| {
            info_span!("work", value = ?formats).in_scope(|| info_span!("child").in_scope(|| ()));
        });
    });
    assert_tree!(trace, @r"
    caller
      work(value: formatted)
        child
      formatting(deeper: formatted)
        - inside deeper=formatted
        deeper
      deeper
      not entered [never entered]
    ");
    assert!(trace.balance().is_balanced());
}

#[test]
fn a_debug_that_writes_megabytes_is_stopped_at_the_limit() {
    struct Endless;
    impl fmt::Debug for Endless {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            (0..1 << 24).try_for_each(|_| f.write_str("x"))
        }
    }
    let trace = record(|| info_span!("work", value = ?Endless, after = 1).in_scope(|| ()));
    let work = trace.tree().roots().next().expect("it was recorded");
    let text = work.arg("value").and_then(|value| value.as_str()).expect("text").len();
    assert_eq!((text, work.arg("after")), (tracesnap::DEFAULT_VALUE_LIMIT, Some(Value::I64(1))));
    assert_eq!(trace.stats().cut_values, 1);
}

#[test]
fn fields_beyond_what_a_span_may_take_are_counted_as_lost() {
    let long = "x".repeat(8_128);
    let run = || info_span!("work", a = long, b = long, c = long, d = 1).in_scope(|| ());
    let (_, trace) = tracer().value_limit(8_128).trace(run).expect("the plan is right");
    let work = trace.tree().roots().next().expect("it was recorded");
    assert_eq!((work.arg("a").is_some(), work.arg("c").is_some()), (true, false));
    assert!(trace.stats().lost_bytes >= 8_128, "{:?}", trace.stats());
}

#[test]
fn a_debug_that_records_a_session_of_its_own_does_so() {
    let _alone = without_dispatchers_of_threads();
    let inner: RefCell<Option<Trace>> = RefCell::default();
    let trace = record(|| {
        let nested = Formats(|| *inner.borrow_mut() = Some(record(|| info_span!("inner", n = 1).in_scope(|| ()))));
        info_span!("work", value = ?nested).in_scope(|| info_span!("child").in_scope(|| ()));
    });
    assert_tree!(inner.into_inner().expect("it was formatted"), @"inner(n: 1)");
    assert_tree!(trace, @r"
    inner(n: 1)
    work(value: formatted)
      child
    ");
}

#[test]
fn a_debug_that_ends_the_session_and_begins_another_mixes_nothing_up() {
    let _alone = without_dispatchers_of_threads();
    let guard: RefCell<Option<TraceGuard>> = RefCell::new(Some(start()));
    let first: RefCell<Option<Trace>> = RefCell::default();
    let changes = Formats(|| {
        *first.borrow_mut() = guard.take().map(TraceGuard::finish);
        *guard.borrow_mut() = Some(start());
        (0..3).for_each(|n| info_span!("new", n).in_scope(|| ()));
    });
    info_span!("old").in_scope(|| ());
    info_span!("between", value = ?changes).in_scope(|| info_span!("child").in_scope(|| ()));
    let second = guard.take().expect("it was started").finish();
    assert!(names(&first.take().expect("it was finished")).starts_with("old\n"));
    assert_tree!(second, @r"
    new(n: 0)
    new(n: 1)
    new(n: 2)
    child
    ");
    assert!(second.tree().calls().all(|call| call.polls() == 1 && !call.is_open()));
    assert!(second.balance().is_balanced());
}

#[test]
fn a_filter_function_that_panics_leaves_its_callsite_out() {
    let panics_at = |metadata: &tracing::Metadata<'_>| metadata.name() != "bad" || panic_quietly();
    let run = || info_span!("good").in_scope(|| info_span!("bad").in_scope(|| info_span!("child").in_scope(|| ())));
    let (_, trace) = tracer().filter_fn(panics_at).trace(run).expect("the plan is right");
    assert_tree!(trace, @r"
    good
      child
    ");
}

#[test]
fn a_filter_function_may_emit_spans_and_events_which_nobody_records() {
    let emits = |metadata: &tracing::Metadata<'_>| {
        info_span!("from the filter", name = metadata.name()).in_scope(|| info!("asked"));
        true
    };
    let run = || info_span!("work", n = 1).in_scope(|| info_span!("child").in_scope(|| info!("event")));
    let (_, trace) = tracer().filter_fn(emits).trace(run).expect("the plan is right");
    assert_tree!(trace, @r"
    work(n: 1)
      child
        - event
    ");
}

#[test]
fn settings_that_make_no_sense_are_refused_by_name_value_and_what_is_expected() {
    let refused = |result: Result<TraceGuard, Error>| result.expect_err("it makes no sense").to_string();
    let messages = [
        refused(tracer().capacity(0).start()),
        refused(tracer().capacity(usize::MAX).start()),
        refused(tracer().text_capacity(7).start()),
        refused(tracer().value_limit(0).start()),
        refused(tracer().value_limit(1 << 40).start()),
        refused(tracer().max_depth(0).start()),
        refused(tracer().sampling(Sampling::ratio(1.5)).start()),
        refused(tracer().sampling(Sampling::every_nth(0)).start()),
        refused(tracer().sampling_at("a::[", Sampling::always()).start()),
        refused(tracer().modules(["shop::**", "re:("]).start()),
    ];
    insta::assert_snapshot!(messages.join("\n"), @r"
    `capacity` is set to `0`, but takes a number of rows from 1 to 1,073,741,824
    `capacity` is set to `18446744073709551615`, but takes a number of rows from 1 to 1,073,741,824
    `text_capacity` is set to `7`, but takes a number of bytes from 65,536 to 1,073,741,824
    `value_limit` is set to `0`, but takes a number of bytes from 1 to 8,128
    `value_limit` is set to `1099511627776`, but takes a number of bytes from 1 to 8,128
    `max_depth` is set to `0`, but takes a number of calls from 1; leave it out for no limit
    `sampling` is set to `1.5`, but takes a ratio from 0 to 1, such as 0.1
    `sampling` is set to `1/0`, but takes every first or later one, such as `1/10` for every tenth
    module pattern `a::[`: `[` is no wildcard of a glob, which has `*` and `**` only; write `re:` for a regular expression
    module pattern `re:(`: the regular expression does not compile: unclosed group; for a plain path leave `re:` out
    ");
    assert!("sometimes".parse::<OnFull>().is_err());
    let trace = record(|| info_span!("still recorded").in_scope(|| ()));
    assert_tree!(trace, @"still recorded");
}
