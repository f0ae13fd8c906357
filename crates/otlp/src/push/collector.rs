//! The way to one collector, as the program sees it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tracesnap::Trace;
#[cfg(feature = "sessions")]
use tracesnap_record::Session;

use super::queue::{Queue, Recording};
use super::transport::Transport;
use super::worker::Worker;
use super::{Delivery, NotQueued, Retry, environment};
use crate::Resource;

/// Sends traces to a collector, from a thread of its own.
///
/// Giving it a trace copies nothing and never waits for the network. Memory is bounded by the spans the queue may hold
/// ([`CollectorBuilder::queue`]); what does not fit, or cannot be delivered, is counted ([`Collector::delivery`]).
///
/// ```no_run
/// use std::time::Duration;
///
/// use tracesnap::Tracer;
/// use tracesnap_otlp::{Collector, Resource};
///
/// let collector = Collector::builder("http://localhost:4318").resource(Resource::new("shop")).start()?;
/// let guard = Tracer::start()?;
/// // …
/// collector.send(&guard.finish())?;
/// let delivery = collector.shutdown(Duration::from_secs(5));
/// assert!(delivery.is_complete(), "{delivery}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "traces are given to it with `send`"]
pub struct Collector {
    queue: Arc<Queue>,
    endpoint: String,
    resource: Resource,
}

/// How a collector is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protocol {
    /// gRPC, by custom on port 4317.
    #[cfg(feature = "grpc")]
    Grpc,
    /// Protobuf over HTTP, by custom on port 4318; `/v1/traces` is added to the endpoint unless it is there.
    #[cfg(feature = "http")]
    Http,
}

impl Protocol {
    /// HTTP where it is built, as OpenTelemetry recommends; gRPC otherwise.
    pub const DEFAULT: Self = {
        #[cfg(feature = "http")]
        {
            Self::Http
        }
        #[cfg(not(feature = "http"))]
        {
            Self::Grpc
        }
    };

    /// Where a collector listens by custom.
    pub(super) fn local_endpoint(self) -> &'static str {
        match self {
            #[cfg(feature = "grpc")]
            Self::Grpc => "http://localhost:4317",
            #[cfg(feature = "http")]
            Self::Http => "http://localhost:4318",
        }
    }
}

/// Settings of a [`Collector`].
#[derive(Clone)]
#[must_use = "nothing is sent before `start`"]
pub struct CollectorBuilder {
    endpoint: String,
    /// Whether the endpoint has its path already.
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "gRPC has no path of its own"))]
    whole_path: bool,
    protocol: Protocol,
    headers: Vec<(String, String)>,
    resource: Resource,
    timeout: Duration,
    queue: u64,
    retry: Retry,
}

/// Settings that no collector can be reached with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidCollector {
    pub(super) message: String,
}

impl fmt::Display for InvalidCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for InvalidCollector {}

impl Collector {
    /// Spans that wait at the most.
    pub const DEFAULT_QUEUE: u64 = 1_000_000;

    /// How long one request may take.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

    /// A collector at `http://host:port`, or `https://` with the feature `tls`.
    pub fn builder(endpoint: impl Into<String>) -> CollectorBuilder {
        CollectorBuilder::new(endpoint.into())
    }

    /// The collector that the environment names, as in any program with OpenTelemetry.
    ///
    /// | variable | meaning | default |
    /// |---|---|---|
    /// | `OTEL_EXPORTER_OTLP_ENDPOINT` | where the collector is; over HTTP, `/v1/traces` is added | `http://localhost:4318`, gRPC: `4317` |
    /// | `OTEL_EXPORTER_OTLP_PROTOCOL` | `http/protobuf` or `grpc` | [`Protocol::DEFAULT`] |
    /// | `OTEL_EXPORTER_OTLP_HEADERS` | `name=value,name=value`, values percent-encoded | none |
    /// | `OTEL_EXPORTER_OTLP_TIMEOUT` | milliseconds a request | [`Self::DEFAULT_TIMEOUT`] |
    /// | `OTEL_SERVICE_NAME` | the name of the service | that in the attributes, or `unknown_service:rust` |
    /// | `OTEL_RESOURCE_ATTRIBUTES` | attributes, written as headers are | none |
    ///
    /// `OTEL_EXPORTER_OTLP_TRACES_…` wins over `OTEL_EXPORTER_OTLP_…`; its endpoint is taken as it is, path and all. What
    /// is set on the builder afterwards wins over all. **Source:** the
    /// [specification](https://opentelemetry.io/docs/specs/otel/protocol/exporter/).
    ///
    /// # Errors
    ///
    /// If a variable has a value that cannot be; the error names it, and what it should be.
    pub fn from_env() -> Result<CollectorBuilder, InvalidCollector> {
        environment::builder(|name| std::env::var(name).ok())
    }

    /// Queues a trace. Returns at once; one walk over the calls counts them.
    ///
    /// # Errors
    ///
    /// If the queue has no room for it, or it has no times. Its spans are counted as lost then.
    pub fn send(&self, trace: &Trace) -> Result<(), NotQueued> {
        self.queue.push(Recording::Trace(trace.clone()), &self.resource)
    }

    /// Queues a session of conversations; with a trace, its interactions hang under the calls that made them
    /// ([`SessionBatches::within`](crate::SessionBatches::within)). The trace itself is sent by [`send`](Self::send).
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    #[cfg(feature = "sessions")]
    pub fn send_session(&self, session: impl Into<Arc<Session>>, within: Option<&Trace>) -> Result<(), NotQueued> {
        let recording = Recording::Session { session: session.into(), within: within.cloned() };
        self.queue.push(recording, &self.resource)
    }

