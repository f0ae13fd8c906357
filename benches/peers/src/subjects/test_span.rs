//! test-span: names, fields and events in maps of the whole process, keyed by the registry's span id.
//!
//! The registry gives an id again after 8,191 spans in one slot, and from there on test-span takes two spans for one.
//! So it is checked before that, and its timed slices are not: their spans are mostly updates of old entries.

use std::fmt;

use anyhow::Result;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use tracing::{Id, info_span};

use super::{Made, Subject, install, same};
use crate::common::node::Node;
use crate::common::workload::{Shape, Workload};

struct TestSpan {
    workload: Workload,
    /// The span around the work that is checked, as its attribute macro puts one around every test.
    root: Option<Id>,
    taken: Option<Vec<Node>>,
}

pub(super) fn start(_: &str, workload: Workload) -> Result<Box<dyn Subject>> {
    install(test_span::Layer::default(), workload)?;
    Ok(Box::new(TestSpan { workload, root: None, taken: None }))
}

impl Subject for TestSpan {
    fn checked(&mut self, work: &mut dyn FnMut()) {
        let root = info_span!("root");
        root.in_scope(work);
        self.root = root.id();
    }

    fn drain(&mut self) -> Result<()> {
        // Other threads have roots of their own, which it gives out as a list of records only.
        self.taken = match self.root.take().filter(|_| self.workload.shape() != Shape::Together) {
            None => None,
            Some(root) => {
                let everything = test_span::Filter::new(tracing::Level::TRACE);
                let json = serde_json::to_string(&test_span::get_spans_for_root(&root, &everything))?;
                let mut reader = serde_json::Deserializer::from_str(&json);
                reader.disable_recursion_limit();
                Some(Span::deserialize(&mut reader)?.into_node().children)
            }
        };
        Ok(())
    }

    fn verify(&mut self, wanted: Made) -> Result<()> {
        match &self.taken {
            Some(trees) => same("spans", trees.iter().map(Node::count).sum(), wanted.spans),
            None => Ok(()),
        }
    }

    fn trees(&mut self) -> Result<Option<Vec<Node>>> {
        Ok(self.taken.take())
    }
}

/// What it serialises.
#[derive(Deserialize)]
struct Span {
    name: String,
    record: Record,
    children: Children,
}

#[derive(Deserialize)]
struct Record {
    entries: Vec<(String, Value)>,
}

/// A map whose keys repeat: every span of one name has the same.
struct Children(Vec<Span>);

impl<'de> Deserialize<'de> for Children {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Children;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("spans by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Children, A::Error> {
                let mut children = Vec::new();
                while let Some((_, child)) = entries.next_entry::<String, Span>()? {
                    children.push(child);
                }
                Ok(Children(children))
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

impl Span {
    fn into_node(self) -> Node {
        // Events are among the entries; `ret` is the only one these workloads emit.
        let fields = self.record.entries.into_iter().filter(|(name, _)| name != "return");
        let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Node {
            name: self.name.rsplit("::").next().unwrap_or_default().to_owned(),
            fields: fields.map(|(name, value)| (name, text(value))).collect(),
            children: self.children.0.into_iter().map(Span::into_node).collect(),
        }
    }
}
