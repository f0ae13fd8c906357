//! A recording that is written to a file while the program runs: what is in it, when, and what it costs.
//!
//! What becomes of it when its process is killed is in `killed.rs`.
#![cfg(feature = "file")]

#[cfg(unix)]
#[path = "../again/mod.rs"]
mod again;
#[cfg(unix)]
mod killed;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

#[cfg(unix)]
use again::{again, ended_well};
use tracesnap::file::FileError;
use tracesnap::tree::Call;
use tracesnap::{
    Detail, Error, MemoryReadings, StreamGuard, Trace, Tracer, TracerBuilder, TrackingAllocator, assert_trace_snapshot,
};
use tracing::{Instrument, debug_span, error, info, info_span, instrument};

#[global_allocator]
static ALLOCATOR: TrackingAllocator = TrackingAllocator::system();

fn tracer() -> TracerBuilder {
    Tracer::builder().modules(["streamed"]).value_limit(64)
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("run.trace.stream")
    }
}

/// The trace of what a program leaves in a file.
fn streamed(tracer: TracerBuilder, program: impl FnOnce(&StreamGuard)) -> Trace {
    let place = Place::new();
    let guard = tracer.stream_to(place.path()).expect("the plan is right");
    program(&guard);
    let streamed = guard.finish().expect("it is written");
    assert_eq!(fs::metadata(&streamed.path).expect("it is there").len(), streamed.bytes);
    let trace = Trace::load(&streamed.path).expect("it is whole");
    assert_eq!(trace.stats().recorded, streamed.stats.recorded);
    trace
}