    /// What became of the spans so far.
    pub fn delivery(&self) -> Delivery {
        self.queue.delivery()
    }

    /// Waits until nothing is queued any more, at the most so long. What is queued then stays so.
    pub fn flush(&self, limit: Duration) -> Delivery {
        self.queue.drained(limit)
    }

    /// [`flush`](Self::flush), and ends; what is queued after that is lost, and counted so.
    pub fn shutdown(self, limit: Duration) -> Delivery {
        let _ = self.queue.drained(limit);
        self.queue.close();
        self.queue.delivery()
    }
}

/// Ends without waiting: what is queued is lost. [`shutdown`](Collector::shutdown) waits.
impl Drop for Collector {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let delivery = self.delivery();
        f.debug_struct("Collector").field("endpoint", &self.endpoint).field("delivery", &delivery).finish()
    }
}

impl CollectorBuilder {
    pub(super) fn new(endpoint: impl Into<String>) -> Self {
        Self {
            endpoint: endpoint.into(),
            whole_path: false,
            protocol: Protocol::DEFAULT,
            headers: Vec::new(),
            resource: Resource::unknown(),
            timeout: Collector::DEFAULT_TIMEOUT,
            queue: Collector::DEFAULT_QUEUE,
            retry: Retry::default(),
        }
    }

    /// Takes the endpoint for the very place that traces go to.
    pub(super) fn whole_path(self) -> Self {
        Self { whole_path: true, ..self }
    }

    #[cfg(test)]
    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    #[cfg(test)]
    pub(super) fn into_resource(self) -> Resource {
        self.resource
    }

    /// Over HTTP: where requests go.
    #[cfg(feature = "http")]
    pub(super) fn url(&self) -> String {
        let base = self.endpoint.trim_end_matches('/');
        if self.whole_path || base.ends_with("/v1/traces") {
            return self.endpoint.clone();
        }
        format!("{base}/v1/traces")
    }

    /// How the collector is spoken to. Default: [`Protocol::DEFAULT`].
    pub fn protocol(self, protocol: Protocol) -> Self {
        Self { protocol, ..self }
    }

    /// Adds a header to every request, a token for example. It is never shown. Default: none.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The service that is recorded. Default: `unknown_service:rust`, as OpenTelemetry has it.
    pub fn resource(self, resource: Resource) -> Self {
        Self { resource, ..self }
    }

    /// How long one request may take. Default: [`Collector::DEFAULT_TIMEOUT`].
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Spans that wait at the most, those being sent included. A trace with more is never taken. Default:
    /// [`Collector::DEFAULT_QUEUE`].
    pub fn queue(self, spans: u64) -> Self {
        Self { queue: spans, ..self }
    }

    /// When failed requests are sent again. Default: [`Retry::default`].
    pub fn retry(self, retry: Retry) -> Self {
        Self { retry, ..self }
    }

    /// Starts the thread that sends. No connection is made before there is something to send.
    ///
    /// # Errors
    ///
    /// If the endpoint or a header cannot be one, or a thread cannot be started. A collector that is away is no error.
    pub fn start(self) -> Result<Collector, InvalidCollector> {
        let transport = self.transport().map_err(|message| InvalidCollector { message })?;
        let queue = Arc::new(Queue::new(self.queue));
        let resource = self.resource.clone();
        let worker = Worker { queue: Arc::clone(&queue), transport, retry: self.retry, resource: self.resource };
        // Not joined: it ends with the queue, after the request that is under way.
        let thread = std::thread::Builder::new().name("tracesnap-otlp".into()).spawn(move || worker.run());
        thread
            .map_err(|error| InvalidCollector { message: format!("no thread can be started to send from: {error}") })?;
        Ok(Collector { queue, endpoint: self.endpoint, resource })
    }

    fn transport(&self) -> Result<Box<dyn Transport>, String> {
        let Self { endpoint, .. } = self;
        let secure = endpoint.starts_with("https://");
        if !secure && !endpoint.starts_with("http://") {
            return Err(format!("the endpoint `{endpoint}` has no scheme; write `http://{endpoint}`"));
        }
        if secure && !cfg!(feature = "tls") {
            return Err(format!("the endpoint `{endpoint}` needs the feature `tls` of tracesnap-otlp"));
        }
        Ok(match self.protocol {
            #[cfg(feature = "grpc")]
            Protocol::Grpc => Box::new(super::grpc::Grpc::new(endpoint, &self.headers, self.timeout)?),
            #[cfg(feature = "http")]
            Protocol::Http => Box::new(super::http::Http::new(self.url(), &self.headers, self.timeout)),
        })
    }
}

/// Headers are not shown: they hold tokens.
impl fmt::Debug for CollectorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CollectorBuilder")
            .field("endpoint", &self.endpoint)
            .field("protocol", &self.protocol)
            .field("headers", &self.headers.len())
            .field("resource", &self.resource)
            .field("timeout", &self.timeout)
            .field("queue", &self.queue)
            .field("retry", &self.retry)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_without_a_scheme_is_answered_with_one() {
        let error = Collector::builder("localhost:4318").start().expect_err("it has none");
        assert_eq!(error.to_string(), "the endpoint `localhost:4318` has no scheme; write `http://localhost:4318`");
    }

    #[test]
    fn a_token_is_not_shown() {
        let builder = Collector::builder("http://localhost:1").header("authorization", "Bearer tok_1");
        assert!(!format!("{builder:?}").contains("tok_1"));
    }
}
