//! Sessions of conversations with services as spans of clients.
//!
//! What was said is redacted already, and only its frame is told: who was asked, for what, how it ended, how large it
//! was. Bodies and headers stay in the session.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, BufWriter, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::{Event as SpanEvent, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{Span, Status};
use serde_json::Value;
use tracesnap::Trace;
use tracesnap_record::model::Direction;
use tracesnap_record::{Interaction, Session};

use crate::Resource;
use crate::convert::{self, FLAGS, next_batch, number, text};
use crate::ids::RecordingId;

/// A session as requests of bounded size; no more than one is in memory beside the session.
///
/// An iterator over [`ExportTraceServiceRequest`], which is also what a line of an OTLP file holds.
#[must_use = "requests are made as they are asked for"]
pub struct SessionBatches<'s> {
    session: &'s Session,
    resource: Resource,
    id: RecordingId,
    /// Where interactions stand in a trace, by their documents.
    within: HashMap<String, ([u8; 16], [u8; 8])>,
    /// The number of the next interaction.
    at: usize,
    /// The span above interactions that stand nowhere else, where it was not given yet.
    root: Option<Span>,
}

/// The number of the root among the spans of a session, which no interaction has.
const ROOT: u64 = u64::MAX;

impl<'s> SessionBatches<'s> {
    /// The requests of a session.
    pub fn of(session: &'s Session, resource: &Resource) -> Self {
        let id = RecordingId::of_session(resource.service_name(), &session.head.session_id);
        Self { session, resource: resource.clone(), id, within: HashMap::new(), at: 0, root: None }.with_root()
    }

    /// Hangs interactions under the calls of a trace that made them, with the ids of that trace exported with the same
    /// resource. They find each other by the event that a recorder emits in the call; what was not made under a call of the
    /// trace stands as it did.
    pub fn within(mut self, trace: &Trace) -> Self {
        self.within = convert::documents(trace, &self.resource);
        self.with_root()
    }

    /// Makes the root, if anything hangs there.
    fn with_root(mut self) -> Self {
        let mut own = self.session.interactions.iter().filter(|one| self.place(one).is_none()).peekable();
        if own.peek().is_none() {
            self.root = None;
            return self;
        }
        let head = &self.session.head;
        let start = head.timestamp.time();
        let (start, end) =
            own.fold((start, start), |(start, end), one| (start.min(one.timestamp.time()), end.max(ended(one))));
        let mut attributes = vec![text("tracesnap.session.id", &head.session_id)];
        attributes.extend(head.name.as_deref().map(|name| text("tracesnap.session.name", name)));
        attributes.push(number("tracesnap.session.interactions", self.session.interactions.len() as u64));
        if let Some(recorded) = head.recorded.as_ref().filter(|recorded| recorded.lost > 0) {
            attributes.push(number("tracesnap.session.lost", recorded.lost));
        }
        self.root = Some(Span {
            trace_id: self.id.trace_at(ROOT).to_vec(),
            span_id: self.id.span_at(ROOT).to_vec(),
            flags: FLAGS,
            name: format!("session {}", head.title()),
            kind: SpanKind::Internal as i32,
            start_time_unix_nano: nanos(start),
            end_time_unix_nano: nanos(end),
            attributes,
            ..Default::default()
        });
        self
    }

    /// Trace and parent of an interaction that does not hang under the session's own root.
    fn place(&self, interaction: &Interaction) -> Option<([u8; 16], [u8; 8])> {
        self.within.get(&self.document(interaction)).copied().or_else(|| trace_parent(&interaction.request))
    }

    fn document(&self, interaction: &Interaction) -> String {
        format!("{}#{}", self.session.head.session_id, interaction.id)
    }

