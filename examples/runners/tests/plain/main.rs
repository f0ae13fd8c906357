//! The standard harness. The first part of a test's name is the module it stands in, which is all the tag a runner needs:
//! `cargo test replay::`, `cargo nextest run -E 'test(/^replay::/)'`.

mod hooks;
mod replay;
mod runtimes;
mod serial;
mod snapshot;
mod support;
