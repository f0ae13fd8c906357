//! What tables of recordings promise: every row that there is, no secret, little memory, answers that are right.

mod captures;
mod memory;
mod parquet_files;
mod secrets;
mod sessions;
mod support;

#[cfg(feature = "sql")]
mod far;
#[cfg(feature = "sql")]
mod pruned;
#[cfg(feature = "sql")]
mod refused;
#[cfg(feature = "sql")]
mod sql;

/// Counts what is allocated, for the tests of memory, which run in processes of their own.
#[global_allocator]
static PEAK: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;
