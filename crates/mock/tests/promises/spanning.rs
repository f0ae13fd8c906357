//! Each request is a span with the names that OpenTelemetry has for it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tracesnap_mock::serve::{Faults, SPAN_TARGET};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use crate::serving::{send, shop};

type Fields = BTreeMap<&'static str, String>;

/// Keeps the fields of the server's spans, as they were when they closed.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<Fields>>>);

struct Into<'f>(&'f mut Fields);

impl Visit for Into<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

impl<S: tracing::Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.metadata().target() == SPAN_TARGET {
            let mut fields = Fields::new();
            attributes.record(&mut Into(&mut fields));
            context.span(id).expect("it is new").extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(&mut Into(fields));
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        if let Some(fields) = context.span(&id).and_then(|span| span.extensions_mut().remove::<Fields>()) {
            self.0.lock().expect("whole").push(fields);
        }
    }
}

#[tokio::test]
async fn a_request_is_a_span_by_the_semantic_conventions() {
    let spans = Spans::default();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(spans.clone()));
    // Other tests may have met the callsite while nobody listened.
    tracing::callsite::rebuild_interest_cache();
    let server =
        shop().faults(Faults::seeded(1).operation("report", |one| one.errors(1.0, 503))).start().await.unwrap();
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let headers = [&*format!("traceparent: {parent}"), "user-agent: test/1"];
    let reply = send(&server, "GET /orders/7?token=hush", &headers, &Value::Null).await;
    assert_eq!(reply.status, 200);
    send(&server, "POST /orders", &[], &json!({"total": "wrong"})).await;
    send(&server, "GET /report", &["x-trace: abc"], &Value::Null).await;
    send(&server, "GET /nothing", &[], &Value::Null).await;
    let port = server.address().port().to_string();
    // Connections end a little after their answers.
    server.stop().await;
    let spans = spans.0.lock().unwrap();
    let of = |path: &str, method: &str| {
        let found = spans.iter().find(|span| span["url.path"] == path && span["http.request.method"] == method);
        found.unwrap_or_else(|| panic!("no span of {method} {path}: {spans:?}"))
    };
    let order = of("/orders/7", "GET");
    let size = reply.body.len().to_string();
    let expected: [(&str, &str); 15] = [
        ("otel.name", "GET /orders/{id}"),
        ("otel.kind", "server"),
        ("http.request.method", "GET"),
        ("http.route", "/orders/{id}"),
        ("http.response.status_code", "200"),
        ("http.response.body.size", &size),
        ("url.scheme", "http"),
        ("url.path", "/orders/7"),
        ("server.address", "127.0.0.1"),
        ("server.port", &port),
        ("client.address", "127.0.0.1"),
        ("network.protocol.version", "1.1"),
        ("user_agent.original", "test/1"),
        ("trace.parent", parent),
        ("mock.operation.id", "getOrder"),
    ];
    for (name, value) in expected {
        assert_eq!(order.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert!(!order.values().any(|value| value.contains("hush")), "{order:?}");
    assert_eq!(of("/orders", "POST")["http.response.status_code"], "422");
    assert!(!of("/orders", "POST").contains_key("otel.status_code"), "a fault of the caller is none of the server");
    let failed = of("/report", "GET");
    let told = ["otel.status_code", "error.type", "mock.fault"].map(|name| failed[name].as_str());
    assert_eq!(told, ["ERROR", "503", "status"]);
    let nothing = of("/nothing", "GET");
    assert_eq!((nothing["otel.name"].as_str(), nothing.get("http.route")), ("GET", None));
}
