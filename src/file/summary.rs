//! What a file says of its trace before its calls: enough to list a folder of traces without reading them.
//!
//! [`super::read`] is what finds it; whether to believe it is decided here.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::read::SHORTEST_LINE;
use super::unpack::{GZIP, MAX_RATIO, MAX_UNPACKED};
use super::{FileError, read};
use crate::tree::{CallTree, TraceStats, wall};

/// A trace in a few figures: from [`Trace::summary`](crate::Trace::summary), or from the head of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceSummary {
    /// When the recording began; `None` where that is not known.
    pub started: Option<SystemTime>,
    /// What was recorded and what was lost.
    pub stats: TraceStats,
    /// From the first enter to the last exit of any call; zero without times.
    pub wall: Duration,
    /// Threads on which a call began.
    pub threads: u64,
    /// Calls that returned an error.
    pub errors: u64,
    /// Calls that were left by a panic.
    pub panics: u64,
}

/// What stands in a file beside `started` and `stats`.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct SummaryLine {
    wall: u64,
    threads: u64,
    errors: u64,
    panics: u64,
}

impl SummaryLine {
    pub(super) fn of(tree: &CallTree) -> Self {
        let mut threads = vec![false; tree.threads().len()];
        let mut line = Self { wall: u64::try_from(wall(tree).as_nanos()).unwrap_or(u64::MAX), ..Self::default() };
        for call in tree.calls() {
            threads[call.thread_index()] = true;
            line.errors += u64::from(call.error().is_some());
            line.panics += u64::from(call.panicked());
        }
        line.threads = threads.into_iter().filter(|is_used| *is_used).count() as u64;
        line
    }

    pub(super) fn with(self, started: Option<SystemTime>, stats: TraceStats) -> TraceSummary {
        let Self { wall, threads, errors, panics } = self;
        TraceSummary { started, stats, wall: Duration::from_nanos(wall), threads, errors, panics }
    }
}

impl TraceSummary {
    pub(crate) fn of(tree: &CallTree, stats: &TraceStats, started: Option<SystemTime>) -> Self {
        SummaryLine::of(tree).with(started, stats.clone())
    }

    /// Reads the head of a file, however large it is. `None` where that does not say enough, or the end of the file does
    /// not look like the end of a trace: [`Trace::load`](crate::Trace::load) reads all of it then, and knows.
    ///
    /// The calls are not looked at, so damage among them is not found.
    ///
    /// # Errors
    ///
    /// If it cannot be read or is no trace.
    pub fn peek(path: impl AsRef<Path>) -> Result<Option<Self>, FileError> {
        let path = path.as_ref();
        let cannot = |source| FileError::Read { path: Some(path.to_owned()), source };
        let mut file = File::open(path).map_err(cannot)?;
        let metadata = file.metadata().map_err(cannot)?;
        if !metadata.is_file() || super::stream::is_stream(path) {
            return Ok(None);
        }
        let Some(summary) = read::head(&file).map_err(|error| error.at(path))? else { return Ok(None) };
        let rows = summary.stats.recorded.saturating_add(summary.stats.events);
        let ends_well = ends_well(&mut file, metadata.len(), rows).map_err(cannot)?;
        Ok(ends_well.then_some(summary))
    }
}

/// Whether the last bytes of a file can be those of a trace with so many calls and events.
fn ends_well(file: &mut File, size: u64, rows: u64) -> std::io::Result<bool> {
    let mut head = [0; GZIP.len()];
    let mut end = [0; 4];
    if size < end.len() as u64 {
        return Ok(false);
    }
    file.seek(SeekFrom::Start(0))?;
    file.read_exact(&mut head)?;
    file.seek(SeekFrom::End(-4))?;
    file.read_exact(&mut end)?;
    if head != GZIP {
        // As we end a document. A line in it ends otherwise.
        return Ok(end == *b"]\n}\n");
    }
    // The length of the document, but for what 32 bits do not hold. Of bytes from the middle, one number in many would do.
    let length = u64::from(u32::from_le_bytes(end));
    let most = MAX_UNPACKED.max(size.saturating_mul(MAX_RATIO));
    Ok(most > u64::from(u32::MAX) || (rows.saturating_mul(SHORTEST_LINE)..=most).contains(&length))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::file::tests::{FORMS, bytes};
    use crate::file::{TraceForm, write};
    use crate::tree::testing::tree;
    use crate::tree::{Metrics, TreeBuilder};

    fn peek(bytes: &[u8]) -> Result<Option<TraceSummary>, FileError> {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(bytes).expect("it is written");
        TraceSummary::peek(file.path())
    }

    #[test]
    fn the_head_of_a_file_says_what_the_whole_trace_says() {
        let tree = tree("a(b:1 c(d e:2)) f");
        for form in FORMS {
            let found = peek(&bytes(&tree, form)).expect("it is a trace").expect("it says so");
            let metrics = Metrics::of(&tree);
            assert_eq!((found.wall, found.threads), (metrics.wall, metrics.threads));
            assert_eq!((found.errors, found.panics, found.stats.recorded), (metrics.errors, metrics.panics, 6));
        }
    }

    #[test]
    fn calls_are_not_read() {
        let tree = tree("a(b c)");
        let text = String::from_utf8(bytes(&tree, TraceForm::Json)).expect("JSON");
        let at = text.find("\"calls\":[").expect("they are there") + "\"calls\":[".len();
        let found = peek(format!("{}\0 anything at all\n]\n}}\n", &text[..at]).as_bytes());
        assert_eq!(found.expect("its head is whole").map(|summary| summary.stats.recorded), Some(3));
    }

    #[test]
    fn a_file_without_a_summary_or_without_its_end_has_to_be_read() {
        let tree = tree("a(b c)");
        for form in FORMS {
            let whole = bytes(&tree, form);
            assert!(peek(&whole[..whole.len() - 5]).is_ok_and(|found| found.is_none()), "its end is missing");
        }
        let old = String::from_utf8(bytes(&tree, TraceForm::Json)).expect("JSON").replace("\"summary\"", "\"other\"");
        assert_eq!(peek(old.as_bytes()).expect("it is a trace"), None);
    }

    #[test]
    fn what_is_no_trace_is_refused_as_ever() {
        assert!(matches!(peek(b""), Err(FileError::Empty { path: Some(_) })));
        assert!(matches!(peek(b"{\"format\": \"har\"}"), Err(FileError::NotATrace { .. })));
        assert!(TraceSummary::peek("/nowhere").is_err());
    }

    #[test]
    fn an_empty_trace_has_a_summary() {
        let mut bytes = Vec::new();
        let empty = TreeBuilder::with_capacity(0).finish();
        write(&mut bytes, TraceForm::Json, &empty, &TraceStats::default(), &Default::default()).expect("a vector");
        assert_eq!(peek(&bytes).expect("it is a trace"), Some(TraceSummary::default()));
    }
}
