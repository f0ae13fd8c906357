//! Sessions of conversations: as a file and pushed, read back with the official types, joined with the trace of the
//! program that asked.

mod collector;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use collector::receiver::{Receiver, Wire};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::{Span, TracesData};
use serde_json::json;
use tracesnap::{Trace, Tracer};
use tracesnap_otlp::{Batches, Collector, MAX_BATCH_SPANS, Protocol, Resource, SessionBatches, write_session_json};
use tracesnap_record::file::load;
use tracesnap_record::{Interaction, Recorder, Session, Status};

fn shop() -> Resource {
    Resource::new("shop").with("service.version", "1.4.0")
}

/// The spans of a file, each line decoded by the official crate.
fn spans(batches: SessionBatches<'_>) -> Vec<Span> {
    let mut out = Vec::new();
    write_session_json(batches, &mut out).expect("memory takes it");
    let text = String::from_utf8(out).expect("text");
    let lines = text.lines().map(|line| serde_json::from_str::<TracesData>(line).expect("the official form"));
    let scopes = lines.flat_map(|line| line.resource_spans).flat_map(|resource| resource.scope_spans);
    scopes.flat_map(|scope| scope.spans).collect()
}

fn attributes(span: &Span) -> HashMap<&str, Value> {
    let value = |value: &Option<opentelemetry_proto::tonic::common::v1::AnyValue>| value.clone()?.value;
    span.attributes.iter().filter_map(|have| Some((&*have.key, value(&have.value)?))).collect()
}

fn text(value: &str) -> Option<Value> {
    Some(Value::StringValue(value.to_owned()))
}

fn number(value: i64) -> Option<Value> {
    Some(Value::IntValue(value))
}

fn exchange(
    id: u64,
    service: &str,
    operation: &str,
    request: serde_json::Value,
    response: serde_json::Value,
) -> Interaction {
    let mut one = Interaction::new(id, service, operation, request);
    one.response = response;
    one.duration_ms = 12.5;
    one
}

