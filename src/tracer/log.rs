//! The tracer's own diagnosis, on standard error, where `TRACESNAP_LOG` asks for it.
//!
//! Not through `tracing`: what tells of the recording must not be in it.

use once_cell::sync::Lazy;

use crate::tree::TraceStats;

/// `TRACESNAP_LOG`: unset, empty or `off` says nothing, `warn` what was lost, `debug` all. What is none of these says so
/// once and counts as `warn`: a diagnosis is no reason not to record.
static LEVEL: Lazy<u8> = Lazy::new(|| match std::env::var("TRACESNAP_LOG").as_deref() {
    Err(_) | Ok("" | "off" | "0") => 0,
    Ok("warn") => 1,
    Ok("info" | "debug" | "1") => 2,
    Ok(other) => {
        eprintln!("tracesnap: `TRACESNAP_LOG` is set to `{other}`, but takes `off`, `warn` or `debug`");
        1
    }
});

fn thread() -> String {
    std::thread::current().name().unwrap_or("unnamed").to_owned()
}

pub(super) fn opened(how: &str) {
    if *LEVEL >= 2 {
        eprintln!("tracesnap: thread `{}`: recording by a {how}", thread());
    }
}

pub(super) fn finished(stats: &TraceStats) {
    if *LEVEL >= 2 || *LEVEL == 1 && !stats.is_complete() {
        eprintln!(
            "tracesnap: thread `{}`: recorded {} calls, {} events; lost {} rows, {} bytes; cut {} values, kept out {}; \
             sampled out {}, too deep {}; unattributed {} {:?}; inner guards left out {:?} and {} too deep",
            thread(),
            stats.recorded,
            stats.events,
            stats.lost,
            stats.lost_bytes,
            stats.cut_values,
            stats.redacted,
            stats.sampled_out,
            stats.too_deep,
            stats.unattributed,
            stats.unattributed_at,
            stats.nested_refused,
            stats.nested_too_deep,
        );
    }
}

pub(super) fn discarded() {
    if *LEVEL >= 2 {
        eprintln!("tracesnap: thread `{}`: a recording was discarded, its guard dropped unfinished", thread());
    }
}
