//! Programs are killed in the middle of a recording: what they had written can be read, and is right.
#![cfg(all(feature = "file", unix))]

use std::collections::HashMap;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tracesnap::tree::Call;
use tracesnap::{Trace, Tracer};
use tracing::{info, info_span};

/// Tells a process that it is to record, and where.
const FILE: &str = "STREAM_TEST_RECORDS_TO";

/// A text that shows whether it belongs to a number, and is all there.
fn note(n: u64) -> String {
    format!("{n}-{}-{}", "x".repeat((n % 90) as usize), n * 7)
}

/// Calls of calls, for as long as it is let.
fn work(worker: u64) {
    for n in 0.. {
        info_span!("request", worker, n, note = note(n)).in_scope(|| {
            info_span!("query", n, rows = ?[n, n + 1]).in_scope(|| info!(n, "found"));
        });
        if n % 20 == 0 {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// The part of the test that is killed.
#[test]
fn records_until_it_is_killed() {
    let Some(path) = std::env::var_os(FILE) else { return };
    // Small rings, so that they are handed on very often.
    let guard = Tracer::builder().capacity(16_384).stream_to(path).expect("the plan is right");
    let whole = info_span!("whole");
    let _inside = whole.enter();
    for worker in 1..3 {
        let span = info_span!("worker", worker);
        thread::spawn(move || span.in_scope(|| work(worker)));
    }
    work(0);
    drop(guard);
}

fn start(path: &Path) -> Child {
    Command::new(std::env::current_exe().expect("this test has a file"))
        .args(["--exact", "records_until_it_is_killed", "--nocapture"])
        .env(FILE, path)
        .stdout(Stdio::null())
        .spawn()
        .expect("this test runs again")
}

fn number(call: Call<'_>, name: &str) -> u64 {
    call.arg(name).and_then(|n| n.as_u64()).expect("every call has its number")
}

/// Asserts that all of a trace is as it was recorded, without a gap; gives the number of requests in it.
fn assert_right(trace: &Trace) -> u64 {
    assert_eq!((trace.stats().unfinished, trace.stats().lost), (1, 0), "{:?}", trace.stats());
    let mut next: HashMap<u64, u64> = HashMap::new();
    for call in trace.tree().calls() {
        assert!(!call.is_orphan(), "{call:?} stands before its caller");
        assert!(!call.is_truncated() && !call.panicked(), "{call:?}");
        match call.name() {
            "whole" => assert!(call.parent().is_none() && call.is_open()),
            "worker" => assert!(call.parent().is_some_and(|whole| whole.name() == "whole")),
            "request" => {
                let (worker, n) = (number(call, "worker"), number(call, "n"));
                let parent = call.parent().expect("it has a caller");
                assert_eq!(parent.name(), if worker == 0 { "whole" } else { "worker" });
                let said = call.arg("note").and_then(|note| note.as_str()).map(ToOwned::to_owned);
                assert_eq!(said, Some(note(n)));
                let expected = next.entry(worker).or_default();
                assert_eq!(n, *expected, "of worker {worker}");
                *expected += 1;
                // What was left has all that it held.
                assert!(call.is_open() || call.children().count() == 1, "request {n} of worker {worker}");
            }
            "query" => {
                let n = number(call, "n");
                assert_eq!(call.parent().map(|parent| number(parent, "n")), Some(n));
                assert_eq!(call.arg("rows").map(|rows| rows.to_string()), Some(format!("[{n}, {}]", n + 1)));
                assert!(call.is_open() || call.events().count() == 1);
            }
            other => panic!("nobody called {other}"),
        }
    }
    next.values().sum()
}

#[test]
fn what_a_killed_process_has_written_is_a_trace_without_a_gap() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut requests = Vec::new();
    for round in 0..20_u64 {
        let path = dir.path().join(format!("{round}.trace.stream"));
        let mut child = start(&path);
        let begun = Instant::now();
        while !path.exists() {
            assert!(begun.elapsed() < Duration::from_secs(60), "it does not begin");
            thread::sleep(Duration::from_millis(1));
        }
        // Anywhere in the first quarter of a second, the same each time this runs.
        thread::sleep(Duration::from_micros(round * 7_919 * 31 % 250_000));
        child.kill().expect("it runs");
        let status = child.wait().expect("it ends");
        assert_eq!(status.signal(), Some(9), "it was killed and did not fail: {status}");
        let (trace, error) = Trace::load_partial(&path).expect("it is readable");
        assert!(error.is_none(), "{error:?}");
        requests.push(assert_right(&trace));
    }
    assert!(requests.iter().filter(|&&requests| requests > 500).count() >= 5, "{requests:?}");
}
