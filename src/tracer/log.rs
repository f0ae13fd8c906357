//! The tracer's own diagnosis, on standard error, where `TRACESNAP_LOG` asks for it.
//!
//! Not through `tracing`: what tells of the recording must not be in it.

use once_cell::sync::Lazy;

use crate::tree::TraceStats;

/// How much is told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// Nothing, whatever happens.
    Off,
    /// Nothing of the recording.
    Unsaid,
    /// What was lost.
    Warn,
    /// All.
    Debug,
}

/// `TRACESNAP_LOG`: `off`, `warn` or `debug`. What is none of these says so once and counts as `warn`: a diagnosis is no
/// reason not to record.
static LEVEL: Lazy<Level> = Lazy::new(|| match super::settings::log().as_deref() {
    None => Level::Unsaid,
    Some("off" | "0") => Level::Off,
    Some("warn") => Level::Warn,
    Some("info" | "debug" | "1") => Level::Debug,
    Some(other) => {
        eprintln!("tracesnap: `TRACESNAP_LOG` is set to `{other}`, but takes `off`, `warn` or `debug`");
        Level::Warn
    }
});

fn thread() -> String {
    std::thread::current().name().unwrap_or("unnamed").to_owned()
}

pub(super) fn opened(how: &str) {
    if *LEVEL >= Level::Debug {
        eprintln!("tracesnap: thread `{}`: recording by a {how}", thread());
    }
}

pub(super) fn finished(stats: &TraceStats) {
    if *LEVEL >= Level::Debug || *LEVEL == Level::Warn && !stats.is_complete() {
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

#[cfg(feature = "file")]
pub(super) fn saved(path: &std::path::Path, untidy: Option<&tracesnap_store::Error>) {
    if *LEVEL >= Level::Debug {
        eprintln!("tracesnap: thread `{}`: saved as `{}`", thread(), path.display());
    }
    if let Some(error) = untidy
        && *LEVEL >= Level::Warn
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
        Level::Off => {}
        Level::Unsaid => ONCE.call_once(tell),
        Level::Warn | Level::Debug => tell(),
    }
}

#[cfg(feature = "file")]
fn cause(error: &dyn std::error::Error) -> String {
    std::iter::successors(error.source(), |error| error.source()).map(|cause| format!(": {cause}")).collect()
}

pub(super) fn discarded() {
    if *LEVEL >= Level::Debug {
        eprintln!("tracesnap: thread `{}`: a recording was discarded, its guard dropped unfinished", thread());
    }
}
