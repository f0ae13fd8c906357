//! A trace on disk: what was recorded comes back from a file, and `TRACESNAP_SAVE` leaves one of every guard.
//!
//! What a file may hold and what a damaged one is answered with is tested beside the reader, in `src/file/tests`.
#![cfg(feature = "file")]

use std::fs;
use std::io::Write as _;
use std::panic::catch_unwind;
use std::time::{Duration, SystemTime};

use tracesnap::file::FileError;
use tracesnap::tree::{Call, Value};
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
    let second = debug_span!("order", note = "x".repeat(100));
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
    let tracer = Tracer::builder().modules(["trace_file"]).value_limit(64).memory(MemoryReadings::Allocations);
    tracer.trace(program).expect("the plan is right").1
}

/// What can be said of a trace.
fn said(trace: &Trace) -> [String; 7] {
    let events = trace.events().map(|event| format!("{:?} {:?}\n", event.at(), event.kind())).collect();
    let causes = |call: Call<'_>| call.follows_from().map(|cause| cause.name().to_owned()).collect::<Vec<_>>();
    [
        trace.snapshot().detail(Detail::Verbose).with_measures().to_string(),
        trace.snapshot().flat().to_string(),
        trace.metrics().to_string(),
        trace.critical_path().to_string(),
        trace.graph().to_dot().to_string(),
        events,
        format!("{:?}", trace.tree().calls().map(causes).collect::<Vec<_>>()),
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
        part.stats().unread,
        trace.stats().recorded + trace.stats().events - part.stats().recorded - part.stats().events
    );
    let refused = part.assertions().try_assert_not_called("refund").expect_err("nobody knows");
    assert!(refused.to_string().contains("incomplete"), "{refused}");
    let remedies: Vec<_> = part.stats().loss().remedies().collect();
    assert_eq!(remedies, ["copy the whole file, or record it again"], "more room for the tracer would not help");
    trace.save(&path).expect("it is saved");
    assert!(Trace::load_partial(&path).is_ok_and(|(_, error)| error.is_none()));
}

#[test]
fn of_a_file_that_goes_on_behind_its_trace_the_trace_is_whole() {
    let dir = tempfile::tempdir().expect("a directory");
    let trace = recorded();
    for (name, more) in [
        ("a.trace.json", &b"{}"[..]),
        ("b.trace.json", b"\n\0"),
        ("c.trace.json.gz", b"\n"),
        ("d.trace.json.gz", b"left over"),
    ] {
        let path = dir.path().join(name);
        trace.save(&path).expect("it is saved");
        let mut bytes = fs::read(&path).expect("it is there");
        bytes.extend_from_slice(more);
        fs::write(&path, bytes).expect("it is written");
        let error = Trace::load(&path).expect_err("nobody knows what that is").to_string();
        assert!(error.contains("goes on behind the end of its trace"), "{error}");
        let (loaded, error) = Trace::load_partial(&path).expect("the trace is there");
        assert!(matches!(error, Some(FileError::Trailing { .. })), "{error:?}");
        assert_eq!((said(&loaded), loaded.stats()), (said(&trace), trace.stats()), "nothing is missing");
    }
}

#[test]
fn a_compressed_file_may_have_several_parts() {
    let trace = recorded();
    let mut document = Vec::new();
    trace.write(&mut document, TraceForm::Json).expect("a vector takes everything");
    let gzip = |part: &[u8]| {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(part).expect("a vector takes everything");
        packed.finish().expect("a vector takes everything")
    };
    let (first, second) = document.split_at(document.len() / 3);
    let loaded = Trace::read(&[gzip(first), gzip(second)].concat()[..]).expect("it is whole");
    assert_eq!(said(&loaded), said(&trace));
}