#[test]
fn exchanges_of_http_and_grpc_and_of_no_protocol_have_the_attributes_of_the_conventions() {
    let mut slow = exchange(
        0,
        "firestore",
        "document.get",
        json!({"method": "GET", "url": "https://firestore.example/v1/documents/a1", "headers": []}),
        json!({"status": 404, "version": "HTTP/2", "headers": []}),
    );
    (slow.status, slow.error, slow.task) = (Status::Error, Some("HTTP 404".into()), Some("#0".into()));
    let mut rpc = exchange(
        1,
        "stock",
        "Get",
        json!({"method": "POST", "url": "http://127.0.0.1:50051/shop.Stock/Get", "headers": [["content-type", "application/grpc"]]}),
        json!({"status": 200, "headers": [], "trailers": [["grpc-status", "5"]]}),
    );
    (rpc.status, rpc.error) = (Status::Error, Some("gRPC 5: no such item".into()));
    let plain = exchange(2, "database", "find", json!({"id": 7}), json!({"owner": "ada"}));
    let mut broken = exchange(3, "database", "find", json!({"id": 8}), json!(null));
    (broken.status, broken.error) = (Status::Error, Some("the connection is gone".into()));
    broken.error_type = Some("shop::DatabaseError".into());
    let mut left = exchange(4, "database", "find", json!({"id": 9}), json!(null));
    left.status = Status::Cancelled;
    let session = Session::new("s-1", vec![slow, rpc, plain, broken, left]);
    let all = spans(SessionBatches::of(&session, &shop()));
    let [root, get, rpc, plain, broken, left] = &all[..] else { panic!("{all:#?}") };
    assert_eq!((&*root.name, root.kind, root.parent_span_id.len()), ("session s-1", 1, 0));
    for span in &all[1..] {
        assert_eq!((span.kind, &span.parent_span_id, &span.trace_id), (3, &root.span_id, &root.trace_id));
        assert_eq!(span.end_time_unix_nano - span.start_time_unix_nano, 12_500_000);
        assert!(
            root.start_time_unix_nano <= span.start_time_unix_nano
                && span.end_time_unix_nano <= root.end_time_unix_nano
        );
    }
    let have = attributes(get);
    assert_eq!(get.name, "document.get");
    assert_eq!(have.get("http.request.method").cloned(), text("GET"));
    assert_eq!(have.get("url.full").cloned(), text("https://firestore.example/v1/documents/a1"));
    assert_eq!(have.get("http.response.status_code").cloned(), number(404));
    assert_eq!(have.get("server.address").cloned(), text("firestore.example"));
    assert_eq!(have.get("server.port").cloned(), number(443));
    assert_eq!(have.get("network.protocol.version").cloned(), text("2"));
    assert_eq!(have.get("error.type").cloned(), text("404"));
    assert_eq!(have.get("tracesnap.service").cloned(), text("firestore"));
    assert_eq!(have.get("tracesnap.document").cloned(), text("s-1#0"));
    assert_eq!(have.get("tracesnap.task").cloned(), text("#0"));
    assert_eq!((get.status.as_ref().map(|status| status.code), get.events.len()), (Some(2), 0));
    let have = attributes(rpc);
    assert_eq!(rpc.name, "shop.Stock/Get");
    assert_eq!(have.get("rpc.system").cloned(), text("grpc"));
    assert_eq!(have.get("rpc.service").cloned(), text("shop.Stock"));
    assert_eq!(have.get("rpc.method").cloned(), text("Get"));
    assert_eq!(have.get("rpc.grpc.status_code").cloned(), number(5));
    assert_eq!(have.get("server.port").cloned(), number(50_051));
    assert!(!have.contains_key("http.request.method"));
    assert_eq!((&*plain.name, plain.status.clone()), ("database find", None));
    assert_eq!(attributes(plain).get("peer.service").cloned(), text("database"));
    assert_eq!(attributes(broken).get("error.type").cloned(), text("shop::DatabaseError"));
    assert_eq!(
        (&*broken.events[0].name, &*broken.status.clone().expect("failed").message),
        ("exception", "the connection is gone")
    );
    assert_eq!(attributes(left).get("error.type").cloned(), text("cancelled"));
    // What was said stays in the session.
    assert!(!format!("{all:?}").contains("ada"));
}

/// A program that is traced while a session records what it asks.
fn traced() -> (Trace, Session) {
    let dir = tempfile::tempdir().expect("a folder");
    let session = Recorder::builder().dir(dir.path()).pending(false).session("checkout").expect("it begins");
    let guard = Tracer::start().expect("it starts");
    tracing::info_span!("checkout").in_scope(|| {
        tracing::info_span!("charge")
            .in_scope(|| session.interaction("bank", "charge", &json!({"cents": 300})).response(&1));
        session.interaction("mail", "send", &json!({})).response(&2);
    });
    let trace = guard.finish();
    session.interaction("mail", "send", &json!({"later": true})).response(&3);
    (trace, load(session.finish().expect("written").path).expect("read"))
}

#[test]
fn interactions_hang_under_the_calls_of_the_trace_that_made_them() {
    let (trace, session) = traced();
    let calls: Vec<ExportTraceServiceRequest> = Batches::of(&trace, &shop()).collect();
    let calls = &calls[0].resource_spans[0].scope_spans[0].spans;
    let call = |name: &str| calls.iter().find(|span| span.name == name).expect("a call");
    let all = spans(SessionBatches::of(&session, &shop()).within(&trace));
    let [root, charge, send, later] = &all[..] else { panic!("{all:#?}") };
    let place = |span: &Span| (span.trace_id.clone(), span.parent_span_id.clone());
    let under = |call: &Span| (call.trace_id.clone(), call.span_id.clone());
    assert_eq!(place(charge), under(call("charge")));
    assert_eq!(place(send), under(call("checkout")));
    assert_eq!(place(later), under(root), "it was asked when nothing was traced");
    let ids: std::collections::HashSet<_> = all.iter().chain(calls).map(|span| &span.span_id).collect();
    assert_eq!(ids.len(), all.len() + calls.len());
    assert_eq!(spans(SessionBatches::of(&session, &shop()).within(&trace)), all, "ids are the same each time");
}

