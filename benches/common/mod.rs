//! What every bench of this repository shares: the work, how it is timed, and tracesnap itself as a subject.
//!
//! [`benches/overhead.rs`](../overhead.rs), [`benches/instructions.rs`](../instructions.rs) and the peers in
//! [`benches/peers`](../peers) measure the same spans because they compile the same files. Who records them is up to each.
#![allow(dead_code, reason = "each bench uses its part")]

pub(crate) mod callgrind;
pub(crate) mod node;
pub(crate) mod ours;
pub(crate) mod slice;
pub(crate) mod spans;
pub(crate) mod workload;
