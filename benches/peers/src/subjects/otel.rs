//! tracing-opentelemetry with the SDK's own exporter into memory: what one pays for OpenTelemetry before any network.

use anyhow::Result;
use opentelemetry::trace::{SpanId, TracerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};

use super::{Made, Subject, install, same};
use crate::common::node::{Node, forest};
use crate::common::workload::Workload;

struct Otel {
    exporter: InMemorySpanExporter,
    // Dropping it shuts the exporter down.
    _provider: SdkTracerProvider,
    taken: Vec<SpanData>,
}

pub(super) fn start(_: &str, workload: Workload) -> Result<Box<dyn Subject>> {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    install(tracing_opentelemetry::layer().with_tracer(provider.tracer("peers")), workload)?;
    Ok(Box::new(Otel { exporter, _provider: provider, taken: Vec::new() }))
}

impl Subject for Otel {
    fn drain(&mut self) -> Result<()> {
        self.taken = self.exporter.get_finished_spans()?;
        self.exporter.reset();
        Ok(())
    }

    fn verify(&mut self, wanted: Made) -> Result<()> {
        same("spans", self.taken.len() as u64, wanted.spans)?;
        same("events", self.taken.iter().map(|span| span.events.len() as u64).sum(), wanted.events)
    }

    fn trees(&mut self) -> Result<Option<Vec<Node>>> {
        // They come in the order in which they ended.
        self.taken.sort_by_key(|span| span.start_time);
        let spans = self.taken.iter().map(|span| {
            let parent = (span.parent_span_id != SpanId::INVALID).then_some(span.parent_span_id);
            (span.span_context.span_id(), parent, node(span))
        });
        Ok(Some(forest(spans.collect())))
    }
}

/// The attributes the layer adds on its own (code location, thread, busy and idle time) have a dot in their names or
/// are these two.
fn node(span: &SpanData) -> Node {
    let own = |name: &str| name.contains('.') || name == "busy_ns" || name == "idle_ns" || name == "target";
    let fields = span.attributes.iter().filter(|attribute| !own(attribute.key.as_str()));
    fields.fold(Node::new(&span.name), |node, attribute| node.field(attribute.key.as_str(), &attribute.value))
}
