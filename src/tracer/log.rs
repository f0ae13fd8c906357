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
             sampled out {}, too deep {}; unattributed {} {:?}",
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
        );
    }
}

#[cfg(feature = "file")]
pub(super) fn saved(path: &std::path::Path, untidy: Option<&tracesnap_store::Error>) {
    if *LEVEL >= 2 {
        eprintln!("tracesnap: thread `{}`: saved as `{}`", thread(), path.display());
    }
    if let Some(error) = untidy
        && *LEVEL >= 1
    {
        eprintln!("tracesnap: thread `{}`: older files stay: {error}{}", thread(), cause(error));
    }
}

/// The first time it is told whoever asks for files and not for a diagnosis, too: an empty folder explains nothing.
#[cfg(feature = "file")]
pub(super) fn unsaved(error: &crate::file::FileError) {
    static ONCE: std::sync::Once = std::sync::Once::new();
    let tell = || eprintln!("tracesnap: thread `{}`: the trace is not saved: {error}{}", thread(), cause(error));
    match *LEVEL {
        0 => ONCE.call_once(tell),
        _ => tell(),
    }
}

#[cfg(feature = "file")]
fn cause(error: &dyn std::error::Error) -> String {
    std::iter::successors(error.source(), |error| error.source()).map(|cause| format!(": {cause}")).collect()
}

pub(super) fn discarded() {
    if *LEVEL >= 2 {
        eprintln!("tracesnap: thread `{}`: a recording was discarded, its guard dropped unfinished", thread());
    }
}
