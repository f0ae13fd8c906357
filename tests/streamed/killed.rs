//! Programs are killed in the middle of a recording: what they had written can be read, and is right.

use std::collections::{BTreeSet, HashMap};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use tracesnap::tree::Call;
use tracesnap::{Trace, Tracer};
use tracing::{info, info_span};

use crate::again::again;

/// Where the process that is killed records to.
const FILE: &str = "STREAM_TEST_RECORDS_TO";

/// A text that shows whether it belongs to a number, and is all there.
fn note(n: u64) -> String {
    format!("{n}-{}-{}", "x".repeat((n % 90) as usize), n * 7)
}

/// What another thread is to do, and whom to tell when it has.
type Job = (tracing::Span, SyncSender<()>);

/// Calls of calls, for as long as it is let. The last call of each request runs on the thread that does `jobs`, and the
/// request waits for it.
fn work(worker: u64, jobs: &SyncSender<Job>, file: &Path) {
    let (done, is_done) = sync_channel(1);
    let length = || std::fs::metadata(file).map_or(0, |file| file.len());
    let (mut grown_at, mut last) = (0, 0);
    for n in 0.. {
        // However little of the machine the worker gets, it is never a whole ring behind.
        while last == length() && n - grown_at > 300 {
            thread::sleep(Duration::from_millis(1));
        }
        if last != length() {
            (grown_at, last) = (n, length());
        }
        info_span!("request", worker, n, note = note(n)).in_scope(|| {
            info_span!("query", n, rows = ?[n, n + 1]).in_scope(|| info!(n, "found"));
            jobs.send((info_span!("elsewhere", n), done.clone())).expect("it lives as long");
            is_done.recv().expect("it does what it is told");
        });
        if n % 20 == 0 {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Does jobs, each in a call of its own thread.
fn serve(jobs: &Receiver<Job>) {
    for (n, (span, done)) in jobs.iter().enumerate() {
        span.in_scope(|| info_span!("job", n).in_scope(|| info!(n, "did")));
        done.send(()).expect("somebody waits");
    }
}

/// What is killed.
fn record() {
    let path = std::env::var_os(FILE).expect("it was said");
    // Small rings, so that they are handed on very often.
    let guard = Tracer::builder().capacity(16_384).stream_to(&path).expect("the plan is right");
    let file: &'static Path = Path::new(Box::leak(path.into_boxed_os_str()));
    let whole = info_span!("whole");
    let _inside = whole.enter();
    let (jobs, to_do) = sync_channel::<Job>(1);
    thread::spawn(move || serve(&to_do));
    for worker in 1..3 {
        let (span, jobs) = (info_span!("worker", worker), jobs.clone());
        thread::spawn(move || span.in_scope(|| work(worker, &jobs, file)));
    }
    work(0, &jobs, file);
    drop(guard);
}

fn number(call: Call<'_>, name: &str) -> u64 {
    call.arg(name).and_then(|n| n.as_u64()).expect("every call has its number")
}

/// Asserts that all of a trace is as it was recorded, without a gap; gives the number of requests in it.
fn assert_right(trace: &Trace) -> u64 {
    assert_eq!((trace.stats().unfinished, trace.stats().lost), (1, 0), "{:?}", trace.stats());
    let mut next: HashMap<u64, u64> = HashMap::new();
    let mut jobs = BTreeSet::new();
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
                // What was left has all that it held, on whatever thread that was.
                let held: Vec<_> = call.children().map(|call| (call.name(), call.is_open())).collect();
                let all = [("query", false), ("elsewhere", false)];
                assert!(call.is_open() || held == all, "request {n} of worker {worker} holds {held:?}");
            }
            "query" => {
                let n = number(call, "n");
                assert_eq!(call.parent().map(|parent| number(parent, "n")), Some(n));
                assert_eq!(call.arg("rows").map(|rows| rows.to_string()), Some(format!("[{n}, {}]", n + 1)));
                assert!(call.is_open() || call.events().count() == 1);
            }
            "elsewhere" => {
                assert_eq!(call.parent().map(|parent| number(parent, "n")), Some(number(call, "n")));
                assert!(call.is_open() || call.children().count() == 1);
            }
            "job" => {
                assert_eq!(call.parent().map(|parent| parent.name()), Some("elsewhere"));
                let n = number(call, "n");
                assert!(call.is_open() || call.events().count() == 1, "job {n}");
                jobs.insert(n);
            }
            other => panic!("nobody called {other}"),
        }
    }
    // Of every thread there is a beginning.
    assert!(jobs.iter().copied().eq(0..jobs.len() as u64), "{jobs:?}");
    next.values().sum()
}

#[test]
fn what_a_killed_process_has_written_is_a_trace_without_a_gap() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut requests = Vec::new();
    for round in 0..10_u64 {
        let path = dir.path().join(format!("{round}.trace.stream"));
        let variables = [(FILE, path.to_str().expect("text"))];
        let Some(mut again) =
            again("killed::what_a_killed_process_has_written_is_a_trace_without_a_gap", &variables, record)
        else {
            return;
        };
        let mut child = again.stdout(Stdio::null()).spawn().expect("this test runs again");
        let begun = Instant::now();
        // Some way on in the file, and from there anywhere within a twentieth of a second, the same each time this runs.
        while std::fs::metadata(&path).map_or(0, |file| file.len()) < round % 5 * 80_000 + 1 {
            assert!(begun.elapsed() < Duration::from_secs(60), "it writes nothing");
            thread::sleep(Duration::from_micros(100));
        }
        thread::sleep(Duration::from_micros(round * 7_919 * 31 % 50_000));
        child.kill().expect("it runs");
        let status = child.wait().expect("it ends");
        assert_eq!(status.signal(), Some(9), "it was killed and did not fail: {status}");
        let (trace, error) = Trace::load_partial(&path).expect("it is readable");
        assert!(error.is_none(), "{error:?}");
        requests.push(assert_right(&trace));
    }
    assert!(requests.iter().filter(|&&requests| requests > 100).count() >= 5, "{requests:?}");
}