    fn next_span(&mut self) -> Option<Span> {
        if let Some(root) = self.root.take() {
            return Some(root);
        }
        let interaction = self.session.interactions.get(self.at)?;
        self.at += 1;
        let own = || (self.id.trace_at(ROOT), self.id.span_at(ROOT));
        let (trace_id, parent) = self.place(interaction).unwrap_or_else(own);
        let exchange = Exchange::of(interaction);
        let start = nanos(interaction.timestamp.time());
        let end = nanos(ended(interaction)).max(start);
        let mut attributes = exchange.attributes(interaction);
        attributes.push(text("tracesnap.service", &interaction.service));
        attributes.push(text("tracesnap.operation", &interaction.operation));
        // By this the trace's own event is found, too.
        attributes.push(text("tracesnap.document", &self.document(interaction)));
        attributes.extend(interaction.task.as_deref().map(|task| text("tracesnap.task", task)));
        attributes.extend(interaction.call.as_deref().map(|call| text("code.function.name", call)));
        if let Some(stream) = &interaction.stream {
            let chunks = stream.lengths(Direction::Response);
            let (count, first) = chunks.fold((0, None), |(count, first), (at, _)| (count + 1, first.or(Some(at))));
            attributes.push(number("tracesnap.response.chunks", count));
            attributes
                .extend(first.map(|at: Duration| number("tracesnap.response.first_chunk_us", at.as_micros() as u64)));
        }
        let failure = exchange.failure(interaction);
        attributes.extend(failure.as_ref().map(|failure| text("error.type", &failure.kind)));
        Some(Span {
            trace_id: trace_id.to_vec(),
            // An id is one interaction's, wherever it hangs.
            span_id: self.id.span_at(self.at as u64 - 1).to_vec(),
            parent_span_id: parent.to_vec(),
            flags: FLAGS,
            name: exchange.name(interaction),
            kind: SpanKind::Client as i32,
            start_time_unix_nano: start,
            end_time_unix_nano: end,
            attributes,
            events: failure.iter().filter_map(|failure| failure.exception(end)).collect(),
            status: failure.map(|failure| Status { message: failure.message, code: StatusCode::Error as i32 }),
            ..Default::default()
        })
    }
}

impl Iterator for SessionBatches<'_> {
    type Item = ExportTraceServiceRequest;

    fn next(&mut self) -> Option<ExportTraceServiceRequest> {
        let spans = next_batch(|| self.next_span())?;
        let scope = InstrumentationScope {
            name: "tracesnap-record".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..Default::default()
        };
        Some(convert::request(spans, scope, &self.resource))
    }
}

impl fmt::Debug for SessionBatches<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let session = &self.session.head.session_id;
        f.debug_struct("SessionBatches").field("session", session).field("at", &self.at).finish_non_exhaustive()
    }
}

/// Writes a session as OTLP/JSON, one request of [`MAX_BATCH_SPANS`](crate::MAX_BATCH_SPANS) spans a line: the file format
/// of OpenTelemetry, named `*.jsonl`.
///
/// # Errors
///
/// Those of the writer. What was written by then is no file.
pub fn write_session_json(batches: SessionBatches<'_>, out: impl Write) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, out);
    for request in batches {
        serde_json::to_writer(&mut out, &request)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// The spans that a session becomes at the most: its interactions, and the one above them.
#[cfg(any(feature = "grpc", feature = "http"))]
pub(crate) fn spans_of(session: &Session, within: Option<&Trace>, resource: &Resource) -> u64 {
    let batches = SessionBatches::of(session, resource);
    let batches = if let Some(trace) = within { batches.within(trace) } else { batches };
    session.interactions.len() as u64 + u64::from(batches.root.is_some())
}

fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

fn ended(interaction: &Interaction) -> SystemTime {
    let began = interaction.timestamp.time();
    began.checked_add(interaction.duration()).unwrap_or(began)
}

/// What a protocol knows of an exchange.
#[derive(Default)]
struct Exchange<'i> {
    method: Option<&'i str>,
    uri: Option<http::Uri>,
    url: Option<&'i str>,
    status: Option<u64>,
    is_grpc: bool,
    grpc_status: Option<&'i str>,
}

impl<'i> Exchange<'i> {
    fn of(interaction: &'i Interaction) -> Self {
        let Interaction { request, response, .. } = interaction;
        let field = |name: &str| request.get(name).and_then(Value::as_str);
        let (Some(method), Some(url)) = (field("method"), field("url")) else { return Self::default() };
        let is_grpc =
            header(request, "headers", "content-type").is_some_and(|kind| kind.starts_with("application/grpc"));
        let of_stream = || {
            let trailers = interaction.stream.as_ref()?.trailers(Direction::Response);
            trailers.iter().find(|(name, _)| name == "grpc-status").map(|(_, value)| value.as_str())
        };
        let grpc_status = header(response, "trailers", "grpc-status")
            .or_else(|| header(response, "headers", "grpc-status"))
            .or_else(of_stream);
        Self {
            method: Some(method),
            uri: url.parse().ok(),
            url: Some(url),
            status: response.get("status").and_then(Value::as_u64),
            is_grpc,
            grpc_status: grpc_status.filter(|_| is_grpc),
        }
    }

    /// Package and service, and the method, of a call of gRPC.
    fn rpc(&self) -> Option<(&str, &str)> {
        let path = self.uri.as_ref().filter(|_| self.is_grpc)?.path();
        path.strip_prefix('/')?.rsplit_once('/')
    }

    fn name(&self, interaction: &Interaction) -> String {
        match (self.rpc(), self.method) {
            (Some((service, method)), _) => format!("{service}/{method}"),
            // As few names as there are operations: no id of an item is in them where a profile named them.
            (None, Some(_)) => interaction.operation.clone(),
            (None, None) => interaction.title(),
        }
    }

    fn attributes(&self, interaction: &Interaction) -> Vec<KeyValue> {
        let mut all = Vec::new();
        if let Some((service, method)) = self.rpc() {
            all.extend([text("rpc.system", "grpc"), text("rpc.service", service), text("rpc.method", method)]);
            if let Some(code) = self.grpc_status.and_then(|code| code.parse().ok()) {
                all.push(number("rpc.grpc.status_code", code));
            }
        } else if let (Some(method), Some(url)) = (self.method, self.url) {
            const KNOWN: [&str; 9] = ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];
            if KNOWN.contains(&method) {
                all.push(text("http.request.method", method));
            } else {
                all.extend([text("http.request.method", "_OTHER"), text("http.request.method_original", method)]);
            }
            all.push(text("url.full", url));
        } else {
            all.push(text("peer.service", &interaction.service));
        }
        if let Some(status) = self.status {
            all.push(number("http.response.status_code", status));
        }
        if let Some(uri) = &self.uri {
            all.extend(uri.host().map(|host| text("server.address", host)));
            let of_scheme = match uri.scheme_str() {
                Some("https") => Some(443),
                Some("http") => Some(80),
                _ => None,
            };
            all.extend(uri.port_u16().or(of_scheme).map(|port| number("server.port", port.into())));
        }
        if let Some(version) = interaction.response.get("version").and_then(Value::as_str) {
            all.push(text("network.protocol.version", version.trim_start_matches("HTTP/")));
        }
        all
    }

    fn failure(&self, interaction: &Interaction) -> Option<Failure> {
        let message = interaction.error.clone().unwrap_or_default();
        let failure = |kind: String, is_exception| Some(Failure { message: message.clone(), kind, is_exception });
        match (self.grpc_status, self.status) {
            (Some(code), _) if code != "0" => failure(code.to_owned(), false),
            (None, Some(status @ 400..)) => failure(status.to_string(), false),
            _ if interaction.is_success() => None,
            _ => {
                let kind = interaction.error_type.clone().unwrap_or_else(|| match interaction.status.as_str() {
                    "error" => "_OTHER".to_owned(),
                    status => status.to_owned(),
                });
                failure(kind, interaction.error.is_some())
            }
        }
    }
}