#[test]
fn an_editors_mark_before_the_text_is_no_part_of_it() {
    let trace = recorded();
    let mut document = "\u{feff}".as_bytes().to_vec();
    trace.write(&mut document, TraceForm::Json).expect("a vector takes everything");
    assert_eq!(said(&Trace::read(&document[..]).expect("it is whole")), said(&trace));
    let text = std::str::from_utf8(&document).expect("JSON is UTF-8");
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for wide in [little, big] {
        let error = Trace::read(&wide[..]).expect_err("it is no UTF-8").to_string();
        assert!(
            error.starts_with("the trace is text in UTF-16 (`iconv -f UTF-16 -t UTF-8` makes it readable)"),
            "{error}"
        );
    }
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

/// Version 1 as it was first written, by [`recorded`]. It is never written again: what reads it may change, it may not.
#[test]
fn a_file_of_version_1_stays_readable() {
    let load = |name: &str| {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
        Trace::load(path).expect("it was whole")
    };
    let trace = load("version-1.trace.json");
    assert_eq!(said(&load("version-1.trace.json.gz")), said(&trace));
    insta::assert_snapshot!(trace.snapshot().detail(Detail::Verbose).with_measures(), @r#"
    order(customer: 7, items: ["book", "pen"], paid: false, late: -9223372036854775808) · trace_file · 2 polls · shop · 86.137µs (busy 82.705µs) · 14 B in use · 36 B in 1 allocations
    ├─ charge(amount: 30.0, card_number: [redacted], limit: 100) → 1267650600228229401496703205376 · trace_file · shop · 26.053µs · 14 B in use
    │  └• INFO reserved (shelf: "B7", weight: -0.0) · trace_file
    └─ charge(amount: 300.0, card_number: [redacted], limit: 100) ✗ 300 is over the limit · trace_file · shop · 17.208µs · 14 B in use · 36 B in 1 allocations
       └• INFO reserved (shelf: "B7", weight: -0.0) · trace_file
    order(note: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"…) · trace_file · shop · 12.788µs · 14 B in use · 4096 B in 1 allocations · 4096 B freed
    └─ big(huge: 340282366920938463463374607431768211455, small: -170141183460469231731687303715884105728) · trace_file · shop · 4.692µs · 14 B in use · 4096 B in 1 allocations · 4096 B freed
    tasks · trace_file · shop · 22.027µs · 8434 B in use · 768 B in 3 allocations
    ├─ task(n: 1) · trace_file · 3 polls · shop · 30.338µs (busy 2.831µs) · 0 B in use · 64 B in 1 allocations
    ├─ task(n: 2) · trace_file · 3 polls · shop · 32.915µs (busy 612ns) · 55 B in use
    └─ task(n: 3) · trace_file · 3 polls · shop · 29.175µs (busy 496ns) · 55 B in use
    fails ✗ panicked · trace_file · shop · 48.203µs · 8434 B in use · 72 B in 2 allocations
    • ERROR at the end · trace_file
    left open …open · trace_file · shop
    └─ never entered …open · trace_file · shop
    "#);
    assert_eq!(trace.started(), Some(SystemTime::UNIX_EPOCH + Duration::new(1_795_270_798, 743_014_982)));
    assert_eq!(
        (trace.stats().recorded, trace.stats().events, trace.stats().redacted, trace.stats().cut_values),
        (12, 3, 2, 1)
    );
    assert_eq!(
        trace.tree().threads().iter().map(|thread| thread.name.as_deref()).collect::<Vec<_>>(),
        [Some("shop"), Some("tokio-rt-worker")]
    );
    let charge = trace.tree().calls().find(|call| call.name() == "charge").expect("it was called").callsite();
    assert_eq!((charge.file.as_deref(), charge.line), (Some("tests/trace_file.rs"), Some(18)));
    let causes: Vec<_> = trace.tree().calls().flat_map(|call| call.follows_from()).map(|cause| cause.name()).collect();
    assert_eq!(causes, ["order"]);
    let values: Vec<_> = trace.tree().calls().flat_map(|call| call.args()).map(|arg| arg.value()).collect();
    assert!(values.contains(&Value::U128(u128::MAX)) && values.contains(&Value::I128(i128::MIN)), "{values:?}");
    assert!(values.contains(&Value::I64(i64::MIN)) && values.contains(&Value::Redacted), "{values:?}");
    let (cost, overhead) = (trace.own_cost(), trace.overhead());
    assert!(cost.total_ns > cost.inside_ns && overhead.percent > 0.0, "{cost:?}");
}
