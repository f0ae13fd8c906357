//! A tree as a page to look at ([`Report`]), and as a file for somebody's viewer ([`Format`]).
//!
//! Whatever a tree holds is redacted already, so an export may write all of it, and adds nothing that was not in it.
//!
//! Every export reads a finished [`CallTree`](crate::tree::CallTree) and streams to an [`io::Write`](std::io::Write):
//! beside the tree it holds the intervals of the calls (24 bytes each, formats with a time axis), the distinct paths
//! (folded stacks) or what the library it goes through builds (Firefox, flame graphs). Traces and spans for a collector
//! are the crate `tracesnap-otlp`.
//!
//! A [`Report`] is one page that needs nothing but a browser. Whatever a tree holds is redacted already, so an export may
//! write all of it, and adds nothing that was not in it.
//!
//! # Which viewer opens what, and what is lost on the way
//!
//! | format | opens in | a call is | spawned and async calls | what is left out |
//! |---|---|---|---|---|
//! | [`Chrome`](Format::Chrome) | [Perfetto](https://ui.perfetto.dev), `chrome://tracing`, Chrome DevTools | a slice on its thread for each time it was entered; one that was entered more than once has a track of its own, from first enter to last exit, besides | on the threads they ran on; `parent` among the arguments says who called | nothing but calls that were never entered |
//! | [`Firefox`](Format::Firefox) | [Firefox Profiler](https://profiler.firefox.com) | a marker from first enter to last exit, and samples of one microsecond of self time in the stack of its thread | markers show the wait, samples what was busy | memory, `follows_from`, fractions of a microsecond in the call tree |
//! | [`Speedscope`](Format::Speedscope) | [speedscope](https://www.speedscope.app) | an open and a close event each time it was entered | on the threads they ran on, as if nobody had called them | arguments, results, events, idle time, memory, `follows_from` |
//! | [`Folded`](Format::Folded) | `inferno`, `flamegraph.pl`, speedscope, Perfetto | its self time, added up by the path of its callers | under who called them, wherever they ran | all but names and self times |
//! | [`FlameGraph`](Format::FlameGraph) | any browser | as above | as above | as above, and what is narrower than a tenth of a pixel |
//! | [`Dot`](Format::Dot) | Graphviz: `dot -Tsvg` | a function, its calls added up | as any other | single calls, arguments, events |
//! | [`Csv`](Format::Csv) | spreadsheets, DuckDB, pandas | a line | as any other | the single polls |
//!
//! `tests/viewers` opens them in Perfetto's trace processor, in speedscope, in the Firefox Profiler's command line and in
//! Graphviz, asks what is shown, and compares it with the tree; the other programs named here read the same formats, and
//! nobody has tried them yet.
//!
//! Of calls that overlap without one being inside the other (a guard held across an `.await`), one is cut where the
//! other ends, since all these viewers want slices of a thread nested. Open calls end with the recording and say so
//! where there is room for it. A trace without times can be written as DOT and CSV only.

mod chrome;
mod csv;
mod exporter;
mod firefox;
mod folded;
mod format;
mod json;
mod lanes;
mod report;
mod speedscope;
#[cfg(test)]
mod testing;

pub use exporter::Export;
pub use folded::diff_flame_graph;
pub use format::{Format, UnknownFormat};
pub use report::Report;