/// Why an interaction failed.
struct Failure {
    message: String,
    /// `error.type`.
    kind: String,
    /// It was an error of the program's, and no answer of the service.
    is_exception: bool,
}

impl Failure {
    fn exception(&self, at: u64) -> Option<SpanEvent> {
        let attributes = vec![text("exception.message", &self.message), text("exception.type", &self.kind)];
        let event = SpanEvent { time_unix_nano: at, name: "exception".to_owned(), attributes, ..Default::default() };
        self.is_exception.then_some(event)
    }
}

/// A header of a message as adapters of HTTP write them: pairs in a list, or an object.
fn header<'v>(message: &'v Value, of: &str, name: &str) -> Option<&'v str> {
    match message.get(of)? {
        Value::Array(pairs) => pairs.iter().find_map(|pair| {
            let found = pair.get(0)?.as_str()?;
            found.eq_ignore_ascii_case(name).then(|| pair.get(1)?.as_str())?
        }),
        Value::Object(fields) => {
            fields.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).and_then(|(_, value)| value.as_str())
        }
        _ => None,
    }
}

/// The trace and the span that a request says it belongs to, by W3C's header `traceparent`.
fn trace_parent(request: &Value) -> Option<([u8; 16], [u8; 8])> {
    let value = header(request, "headers", "traceparent")?;
    let mut parts = value.split('-');
    let (version, trace, span) = (parts.next()?, parts.next()?, parts.next()?);
    if version.len() != 2 || version == "ff" || (trace.len(), span.len()) != (32, 16) {
        return None;
    }
    let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let (trace, span) = (Some(trace).filter(|text| is_hex(text))?, Some(span).filter(|text| is_hex(text))?);
    let (trace, span) = (u128::from_str_radix(trace, 16).ok()?, u64::from_str_radix(span, 16).ok()?);
    // Zero is no id.
    (trace != 0 && span != 0).then(|| (trace.to_be_bytes(), span.to_be_bytes()))
}
