//! What was planted in fields, results, errors and events of spans is in no file that is made of a trace.
//!
//! A test binary of its own: the first guard decides for its process how spans are recorded.

use std::io::Read as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tracesnap::export::Format;
use tracesnap::{Trace, Tracer};
use tracesnap_leaks::{Case, assert_none, cases, reveals};
use tracesnap_redact::Policy;
use tracing::{info, info_span, instrument};

#[instrument(ret)]
fn returns(text: &str) -> String {
    text.to_owned()
}

#[instrument(err, ret, skip_all)]
fn fails(text: &str) -> Result<(), String> {
    Err(text.to_owned())
}

#[derive(Debug)]
struct Shown<'t> {
    #[allow(dead_code, reason = "shown by `Debug`")]
    body: &'t str,
}

/// A trace of some cases, each in every place where a trace keeps text.
fn trace_of(cases: &[&Case], policy: &Policy) -> Trace {
    let guard = Tracer::builder().redact(policy.clone()).value_limit(8_128).start().expect("a guard");
    for case in cases {
        let text = &*case.text;
        info_span!("takes", text, document = %case.document, shown = ?Shown { body: text }).in_scope(|| {
            info!(text, "it came with {text}");
            returns(text);
            fails(text).expect_err("it fails");
        });
    }
    let trace = guard.finish();
    assert_eq!(trace.stats().lost, 0);
    trace
}

/// The bytes of everything that can be made of a trace, by what it is.
fn written(trace: &Trace, dir: &Path) -> Vec<(String, String)> {
    let read = |path: &Path| String::from_utf8_lossy(&std::fs::read(path).expect("it is there")).into_owned();
    let mut all = vec![
        ("snapshot".to_owned(), trace.snapshot().to_string()),
        ("snapshot as JSON".to_owned(), serde_json::to_string(&trace.snapshot()).expect("JSON")),
    ];
    let saved = dir.join("saved.trace.json");
    trace.save(&saved).expect("it is saved");
    all.push(("saved file".into(), read(&saved)));
    for format in Format::ALL {
        let path = dir.join(format!("export.{}", format.extension()));
        trace.export_to(format, &path).expect("it is exported");
        all.push((format!("{format:?}"), read(&path)));
    }
    let report = dir.join("report.html");
    trace.report().save(&report).expect("it is saved");
    let page = read(&report);
    all.push(("report".into(), page.clone()));
    all.push(("data of the report".into(), unpacked(&page)));
    all
}

/// Whatever in a page is compressed Base64, as it was before.
fn unpacked(page: &str) -> String {
    let is_base64 = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/' | '=');
    let mut text = String::new();
    for run in page.split(|letter| !is_base64(letter)).filter(|run| run.len() >= 64) {
        let Ok(bytes) = STANDARD.decode(run) else { continue };
        let mut out = Vec::new();
        let is_whole = flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut out).is_ok()
            || flate2::read::ZlibDecoder::new(&bytes[..]).read_to_end(&mut out).is_ok()
            || flate2::read::DeflateDecoder::new(&bytes[..]).read_to_end(&mut out).is_ok();
        if is_whole {
            text.push_str(&String::from_utf8_lossy(&out));
        }
    }
    text
}

/// Where the secrets of cases are legible: byte by byte everywhere, and in every writing in the snapshot.
fn legible<'c>(cases: &[&'c Case], policy: &Policy, dir: &Path) -> Vec<(&'c Case, String)> {
    let trace = trace_of(cases, policy);
    let written = written(&trace, dir);
    let snapshot = trace.snapshot().to_string();
    let mut found = Vec::new();
    for case in cases {
        let holds = |(_, text): &&(String, String)| text.contains(&case.secret);
        let mut places: Vec<&str> = written.iter().filter(holds).map(|(what, _)| &**what).collect();
        // The calls of one case are beneath each other; nobody puts the lines of two together.
        if cases.len() == 1 && reveals(&snapshot, &case.secret) {
            places.push("snapshot, decoded");
        }
        if !places.is_empty() {
            found.push((*case, places.join(", ")));
        }
    }
    found
}

#[test]
fn nothing_that_was_planted_in_a_span_is_in_any_file_made_of_the_trace() {
    let policy = Policy::builder().for_captures().patterns_in_debug(true).build().expect("a policy");
    let dir = tempfile::tempdir().expect("a folder");
    let cases = cases(4723);
    // All of them byte by byte, some also as somebody would who decodes what he sees.
    let all: Vec<&Case> = cases.iter().collect();
    let together = all.chunks(64);
    let alone = all.chunks(1).step_by(29);
    let leaks: Vec<_> = together.chain(alone).flat_map(|some| legible(some, &policy, dir.path())).collect();
    assert_none(leaks, cases.len());
}

#[test]
fn without_a_policy_it_is_in_each_of_them_that_has_values() {
    let dir = tempfile::tempdir().expect("a folder");
    let cases = cases(4723);
    let case = cases.iter().find(|case| case.writing == "plain" || case.text == case.secret).expect("one is plain");
    let found = legible(&[case], &Policy::none(), dir.path());
    let places: Vec<&str> = found[0].1.split(", ").collect();
    for what in ["snapshot", "snapshot as JSON", "saved file", "Chrome", "Csv", "data of the report", "decoded"] {
        assert!(places.contains(&what), "{what} is not in {places:?}");
    }
}
