//! A `tracing` span for each request, with the names of OpenTelemetry's semantic conventions for HTTP servers.
//!
//! What becomes of spans, whoever subscribes says: a layer of OpenTelemetry takes `otel.name`, `otel.kind` and
//! `otel.status_code` for what they are, a call tree shows them as arguments. Queries, headers and bodies are left out:
//! they hold secrets.

use std::net::SocketAddr;

use http::request::Parts;
use tracesnap_openapi::{Document, Operation};
use tracing::Span;
use tracing::field::Empty;

use crate::engine::Answer;

/// The target of the spans.
pub const SPAN_TARGET: &str = "tracesnap_mock::serve";

pub(super) fn request(head: &Parts, server: SocketAddr, client: SocketAddr) -> Span {
    let text = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    let method = head.method.as_str();
    let span = tracing::info_span!(
        target: SPAN_TARGET,
        "http.server.request",
        otel.name = Empty,
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.request.body.size = Empty,
        http.route = Empty,
        http.response.status_code = Empty,
        http.response.body.size = Empty,
        url.scheme = "http",
        url.path = head.uri.path(),
        server.address = %server.ip(),
        server.port = server.port(),
        client.address = %client.ip(),
        network.protocol.version = "1.1",
        user_agent.original = Empty,
        error.type = Empty,
        trace.parent = Empty,
        mock.operation.id = Empty,
        mock.source = Empty,
        mock.fault = Empty,
    );
    if span.is_disabled() {
        return span;
    }
    if let Some(agent) = text("user-agent") {
        span.record("user_agent.original", agent);
    }
    if let Some(parent) = text("traceparent").filter(|parent| is_traceparent(parent)) {
        span.record("trace.parent", parent);
    }
    span
}

pub(super) fn answered(span: &Span, head: &Parts, received: usize, answer: &Answer, document: &Document) {
    if span.is_disabled() {
        return;
    }
    span.record("http.request.body.size", received);
    status(span, answer.status.as_u16());
    span.record("http.response.body.size", answer.body.len());
    span.record("mock.source", answer.source.as_str());
    match answer.operation.as_deref().and_then(|label| label.split_once(' ')) {
        Some((_, route)) => {
            span.record("http.route", route);
            span.record("otel.name", format_args!("{} {route}", head.method));
        }
        None => {
            span.record("otel.name", head.method.as_str());
        }
    }
    if let Some(id) = answer.index.and_then(|index| document.operation(index)).and_then(Operation::id) {
        span.record("mock.operation.id", id);
    }
}

/// The status; from 500 on it is an error of the server, as the conventions have it.
pub(super) fn status(span: &Span, status: u16) {
    span.record("http.response.status_code", status);
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
        span.record("error.type", status);
    }
}

/// `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`.
fn is_traceparent(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let hex = |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    matches!(parts.as_slice(), [version, trace, span, flags, ..]
        if hex(version, 2) && hex(trace, 32) && hex(span, 16) && hex(flags, 2))
}
