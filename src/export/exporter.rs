//! One way into all formats.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use tracesnap_store::AtomicFile;

use super::Format;
use super::{chrome, csv, firefox, folded, speedscope};
use crate::tree::{CallTree, TraceStats};

/// A tree about to be written.
///
/// [`Trace::export`](crate::Trace::export) makes one with the counts of the trace; the name can be chosen here.
///
/// ```
/// use tracesnap::export::{Export, Format};
/// use tracesnap::tree::CallTree;
///
/// let mut table = Vec::new();
/// Export::of(&CallTree::default()).write(Format::Csv, &mut table)?;
/// assert!(table.starts_with(b"id,parent,depth,kind,module,name,"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is written before `write`"]
pub struct Export<'t> {
    pub(super) tree: &'t CallTree,
    pub(super) stats: Option<&'t TraceStats>,
    pub(super) name: &'t str,
}

impl<'t> Export<'t> {
    /// An export of this tree, named `trace`.
    pub fn of(tree: &'t CallTree) -> Self {
        Self { tree, stats: None, name: "trace" }
    }

    /// Says in the file what the recording lost, where the format has room for it. Default: nothing is said.
    pub fn stats(self, stats: &'t TraceStats) -> Self {
        Self { stats: Some(stats), ..self }
    }

    /// What viewers show as the name of the process or profile. Default: `trace`.
    pub fn name(self, name: &'t str) -> Self {
        Self { name, ..self }
    }

    /// Writes the tree. The writer is buffered here and flushed at the end.
    ///
    /// # Errors
    ///
    /// Those of the writer, and [`InvalidInput`](io::ErrorKind::InvalidInput) for a tree without times in a format that
    /// shows them ([`Format::needs_times`]), or a flame graph of no time at all. What was written by then is no file.
    pub fn write(&self, format: Format, out: impl Write) -> io::Result<()> {
        if format.needs_times() && !self.tree.is_timed() {
            let message = format!("the trace was recorded without times, which {format} shows; csv and dot do without");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let mut out = BufWriter::with_capacity(1 << 16, out);
        match format {
            Format::Chrome => chrome::write(self, &mut out)?,
            Format::Firefox => firefox::write(self, &mut out)?,
            Format::Speedscope => speedscope::write(self, &mut out)?,
            Format::Folded => folded::write(self.tree, &mut out)?,
            Format::FlameGraph => folded::write_flame_graph(self, &mut out)?,
            Format::Dot => write!(out, "{}", crate::tree::CallGraph::of(self.tree).to_dot())?,
            Format::Csv => csv::write(self.tree, &mut out)?,
        }
        out.flush()
    }

    /// Writes a file, which is there when all of it is written, and not before: what stood there stays until then.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write), and those of the file system, which name the file.
    pub fn save(&self, format: Format, path: impl AsRef<Path>) -> io::Result<()> {
        let mut file = AtomicFile::create(path.as_ref()).map_err(io::Error::other)?;
        self.write(format, &mut file)?;
        file.commit().map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::testing::Full;
    use crate::tree::timeline::timeline;

    #[test]
    fn a_tree_without_times_is_refused_by_formats_that_show_them() {
        let mut tree = timeline("a 0-10");
        tree.timed = false;
        for format in Format::ALL {
            let written = Export::of(&tree).write(format, io::sink());
            assert_eq!(written.is_err(), format.needs_times(), "{format}");
        }
        let error = Export::of(&tree).write(Format::Speedscope, io::sink()).expect_err("it has a time axis");
        assert_eq!(
            error.to_string(),
            "the trace was recorded without times, which speedscope shows; csv and dot do without"
        );
    }

    #[test]
    fn an_empty_tree_can_be_written_but_for_a_flame_graph_of_nothing() {
        let tree = timeline("");
        for format in Format::ALL {
            let written = Export::of(&tree).write(format, io::sink());
            assert_eq!(written.is_err(), format == Format::FlameGraph, "{format}");
        }
    }

    #[test]
    fn a_file_is_written_whole_or_not_at_all() -> io::Result<()> {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("run.csv");
        let mut written = Vec::new();
        Export::of(&timeline("a 0-10")).write(Format::Csv, &mut written)?;
        Export::of(&timeline("a 0-10")).save(Format::Csv, &path)?;
        assert_eq!(std::fs::read(&path)?, written);

        // A flame graph of no time at all is refused in the middle of the work.
        let refused = Export::of(&timeline("")).save(Format::FlameGraph, &path);
        assert_eq!(refused.expect_err("there is nothing to draw").kind(), io::ErrorKind::InvalidInput);
        assert_eq!(std::fs::read(&path)?, written);

        let nowhere = dir.path().join("not/there.csv");
        let error = Export::of(&timeline("a 0-10")).save(Format::Csv, &nowhere).expect_err("no such folder");
        assert!(error.to_string().contains("there.csv"), "{error}");
        Ok(())
    }

    #[test]
    fn an_error_of_the_writer_is_handed_on() {
        let tree = timeline("a 0-10\n b 1-2");
        for format in Format::ALL {
            let error = Export::of(&tree).write(format, Full).expect_err("the disk is full");
            assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{format}");
        }
    }

    #[test]
    fn a_hundred_thousand_calls_deep_is_not_too_deep() {
        let tree = crate::tree::timeline::chain(100_000);
        for format in Format::ALL {
            Export::of(&tree).write(format, io::sink()).unwrap_or_else(|error| panic!("{format}: {error}"));
        }
    }
}
