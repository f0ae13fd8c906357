//! tracing-capture: spans and events in an arena behind one lock, kept for good.

use anyhow::Result;
use tracing_capture::{CaptureLayer, CapturedSpan, SharedStorage};

use super::{Made, Subject, install, same};
use crate::common::node::Node;
use crate::common::workload::Workload;

struct Capture {
    storage: SharedStorage,
    /// Spans, events and roots of slices before: the storage is never emptied.
    before: (usize, usize, usize),
    seen: (usize, usize, usize),
}

pub(super) fn start(_: &str, workload: Workload) -> Result<Box<dyn Subject>> {
    let storage = SharedStorage::default();
    install(CaptureLayer::new(&storage), workload)?;
    Ok(Box::new(Capture { storage, before: (0, 0, 0), seen: (0, 0, 0) }))
}

impl Subject for Capture {
    fn drain(&mut self) -> Result<()> {
        let storage = self.storage.lock();
        self.before = self.seen;
        self.seen = (storage.all_spans().len(), storage.all_events().len(), storage.root_spans().len());
        Ok(())
    }

    fn verify(&mut self, wanted: Made) -> Result<()> {
        same("spans", (self.seen.0 - self.before.0) as u64, wanted.spans)?;
        same("events", (self.seen.1 - self.before.1) as u64, wanted.events)
    }

    fn trees(&mut self) -> Result<Option<Vec<Node>>> {
        let storage = self.storage.lock();
        Ok(Some(storage.root_spans().skip(self.before.2).map(node).collect()))
    }
}

fn node(span: CapturedSpan<'_>) -> Node {
    let fields = span.values().fold(Node::new(span.metadata().name()), |node, (name, value)| {
        let text = value.as_str().map(str::to_owned).or_else(|| value.as_uint().map(|number| number.to_string()));
        node.field(name, text.unwrap_or_else(|| format!("{value:?}")))
    });
    fields.children(span.children().map(node))
}
