//! What a program in production can bear: some of its calls, little of each, in bounded memory.

use tracesnap::{MemoryReadings, OnFull, Sampling, Tracer, TracerBuilder};
use tracesnap_capture::CaptureConfig;
use tracesnap_redact::Error;

use crate::pii::{Strict, policy};

/// Which part of all calls.
pub const SAMPLED: f64 = 0.1;

/// For [`set_global_config`](tracesnap_capture::set_global_config): one call in ten, arguments only, at most 1 KiB of
/// each, the latest capture of each function, written by a thread of its own.
///
/// # Errors
///
/// As [`policy`].
pub fn captures() -> Result<CaptureConfig, Error> {
    let config = CaptureConfig::new()
        .production_mode(true)
        .minimal_capture()
        .sample(SAMPLED)
        .max_bytes(1_024)
        .retention(1)
        .ignore_args(["credentials", "session"])
        .filter(Strict::new(policy()?));
    Ok(config)
}

/// One order in ten, whole; of these the newest 5,000 calls of each thread. No module of others', no memory readings.
pub fn tracer() -> TracerBuilder {
    Tracer::builder()
        .modules(["tracesnap_example_custom_parts::**"])
        // A call is sampled with all that it calls: there is no half of an order.
        .sampling(Sampling::ratio(SAMPLED))
        .capacity(5_000)
        .on_full(OnFull::OverwriteOldest)
        .memory(MemoryReadings::Off)
}
