//! tracesnap as a subject, in the ways it can be used.
//!
//! As shipped: a session is open and owns the thread, its rows go where a user's would, nothing is switched off that a
//! user would have on.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use tracesnap::tree::Call;
use tracesnap::{MemoryReadings, Sampling, Trace, TraceGuard, TraceHandle, Tracer, TracerBuilder};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;

use super::node::Node;
use super::slice::Join;
use super::spans;
use super::workload::Workload;

/// How spans reach us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Front {
    /// The guard installs our own subscriber: there is no registry.
    Lean,
    /// A `TraceLayer` on a registry, to which the guard attaches.
    Layer,
    /// A dispatcher of the guard's own, set for its thread.
    Scoped,
}

/// What is different from a guard with the default settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Default,
    /// No times are taken.
    Untimed,
    /// Bytes and allocations of every call; needs a `TrackingAllocator`.
    Memory,
    /// The workload's module is refused, while another layer wants every span.
    Refused,
    /// Another layer wants every span too.
    Beside,
    /// One root in a hundred is kept.
    Sampled,
    /// So many sessions are open in the process, each on a thread of its own and with filters of its own.
    Sessions(usize),
    /// A million spans in one session.
    Million,
    /// Our subscriber is there, but no session is open.
    Idle,
    /// Without a guard: the layer's own recording, of which the newest rows win.
    Recorder,
}

/// One way to use tracesnap, by name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mode {
    pub(crate) name: &'static str,
    pub(crate) front: Front,
    pub(crate) how: How,
}

const fn mode(name: &'static str, front: Front, how: How) -> Mode {
    Mode { name, front, how }
}

pub(crate) const MODES: &[Mode] = &[
    mode("ours-lean", Front::Lean, How::Default),
    mode("ours-lean-untimed", Front::Lean, How::Untimed),
    mode("ours-lean-memory", Front::Lean, How::Memory),
    mode("ours-lean-refused", Front::Lean, How::Refused),
    mode("ours-lean-sampled", Front::Lean, How::Sampled),
    mode("ours-lean-2", Front::Lean, How::Sessions(2)),
    mode("ours-lean-16", Front::Lean, How::Sessions(16)),
    mode("ours-lean-1m", Front::Lean, How::Million),
    mode("ours-lean-idle", Front::Lean, How::Idle),
    mode("ours-scoped", Front::Scoped, How::Default),
    mode("ours-layer", Front::Layer, How::Default),
    mode("ours-layer-untimed", Front::Layer, How::Untimed),
    mode("ours-layer-memory", Front::Layer, How::Memory),
    mode("ours-layer-refused", Front::Layer, How::Refused),
    mode("ours-layer-beside", Front::Layer, How::Beside),
    mode("ours-layer-sampled", Front::Layer, How::Sampled),
    mode("ours-layer-2", Front::Layer, How::Sessions(2)),
    mode("ours-layer-16", Front::Layer, How::Sessions(16)),
    mode("ours-layer-1m", Front::Layer, How::Million),
    mode("ours-layer-idle", Front::Layer, How::Idle),
    mode("ours-layer-recorder", Front::Layer, How::Recorder),
];

/// One root in so many is kept by [`How::Sampled`].
pub(crate) const SAMPLED_ONE_IN: u64 = 100;

/// Spans of a session in [`How::Million`].
pub(crate) const MILLION: u64 = 1_000_000;

/// Spans that surely fit into a ring of the default size, with a row or two each.
const ROOM: u64 = 30_000;

pub(crate) fn named(name: &str) -> Option<Mode> {
    MODES.iter().copied().find(|mode| mode.name == name)
}

