//! Traces on their way to a collector: a bounded queue, one thread, retries, and a count of what did not arrive.

mod collector;
mod delivery;
mod environment;
#[cfg(feature = "grpc")]
mod grpc;
#[cfg(feature = "http")]
mod http;
mod queue;
mod retry;
mod transport;
mod worker;

pub use collector::{Collector, CollectorBuilder, InvalidCollector, Protocol};
pub use delivery::{Delivery, NotQueued};
pub use retry::Retry;
