//! Call trees and what can be read off them, as plain data.
//!
//! Nothing here knows a subscriber, a snapshot or a file: a tree is built from rows after the run, and walked.

mod activations;
mod balance;
mod builder;
mod call_tree;
mod critical;
mod events;
mod functions;
mod graft;
mod graph;
mod inside;
mod loss;
mod metrics;
mod serial;
mod stats;
#[cfg(test)]
pub(crate) mod timeline;
mod units;
mod value;

pub use balance::{Balance, Fault, Unbalanced};
pub(crate) use builder::TreeBuilder;
#[cfg(test)]
pub(crate) use builder::testing;
pub use call_tree::{Arg, Call, CallId, CallTree, Callsite, Event, Item, Level, Memory, Thread};
pub(crate) use call_tree::{More, NONE, Node, Outcome, Stay, flag};
pub use critical::{CriticalPath, PathShare, Segment};
pub use events::{DurationGroup, EventKind, Events, TraceEvent};
pub use functions::Function;
pub(crate) use graft::Sieve;
pub use graph::{CallEdge, CallGraph, Dot};
pub use loss::Loss;
#[cfg(feature = "file")]
pub(crate) use metrics::wall;
pub use metrics::{FunctionMetrics, MemoryMetrics, Metrics, Percentiles, SlowCall};
pub use stats::TraceStats;
pub use units::{Bytes, Percent, Time};
pub use value::Value;
pub(crate) use value::{Field, Stored, TextAt};
