//! Calls as spans, a request at a time.

use std::fmt;
use std::time::UNIX_EPOCH;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::{Event as SpanEvent, Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message;
use tracesnap::Trace;
use tracesnap::tree::{Arg, Call, CallId, Event, Item, Value};

use crate::Resource;
use crate::ids::{Digest, RecordingId};

/// Spans in one request at the most.
pub const MAX_BATCH_SPANS: usize = 512;

/// A request is closed once it has as many bytes; collectors refuse those past 4 MiB.
pub const MAX_BATCH_BYTES: usize = 1 << 20;

/// Events of a span that are kept: the first ones. An `exception` comes on top.
pub const MAX_EVENTS: usize = 128;

/// Links of a span that are kept: the first ones.
pub const MAX_LINKS: usize = 128;

/// W3C's «sampled», and that the parent is known to be of this process.
pub(crate) const FLAGS: u32 = 0x101;

/// A trace as requests of bounded size; no more than one is in memory at a time.
///
/// An iterator over [`ExportTraceServiceRequest`], which is also what a line of an OTLP file holds.
#[must_use = "requests are made as they are asked for"]
pub struct Batches<'t> {
    items: Box<dyn Iterator<Item = (usize, Item<'t>)> + 't>,
    resource: Resource,
    scope: InstrumentationScope,
    id: RecordingId,
    began: u64,
    /// When the recording ended, since it began. **Unit:** nanoseconds.
    end: u64,
    /// By depth: the span that children hang on.
    parents: Vec<Option<[u8; 8]>>,
    trace_id: [u8; 16],
    /// The calls that links lead to.
    followed: Vec<(CallId, CallId)>,
}

impl<'t> Batches<'t> {
    /// The requests of a trace. One that does not know when it began ([`Trace::started`]) counts from 1970 on.
    pub fn of(trace: &'t Trace, resource: &Resource) -> Self {
        let tree = trace.tree();
        let began = trace.started().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let began = began.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX));
        let mut digest = Digest::new(resource.service_name(), began);
        let (mut end, mut linked) = (0, false);
        for (_, item) in tree.walk() {
            let last = match item {
                Item::Event(event) => event.at(),
                Item::Call(call) => {
                    digest.add(call);
                    linked |= call.follows_from().next().is_some();
                    call.last_exit().or(call.stays().last().map(|(start, ..)| start))
                }
            };
            end = end.max(last.map_or(0, |last| last.as_nanos() as u64));
        }
        let id = digest.finish();
        Self {
            items: Box::new(tree.walk()),
            resource: resource.clone(),
            scope: scope(trace),
            id,
            began,
            end,
            parents: Vec::new(),
            trace_id: [0; 16],
            followed: if linked { followed(trace) } else { Vec::new() },
        }
    }

    /// The next span, `None` at the end.
    fn next_span(&mut self) -> Option<Span> {
        loop {
            let (depth, item) = self.items.next()?;
            let Item::Call(call) = item else { continue };
            if depth == 0 {
                self.trace_id = self.id.trace(call.id());
            }
            self.parents.truncate(depth);
            let parent = self.parents.last().copied().flatten();
            if call.first_enter().is_none() {
                self.parents.push(parent);
                continue;
            }
            let span_id = self.id.span(call.id());
            self.parents.push(Some(span_id));
            return Some(self.span(call, span_id, parent));
        }
    }

    fn span(&self, call: Call<'_>, span_id: [u8; 8], parent: Option<[u8; 8]>) -> Span {
        let ns = |time: std::time::Duration| self.began.saturating_add(time.as_nanos() as u64);
        let start = call.first_enter().map_or(self.began, ns);
        let end = call.last_exit().map_or(self.began.saturating_add(self.end), ns).max(start);
        let (mut events, mut dropped_events) = (Vec::new(), 0);
        for event in call.events() {
            if events.len() < MAX_EVENTS {
                events.push(self.event(event));
            } else {
                dropped_events += 1;
            }
        }
        let failure = Failure::of(call);
        events.extend(failure.as_ref().map(|failure| failure.exception(end)));
        let (links, dropped_links) = self.links(call);
        let name = call.arg("otel.name").and_then(|name| name.as_str()).unwrap_or(call.name());
        Span {
            trace_id: self.trace_id.to_vec(),
            span_id: span_id.to_vec(),
            parent_span_id: parent.map(|id| id.to_vec()).unwrap_or_default(),
            flags: FLAGS,
            name: name.to_owned(),
            kind: kind(call) as i32,
            start_time_unix_nano: start,
            end_time_unix_nano: end,
            attributes: attributes(call),
            events,
            dropped_events_count: dropped_events,
            links,
            dropped_links_count: dropped_links,
            status: failure.map(Failure::status),
            ..Default::default()
        }
    }

    fn event(&self, event: Event<'_>) -> SpanEvent {
        let at = event.at().unwrap_or_default().as_nanos() as u64;
        let mut attributes: Vec<KeyValue> = event.fields().map(field).collect();
        for (name, value) in [("level", event.level().as_str()), ("target", &event.callsite().target)] {
            add(&mut attributes, text(name, value));
        }
        SpanEvent {
            time_unix_nano: self.began.saturating_add(at),
            name: event.message().unwrap_or("event").to_owned(),
            attributes,
            ..Default::default()
        }
    }

    fn links(&self, call: Call<'_>) -> (Vec<Link>, u32) {
        let entered = || call.follows_from().filter(Call::is_entered);
        let link = |target: Call<'_>| {
            let at = self.followed.binary_search_by_key(&target.id(), |&(call, _)| call).ok()?;
            Some(Link {
                trace_id: self.id.trace(self.followed[at].1).to_vec(),
                span_id: self.id.span(target.id()).to_vec(),
                flags: FLAGS,
                ..Default::default()
            })
        };
        let links: Vec<_> = entered().take(MAX_LINKS).filter_map(link).collect();
        let dropped = entered().count() - links.len();
        (links, dropped as u32)
    }
}

