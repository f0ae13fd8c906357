//! The programs of spans that are measured, by name, with what a faithful recorder must have seen of each.
//!
//! The spans themselves are in [`spans`](super::spans); a subject with an interface of its own brings its own version
//! of them, made to the same [`expected`](Workload::expected) tree.

use std::fmt;

use super::node::Node;
use super::spans;

/// Children of one parent in the wide workloads. Well below the 10,240 records fastrace keeps for one root, since a peer
/// that drops spans would look fast.
pub(crate) const WIDTH: u64 = 1_000;

/// One of these children in so many is entered on another thread in [`Workload::Spawned`].
pub(crate) const SPAWNED_ONE_IN: u64 = 10;

/// A program of spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Workload {
    /// Spans without fields in one parent.
    Leaf,
    /// The same with an integer and a string.
    Fields,
    /// Chains of eight.
    Nested8,
    /// `#[instrument(ret)]` on a function with two arguments: a span with two fields and an event.
    Instrument,
    /// Spans whose module the filter refuses.
    Filtered,
    /// [`Leaf`](Self::Leaf) on two threads at once.
    Threads2,
    /// A root with two fields, three children, a grandchild each.
    Request,
    /// A request of twenty spans: a check, then three steps of six, with fields on every other one.
    Request20,
    /// [`Leaf`](Self::Leaf), one child in ten entered on another thread.
    Spawned,
    /// One span in another, so many deep.
    Deep(u32),
}

/// How the threads of a workload are put to work, and so what its time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One thread. Its CPU time.
    Alone,
    /// Two threads at once. Wall time until both are done: waiting for each other is what it is to show.
    Together,
    /// One thread, then what it left behind on a second one. The sum of both CPU times.
    HandedOver,
}

/// A workload in somebody's interface: what one iteration runs, and what another thread runs when all are through.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Program {
    pub(crate) iteration: fn(),
    pub(crate) elsewhere: Option<fn()>,
}

impl Program {
    pub(crate) fn alone(iteration: fn()) -> Self {
        Self { iteration, elsewhere: None }
    }
}

impl Workload {
    pub(crate) const ALL: [Self; 13] = [
        Self::Leaf,
        Self::Fields,
        Self::Nested8,
        Self::Instrument,
        Self::Filtered,
        Self::Threads2,
        Self::Request,
        Self::Request20,
        Self::Spawned,
        Self::Deep(10),
        Self::Deep(100),
        Self::Deep(1_000),
        Self::Deep(5_000),
    ];

    /// The workload of this name, as [`Display`](fmt::Display) writes it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|workload| workload.to_string() == name)
    }

    /// Spans made in one iteration, on one thread.
    pub(crate) fn spans(self) -> u64 {
        match self {
            Self::Leaf | Self::Fields | Self::Instrument | Self::Threads2 | Self::Spawned => WIDTH + 1,
            Self::Nested8 => WIDTH / 8 * 8 + 1,
            Self::Filtered => WIDTH,
            Self::Request => 7,
            Self::Request20 => 20,
            Self::Deep(depth) => u64::from(depth),
        }
    }

    /// Events made in one iteration.
    pub(crate) fn events(self) -> u64 {
        if self == Self::Instrument { WIDTH } else { 0 }
    }

    pub(crate) fn shape(self) -> Shape {
        match self {
            Self::Threads2 => Shape::Together,
            Self::Spawned => Shape::HandedOver,
            _ => Shape::Alone,
        }
    }

    pub(crate) fn is_single_threaded(self) -> bool {
        self.shape() == Shape::Alone
    }

    /// Threads that each run all iterations.
    pub(crate) fn threads(self) -> u64 {
        if self.shape() == Shape::Together { 2 } else { 1 }
    }

    /// The workload in `tracing` spans.
    pub(crate) fn program(self) -> Program {
        match self {
            Self::Leaf | Self::Threads2 => Program::alone(spans::leaf),
            Self::Fields => Program::alone(spans::fields),
            Self::Nested8 => Program::alone(spans::nested8),
            Self::Instrument => Program::alone(spans::instrument),
            Self::Filtered => Program::alone(spans::refused::filtered),
            Self::Request => Program::alone(spans::request),
            Self::Request20 => Program::alone(spans::request20),
            Self::Spawned => Program { iteration: spans::spawning, elsewhere: Some(spans::spawned) },
            Self::Deep(10) => Program::alone(spans::deep::<10>),
            Self::Deep(100) => Program::alone(spans::deep::<100>),
            Self::Deep(1_000) => Program::alone(spans::deep::<1_000>),
            Self::Deep(_) => Program::alone(spans::deep::<5_000>),
        }
    }

    /// The tree of one iteration, as written in the source; `None` where the filter refuses it all.
    pub(crate) fn expected(self) -> Option<Node> {
        let wide = |child: &dyn Fn(u64) -> Node| Node::new("parent").children((0..WIDTH).map(child));
        Some(match self {
            Self::Leaf | Self::Threads2 => wide(&|_| Node::new("leaf")),
            Self::Spawned => wide(&|n| Node::new(if n % SPAWNED_ONE_IN == 0 { "spawned" } else { "leaf" })),
            Self::Fields => wide(&|n| Node::new("fields").field("id", n).field("user", "ada")),
            Self::Instrument => wide(&|n| Node::new("add").field("left", n).field("right", 2)),
            Self::Nested8 => {
                let chain = || {
                    (2..=8).rev().fold(Node::new("n8"), |inner, n| Node::new(&format!("n{}", n - 1)).children([inner]))
                };
                Node::new("parent").children((0..WIDTH / 8).map(|_| chain()))
            }
            Self::Filtered => return None,
            Self::Request => {
                let step = |name, inner| Node::new(name).children([Node::new(inner)]);
                Node::new("request").field("id", 7).field("path", "/orders").children([
                    step("authorise", "session"),
                    step("load", "query"),
                    step("render", "template"),
                ])
            }
            Self::Request20 => {
                let step = |step: u64| {
                    let inner = (0..5).map(|n| match n % 2 {
                        0 => Node::new("query").field("table", "orders").field("rows", n),
                        _ => Node::new("decode"),
                    });
                    Node::new("step").field("n", step).children(inner)
                };
                let root = Node::new("request").field("id", 7).field("path", "/orders");
                root.children([Node::new("authorise")]).children((0..3).map(step))
            }
            Self::Deep(depth) => (1..depth).fold(Node::new("deep"), |inner, _| Node::new("deep").children([inner])),
        })
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leaf => f.write_str("leaf"),
            Self::Fields => f.write_str("fields"),
            Self::Nested8 => f.write_str("nested8"),
            Self::Instrument => f.write_str("instrument"),
            Self::Filtered => f.write_str("filtered"),
            Self::Threads2 => f.write_str("threads2"),
            Self::Request => f.write_str("request"),
            Self::Request20 => f.write_str("request20"),
            Self::Spawned => f.write_str("spawned"),
            Self::Deep(depth) => write!(f, "deep{depth}"),
        }
    }
}