impl Mode {
    /// Why this mode says nothing about a workload.
    pub(crate) fn unsupported(self, workload: Workload) -> Option<&'static str> {
        match (self.front, workload) {
            (Front::Scoped, Workload::Threads2) => Some("adopted threads do not see a scoped dispatcher"),
            _ => None,
        }
    }

    /// Spans of a slice: the number, and whether it must be just this one.
    pub(crate) fn slice(self) -> (u64, bool) {
        if self.how == How::Million { (MILLION, true) } else { (ROOM, false) }
    }

    /// How many of the spans of so many iterations it is to keep.
    pub(crate) fn kept(self, workload: Workload, iterations: u64) -> u64 {
        // On two threads, both take their turns at one counter of roots.
        let iterations = iterations * workload.threads();
        match self.how {
            How::Refused | How::Idle => 0,
            _ if workload == Workload::Filtered => 0,
            How::Sampled => workload.spans() * iterations.div_ceil(SAMPLED_ONE_IN),
            _ => workload.spans() * iterations,
        }
    }

    fn builder(self, workload: Workload) -> TracerBuilder {
        let mut refused = Vec::new();
        if workload == Workload::Filtered {
            refused.push(format!("!{}::**", spans::refused::MODULE));
        }
        if self.how == How::Refused {
            refused.push(format!("!{}::**", spans::MODULE));
        }
        let builder = Tracer::builder().modules(refused);
        match self.how {
            How::Untimed => builder.timing(false),
            How::Memory => builder.memory(MemoryReadings::Allocations),
            How::Sampled => builder.sampling(Sampling::every_nth(SAMPLED_ONE_IN)),
            // A row for each span and each event, and thirty bytes of fields; some over.
            How::Million => builder.capacity(2 * MILLION as usize + 100_000).text_capacity(64 << 20),
            _ => builder,
        }
    }
}

/// tracesnap in one mode, as the only recorder of this process.
pub(crate) struct Ours {
    mode: Mode,
    workload: Workload,
    guard: Option<TraceGuard>,
    handle: Option<TraceHandle>,
    _others: Vec<OtherSession>,
}

/// Takes part in everything and does nothing.
struct Empty;

impl<S: tracing::Subscriber> Layer<S> for Empty {}

impl Ours {
    /// Brings up the front. No session is open on this thread before [`open`](Self::open).
    pub(crate) fn start(mode: Mode, workload: Workload) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let mut handle = None;
        if mode.front == Front::Layer {
            let own = if mode.how == How::Recorder { mode.builder(workload) } else { Tracer::builder() };
            let (layer, recording) = own.layer()?;
            handle = Some(recording);
            let stack = tracing_subscriber::registry().with(layer);
            match mode.how {
                How::Refused | How::Beside => tracing::subscriber::set_global_default(stack.with(Empty))?,
                _ => tracing::subscriber::set_global_default(stack)?,
            }
        }
        if mode.how == How::Idle {
            // Leaves the lean subscriber in place, and ends the layer's own recording.
            drop(Tracer::start()?.finish());
            handle = None;
        }
        let others = if let How::Sessions(sessions) = mode.how { sessions - 1 } else { 0 };
        let others = (0..others).map(|_| OtherSession::open()).collect();
        Ok(Self { mode, workload, guard: None, handle, _others: others })
    }

    /// Opens the session that the work is recorded in.
    pub(crate) fn open(&mut self) -> Result<(), tracesnap::Error> {
        if !matches!(self.mode.how, How::Idle | How::Recorder) {
            let builder = self.mode.builder(self.workload);
            let builder = if self.mode.front == Front::Scoped { builder.scoped() } else { builder };
            self.guard = Some(builder.start()?);
        }
        Ok(())
    }

    /// Brings a further thread into the open session.
    pub(crate) fn join(&self) -> Option<Join> {
        let adopter = self.guard.as_ref()?.adopter();
        Some(Arc::new(move || adopter.adopt()))
    }

    /// Ends the session. Of the layer's own recording, which goes on, a copy.
    pub(crate) fn finish(&mut self) -> Option<Trace> {
        match self.guard.take() {
            Some(guard) => Some(guard.finish()),
            None => self.handle.as_ref().map(TraceHandle::trace),
        }
    }
}

/// A session on a thread that does nothing else, as other tests of one process have it.
struct OtherSession {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl OtherSession {
    fn open() -> Self {
        let (opened, is_open) = channel();
        let (end, ended) = channel::<()>();
        let thread = thread::spawn(move || {
            let guard = Tracer::builder().modules(["somewhere::else::**"]).max_level(tracing::Level::DEBUG).start();
            opened.send(guard.is_ok()).expect("whoever opened it waits");
            // Until the other end is dropped.
            let _ = ended.recv();
            drop(guard);
        });
        assert!(is_open.recv().unwrap_or(false), "the other session does not open");
        Self { end: Some(end), thread: Some(thread) }
    }
}

impl Drop for OtherSession {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // A panic of that thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

/// The trees of a trace, to be compared.
pub(crate) fn trees(trace: &Trace) -> Vec<Node> {
    trace.tree().roots().map(node).collect()
}

fn node(call: Call<'_>) -> Node {
    let fields = call
        .args()
        .fold(Node::new(call.name()), |node, arg| node.field(arg.name(), arg.value().to_string().trim_matches('"')));
    fields.children(call.children().map(node))
}
