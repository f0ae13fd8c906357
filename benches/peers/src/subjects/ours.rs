//! tracesnap, in every mode that [`common::ours`](crate::common::ours) knows.

use anyhow::{Context, Result, anyhow, ensure};
use tracesnap::Trace;

use super::{Made, Slice, Subject, same};
use crate::allocator;
use crate::common::node::Node;
use crate::common::ours::{self, How, Mode, Ours};
use crate::common::slice::Join;
use crate::common::workload::Workload;

struct Tracesnap {
    mode: Mode,
    workload: Workload,
    ours: Ours,
    taken: Option<Trace>,
    drained: u32,
}

pub(super) fn start(name: &str, workload: Workload) -> Result<Box<dyn Subject>> {
    let mode = ours::named(name).context("no such mode")?;
    if mode.how == How::Memory {
        allocator::track();
    }
    let ours = Ours::start(mode, workload).map_err(|error| anyhow!(error))?;
    Ok(Box::new(Tracesnap { mode, workload, ours, taken: None, drained: 0 }))
}

impl Tracesnap {
    /// A flight recorder is read once, before timing: it has no slices to take out, and keeps what it has room for.
    fn is_read(&self) -> bool {
        self.mode.how != How::Recorder || self.drained == 1
    }
}

impl Subject for Tracesnap {
    fn wanted(&self, iterations: u64, _: Made) -> Made {
        // What `ret` says is folded into the call: there are no events beside it.
        Made { spans: self.mode.kept(self.workload, iterations), events: 0 }
    }

    fn slice(&self) -> Slice {
        match self.mode.slice() {
            (spans, true) => Slice::Exactly(spans),
            (spans, false) => Slice::UpTo(spans),
        }
    }

    fn open(&mut self) -> Result<()> {
        Ok(self.ours.open()?)
    }

    fn join(&self) -> Option<Join> {
        self.ours.join()
    }

    fn drain(&mut self) -> Result<()> {
        self.drained += 1;
        self.taken = if self.is_read() { self.ours.finish() } else { None };
        Ok(())
    }

    fn verify(&mut self, wanted: Made) -> Result<()> {
        if !self.is_read() {
            return Ok(());
        }
        let Some(trace) = &self.taken else { return same("spans", 0, wanted.spans) };
        let stats = trace.stats();
        ensure!(stats.lost == 0 && stats.lost_bytes == 0, "rows or text were lost: {stats:?}");
        same("spans", stats.recorded, wanted.spans).with_context(|| format!("{stats:?}"))?;
        same("events", stats.events, wanted.events)
    }

    fn trees(&mut self) -> Result<Option<Vec<Node>>> {
        Ok(self.taken.take().map(|trace| ours::trees(&trace)))
    }
}
