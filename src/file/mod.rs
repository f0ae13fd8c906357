//! A trace on disk: written whole or not at all, read back as it was.
//!
//! [`Trace::save`](crate::Trace::save) and [`Trace::load`](crate::Trace::load) are the way in; `TRACESNAP_SAVE` has every
//! guard save its trace. What may be in a trace was decided before there was one: names by the policy while it was
//! recorded, values when its tree was built. A file holds that and no more.
//!
//! # The format, version 1
//!
//! A file is one JSON document in UTF-8, or the same compressed by gzip: `zcat run.trace.json.gz | jq .stats`. Which of
//! them, a reader sees by the first bytes, whatever the file is called. `format` and `version` come first, `calls` after
//! the tables it refers to; keys that a reader does not know it skips. We write a line for each call and event, so a
//! line number in an error means one of them.
//!
//! | key | holds | where absent |
//! |---|---|---|
//! | `format` | `"tracesnap-trace"` | it is none |
//! | `version` | 1; a higher number is refused | it is none |
//! | `writer` | the program that wrote it, for people | |
//! | `started` | when the recording began, RFC 3339 in UTC | not known |
//! | `timed` | whether times were taken | `true` |
//! | `counts_allocations` | whether `memory` says more than what was in use | `false` |
//! | `own_cost` | [`OwnCost`](crate::OwnCost), and `self_time_ns`: what self times take off for a call inside | zeros |
//! | `stats` | [`TraceStats`](crate::tree::TraceStats); `recorded` and `events` are checked | zeros |
//! | `threads` | `name`, and `key`: the same for the same thread of a process, 0 where not known | none |
//! | `callsites` | `name`, `level`, `module`, `target` (the module unless said), `file`, `line`, `fields` (names) | none |
//! | `calls` | calls and events: callers before what they called, siblings in order | it is none |
//!
//! A call or event. Numbers count from 0; times are nanoseconds since the recording began.
//!
//! | key | holds | where absent |
//! |---|---|---|
//! | `call` | its number in `callsites` | it is an event |
//! | `event` | of an event, the same | it is a call |
//! | `depth` | how many calls it is in; the innermost is the last one before it that is in one less | 0 |
//! | `thread` | the number of the thread it began on in `threads` | 0 |
//! | `at` | first enter; when the event happened | 0 |
//! | `wall` | last exit less first enter | 0 |
//! | `stays` | `[at, wall, thread]` of each enter, `wall` null while it lasts, instead of `at` and `wall` | entered once |
//! | `args` | its fields by name, as values | none |
//! | `returned`, `error` | what the function returned, as a value | not said |
//! | `memory` | [`Memory`](crate::tree::Memory) | not read |
//! | `follows` | numbers of the calls it follows from, calls and events counted as they stand here | none |
//! | `entered` | `false`: it was made and never entered | `true` |
//! | `open` | `true`: it was not over when the recording was taken | `false` |
//! | `panicked` | `true`: it was left by a panic | `false` |
//! | `truncated` | `true`: calls in it were lost | `false` |
//! | `orphan` | `true`: its caller was lost | `false` |
//!
//! A value says its type: `{"bool": true}`, `{"i64": -7}`, `{"u64": 7}`, `{"i128": "7"}`, `{"u128": "7"}`,
//! `{"f64": 0.5}`, `{"nonfinite": "NaN"}` (also `"inf"`, `"-inf"`), `{"str": "ada"}`, `{"text": "Item { id: 7 }"}` (what
//! `Debug` or `Display` wrote), `"redacted"`, `"panicked"` (its `Debug` did); `{"cut": {"text": "Item { i"}}` is a
//! value that was longer.
//!
//! # Bounds
//!
//! Reading takes the memory of the tree and 8 bytes a call; nothing recurses, however deep the calls are. Compressed,
//! a document may be [`MAX_RATIO`] times as large as its file, or [`MAX_UNPACKED`] bytes where that is more: a small
//! file cannot unpack to fill the memory.
//!
//! # Size and time
//!
#![doc = include_str!("measured.md")]

mod automatic;
mod error;
mod read;
mod unpack;
mod wire;
mod write;

#[cfg(test)]
mod tests;

pub use automatic::DEFAULT_KEEP;
pub(crate) use automatic::Saving;
pub use error::FileError;
pub(crate) use read::{load, read};
pub use unpack::{MAX_RATIO, MAX_UNPACKED};
pub(crate) use write::{save, write};

use std::path::Path;
use std::time::SystemTime;

use crate::tree::{CallTree, TraceStats};

/// The version that is written.
pub const VERSION: u32 = 1;

/// How a trace is written. Which one a file is, a reader sees by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TraceForm {
    /// JSON, a line for each call and event. The default.
    #[default]
    Json,
    /// The same JSON compressed by gzip.
    Compact,
}

impl TraceForm {
    /// [`Compact`](Self::Compact) for names that end in `.gz`, otherwise [`Json`](Self::Json).
    #[must_use]
    pub fn of(path: impl AsRef<Path>) -> Self {
        let is_compact = path.as_ref().extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
        if is_compact { Self::Compact } else { Self::Json }
    }
}

/// What a file holds beside the tree and its counts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct About {
    pub(crate) started: Option<SystemTime>,
    /// Cost of recording one call. **Unit:** nanoseconds.
    pub(crate) total_ns: f32,
    /// The part of it that falls into the caller's time.
    pub(crate) inside_ns: f32,
}

/// What a file holds.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) tree: CallTree,
    pub(crate) stats: TraceStats,
    pub(crate) about: About,
}
