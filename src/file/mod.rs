//! A trace on disk: written whole or not at all, read back as it was.
//!
//! [`Trace::save`](crate::Trace::save) and [`Trace::load`](crate::Trace::load) are the way in; `TRACESNAP_SAVE` has every
//! guard save its trace. What may be in a trace was decided before there was one: names by the policy while it was
//! recorded, values when its tree was built. A file holds that and no more.
//!
//! # A folder of traces
//!
//! With `TRACESNAP_SAVE=dir` every guard saves its trace as `dir/<test or thread>-<started>-<process>-<n>.trace.json.gz`,
//! also one that is dropped or left by a panic; a [`TraceHandle`](crate::TraceHandle) does not. That happens when the guard
//! has ended, and does not wait for the disk. A file that cannot be saved harms nothing: it is told on standard error
//! once, each time with `TRACESNAP_LOG=warn`, and counted in [`TraceStats::unsaved`].
//!
//! `TRACESNAP_SAVE_KEEP` says how much of the folder is kept: the newest `1000 files, 1 GiB` unless it says otherwise. It
//! is looked at with the first file that a process saves, and again when it saved a 32nd of what is there; so many more
//! files may be there for each process that runs. Other files in the folder stay.
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
//! | `stats` | [`TraceStats`]; `recorded` and `events` are checked | zeros |
//! | `summary` | `wall`, `threads`, `errors`, `panics`: what [`TraceSummary`] says beside; nobody reads it with the calls | not said |
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
//! | `stays` | `at`, `wall`, `thread`, `open`, `memory` of each enter, instead of `at`, `wall` and `open` | entered once |
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
//! # A file that is written while the program runs
//!
//! A recording of hours does not fit into memory, and one of a process that is killed is never finished.
//! [`TracerBuilder::stream_to`](crate::TracerBuilder::stream_to) writes another form: whole blocks, appended as the
//! program goes on, which [`Trace::load`](crate::Trace::load) knows by its first bytes. It is described in
//! `src/file/stream/mod.rs`.
//!
//! # Bounds
//!
//! Reading takes the memory of the tree, and of a stream that of its rows beside it; nothing recurses, however deep the calls are. Compressed,
//! a document may be [`MAX_RATIO`] times as large as its file, or [`MAX_UNPACKED`] bytes where that is more: a small
//! file cannot unpack to fill the memory.
//!
//! # Size and time
//!
//! A million calls, seven in ten with arguments and three with a result, and 100,000 events, on two shared cores:
//!
//! | form | bytes a call | save, ms | load, ms | memory to save | to load |
//! |---|---:|---:|---:|---:|---:|
//! | JSON | 97 | 183 | 534 | none | the tree |
//! | compact | 13 | 327 | 606 | none | the tree |
//!
//! A tenth of the calls takes a tenth of the time, within 10 %. `cargo bench --bench trace_file` measures it.
//!
//! What a list shows stands in the head of a file: for a folder of 200 traces of 100,000 calls each, `tracesnap trace list`
//! takes 0.06 s of CPU time at the most, and with `--check`, which reads all of them, 16 s.
//!
//! The compact form is not the smallest: postcard, packed, is a quarter smaller, with zstd half as large, and takes about as
//! long. It is the one that needs no reader of its own and no C compiler, and that anybody unpacks and reads without us.
//! The same trace, from the tree to bytes in memory and back (postcard to rows, not to a tree), while others were
//! compiling on the same two cores: `cd benches/formats && cargo run --release`.
//!
//! | | bytes a call | write, ms | read, ms |
//! |---|---:|---:|---:|
//! | JSON | 96.0 | 222 | 773 |
//! | **JSON + gzip 1** | 12.8 | 488 | 992 |
//! | JSON + gzip 3 | 9.0 | 785 | 757 |
//! | JSON + zstd 1 | 8.5 | 392 | 941 |
//! | JSON + lz4 | 15.6 | 344 | 789 |
//! | postcard | 30.5 | 122 | 544 |
//! | postcard + gzip 1 | 9.2 | 409 | 867 |
//! | postcard + zstd 1 | 6.0 | 445 | 1,124 |
//! | postcard + lz4 | 11.2 | 201 | 831 |
//!
//! What they add to a build from scratch: flate2 1.6 s, lz4_flex 0.5 s, zstd 8.4 s, postcard 7.1 s, and `serde_json`,
//! which the JSON needs, 4.0 s.

mod automatic;
mod error;
mod read;
pub(crate) mod stream;
mod summary;
mod unpack;
mod wire;
mod write;

#[cfg(test)]
mod tests;

pub(crate) use automatic::{DEFAULT_KEEP, Saving};
pub use error::FileError;
pub(crate) use read::{load, read};
pub use stream::{MAX_BLOCK, STREAM_VERSION};
pub use summary::TraceSummary;
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
