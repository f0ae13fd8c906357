//! tracing-forest: a tree per root, built in the registry's extensions, handed over when the root closes.

use std::mem;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use tracing_forest::tree::Tree;
use tracing_forest::{ForestLayer, processor};

use super::{Made, Subject, install, same};
use crate::common::node::Node;
use crate::common::workload::Workload;

struct Forest {
    finished: Arc<Mutex<Vec<Tree>>>,
    taken: Vec<Tree>,
}

pub(super) fn start(_: &str, workload: Workload) -> Result<Box<dyn Subject>> {
    let finished = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&finished);
    #[allow(clippy::result_large_err, reason = "the error is the processor's: a tree that could not be processed")]
    let keep = processor::from_fn(move |tree| {
        keep.lock().expect("nobody panics with the lock").push(tree);
        Ok(())
    });
    install(ForestLayer::from(keep), workload)?;
    Ok(Box::new(Forest { finished, taken: Vec::new() }))
}

impl Subject for Forest {
    fn drain(&mut self) -> Result<()> {
        self.taken = mem::take(&mut *self.finished.lock().expect("nobody panics with the lock"));
        Ok(())
    }

    fn verify(&mut self, wanted: Made) -> Result<()> {
        let seen = self.taken.iter().map(count).fold(Made::default(), add);
        same("spans", seen.spans, wanted.spans)?;
        same("events", seen.events, wanted.events)
    }

    fn trees(&mut self) -> Result<Option<Vec<Node>>> {
        Ok(Some(self.taken.iter().filter_map(node).collect()))
    }
}

fn add(left: Made, right: Made) -> Made {
    Made { spans: left.spans + right.spans, events: left.events + right.events }
}

fn count(tree: &Tree) -> Made {
    match tree {
        Tree::Event(_) => Made { spans: 0, events: 1 },
        Tree::Span(span) => span.nodes().iter().map(count).fold(Made { spans: 1, events: 0 }, add),
    }
}

fn node(tree: &Tree) -> Option<Node> {
    let span = tree.span().ok()?;
    let fields = span
        .fields()
        .iter()
        .fold(Node::new(span.name()), |node, field| node.field(field.key(), field.value().trim_matches('"')));
    Some(fields.children(span.nodes().iter().filter_map(node)))
}
