//! The run of one `#[traced]` test: what its expansion does that is the same for every function.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::{Trace, TraceGuard, TracerBuilder};

/// Lines of a trace that [`show`] prints: so many from its beginning, and so many from its end.
const SHOWN_LINES: usize = 100;

/// Runs a test under a guard. A panic goes on, after the calls up to it were printed.
#[track_caller]
pub fn run<T>(name: &str, tracer: TracerBuilder, test: impl FnOnce() -> T) -> (T, Trace) {
    let guard = start(name, tracer);
    let outcome = catch_unwind(AssertUnwindSafe(test));
    finish(name, guard, outcome)
}

/// Runs an async test under a guard, on a runtime whose threads belong to its session.
#[cfg(feature = "tokio")]
#[track_caller]
pub fn run_async<F: Future>(
    name: &str,
    tracer: TracerBuilder,
    mut runtime: tokio::runtime::Builder,
    test: impl FnOnce() -> F,
) -> (F::Output, Trace) {
    let guard = start(name, tracer);
    let adopter = guard.adopter();
    let runtime = runtime.on_thread_start(move || adopter.adopt()).build();
    let runtime = runtime.unwrap_or_else(|error| panic!("`{name}` has no tokio runtime to run on: {error}"));
    let outcome = catch_unwind(AssertUnwindSafe(|| runtime.block_on(test())));
    // Ends the tasks that are left before the trace does, so that none of their calls is shown as open by chance.
    drop(runtime);
    finish(name, guard, outcome)
}

#[track_caller]
fn start(name: &str, tracer: TracerBuilder) -> TraceGuard {
    tracer.start().unwrap_or_else(|error| panic!("`{name}` cannot be traced: {error}"))
}

fn finish<T>(name: &str, guard: TraceGuard, outcome: Result<T, Box<dyn Any + Send>>) -> (T, Trace) {
    let trace = guard.finish();
    match outcome {
        Ok(value) => (value, trace),
        Err(panic) => {
            show(name, &trace);
            resume_unwind(panic)
        }
    }
}

/// Prints the calls of a test that failed, where the test harness keeps what tests print.
pub fn show(name: &str, trace: &Trace) {
    eprintln!("{}", shown(name, &trace.snapshot().to_string()));
}

fn shown(name: &str, calls: &str) -> String {
    let mut lines: Vec<_> = calls.lines().collect();
    let left_out = lines.len().saturating_sub(2 * SHOWN_LINES);
    let gap = format!("… {left_out} lines left out …");
    if left_out > 0 {
        lines.splice(SHOWN_LINES..SHOWN_LINES + left_out, [gap.as_str()]);
    }
    if lines.is_empty() {
        lines.push("(none)");
    }
    format!("the calls of `{name}`, which failed:\n{}", lines.join("\n"))
}

/// Applies what the attribute says of a trace. Only here is the type of a closure's argument known.
pub fn check(trace: &Trace, assert: impl FnOnce(&Trace)) {
    assert(trace);
}

/// The builder that the attribute was given; anything else is an error at that place.
pub fn builder(tracer: TracerBuilder) -> TracerBuilder {
    tracer
}

/// What a test returned, asked whether it failed.
///
/// The call `(&Outcome(&value)).has_failed()` finds [`HasFailed`] for a `Result` and [`NeverFails`] one reference
/// further for all others, whatever names and aliases the function's signature uses.
#[derive(Debug)]
pub struct Outcome<'v, T>(pub &'v T);

/// Of a `Result`.
pub trait HasFailed {
    /// Whether it is an error.
    fn has_failed(&self) -> bool;
}

impl<T, E> HasFailed for Outcome<'_, Result<T, E>> {
    fn has_failed(&self) -> bool {
        self.0.is_err()
    }
}

/// Of everything else.
pub trait NeverFails {
    /// No.
    fn has_failed(&self) -> bool {
        false
    }
}

impl<T> NeverFails for &Outcome<'_, T> {}

#[cfg(test)]
mod tests {
    use super::*;

    type Aliased = Result<u8, String>;

    #[test]
    fn a_result_is_told_from_other_values_by_its_type_and_not_its_name() {
        let err: Aliased = Err("declined".into());
        assert!(Outcome(&err).has_failed());
        assert!(!Outcome(&Aliased::Ok(1)).has_failed());
        assert!(!(&Outcome(&())).has_failed());
        assert!(!(&Outcome(&std::process::ExitCode::SUCCESS)).has_failed());
    }

    #[test]
    fn a_long_trace_is_shown_by_its_beginning_and_its_end() {
        let lines: Vec<_> = (0..250).map(|line| format!("call_{line}")).collect();
        let text = shown("shop::pays", &lines.join("\n"));
        assert!(text.starts_with("the calls of `shop::pays`, which failed:\ncall_0\ncall_1\n"));
        assert!(text.contains("\ncall_99\n… 50 lines left out …\ncall_150\n"));
        assert!(text.ends_with("\ncall_249"));
        assert_eq!(shown("shop::pays", "a\nb\n"), "the calls of `shop::pays`, which failed:\na\nb");
        assert_eq!(shown("shop::pays", ""), "the calls of `shop::pays`, which failed:\n(none)");
    }
}
