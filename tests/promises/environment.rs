//! What the environment says of a recording. Each promise runs in a child of its own, since variables are the process's.

use std::process::Output;

use tracing::{debug_span, info_span};

use crate::again::{again, ended_well};
use crate::support::{names, record, tracer};

/// Runs `child` of the test of this name in a process with these variables; `None` in that process.
fn with_variables(test: &str, variables: &[(&str, &str)], child: impl FnOnce()) -> Option<Output> {
    let mut command = again(&format!("environment::{test}"), variables, child)?;
    Some(ended_well(command.output().expect("this test runs again")))
}

fn work() {
    info_span!("order").in_scope(|| debug_span!("item").in_scope(|| ()));
    info_span!("order").in_scope(|| ());
}

#[test]
fn variables_say_what_is_recorded() {
    let variables = [
        ("TRACESNAP_MODULES", "**::environment, !shop::db, !re:^x{1,2}$"),
        ("TRACESNAP_LEVEL", "info"),
        ("TRACESNAP_SAMPLE", "1/2"),
    ];
    with_variables("variables_say_what_is_recorded", &variables, || {
        let trace = record(work);
        assert_eq!((&*names(&trace), trace.stats().sampled_out), ("order\n", 1));
    });
}

#[test]
fn variables_bound_a_recording() {
    let variables = [
        ("TRACESNAP_CAPACITY", "2"),
        ("TRACESNAP_MAX_DEPTH", "1"),
        ("TRACESNAP_TIMING", "off"),
        ("TRACESNAP_VALUE_LIMIT", "3"),
        ("TRACESNAP_TEXT_CAPACITY", "65536"),
        ("TRACESNAP_ON_FULL", "drop_newest"),
        ("TRACESNAP_MEMORY", "off"),
    ];
    with_variables("variables_bound_a_recording", &variables, || {
        let trace = record(|| {
            work();
            info_span!("third", text = "long").in_scope(|| ());
        });
        assert_eq!((&*names(&trace), trace.stats().lost), ("order\norder\n", 1));
        assert_eq!((trace.stats().too_deep, trace.tree().is_timed()), (1, false));
    });
}

#[test]
fn what_the_builder_says_counts_before_the_environment() {
    let variables = [("TRACESNAP_MODULES", "nothing"), ("TRACESNAP_LEVEL", "off"), ("TRACESNAP_CAPACITY", "1")];
    with_variables("what_the_builder_says_counts_before_the_environment", &variables, || {
        let plan = tracer().modules(["**::environment"]).max_level(tracing::Level::TRACE).capacity(10);
        let (_, trace) = plan.trace(work).expect("the plan is right");
        assert_eq!((&*names(&trace), trace.stats().lost), ("order\n  item\norder\n", 0));
    });
}

#[test]
fn an_empty_variable_counts_as_absent() {
    let variables = [("TRACESNAP_MODULES", ""), ("TRACESNAP_SAMPLE", ""), ("TRACESNAP_CAPACITY", "")];
    with_variables("an_empty_variable_counts_as_absent", &variables, || {
        assert_eq!(names(&record(work)), "order\n  item\norder\n");
    });
}

#[test]
fn a_value_that_cannot_be_is_refused_by_variable_value_and_what_is_expected() {
    for (name, value, expected) in [
        ("TRACESNAP_MODULES", "re:(", "unclosed group"),
        ("TRACESNAP_MODULES", "a::::b", "::"),
        ("TRACESNAP_LEVEL", "loud", "`trace`"),
        ("TRACESNAP_SAMPLE", "1.5", "0.1"),
        ("TRACESNAP_SAMPLE", "often", "1/10"),
        ("TRACESNAP_CAPACITY", "many", "a number of rows"),
        ("TRACESNAP_CAPACITY", "0", "a number of rows"),
        ("TRACESNAP_TEXT_CAPACITY", "1", "a number of bytes"),
        ("TRACESNAP_VALUE_LIMIT", "0", "a number of bytes"),
        ("TRACESNAP_MAX_DEPTH", "0", "a number of calls"),
        ("TRACESNAP_ON_FULL", "panic", "`overwrite_oldest`"),
        ("TRACESNAP_MEMORY", "lots", "`allocations`"),
        ("TRACESNAP_TIMING", "maybe", "`off`"),
    ] {
        let test = "a_value_that_cannot_be_is_refused_by_variable_value_and_what_is_expected";
        let output = with_variables(test, &[(name, value)], || {
            let error = tracer().start().expect_err("it cannot be");
            eprintln!("refused: {error}");
        });
        let Some(output) = output else { return };
        let shown = String::from_utf8_lossy(&output.stderr).into_owned();
        let error = shown.lines().find_map(|line| line.strip_prefix("refused: ")).expect("the child says why");
        for part in [name, value, expected] {
            assert!(error.contains(part), "{name}={value}: {error}");
        }
    }
}

#[test]
fn the_tracers_own_diagnosis_goes_to_standard_error() {
    let shown = |level: &str| {
        let variables = [("TRACESNAP_LOG", level)];
        let output = with_variables("the_tracers_own_diagnosis_goes_to_standard_error", &variables, || {
            drop(record(work));
            drop(tracer().capacity(1).trace(work));
        });
        output.map(|output| String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let Some(all) = shown("info") else { return };
    assert!(all.contains("tracesnap: thread"), "{all}");
    assert!(all.contains("recorded 3 calls, 0 events; lost 0 rows"), "{all}");
    let losses = shown("warn").unwrap_or_default();
    assert!(losses.contains("recorded 1 calls, 0 events; lost 2 rows") && !losses.contains("lost 0 rows"), "{losses}");
    assert!(!shown("off").unwrap_or_default().contains("tracesnap:"));
}
