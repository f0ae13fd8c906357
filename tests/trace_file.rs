//! A trace on disk: what was recorded comes back from a file, and `TRACESNAP_SAVE` leaves one of every guard.
//!
//! What a file may hold and what a damaged one is answered with is tested beside the reader, in `src/file/tests`.
#![cfg(feature = "file")]

use std::fs;
use std::panic::catch_unwind;
use std::time::{Duration, SystemTime};

use tracesnap::file::FileError;
use tracesnap::{Detail, MemoryReadings, Trace, TraceForm, Tracer, TrackingAllocator};
use tracing::{Instrument, debug_span, error, info, info_span, instrument};

#[global_allocator]
static ALLOCATOR: TrackingAllocator = TrackingAllocator::system();

#[instrument(ret, err)]
fn charge(amount: f64, card_number: &str, limit: i32) -> Result<u128, String> {
    info!(shelf = "B7", weight = -0.0, "reserved");
    if amount > f64::from(limit) { Err(format!("{amount} is over the limit")) } else { Ok(1 << 100) }
}

/// A bit of everything that a trace can hold.
fn program() {
    let first =
        info_span!("order", customer = 7_u64, items = ?["book", "pen"], paid = false, late = tracing::field::Empty);
    let _ = first.in_scope(|| charge(30.0, "4111", 100));
    let _ = first.in_scope(|| charge(300.0, "4111", 100));
    first.record("late", i64::MIN);
    let second = debug_span!("order", note = "x".repeat(2_000));
    second.follows_from(&first);
    second.in_scope(|| info_span!("big", huge = u128::MAX, small = i128::MIN).in_scope(|| drop(vec![0_u8; 4_096])));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    runtime.block_on(async {
        let task = |n: u64| tokio::spawn(tokio::task::yield_now().instrument(info_span!("task", n)));
        let tasks = info_span!("tasks").in_scope(|| [task(1), task(2), task(3)]);
        for task in tasks {
            task.await.expect("no panic in it");
        }
    });
    let _ = catch_unwind(|| info_span!("fails").in_scope(|| std::panic::resume_unwind(Box::new("no hook is asked"))));
    error!("at the end");
    std::mem::forget(info_span!("left open").entered());
    std::mem::forget(info_span!("never entered"));
}

fn recorded() -> Trace {
    let tracer = Tracer::builder().modules(["trace_file"]).memory(MemoryReadings::Allocations);
    tracer.trace(program).expect("the plan is right").1
}

/// What can be said of a trace.
fn said(trace: &Trace) -> [String; 6] {
    let events = trace.events().map(|event| format!("{:?} {:?}\n", event.at(), event.kind())).collect();
    [
        trace.snapshot().detail(Detail::Verbose).with_measures().to_string(),
        trace.snapshot().flat().to_string(),
        trace.metrics().to_string(),
        trace.critical_path().to_string(),
        trace.graph().to_dot().to_string(),
        events,
    ]
}

