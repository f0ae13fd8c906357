//! Traces of [tracesnap], and sessions of conversations, in the protocol of [OpenTelemetry](https://opentelemetry.io/docs/specs/otlp/): a file that
//! collectors read, or pushed to one over gRPC or HTTP.
//!
//! ```
//! use tracesnap::Tracer;
//! use tracesnap_otlp::{Resource, write_json};
//!
//! let guard = Tracer::start()?;
//! tracing::info_span!("charge", amount = 30).in_scope(|| {});
//! let trace = guard.finish();
//!
//! let mut file = Vec::new();
//! write_json(&trace, &Resource::new("shop"), &mut file)?;
//! assert!(String::from_utf8(file)?.contains(r#""name":"charge""#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What a call becomes
//!
//! | of the call | in OTLP |
//! |---|---|
//! | each root with all below it | a trace; roots may lie hours apart, and a collector wants one trace a request |
//! | name | the span's name; a field `otel.name` replaces it, `otel.kind` says its kind (otherwise internal) |
//! | fields | attributes of their names: numbers and booleans as such, what does not fit as text |
//! | module, file, line | `code.function.name`, `code.file.path`, `code.line.number` |
//! | thread it began on | `thread.id` (its number in the trace), `thread.name` |
//! | busy, idle, polls | `busy_ns`, `idle_ns`, `tracesnap.polls` |
//! | result | `tracesnap.returned` |
//! | error, panic | status *error* with the text, and an event `exception` with `exception.message`, `exception.type` |
//! | events | span events named by their message, with `level`, `target` and their fields |
//! | `follows_from` | links |
//! | memory | `tracesnap.allocated_bytes`, `tracesnap.allocations`, `tracesnap.freed_bytes` |
//! | still open | ends with the recording, `tracesnap.open` |
//! | children that were lost | `tracesnap.truncated`; a call whose parent was lost is a root, `tracesnap.orphan` |
//! | never entered | left out: it has no time. What it would be parent of hangs on its own parent |
//! | events without a call | left out: OTLP has them in logs |
//!
//! The single polls of a future are left out: OTLP knows one interval a span. Of a span's events and links
//! [`MAX_EVENTS`] and [`MAX_LINKS`] are kept, the rest is counted in it. What the recording itself lost stands in the
//! attributes of the scope.
//!
//! # What an interaction becomes
//!
//! With the feature `sessions`, a session of `tracesnap-record` is told, too: each interaction as a span of a client.
//!
//! | of the interaction | in OTLP |
//! |---|---|
//! | the call of a trace that made it (`SessionBatches::within`) | its parent, with that trace's ids |
//! | a request's header `traceparent` | its parent otherwise: of whatever traced the program |
//! | neither | a child of the session's own span, `session <name>` |
//! | operation | the name; of gRPC `package.Service/Method`; of no protocol service and operation |
//! | HTTP | `http.request.method`, `url.full`, `http.response.status_code`, `server.address`, `server.port` |
//! | gRPC | `rpc.system`, `rpc.service`, `rpc.method`, `rpc.grpc.status_code` |
//! | error, or a status of 400 and above | status *error*, `error.type`; an event `exception` where no service answered |
//! | service, operation, task, number | `tracesnap.service`, `tracesnap.operation`, `tracesnap.task`, `tracesnap.document` |
//! | parts of a stream | `tracesnap.response.chunks`, `tracesnap.response.first_chunk_us` |
//! | headers, bodies | left out: they are in the session, redacted |
//!
//! # Ids
//!
//! Trace and span ids are hashes (SipHash-1-3) of the recording and the number of the call: of the service's name, of when
//! the recording began, and of every call's name and times. The same trace with the same resource gets the same ids however
//! often and wherever it is exported, so a collector that keeps one span an id keeps no doubles.
//!
//! # Features
//!
//! | feature | what it brings | default |
//! |---|---|---|
//! | `http` | [`Collector`] over HTTP with protobuf | no |
//! | `grpc` | [`Collector`] over gRPC | no |
//! | `sessions` | `SessionBatches`, `write_session_json`, `Collector::send_session` | no |
//! | `tls` | `https://` endpoints | no |

mod convert;
mod file;
mod ids;
#[cfg(any(feature = "grpc", feature = "http"))]
mod push;
mod resource;
#[cfg(feature = "sessions")]
mod session;

pub use convert::{Batches, MAX_BATCH_BYTES, MAX_BATCH_SPANS, MAX_EVENTS, MAX_LINKS};
pub use file::write_json;
#[cfg(any(feature = "grpc", feature = "http"))]
pub use push::{Collector, CollectorBuilder, Delivery, InvalidCollector, NotQueued, Protocol, Retry};
pub use resource::Resource;
#[cfg(feature = "sessions")]
pub use session::{SessionBatches, write_session_json};
