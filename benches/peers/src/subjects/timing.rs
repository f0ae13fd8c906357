//! tracing-timing: a histogram of the time between events, here of every span's life.
//!
//! Each span's close counts once (`no_span_recursion`); by default it would count for every ancestor too.

use anyhow::{Context, Result};
use tracing::dispatcher;
use tracing_timing::group::{ByMessage, ByName};
use tracing_timing::{Builder, Histogram, LayerDowncaster};

use super::{Made, Subject, install, same};
use crate::common::workload::Workload;

struct Timing {
    layer: LayerDowncaster<ByName, ByMessage>,
    before: u64,
    seen: u64,
}

pub(super) fn start(_: &str, workload: Workload) -> Result<Box<dyn Subject>> {
    let histogram = || Histogram::new_with_max(1_000_000_000, 2).expect("a second in two digits is a valid range");
    let layer = Builder::default().no_span_recursion().span_close_events().layer(histogram);
    let downcaster = layer.downcaster();
    install(layer, workload)?;
    Ok(Box::new(Timing { layer: downcaster, before: 0, seen: 0 }))
}

impl Subject for Timing {
    fn drain(&mut self) -> Result<()> {
        let seen = dispatcher::get_default(|dispatch| {
            let layer = self.layer.downcast(dispatch)?;
            layer.force_synchronize();
            Some(layer.with_histograms(|spans| {
                spans.values().flat_map(|events| events.values()).map(|histogram| histogram.len()).sum::<u64>()
            }))
        });
        self.before = self.seen;
        self.seen = seen.context("the layer is not in the stack")?;
        Ok(())
    }

    fn verify(&mut self, wanted: Made) -> Result<()> {
        // An event inside a span is a measurement of its own.
        same("spans and events", self.seen - self.before, wanted.spans + wanted.events)
    }
}