impl Iterator for Batches<'_> {
    type Item = ExportTraceServiceRequest;

    fn next(&mut self) -> Option<ExportTraceServiceRequest> {
        let spans = next_batch(|| self.next_span())?;
        Some(request(spans, self.scope.clone(), &self.resource))
    }
}

/// As many spans as a request may have, `None` at the end.
pub(crate) fn next_batch(mut next: impl FnMut() -> Option<Span>) -> Option<Vec<Span>> {
    let (mut spans, mut bytes) = (Vec::new(), 0);
    while spans.len() < MAX_BATCH_SPANS && bytes < MAX_BATCH_BYTES {
        let Some(span) = next() else { break };
        bytes += span.encoded_len();
        spans.push(span);
    }
    (!spans.is_empty()).then_some(spans)
}

pub(crate) fn request(spans: Vec<Span>, scope: InstrumentationScope, resource: &Resource) -> ExportTraceServiceRequest {
    let scope_spans = vec![ScopeSpans { scope: Some(scope), spans, ..Default::default() }];
    let resource = Some(resource.to_proto());
    let resource_spans = vec![ResourceSpans { resource, scope_spans, ..Default::default() }];
    ExportTraceServiceRequest { resource_spans }
}

impl fmt::Debug for Batches<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches").field("resource", &self.resource).field("id", &self.id).finish_non_exhaustive()
    }
}

/// The number of spans in a request.
#[cfg(any(feature = "grpc", feature = "http"))]
pub(crate) fn spans_in(request: &ExportTraceServiceRequest) -> u64 {
    let scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
    scopes.map(|scope| scope.spans.len() as u64).sum()
}