/// Spans, and waits until some of what was recorded up to here is in the file: so the worker is never far behind.
fn spans_slowly(guard: &StreamGuard, name: &'static str, rounds: u32) {
    let length = || fs::metadata(guard.path()).expect("it is there").len();
    for _ in 0..rounds {
        (0..10).for_each(|n| info_span!("short", name, n).in_scope(|| ()));
        let (before, begun) = (length(), Instant::now());
        while length() == before {
            assert!(begun.elapsed() < Duration::from_secs(60), "the worker writes nothing");
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// All that is the same each time a program runs.
fn said(trace: &Trace) -> [String; 3] {
    let snapshot = trace.snapshot().detail(Detail::Verbose);
    let causes = |call: Call<'_>| call.follows_from().map(|cause| cause.name().to_owned()).collect::<Vec<_>>();
    let causes = trace.tree().calls().map(causes).collect::<Vec<_>>();
    [snapshot.to_string(), format!("{causes:?}"), format!("{:?}", trace.stats())]
}

#[instrument(ret, err)]
fn charge(amount: f64, card_number: &str, limit: i32) -> Result<u128, String> {
    info!(shelf = "B7", weight = -0.0, "reserved");
    if amount > f64::from(limit) { Err(format!("{amount} is over the limit")) } else { Ok(1 << 100) }
}

#[instrument(ret, skip_all)]
fn too_deep() -> u8 {
    7
}

/// A bit of everything that a trace can hold, for so many rounds.
fn program(rounds: u64) {
    let whole = info_span!("whole", rounds, late = tracing::field::Empty);
    let inside = whole.enter();
    let waits = info_span!("waits for its turn");
    for n in 0..rounds {
        let first = info_span!("order", n, items = ?["book", "pen"], paid = false, late = tracing::field::Empty);
        let _ = first.in_scope(|| charge(30.0, "4111", 100));
        let _ = first.in_scope(|| charge(300.0, "4111", 100));
        first.record("late", i64::MIN);
        let second = debug_span!("order", note = "x".repeat(100));
        second.follows_from(&first);
        second.in_scope(|| info_span!("big", huge = u128::MAX, small = i128::MIN).in_scope(too_deep));
    }
    waits.in_scope(|| info!("at last"));
    let _ = std::panic::catch_unwind(|| info_span!("fails").in_scope(|| std::panic::resume_unwind(Box::new("quiet"))));
    whole.record("late", 7);
    drop(inside);
    error!("at the end");
    std::mem::forget(info_span!("left open").entered());
    std::mem::forget(info_span!("never entered"));
}

/// A task that is polled on two threads, and others beside it.
fn tasks(count: u64) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    runtime.block_on(async {
        for n in 0..count {
            let task = async {
                tokio::task::yield_now().await;
                info!("between");
                tokio::task::yield_now().instrument(info_span!("step")).await;
            };
            tokio::spawn(task.instrument(info_span!("task", n))).await.expect("no panic in it");
        }
    });
}

#[test]
fn a_streamed_trace_is_the_one_that_memory_would_have_held() {
    let (_, expected) = tracer().max_depth(3).trace(|| program(3)).expect("right");
    let found = streamed(tracer().max_depth(3), |_| program(3));
    assert_eq!(said(&found), said(&expected));
    assert_eq!(found.stats().too_deep, 3);
    found.assert_called("charge");
}

#[test]
fn it_is_the_same_where_rows_are_handed_on_while_calls_are_open() {
    let (_, expected) = tracer().trace(|| program(300)).expect("right");
    let found = streamed(tracer().capacity(16_384), |_| program(300));
    assert_eq!(said(&found), said(&expected));
}

#[test]
fn calls_on_several_threads_stand_under_their_callers_in_the_order_of_time() {
    let (_, expected) = tracer().trace(|| info_span!("all").in_scope(|| tasks(50))).expect("right");
    let expected: Vec<_> = expected.tree().calls().map(|call| (call.name().to_owned(), call.polls())).collect();
    let found = streamed(tracer(), |_| info_span!("all").in_scope(|| tasks(50)));
    assert!(found.stats().is_complete(), "{:?}", found.stats());
    let found: Vec<_> = found.tree().calls().map(|call| (call.name().to_owned(), call.polls())).collect();
    assert_eq!(found.len(), expected.len());
    assert_eq!(
        found.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        expected.iter().map(|(n, _)| n).collect::<Vec<_>>()
    );
}

#[test]
fn times_threads_and_memory_are_those_of_the_recording() {
    let started = std::time::SystemTime::now();
    let trace = streamed(tracer().memory(MemoryReadings::Allocations), |_| {
        info_span!("sleeps").in_scope(|| thread::sleep(Duration::from_millis(20)));
        info_span!("allocates").in_scope(|| drop(vec![0_u8; 4_096]));
    });
    let calls: Vec<_> = trace.tree().calls().collect();
    let wall = calls[0].wall().expect("it is over");
    assert!(wall >= Duration::from_millis(20) && wall < Duration::from_secs(60), "{wall:?}");
    let memory = calls[1].memory().expect("it was read");
    assert_eq!((memory.allocated, memory.allocations, memory.freed), (4_096, 1, 4_096));
    assert_eq!(trace.tree().threads()[0].name.as_deref(), thread::current().name());
    let since = trace.started().expect("it is known").duration_since(started).unwrap_or_default();
    assert!(since < Duration::from_secs(60) && trace.own_cost().total_ns > 0.0);
}

#[test]
fn a_call_that_was_open_all_the_time_gets_its_end_and_its_late_fields() {
    let trace = streamed(tracer().capacity(64), |guard| {
        let outer = info_span!("outer", n = 1, late = tracing::field::Empty);
        let entered = outer.enter();
        spans_slowly(guard, "inner", 20);
        outer.record("late", 2);
        drop(entered);
    });
    assert!(trace.stats().is_complete(), "{:?}", trace.stats());
    let outer = trace.tree().calls().next().expect("it was called");
    assert!(!outer.is_open() && !outer.is_truncated() && outer.wall().is_some_and(|wall| wall.as_millis() >= 20));
    assert_eq!(
        (outer.arg("n").and_then(|n| n.as_u64()), outer.arg("late").and_then(|n| n.as_u64())),
        (Some(1), Some(2))
    );
    assert_eq!(trace.tree().len(), 201);
    assert!(trace.tree().calls().skip(1).all(|call| call.parent().is_some() && !call.is_open()));
}

#[test]
fn a_span_made_long_before_it_is_entered_and_one_entered_again_have_all_their_stays() {
    let trace = streamed(tracer().capacity(64), |guard| {
        let (late, again) = (info_span!("late"), info_span!("again"));
        again.in_scope(|| ());
        spans_slowly(guard, "between", 10);
        late.in_scope(|| info_span!("in it").in_scope(|| ()));
        again.in_scope(|| spans_slowly(guard, "within", 10));
    });
    assert!(trace.stats().is_complete(), "{:?}", trace.stats());
    let shown = |name: &str| {
        let call = trace.tree().calls().find(|call| call.name() == name).expect("it was called");
        (call.polls(), call.is_open(), call.children().count())
    };
    assert_eq!((shown("late"), shown("again")), ((1, false, 1), (2, false, 100)));
}

#[test]
fn text_that_is_formatted_while_its_row_is_handed_on_follows() {
    struct Busy;
    impl std::fmt::Debug for Busy {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            (0..100).for_each(|_| info_span!("formatting").in_scope(|| ()));
            f.write_str("busy")
        }
    }
    let trace =
        streamed(tracer().capacity(256), |_| info_span!("shows", it = ?Busy).in_scope(|| info!(it = ?Busy, "told")));
    assert!(trace.stats().is_complete(), "{:?}", trace.stats());
    let shows = trace.tree().calls().find(|call| call.name() == "shows").expect("it was called");
    assert_eq!((shows.arg("it").and_then(|it| it.as_str()), shows.is_open()), (Some("busy"), false));
    let told = shows.events().next().expect("it happened");
    assert_eq!(told.fields().next().map(|it| it.value().to_string()).as_deref(), Some("busy"));
}

#[test]
fn nothing_secret_is_in_the_file() {
    let secret = "AKIAQYLPMN5HHHFPZAM2";
    #[derive(Debug)]
    #[expect(dead_code, reason = "for its `Debug`")]
    struct Request<'a> {
        header: &'a str,
    }
    let place = Place::new();
    let path = place.path();
    let work = move || {
        let guard = tracer().stream_to(&path).expect("right");
        let span =
            info_span!("call", password = "hunter2hunter2", request = ?Request { header: secret }, note = secret);
        span.in_scope(|| info!(found = %secret, "the key is {secret}"));
        guard.finish().expect("it is written").stats.redacted
    };
    let thread = thread::Builder::new().name(format!("worker {secret}")).spawn(work).expect("a thread");
    let redacted = thread.join().expect("no panic in it");
    let bytes = fs::read(place.path()).expect("it is there");
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("the key is ") && holds("header") && holds("worker "));
    assert!(!holds(secret) && !holds(&secret[4..]) && !holds("hunter2"));
    assert_eq!(redacted, 5);
    let trace = Trace::load(place.path()).expect("it is whole");
    assert_eq!(trace.stats().redacted, 5);
}