#[test]
fn what_was_recorded_comes_back_from_a_file() {
    let dir = tempfile::tempdir().expect("a directory");
    let trace = recorded();
    for name in ["run.trace.json", "run.trace.json.gz"] {
        let path = dir.path().join(name);
        trace.save(&path).expect("it is saved");
        let loaded = Trace::load(&path).expect("it is whole");
        assert_eq!(said(&loaded), said(&trace));
        assert_eq!((loaded.stats(), loaded.own_cost()), (trace.stats(), trace.own_cost()));
        assert_eq!((loaded.started(), loaded.overhead()), (trace.started(), trace.overhead()));
        loaded.assert_called("charge");
    }
    let names: Vec<_> =
        fs::read_dir(dir.path()).expect("it is there").map(|e| e.expect("an entry").file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn what_a_file_is_is_seen_by_its_bytes_and_not_by_its_name() {
    let dir = tempfile::tempdir().expect("a directory");
    let trace = recorded();
    let path = |name: &str| dir.path().join(name);
    trace.save(path("a.trace.json.gz")).expect("it is saved");
    trace.save(path("b.trace.json")).expect("it is saved");
    assert!(fs::read(path("a.trace.json.gz")).expect("it is there").starts_with(&[0x1f, 0x8b]));
    assert!(fs::read(path("b.trace.json")).expect("it is there").starts_with(b"{\n\"format\":\"tracesnap-trace\""));
    fs::rename(path("a.trace.json.gz"), path("a")).expect("it is renamed");
    fs::rename(path("b.trace.json"), path("b.gz")).expect("it is renamed");
    for name in ["a", "b.gz"] {
        assert_eq!(said(&Trace::load(path(name)).expect("it is whole")), said(&trace));
    }
}

#[test]
fn the_beginning_of_a_recording_is_kept_by_the_clock_of_the_system() {
    let before = SystemTime::now();
    let trace = recorded();
    let started = trace.started().expect("it was recorded");
    // The two clocks are not the same.
    let tolerance = Duration::from_millis(50);
    assert!(started + tolerance > before && started < SystemTime::now() + tolerance, "{started:?}, {before:?}");
}

#[test]
fn an_error_names_the_file_what_is_wrong_and_what_to_do() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("run.trace.json");
    let load = |bytes: &[u8]| {
        fs::write(&path, bytes).expect("it is written");
        Trace::load(&path).expect_err("it is not whole").to_string()
    };
    let named = format!("`{}` ", path.display());
    for (bytes, wrong, remedy) in [
        (&b""[..], "is empty", "record it again"),
        (b"\0\x01binary", "is binary data and no trace", "give a file that `Trace::save`"),
        (br#"{"format": "tracesnap-trace", "version": 9}"#, "has version 9", "upgrade tracesnap"),
        (br#"{"format": "tracesnap-trace", "vers"#, "ends in the middle, in line 1", "record it again"),
        (br#"{"format": "tracesnap-trace", "version": 1]"#, "is damaged in line 1, column 43", "record it again"),
    ] {
        let error = load(bytes);
        assert!(error.starts_with(&named) && error.contains(wrong) && error.contains(remedy), "{error}");
    }
    let missing = Trace::load(dir.path().join("missing")).expect_err("it is not there");
    assert!(matches!(&missing, FileError::Read { source, .. } if source.kind() == std::io::ErrorKind::NotFound));
    assert!(missing.to_string().contains("missing`"), "{missing}");
    let unwritable = Trace::default().save(dir.path().join("missing/run.trace.json")).expect_err("no such directory");
    assert!(unwritable.to_string().starts_with("cannot write `") && std::error::Error::source(&unwritable).is_some());
}

#[test]
fn of_half_a_file_there_is_half_a_trace_and_no_assertion_passes_for_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("run.trace.json");
    let trace = recorded();
    trace.save(&path).expect("it is saved");
    let bytes = fs::read(&path).expect("it is there");
    fs::write(&path, &bytes[..bytes.len() * 9 / 10]).expect("it is written");
    assert!(matches!(Trace::load(&path), Err(FileError::Truncated { .. })));
    let (part, error) = Trace::load_partial(&path).expect("its beginning is there");
    assert!(error.is_some() && part.tree().len() < trace.tree().len() && !part.tree().is_empty());
    assert_eq!(
        part.stats().lost,
        trace.stats().recorded + trace.stats().events - part.stats().recorded - part.stats().events
    );
    let refused = part.assertions().try_assert_not_called("refund").expect_err("nobody knows");
    assert!(refused.to_string().contains("incomplete"), "{refused}");
    trace.save(&path).expect("it is saved");
    assert!(Trace::load_partial(&path).is_ok_and(|(_, error)| error.is_none()));
}

#[test]
fn nothing_secret_is_in_a_file() {
    let secret = "AKIAQYLPMN5HHHFPZAM2";
    #[instrument(ret, err)]
    fn call(password: &str, note: &str) -> Result<String, String> {
        info!(found = note, "{note}");
        if password.is_empty() { Ok(note.to_owned()) } else { Err(note.to_owned()) }
    }
    let work = move || {
        let guard = Tracer::start().expect("nothing is wrong with it");
        let _ = (call("", &format!("key {secret}")), call("hunter2hunter2", &format!("key {secret}")));
        guard.finish()
    };
    let thread = std::thread::Builder::new().name(format!("worker {secret}")).spawn(work).expect("a thread");
    let trace = thread.join().expect("no panic in it");
    let mut document = Vec::new();
    trace.write(&mut document, TraceForm::Json).expect("a vector takes everything");
    let document = String::from_utf8(document).expect("JSON is UTF-8");
    assert!(document.contains("key ") && document.contains("worker "), "{document}");
    assert!(!document.contains(secret) && !document.contains("hunter2"), "{document}");
}