/// Where exchanges stand in a trace: by the id of the document that an event names, the trace and the span it was under.
#[cfg(feature = "sessions")]
pub(crate) fn documents(trace: &Trace, resource: &Resource) -> std::collections::HashMap<String, ([u8; 16], [u8; 8])> {
    let id = Batches::of(trace, resource).id;
    let mut found = std::collections::HashMap::new();
    // By depth: the root and the nearest call that becomes a span.
    let mut open: Vec<Option<(CallId, CallId)>> = Vec::new();
    for (depth, item) in trace.tree().walk() {
        open.truncate(depth);
        let above = open.last().copied().flatten();
        match item {
            Item::Call(call) => {
                let root = above.map_or(call.id(), |(root, _)| root);
                open.push(if call.first_enter().is_some() { Some((root, call.id())) } else { above });
            }
            Item::Event(event) => {
                let document = event.fields().find(|field| field.name() == "document");
                let document = document.and_then(|field| field.value().as_str().map(str::to_owned));
                if let (Some(document), Some((root, call))) = (document, above) {
                    found.insert(document, (id.trace(root), id.span(call)));
                }
            }
        }
    }
    found
}

/// Each call that another follows from, with the root it stands under; sorted.
fn followed(trace: &Trace) -> Vec<(CallId, CallId)> {
    let mut found: Vec<_> = trace.tree().calls().flat_map(|call| call.follows_from()).map(|call| call.id()).collect();
    found.sort_unstable();
    found.dedup();
    // One walk instead of a climb for each: a chain of followers in a deep tree would cost its square.
    let mut root = None;
    let mut under: Vec<_> = Vec::with_capacity(found.len());
    for (depth, item) in trace.tree().walk() {
        let Item::Call(call) = item else { continue };
        if depth == 0 {
            root = Some(call.id());
        }
        if found.binary_search(&call.id()).is_ok() {
            under.extend(root.map(|root| (call.id(), root)));
        }
    }
    under.sort_unstable();
    under
}

/// Who made the spans, and what is missing among them.
fn scope(trace: &Trace) -> InstrumentationScope {
    let stats = trace.stats();
    let missing = [
        ("tracesnap.lost_rows", stats.lost),
        ("tracesnap.lost_bytes", stats.lost_bytes),
        ("tracesnap.cut_values", stats.cut_values),
        ("tracesnap.sampled_out", stats.sampled_out),
    ];
    let counts = missing.into_iter().filter(|(_, count)| *count > 0).map(|(name, count)| number(name, count));
    let loss = stats.loss();
    let attributes = counts.chain((!loss.is_none()).then(|| text("tracesnap.incomplete", &loss.to_string())));
    InstrumentationScope {
        name: "tracesnap".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        attributes: attributes.collect(),
        ..Default::default()
    }
}

fn kind(call: Call<'_>) -> SpanKind {
    let named = call.arg("otel.kind").and_then(|kind| kind.as_str()).unwrap_or_default();
    match named.to_ascii_lowercase().as_str() {
        "server" => SpanKind::Server,
        "client" => SpanKind::Client,
        "producer" => SpanKind::Producer,
        "consumer" => SpanKind::Consumer,
        _ => SpanKind::Internal,
    }
}