#[test]
fn what_the_worker_cannot_follow_is_counted_and_the_rest_is_right() {
    let trace = streamed(tracer().capacity(8), |_| (0..100_000_u64).for_each(|n| info_span!("a", n).in_scope(|| ())));
    let (stats, tree) = (trace.stats(), trace.tree());
    assert_eq!(stats.recorded + stats.lost, 100_000 + tree.calls().filter(Call::is_open).count() as u64);
    assert!(stats.lost > 0 && stats.recorded > 0, "{stats:?}");
    let numbers: Vec<_> = tree.calls().map(|call| call.arg("n").and_then(|n| n.as_u64())).collect();
    assert!(numbers.is_sorted() && numbers.iter().all(Option::is_some));
    trace.assertions().try_assert_called("a").expect_err("it is not whole");
}

#[test]
fn threads_that_end_leave_all_they_wrote() {
    let trace = streamed(tracer(), |guard| {
        for n in 0..300_u64 {
            let adopter = guard.adopter();
            let work = move || {
                adopter.adopt();
                info_span!("request", n).in_scope(|| info!("handled"));
            };
            thread::spawn(work).join().expect("no panic in it");
        }
    });
    assert!(trace.stats().is_complete(), "{:?}", trace.stats());
    let numbers: Vec<_> = trace.tree().calls().filter_map(|call| call.arg("n")?.as_u64()).collect();
    assert_eq!(numbers, (0..300).collect::<Vec<_>>());
    assert!(trace.tree().calls().all(|call| call.events().count() == 1 && !call.is_open()));
}

