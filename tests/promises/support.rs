//! A recording in one line, and its tree as text: what all promises here are written with.

use std::fmt::Write;

use tracesnap::tree::{Arg, Call, Event, Item};
use tracesnap::{Trace, TraceGuard, Tracer, TracerBuilder};

/// A builder under the set-up of this test binary.
pub(crate) fn tracer() -> TracerBuilder {
    crate::set_up();
    Tracer::builder()
}

/// A recording on this thread, through what the set-up promises.
pub(crate) fn start() -> TraceGuard {
    let expected = crate::set_up();
    let guard = Tracer::start().expect("defaults are right");
    assert_eq!(guard.through(), expected);
    guard
}

/// What `run` did.
pub(crate) fn record(run: impl FnOnce()) -> Trace {
    let guard = start();
    run();
    guard.finish()
}

/// Runs `f` on a thread of its own, to its end.
pub(crate) fn on_a_thread<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(f).join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Runs `f`, which panics, without a message on standard error.
pub(crate) fn panics(f: impl FnOnce()) {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).expect_err("it panics");
}

/// A panic that prints nothing.
pub(crate) fn panic_quietly() -> ! {
    std::panic::resume_unwind(Box::new("quiet"))
}

/// A multi-threaded runtime.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// A call or event a line, two spaces a level: `name(arg: value) → result ✗ error [what else there is to say]`.
pub(crate) fn text(trace: &Trace) -> String {
    lines(trace, |item| match item {
        Item::Call(call) => call_line(call),
        Item::Event(event) => event_line(event),
    })
}

/// The names of the calls alone.
pub(crate) fn names(trace: &Trace) -> String {
    lines(trace, |item| item.call().map(|call| call.name().to_owned()).unwrap_or_default())
}

fn lines(trace: &Trace, line: impl Fn(Item<'_>) -> String) -> String {
    let mut text = String::new();
    for (depth, item) in trace.tree().walk() {
        let line = line(item);
        if !line.is_empty() {
            writeln!(text, "{:1$}{line}", "", depth * 2).expect("a string takes everything");
        }
    }
    text
}

fn call_line(call: Call<'_>) -> String {
    let mut line = call.name().to_owned();
    let args: Vec<String> = call.args().map(|arg| format!("{}: {}", arg.name(), shown(&arg))).collect();
    if !args.is_empty() {
        line += &format!("({})", args.join(", "));
    }
    if let Some(value) = call.returned() {
        line += &format!(" → {value}");
    }
    if let Some(error) = call.error() {
        line += &format!(" ✗ {error}");
    }
    let marks = [
        (!call.is_entered(), "never entered"),
        (call.is_entered() && call.is_open(), "open"),
        (call.panicked(), "panicked"),
        (call.is_truncated(), "truncated"),
        (call.is_orphan(), "orphan"),
    ];
    for (_, mark) in marks.into_iter().filter(|(is, _)| *is) {
        line += &format!(" [{mark}]");
    }
    line
}

fn event_line(event: Event<'_>) -> String {
    let mut line = format!("- {}", event.message().unwrap_or_default());
    event.fields().for_each(|field| line += &format!(" {}={}", field.name(), shown(&field)));
    line
}

fn shown(arg: &Arg<'_>) -> String {
    format!("{}{}", arg.value(), if arg.is_cut() { "…" } else { "" })
}

/// Asserts the text of a trace that holds all that happened.
macro_rules! assert_tree {
    ($trace:expr, @$expected:literal) => {{
        let trace = &$trace;
        assert!(trace.stats().is_complete(), "{:?}", trace.stats());
        insta::assert_snapshot!(crate::support::text(trace), @$expected);
    }};
}
pub(crate) use assert_tree;

mod tests {
    use tracing::{info, info_span};

    use super::{names, panic_quietly, panics, record};

    #[test]
    fn calls_and_events_are_shown_with_what_is_known_of_them() {
        let trace = record(|| {
            let order = info_span!("order", id = 7, who = "ada").entered();
            info!(left = 1.5, "almost done");
            panics(|| info_span!("pay").in_scope(|| panic_quietly()));
            let _waiting = info_span!("wait");
            std::mem::forget(order);
        });
        assert_tree!(trace, @r#"
        order(id: 7, who: "ada") [open]
          - almost done left=1.5
          pay [panicked]
          wait [never entered]
        "#);
        insta::assert_snapshot!(names(&trace), @r"
        order
          pay
          wait
        ");
    }

    #[test]
    #[should_panic(expected = "lost: 1")]
    fn a_tree_with_loss_is_not_taken_for_whole() {
        let (_, trace) =
            super::tracer().capacity(1).trace(|| (0..2).for_each(|_| info_span!("a").in_scope(|| ()))).expect("right");
        assert_tree!(trace, @"a");
    }
}
