//! A trace as one self-contained page: tree, flame chart, functions, call graph, and what differs from another trace.
//!
//! ```text
//!  CallTree ──▶ encode ──▶ deflate ──▶ base64 ─┐
//!  (two) ────▶ changes ──────▲                 ├──▶ one HTML file ──▶ page/: decode, look
//!  page.html, page.css, *.js, hash of them ────┘
//! ```
//!
//! The page is plain script without a build step, and what is shown is computed there, but for what changed since another
//! trace: that is the comparison of `snapshot`, by node. Nothing but its own script, told by its hash, can run in it, and
//! it can load nothing: its policy stands in `page.html`.

mod bytes;
mod changes;
mod encode;
mod template;

use std::io::{self, Write};
use std::path::Path;

use tracesnap_store::AtomicFile;

use changes::Changes;
use encode::Encoded;

use crate::snapshot::DiffOptions;
use crate::tree::{CallTree, TraceStats};

/// A trace as a page to look at: one file, which needs no network and asks for none.
///
/// It shows the calls as a tree (each one, added up by path, or by function from the bottom up), as a flame chart by
/// thread or by task with busy and idle times, as a table of functions and as a call graph; everything can be searched,
/// filtered by module, and reached by keyboard. Made by [`Trace::report`](crate::Trace::report).
///
/// ```
/// use tracesnap::Tracer;
///
/// let guard = Tracer::start()?;
/// tracing::info_span!("checkout", items = 2).in_scope(|| tracing::info!("cart priced"));
/// let trace = guard.finish();
///
/// let mut page = Vec::new();
/// trace.report().title("a cart of two").write_to(&mut page)?;
/// assert!(page.starts_with(b"<!doctype html>"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What the tree holds is redacted already, and the page holds nothing else. The same trace gives the same bytes.
#[derive(Clone, Debug)]
#[must_use = "a report is a description; `save` or `write_to` makes the page"]
pub struct Report<'t> {
    title: Box<str>,
    tree: &'t CallTree,
    stats: &'t TraceStats,
    before: Option<Before<'t>>,
}

/// The older trace that a report is compared with.
#[derive(Clone, Debug)]
struct Before<'t> {
    report: Box<Report<'t>>,
    options: DiffOptions,
}

impl<'t> Report<'t> {
    /// The title of a page that was given none.
    pub const DEFAULT_TITLE: &'static str = "trace";

    /// A page of a tree, which says what its recording lost.
    pub fn new(tree: &'t CallTree, stats: &'t TraceStats) -> Self {
        Self { title: Self::DEFAULT_TITLE.into(), tree, stats, before: None }
    }

    /// What the page is called, in its head and by the browser. **Default:** [`DEFAULT_TITLE`](Self::DEFAULT_TITLE).
    pub fn title(mut self, title: impl Into<Box<str>>) -> Self {
        self.title = title.into();
        self
    }

    /// Adds a view of what changed since an older trace, which goes by the title of its report. What that one is compared
    /// with is left out.
    ///
    /// It shows what [`Trace::diff`](crate::Trace::diff) finds: the same pairs, the same changes, and the same functions
    /// whose cost differs by more than [`CostLimit::default_of`](crate::snapshot::CostLimit::default_of). **Default:** there
    /// is no such view.
    pub fn compare(self, before: Report<'t>) -> Self {
        self.compare_with(before, DiffOptions::default())
    }

    /// Like [`compare`](Self::compare), with a choice of what is looked at, as in
    /// [`Trace::diff_with`](crate::Trace::diff_with). Events that are not compared are not in that view.
    pub fn compare_with(mut self, before: Report<'t>, options: DiffOptions) -> Self {
        self.before = Some(Before { report: Box::new(before), options });
        self
    }

    /// Writes the page.
    ///
    /// Needs, beside the tree, the columns that go into the page: some ten bytes a call and the text of its values; and
    /// what the comparison with an older trace takes.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write_to(&self, mut out: impl Write) -> io::Result<()> {
        template::write_page(&mut out, &self.title, |out, part| match (part, &self.before) {
            (template::Part::Before, None) => Ok(()),
            (template::Part::Before, Some(Before { report, .. })) => template::write_data(out, &report.encoded(None)),
            (template::Part::Trace, before) => {
                let changes =
                    before.as_ref().map(|Before { report, options }| Changes::new(report.tree, self.tree, options));
                template::write_data(out, &self.encoded(changes))
            }
        })?;
        out.flush()
    }

    /// Writes the page to a file, whole or not at all: a file that is there already is replaced when the new one is
    /// complete.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let mut file = AtomicFile::create(path.as_ref()).map_err(io::Error::other)?;
        self.write_to(&mut file)?;
        file.commit().map(drop).map_err(io::Error::other)
    }

    fn encoded(&self, changes: Option<Changes>) -> Encoded {
        Encoded::new(&self.title, self.tree, self.stats, changes)
    }
}

#[cfg(test)]
mod tests {
    use crate::export::testing::Full;
    use std::io::Read;

    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use flate2::read::ZlibDecoder;
    use tracing::info_span;

    use super::*;
    use crate::{Trace, Tracer};

    fn trace() -> Trace {
        let order = |id| info_span!("order", id).in_scope(|| tracing::info!("paid"));
        Tracer::builder().trace(|| (0..3).for_each(order)).expect("the defaults are good").1
    }

    fn page(report: &Report<'_>) -> String {
        let mut page = Vec::new();
        report.write_to(&mut page).expect("a vector takes all");
        String::from_utf8(page).expect("it is text")
    }

    /// The data of a block, inflated.
    fn data(page: &str, id: &str) -> Vec<u8> {
        let start = page.find(&format!("id=\"{id}\">")).expect("it has the block") + id.len() + "id=\"\">".len();
        let packed = STANDARD.decode(&page[start..start + page[start..].find('<').expect("it ends")]).expect("base64");
        let mut data = Vec::new();
        ZlibDecoder::new(&*packed).read_to_end(&mut data).expect("zlib");
        data
    }

    #[test]
    fn the_same_trace_gives_the_same_bytes() {
        let trace = trace();
        let report = trace.report().compare(trace.report().title("before"));
        assert_eq!(page(&report), page(&report));
    }

    #[test]
    fn a_page_holds_its_trace_and_the_one_it_is_compared_with() {
        let (now, before) = (trace(), trace());
        let alone = page(&now.report().title("now"));
        assert!(data(&alone, "trace").starts_with(b"\x03now"));
        assert!(alone.contains("id=\"before\"></script>"), "no other trace");
        let both = page(&now.report().title("now").compare(before.report().title("last week")));
        assert!(data(&both, "trace").starts_with(b"\x03now") && data(&both, "before").starts_with(b"\x09last week"));
    }

    #[test]
    fn a_report_is_saved_as_a_file() {
        let path = std::env::temp_dir().join(format!("tracesnap-report-{}.html", std::process::id()));
        let trace = trace();
        trace.report().save(&path).expect("there is room");
        assert_eq!(std::fs::read_to_string(&path).expect("it was written"), page(&trace.report()));
        std::fs::remove_file(&path).expect("it is there");
    }

    #[test]
    fn what_cannot_be_written_is_an_error() {
        let error = trace().report().write_to(Full).expect_err("nothing can be written");
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert!(trace().report().save("/nowhere/at/all.html").is_err());
    }
}
