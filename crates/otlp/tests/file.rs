//! The OTLP file: read back with the official types, and what each part of a call becomes in it.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::{Span, TracesData};
use tracesnap::{Trace, Tracer};
use tracesnap_otlp::{Batches, MAX_EVENTS, Resource, write_json};
use tracing::{Instrument, field, info, info_span, instrument};

fn record(work: impl FnOnce()) -> Trace {
    let guard = Tracer::start().unwrap();
    work();
    guard.finish()
}

fn file(trace: &Trace) -> String {
    let mut out = Vec::new();
    write_json(trace, &Resource::new("shop").with("service.version", "1.4.0"), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The spans of a file, each line decoded by the official crate.
fn spans(trace: &Trace) -> Vec<Span> {
    let lines: Vec<TracesData> = file(trace).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let scopes = lines.into_iter().flat_map(|line| line.resource_spans).flat_map(|resource| resource.scope_spans);
    scopes.flat_map(|scope| scope.spans).collect()
}

fn attributes(span: &Span) -> HashMap<&str, Value> {
    let value = |value: &Option<opentelemetry_proto::tonic::common::v1::AnyValue>| value.clone()?.value;
    span.attributes.iter().filter_map(|have| Some((&*have.key, value(&have.value)?))).collect()
}

fn text(value: &str) -> Option<Value> {
    Some(Value::StringValue(value.to_owned()))
}

/// Times are of the system's clock: not before this was written, and not far ahead.
#[expect(clippy::needless_pass_by_value, reason = "what a redaction is given")]
fn since_epoch(at: insta::internals::Content, _: insta::internals::ContentPath<'_>) -> String {
    let at: u64 = at.as_str().unwrap().parse().unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    assert!((1_760_000_000_000_000_000..=now).contains(&at), "{at}");
    "[ns since 1970]".to_owned()
}

#[instrument(ret, err)]
fn charge(amount: f64, payment_token: &str) -> Result<u32, String> {
    info!(bank = "north", "asking the bank");
    if amount > 100.0 { Err("over the limit".to_owned()) } else { Ok(4_711) }
}

#[test]
fn a_line_is_a_request_in_the_official_form_of_json() {
    // Test runners name threads as they like.
    let thread = std::thread::Builder::new()
        .name("counter".into())
        .spawn(|| record(|| info_span!("order", customer = 7).in_scope(|| drop(charge(300.0, "tok_1")))));
    let trace = thread.unwrap().join().unwrap();
    let line: serde_json::Value = serde_json::from_str(&file(&trace)).unwrap();
    insta::assert_json_snapshot!(line, {
        ".**.traceId" => insta::dynamic_redaction(|id, _| format!("[{} hex digits]", id.as_str().unwrap().len())),
        ".**.spanId" => insta::dynamic_redaction(|id, _| format!("[{} hex digits]", id.as_str().unwrap().len())),
        ".**.parentSpanId" => insta::dynamic_redaction(|id, _| format!("[{} hex digits]", id.as_str().unwrap().len())),
        ".**.startTimeUnixNano" => insta::dynamic_redaction(since_epoch),
        ".**.endTimeUnixNano" => insta::dynamic_redaction(since_epoch),
        ".**.timeUnixNano" => insta::dynamic_redaction(since_epoch),
        ".**.intValue" => insta::dynamic_redaction(|n, _| {
            // Busy and idle times, and lines of this file.
            let n = n.as_str().unwrap().to_owned();
            if n.len() > 1 && n != "4711" { "[n]".to_owned() } else { n }
        }),
        ".**.version" => "[version]",
        ".**.attributes[].value.stringValue" => insta::dynamic_redaction(|text, _| {
            let version = env!("CARGO_PKG_VERSION");
            if text.as_str() == Some(version) { "[version]".into() } else { text }
        }),
    });
}

#[test]
fn the_same_trace_gets_the_same_ids_and_another_recording_gets_others() {
    let work = || info_span!("order").in_scope(|| info_span!("stock").in_scope(|| ()));
    let trace = record(work);
    assert_eq!(file(&trace), file(&trace));
    let ids = |trace: &Trace, resource: &Resource| -> Vec<Vec<u8>> {
        let requests: Vec<ExportTraceServiceRequest> = Batches::of(trace, resource).collect();
        requests[0].resource_spans[0].scope_spans[0].spans.iter().map(|span| span.span_id.clone()).collect()
    };
    let these = ids(&trace, &Resource::new("shop"));
    assert_ne!(these, ids(&trace, &Resource::new("bank")));
    assert_ne!(these, ids(&record(work), &Resource::new("shop")));
    assert_ne!(these[0], these[1]);
}

#[test]
fn every_root_is_a_trace_of_its_own() {
    let trace = record(|| (0..3).for_each(|_| info_span!("request").in_scope(|| drop(charge(1.0, "t")))));
    let spans = spans(&trace);
    let traces: std::collections::HashSet<_> = spans.iter().map(|span| &span.trace_id).collect();
    assert_eq!((spans.len(), traces.len()), (6, 3));
    assert!(spans.chunks(2).all(|pair| pair[0].trace_id == pair[1].trace_id));
}

#[test]
fn fields_keep_their_types_and_what_does_not_fit_is_text() {
    let trace = record(|| {
        let _span = info_span!("s", a = true, b = -1_i64, c = u64::MAX, d = f64::INFINITY, e = 0.5, f = ?[1]).entered();
    });
    let all = spans(&trace);
    let have = attributes(&all[0]);
    assert_eq!(have.get("a"), Some(&Value::BoolValue(true)));
    assert_eq!(have.get("b"), Some(&Value::IntValue(-1)));
    assert_eq!(have.get("c").cloned(), text("18446744073709551615"));
    assert_eq!(have.get("d").cloned(), text("inf"));
    assert_eq!(have.get("e"), Some(&Value::DoubleValue(0.5)));
    assert_eq!(have.get("f").cloned(), text("[1]"));
}

#[test]
fn a_secret_stays_out() {
    let trace = record(|| drop(charge(1.0, "tok_secret_1")));
    assert!(!file(&trace).contains("tok_secret_1"));
    assert_eq!(attributes(&spans(&trace)[0]).get("payment_token").cloned(), text("[redacted]"));
}

#[test]
fn a_field_goes_before_an_attribute_of_the_same_name() {
    let trace = record(|| info_span!("s", busy_ns = "mine", otel.name = "GET /", otel.kind = "server").in_scope(|| ()));
    let all = spans(&trace);
    assert_eq!((&*all[0].name, all[0].kind), ("GET /", 2));
    let named = all[0].attributes.iter().filter(|have| have.key == "busy_ns");
    assert_eq!(named.count(), 1);
    assert_eq!(attributes(&all[0]).get("busy_ns").cloned(), text("mine"));
    assert!(!attributes(&all[0]).contains_key("otel.name"));
}

#[test]
fn waiting_is_idle_and_polls_are_counted() {
    let trace = record(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let wait = async { tokio::time::sleep(Duration::from_millis(20)).await };
        runtime.block_on(wait.instrument(info_span!("wait")));
    });
    let all = spans(&trace);
    let have = attributes(&all[0]);
    let number = |name: &str| match have.get(name) {
        Some(Value::IntValue(n)) => *n as u64,
        other => panic!("{name}: {other:?}"),
    };
    let wall = all[0].end_time_unix_nano - all[0].start_time_unix_nano;
    assert_eq!(number("busy_ns") + number("idle_ns"), wall);
    assert!(number("idle_ns") > 15_000_000 && number("tracesnap.polls") >= 2);
}

#[test]
fn follows_from_becomes_a_link_across_traces() {
    let trace = record(|| {
        let first = info_span!("first");
        first.in_scope(|| ());
        let second = info_span!("second");
        second.follows_from(&first);
        second.in_scope(|| ());
    });
    let all = spans(&trace);
    assert_eq!(all[1].links.len(), 1);
    assert_eq!((&all[1].links[0].span_id, &all[1].links[0].trace_id), (&all[0].span_id, &all[0].trace_id));
}

#[test]
fn a_panic_is_an_error_with_an_exception_of_its_type() {
    let (_, trace) = {
        let guard = Tracer::start().unwrap();
        let left = std::panic::catch_unwind(|| info_span!("s").in_scope(|| std::panic::resume_unwind(Box::new(()))));
        (left.is_err(), guard.finish())
    };
    let all = spans(&trace);
    assert_eq!(all[0].status.as_ref().map(|status| status.code), Some(2));
    let exception = &all[0].events[0];
    assert_eq!((&*exception.name, &*exception.attributes[1].key), ("exception", "exception.type"));
}

#[test]
fn calls_that_were_never_entered_are_left_out_and_their_children_hang_further_up() {
    let trace = record(|| {
        info_span!("root").in_scope(|| {
            let made = info_span!("never entered");
            info_span!(parent: &made, "child").in_scope(|| ());
        });
    });
    let all = spans(&trace);
    let names: Vec<_> = all.iter().map(|span| &*span.name).collect();
    assert_eq!(names, ["root", "child"]);
    assert_eq!(all[1].parent_span_id, all[0].span_id);
}

#[test]
fn of_very_many_events_the_first_are_kept_and_the_others_counted() {
    let trace = record(|| info_span!("s").in_scope(|| (0..MAX_EVENTS + 5).for_each(|n| info!(n, "tick"))));
    let all = spans(&trace);
    assert_eq!((all[0].events.len(), all[0].dropped_events_count), (MAX_EVENTS, 5));
}

#[test]
fn a_call_that_is_still_open_ends_with_the_recording() {
    let guard = Tracer::start().unwrap();
    let open = info_span!("open", late = field::Empty).entered();
    info_span!("inner").in_scope(|| ());
    let trace = guard.finish();
    drop(open);
    let all = spans(&trace);
    assert_eq!(attributes(&all[0]).get("tracesnap.open"), Some(&Value::BoolValue(true)));
    assert_eq!(all[0].end_time_unix_nano, all[1].end_time_unix_nano);
}

#[test]
fn what_the_recording_lost_is_said() {
    let guard = Tracer::builder().capacity(64).start().unwrap();
    (0..1_000).for_each(|_| info_span!("s").in_scope(|| ()));
    let trace = guard.finish();
    assert!(trace.stats().lost > 0);
    let line: TracesData = serde_json::from_str(file(&trace).lines().next().unwrap()).unwrap();
    let scope = line.resource_spans[0].scope_spans[0].scope.clone().unwrap();
    let keys: Vec<_> = scope.attributes.iter().map(|attribute| &*attribute.key).collect();
    assert_eq!(keys, ["tracesnap.lost_rows", "tracesnap.incomplete"]);
}