#[test]
fn what_happened_is_in_the_file_soon_and_open_calls_are_shown_open() {
    let place = Place::new();
    let guard = tracer().stream_to(place.path()).expect("right");
    let _outer = info_span!("outer").entered();
    info_span!("inner").in_scope(|| info!("within"));
    let begun = Instant::now();
    let trace = loop {
        let trace = Trace::load(place.path()).expect("it is readable at any time");
        assert_eq!(trace.stats().unfinished, 1);
        if trace.stats().events > 0 && trace.tree().len() == 2 {
            break trace;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", trace.stats());
        thread::sleep(Duration::from_millis(5));
    };
    let calls: Vec<_> = trace.tree().calls().map(|call| (call.name().to_owned(), call.is_open())).collect();
    assert_eq!(calls, [("outer".to_owned(), true), ("inner".to_owned(), false)]);
    let refused = trace.assertions().try_assert_not_called("refund").expect_err("nobody knows");
    assert!(refused.to_string().contains("never finished"), "{refused}");
    drop(guard);
    assert_eq!(Trace::load(place.path()).expect("it is whole").stats().unfinished, 0, "dropping it ends the file");
}

#[test]
fn what_there_is_already_is_not_written_over() {
    let place = Place::new();
    fs::write(place.path(), "precious").expect("it is written");
    let error = tracer().stream_to(place.path()).expect_err("it is there");
    assert!(matches!(&error, Error::File(FileError::Write { .. })), "{error:?}");
    assert!(error.to_string().contains("run.trace.stream"), "{error}");
    assert_eq!(fs::read(place.path()).expect("it is there"), b"precious");
    let (_, trace) = tracer().trace(|| info_span!("a").in_scope(|| ())).expect("nothing is left of it");
    assert_trace_snapshot!(trace, @"a");
}

#[test]
fn a_guard_inside_is_missed_and_said_to_be() {
    let trace = streamed(tracer(), |_| {
        info_span!("outer").in_scope(|| {
            let inner = tracer().start().expect("right");
            info_span!("inner").in_scope(|| ());
            assert_eq!(inner.finish().tree().len(), 1);
        });
    });
    assert_eq!((trace.tree().len(), trace.stats().nested_open), (1, 1));
    let (_, trace) =
        tracer().trace(|| drop(streamed(tracer(), |_| info_span!("inner").in_scope(|| ())))).expect("right");
    assert_eq!((trace.tree().len(), trace.stats().nested_open), (0, 1));
}

/// A step of a program: which of the spans there are, and what to do.
type Step = (u8, usize);

/// Does what the steps say, on this thread: makes spans, enters and leaves them in any order, tells events and fields.
fn wander(steps: &[Step]) {
    let mut spans: Vec<tracing::Span> = Vec::new();
    let mut entered: Vec<tracing::span::EnteredSpan> = Vec::new();
    for (n, &(does, pick)) in steps.iter().enumerate() {
        let picked = spans.len().checked_sub(1).map(|last| spans[last - pick.min(last)].clone());
        match (does, picked) {
            (0..3, _) => spans.push(info_span!("a", n, text = ?(n, "text"), late = tracing::field::Empty)),
            (3..7, Some(span)) => entered.push(span.entered()),
            (7..10, _) if !entered.is_empty() => drop(entered.remove(entered.len() - 1 - pick.min(entered.len() - 1))),
            (10, Some(span)) => drop(span.record("late", n)),
            (11, Some(span)) => info!(parent: &span, n, "told"),
            (12, Some(span)) => drop(span.follows_from(&spans[0])),
            _ => info!(n, "event"),
        }
    }
    // Innermost first; what was made and not entered stays so.
    while entered.pop().is_some() {}
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig {
        cases: 200, failure_persistence: None, ..proptest::prelude::ProptestConfig::default()
    })]

    #[test]
    fn whatever_a_program_does_is_streamed_as_it_is_remembered(
        steps in proptest::collection::vec((0..14_u8, 0..6_usize), 0..60)
    ) {
        let (_, expected) = tracer().trace(|| wander(&steps)).expect("right");
        // So small that rows are handed on again and again, and large enough for all of them.
        let found = streamed(tracer().capacity(128), |_| wander(&steps));
        proptest::prop_assert_eq!(said(&found), said(&expected));
    }
}

/// The file of [`program`].
fn file(place: &Place) -> Vec<u8> {
    let guard = tracer().stream_to(place.path()).expect("right");
    program(100);
    guard.finish().expect("it is written");
    fs::read(place.path()).expect("it is there")
}

fn load(path: &Path, bytes: &[u8]) -> Result<(Trace, Option<FileError>), FileError> {
    fs::write(path, bytes).expect("it is written");
    Trace::load_partial(path)
}