#[test]
fn a_request_with_a_trace_parent_belongs_to_that_trace() {
    let with = |id, value: &str| {
        exchange(
            id,
            "shop",
            "GET /",
            json!({"method": "GET", "url": "http://shop.example/", "headers": [["Traceparent", value]]}),
            json!({"status": 200}),
        )
    };
    let fit = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let unfit = [
        "00-0af7651916cd43dd8448eb211c80319c",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "zz",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
    ];
    let session = Session::new("s-1", vec![with(0, fit)]);
    let all = spans(SessionBatches::of(&session, &shop()));
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(all.len(), 1, "nothing hangs under the session, so it has no span");
    assert_eq!(
        (hex(&all[0].trace_id), hex(&all[0].parent_span_id)),
        ("0af7651916cd43dd8448eb211c80319c".into(), "b7ad6b7169203331".into())
    );
    let session = Session::new("s-1", unfit.iter().zip(0..).map(|(value, id)| with(id, value)).collect());
    let all = spans(SessionBatches::of(&session, &shop()));
    assert!(all.len() == 5 && all[1..].iter().all(|span| span.parent_span_id == all[0].span_id));
}

#[test]
fn a_trace_parent_survives_redaction() {
    let dir = tempfile::tempdir().expect("a folder");
    let recorder = Recorder::builder().dir(dir.path()).pending(false).session("s").expect("it begins");
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let request = json!({"method": "GET", "url": "http://shop.example/", "headers": [["traceparent", parent], ["authorization", "Bearer tok_secret_1"]]});
    recorder.interaction("shop", "GET /", &request).response(&json!({"status": 200}));
    let session = load(recorder.finish().expect("written").path).expect("read");
    let all = spans(SessionBatches::of(&session, &shop()));
    assert_eq!(all.len(), 1);
    assert!(!format!("{all:?}").contains("tok_secret_1"));
}

fn arrives(wire: Wire, protocol: Protocol) {
    const SOON: Duration = Duration::from_secs(60);
    let receiver = Receiver::start(wire);
    let collector =
        Collector::builder(receiver.endpoint()).protocol(protocol).resource(shop()).start().expect("it starts");
    let (trace, session) = traced();
    collector.send(&trace).expect("queued");
    collector.send_session(session, Some(&trace)).expect("queued");
    let many = (0..1_500).map(|id| exchange(id, "database", "find", json!({"id": id}), json!(null)));
    collector.send_session(Arc::new(Session::new("many", many.collect())), None).expect("queued");
    let delivery = collector.shutdown(SOON);
    assert!(delivery.is_complete() && delivery.delivered == 2 + 4 + 1_501, "{delivery}");
    let spans = receiver.spans();
    let charge = spans.iter().find(|span| span.name == "bank charge").expect("it arrived");
    assert!(spans.iter().any(|span| span.name == "charge" && span.span_id == charge.parent_span_id));
}

#[test]
fn what_is_pushed_over_http_arrives_beside_the_trace() {
    arrives(Wire::Http, Protocol::Http);
}

#[test]
#[cfg(feature = "grpc")]
fn what_is_pushed_over_grpc_arrives_beside_the_trace() {
    arrives(Wire::Grpc, Protocol::Grpc);
}

#[test]
fn requests_are_of_bounded_size() {
    let many = (0..1_200).map(|id| exchange(id, "database", "find", json!({}), json!(null)));
    let session = Session::new("many", many.collect());
    let counts =
        SessionBatches::of(&session, &shop()).map(|request| request.resource_spans[0].scope_spans[0].spans.len());
    assert_eq!(counts.collect::<Vec<_>>(), [MAX_BATCH_SPANS, MAX_BATCH_SPANS, 1_201 - 2 * MAX_BATCH_SPANS]);
}
