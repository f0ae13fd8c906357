//! The recorders that are measured, by name: each is started once in a process of its own.
//!
//! A file a recorder; what they share is here. The harness ([`measure`](crate::measure)) knows only [`Subject`].

mod baseline;
mod capture;
mod fastrace;
mod forest;
mod otel;
mod ours;
mod test_span;
mod timing;
mod writers;

use anyhow::{Context, Result, bail, ensure};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry};

use crate::common::node::Node;
use crate::common::ours::MODES;
use crate::common::slice::Join;
use crate::common::spans::refused;
use crate::common::workload::{Program, Workload};

/// The subject every ratio is against: `Registry` with an empty layer. (A bare `Registry` never frees a span.)
pub(crate) const BASELINE: &str = "registry";

/// What a slice of work put before a recorder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) spans: u64,
    pub(crate) events: u64,
}

/// One recorder in this process, and how to talk with it.
pub(crate) trait Subject {
    /// The workload in the recorder's own interface.
    fn program(&self, workload: Workload) -> Program {
        workload.program()
    }

    /// Of what so many iterations made, what this recorder was asked to keep.
    fn wanted(&self, iterations: u64, made: Made) -> Made {
        let _ = iterations;
        made
    }

    /// Spans of one slice, where a slice is not simply a millisecond's worth.
    fn slice(&self) -> Slice {
        Slice::UpTo(u64::MAX)
    }

    /// Before a slice, not timed.
    fn open(&mut self) -> Result<()> {
        Ok(())
    }

    /// What each further thread has to do before it takes part in the open slice.
    fn join(&self) -> Option<Join> {
        None
    }

    /// Runs the work that [`verify`](Self::verify) and [`trees`](Self::trees) are asked about. Most need nothing around it.
    fn checked(&mut self, work: &mut dyn FnMut()) {
        work();
    }

    /// After a slice: takes the recording out, up to where a user could read it. Part of the CPU time over all threads.
    fn drain(&mut self) -> Result<()>;

    /// Compares what [`drain`](Self::drain) took out with what should be there.
    fn verify(&mut self, wanted: Made) -> Result<()>;

    /// What [`drain`](Self::drain) took out as trees, where this recorder keeps any.
    fn trees(&mut self) -> Result<Option<Vec<Node>>> {
        Ok(None)
    }

    /// Whether its trees carry field values.
    fn keeps_fields(&self) -> bool {
        true
    }
}

/// How many spans a slice has.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Slice {
    /// A millisecond's worth, but no more than this.
    UpTo(u64),
    /// Always this many.
    Exactly(u64),
}

type Start = fn(&str, Workload) -> Result<Box<dyn Subject>>;

/// The peers in the order of the tables; behind them come all modes of tracesnap.
const PEERS: &[(&str, Start)] = &[
    ("none", baseline::none),
    (BASELINE, baseline::registry),
    ("registry-plf", baseline::per_layer_filter),
    ("registry-beside", baseline::beside),
    ("registry-scoped", baseline::scoped),
    ("tracing-capture", capture::start),
    ("test-span", test_span::start),
    ("tracing-forest", forest::start),
    ("tracing-tree", writers::tree),
    ("tracing-chrome", writers::chrome),
    ("tracing-flame", writers::flame),
    ("tracing-timing", timing::start),
    ("fmt", writers::fmt),
    ("otel-memory", otel::start),
    ("fastrace", fastrace::start),
];

pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    PEERS.iter().map(|(name, _)| *name).chain(MODES.iter().map(|mode| mode.name))
}

/// Starts the recorder of this name as the only one of this process, for this workload.
pub(crate) fn start(name: &str, workload: Workload) -> Result<Box<dyn Subject>> {
    let start = match PEERS.iter().find(|(known, _)| *known == name) {
        Some((_, start)) => start,
        None if names().any(|known| known == name) => &(ours::start as Start),
        None => bail!("no subject `{name}`; there are {}", names().collect::<Vec<_>>().join(", ")),
    };
    start(name, workload).with_context(|| format!("cannot start `{name}`"))
}

/// Why a subject is left out of a workload.
pub(crate) fn unsupported(name: &str, workload: Workload) -> Option<&'static str> {
    match (name, workload) {
        ("registry-scoped", Workload::Threads2) => Some("other threads do not see it"),
        ("tracing-tree" | "tracing-flame" | "fmt", Workload::Deep(5_000)) => {
            Some("writes or walks all ancestors for each line: a fifth of a millisecond a span and more")
        }
        _ => MODES.iter().find(|mode| mode.name == name)?.unsupported(workload),
    }
}

/// Makes `layer` on a registry the global default; [`Workload::Filtered`] brings a filter for all layers.
fn install(layer: impl Layer<Registry> + Send + Sync, workload: Workload) -> Result<()> {
    let stack = tracing_subscriber::registry().with(layer);
    if workload == Workload::Filtered {
        tracing::subscriber::set_global_default(stack.with(refusing()))?;
    } else {
        tracing::subscriber::set_global_default(stack)?;
    }
    Ok(())
}

/// The filter of [`Workload::Filtered`], for all layers at once: behind it a refused span costs nobody anything.
fn refusing() -> Targets {
    Targets::new().with_default(LevelFilter::TRACE).with_target(refused::MODULE, LevelFilter::OFF)
}

/// What a recorder without loss has of so many iterations.
pub(crate) fn made(workload: Workload, iterations: u64) -> Made {
    if workload == Workload::Filtered {
        return Made::default();
    }
    let iterations = iterations * workload.threads();
    Made { spans: workload.spans() * iterations, events: workload.events() * iterations }
}

fn same(what: &str, seen: u64, wanted: u64) -> Result<()> {
    ensure!(seen == wanted, "{seen} {what} recorded, {wanted} made");
    Ok(())
}