#[test]
fn every_beginning_of_a_file_is_a_trace_with_callers_before_callees() {
    let place = Place::new();
    let bytes = file(&place);
    let mut last = 0;
    for end in (20..bytes.len()).step_by(bytes.len() / 97).chain([bytes.len() - 1]) {
        let (trace, error) = load(&place.path(), &bytes[..end]).expect("it is a part");
        assert!(error.is_none() && trace.stats().unfinished == 1, "{error:?}");
        assert!(trace.tree().calls().all(|call| !call.is_orphan()));
        assert!(trace.tree().len() >= last, "more of a file is no less of a trace");
        last = trace.tree().len();
    }
}

#[test]
fn a_damaged_block_ends_the_trace_and_the_error_says_what_is_lost() {
    let place = Place::new();
    let whole = file(&place);
    for at in [21, 30, 60, whole.len() / 2] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x20;
        let (part, error) = load(&place.path(), &bytes).expect("there is a beginning");
        assert_eq!(part.stats().unfinished, 1);
        if let Some(error) = error {
            assert!(
                matches!(&error, FileError::Torn { .. }) && error.to_string().contains("bytes are lost"),
                "{error}"
            );
            assert!(Trace::load(place.path()).is_err());
        }
    }
    let mut newer = whole;
    newer[16] = 9;
    assert!(matches!(load(&place.path(), &newer), Err(FileError::VersionTooNew { found: 9, .. })));
}

#[test]
fn a_stream_is_read_from_a_pipe_as_well() {
    let place = Place::new();
    let whole = file(&place);
    let (piped, loaded) =
        (Trace::read(&whole[..]).expect("it is whole"), Trace::load(place.path()).expect("it is whole"));
    assert_eq!((said(&piped), piped.stats()), (said(&loaded), loaded.stats()));
}

#[test]
fn what_stands_behind_a_finished_recording_is_said_and_is_no_loss() {
    let place = Place::new();
    let whole = file(&place);
    for more in [&b"\n"[..], &whole] {
        let (trace, error) = load(&place.path(), &[&whole, more].concat()).expect("the trace is there");
        assert!(matches!(error, Some(FileError::Trailing { .. })), "{error:?}");
        assert!(trace.stats().unfinished == 0 && Trace::load(place.path()).is_err());
    }
}

/// Lets no file grow beyond so many bytes: the system refuses it, as it refuses what finds no room.
#[cfg(unix)]
fn limit_files_to(bytes: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    // Whoever does not listen to this signal is killed by it.
    let heard = std::sync::Arc::default();
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, heard).expect("anybody may listen");
    let maximum = getrlimit(Resource::Fsize).maximum;
    setrlimit(Resource::Fsize, Rlimit { current: Some(bytes), maximum }).expect("anybody may have less");
}

#[test]
#[cfg(unix)]
fn a_full_disk_is_said_at_the_end_and_harms_nothing_else() {
    let place = Place::new();
    let file = place.path();
    let variables = [("STREAM_TEST_FILE", file.to_str().expect("text"))];
    let child = again("a_full_disk_is_said_at_the_end_and_harms_nothing_else", &variables, || {
        let path = PathBuf::from(std::env::var_os("STREAM_TEST_FILE").expect("it was said"));
        let guard = tracer().capacity(4_096).stream_to(&path).expect("there is room for that");
        spans_slowly(&guard, "before", 20);
        limit_files_to(64 << 10);
        // As a file that would be some megabytes.
        (0..200_000_u64).for_each(|n| info_span!("after", n).in_scope(|| ()));
        let error = guard.finish().expect_err("there is no room");
        assert!(matches!(&error, FileError::Write { path: Some(found), .. } if *found == path), "{error:?}");
        let (_, trace) = tracer().trace(|| info_span!("a").in_scope(|| ())).expect("right");
        assert_eq!(trace.tree().len(), 1);
    });
    let Some(mut child) = child else { return };
    ended_well(child.output().expect("this test runs again"));
    let (trace, error) = Trace::load_partial(&file).expect("its beginning is there");
    assert!(error.is_none() && trace.stats().unfinished == 1, "{error:?}");
    let before = trace.tree().calls().filter(|call| call.name() == "short").count();
    assert!(before >= 190 && trace.tree().len() < 200_000, "{before} of {}", trace.tree().len());
}