/// The fields of a call, then what is known of it otherwise, where no field has the name already.
fn attributes(call: Call<'_>) -> Vec<KeyValue> {
    let fields = call.args().filter(|arg| !matches!(arg.name(), "otel.name" | "otel.kind"));
    let mut all: Vec<KeyValue> = fields.map(field).collect();
    let site = call.callsite();
    add(&mut all, text("code.function.name", &format!("{}::{}", site.module, site.name)));
    if let Some(file) = &site.file {
        add(&mut all, text("code.file.path", file));
    }
    if let Some(line) = site.line {
        add(&mut all, number("code.line.number", line.into()));
    }
    add(&mut all, number("thread.id", call.thread_index() as u64));
    if let Some(name) = &call.thread().name {
        add(&mut all, text("thread.name", name));
    }
    add(&mut all, text("level", site.level.as_str()));
    if site.target != site.module {
        add(&mut all, text("target", &site.target));
    }
    add(&mut all, number("busy_ns", call.busy().as_nanos() as u64));
    if let Some(idle) = call.idle() {
        add(&mut all, number("idle_ns", idle.as_nanos() as u64));
    }
    if call.polls() > 1 {
        add(&mut all, number("tracesnap.polls", call.polls().into()));
    }
    if let Some(value) = call.returned() {
        add(&mut all, KeyValue { value: Some(any(value)), ..text("tracesnap.returned", "") });
    }
    if let Some(memory) = call.memory() {
        let readings = [("allocated_bytes", memory.allocated), ("allocations", memory.allocations)];
        for (name, reading) in readings.into_iter().chain([("freed_bytes", memory.freed)]) {
            add(&mut all, number(&format!("tracesnap.{name}"), reading));
        }
    }
    for (name, holds) in [
        ("tracesnap.open", call.is_open()),
        ("tracesnap.truncated", call.is_truncated()),
        ("tracesnap.orphan", call.is_orphan()),
    ] {
        if holds {
            add(&mut all, KeyValue { value: Some(AnyValue { value: Some(Any::BoolValue(true)) }), ..text(name, "") });
        }
    }
    all
}

/// Names are unique in a span; what the program said goes first.
fn add(attributes: &mut Vec<KeyValue>, attribute: KeyValue) {
    if attributes.iter().all(|have| have.key != attribute.key) {
        attributes.push(attribute);
    }
}

fn field(arg: Arg<'_>) -> KeyValue {
    let value = match arg.value().as_str() {
        Some(cut) if arg.is_cut() => AnyValue { value: Some(Any::StringValue(format!("{cut}…"))) },
        _ => any(arg.value()),
    };
    KeyValue { value: Some(value), ..text(arg.name(), "") }
}

/// Numbers that fit as numbers, everything else as its text: OTLP's integers have 63 bits and a sign, and JSON's floats
/// cannot be infinite.
fn any(value: Value<'_>) -> AnyValue {
    let value = match value {
        Value::Bool(value) => Any::BoolValue(value),
        Value::I64(value) => Any::IntValue(value),
        Value::U64(value) if i64::try_from(value).is_ok() => Any::IntValue(value as i64),
        Value::F64(value) if value.is_finite() => Any::DoubleValue(value),
        Value::Str(text) | Value::Text(text) => Any::StringValue(text.to_owned()),
        other => Any::StringValue(other.to_string()),
    };
    AnyValue { value: Some(value) }
}

pub(crate) fn text(name: &str, value: &str) -> KeyValue {
    let value = AnyValue { value: Some(Any::StringValue(value.to_owned())) };
    KeyValue { key: name.to_owned(), value: Some(value), ..Default::default() }
}

pub(crate) fn number(name: &str, value: u64) -> KeyValue {
    KeyValue { value: Some(any(Value::U64(value))), ..text(name, "") }
}

/// Why a call failed.
struct Failure {
    message: String,
    /// `exception.type`, where it is known: an error's text does not say.
    kind: Option<&'static str>,
}

impl Failure {
    fn of(call: Call<'_>) -> Option<Self> {
        if call.panicked() {
            return Some(Self { message: "the call was left by a panic".to_owned(), kind: Some("panic") });
        }
        let error = call.error()?;
        let message = error.as_str().map_or_else(|| error.to_string(), str::to_owned);
        Some(Self { message, kind: None })
    }

    fn exception(&self, at: u64) -> SpanEvent {
        let mut attributes = vec![text("exception.message", &self.message)];
        attributes.extend(self.kind.map(|kind| text("exception.type", kind)));
        SpanEvent { time_unix_nano: at, name: "exception".to_owned(), attributes, ..Default::default() }
    }

    fn status(self) -> Status {
        Status { message: self.message, code: StatusCode::Error as i32 }
    }
}
