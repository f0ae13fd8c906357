//! Exports stream: what each format costs at 100,000 and at 1,000,000 calls, in time and in memory beside the tree.
//!
//! ```sh
//! cargo bench --bench export --features export
//! # one export, under a profiler: `valgrind --tool=callgrind --toggle-collect='*exported*' target/release/deps/export-…`
//! cargo bench --bench export --features export -- one firefox 100000
//! ```
//!
//! It fails if a million calls take more than eleven times what a hundred thousand do; on a busy machine runs differ by a
//! tenth. The export through the Firefox Profiler's library does not quite keep that: 11.0 to 11.8 times were measured.
//! Nothing in it grows faster than the calls; what is over is waiting for memory, since the library holds the whole
//! profile, and a small one fits into the caches.
//!
//! It fails as well if the peak beside the tree is more than the tree again, or twice it for formats whose library builds
//! its document in memory. Times are CPU times of the writing thread, the best of several runs; memory is what the
//! allocator gave out.

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use cpu_time::ThreadTime;
use peak_alloc::PeakAlloc;
use tracesnap::export::Format;
use tracesnap::{Trace, Tracer};
use tracing::info_span;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Times that a million calls may take what a hundred thousand do.
const MOST_TIMES: f64 = 11.0;

/// Of which the best counts.
const RUNS: u32 = 5;

/// Trees that an export may need beside the tree itself.
fn most_trees(format: Format) -> f64 {
    if matches!(format, Format::Firefox | Format::FlameGraph) { 2.0 } else { 1.0 }
}

/// A trace of so many calls, two fields each: orders of ten items.
fn record(calls: usize) -> Trace {
    let guard = Tracer::builder().capacity(calls).text_capacity(64 << 20).start().expect("the defaults are right");
    for order in 0..calls / 10 {
        info_span!("order", order, customer = "ada").in_scope(|| {
            for item in 0..9 {
                info_span!("item", item, sku = "tea").in_scope(|| ());
            }
        });
    }
    let trace = guard.finish();
    assert_eq!((trace.tree().len(), trace.stats().lost), (calls, 0));
    trace
}

/// Counts bytes and keeps none.
struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Cost {
    time: Duration,
    /// Beside the tree. **Unit:** bytes.
    peak: usize,
    written: u64,
}

fn cost(trace: &Trace, format: Format, runs: u32) -> Cost {
    let mut best = Cost { time: Duration::MAX, peak: 0, written: 0 };
    for _ in 0..runs {
        PeakAlloc.reset_peak_usage();
        let (before, began) = (PeakAlloc.current_usage(), ThreadTime::now());
        let written = exported(trace, format);
        let (time, peak) = (began.elapsed(), PeakAlloc.peak_usage() - before);
        best = Cost { time: time.min(best.time), peak: peak.max(best.peak), written };
    }
    best
}

/// Bytes of the tree alone.
fn size(trace: &Trace) -> usize {
    let before = PeakAlloc.current_usage();
    let copy = trace.tree().clone();
    let size = PeakAlloc.current_usage() - before;
    drop(copy);
    size
}

/// A function of its own, so that a profiler can tell it from the recording.
#[inline(never)]
fn exported(trace: &Trace, format: Format) -> u64 {
    let mut out = Count(0);
    trace.export(format, &mut out).expect("nothing refuses to be counted");
    out.0
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["one", format, calls, ..] = words[..] {
        let format = Format::ALL.into_iter().find(|known| known.to_string() == format).expect("the name of a format");
        let bytes = exported(&record(calls.parse().expect("a number of calls")), format);
        println!("{bytes} bytes");
        return ExitCode::SUCCESS;
    }
    let (small, large) = (record(100_000), record(1_000_000));
    let tree = size(&large);
    println!("the tree of 1,000,000 calls: {:.0} MB", tree as f64 / 1e6);
    println!("{:<11} {:>9} {:>9} {:>6} {:>9} {:>7}", "format", "100k ms", "1M ms", "times", "file MB", "trees");
    let mut kept = true;
    for format in Format::ALL {
        let (few, many) = (cost(&small, format, RUNS), cost(&large, format, RUNS));
        let times = many.time.as_secs_f64() / few.time.as_secs_f64();
        let trees = many.peak as f64 / tree as f64;
        let [few_ms, many_ms] = [few.time, many.time].map(|time| time.as_secs_f64() * 1e3);
        let (format_name, megabytes) = (format.to_string(), many.written as f64 / 1e6);
        println!("{format_name:<11} {few_ms:>9.1} {many_ms:>9.1} {times:>6.1} {megabytes:>9.1} {trees:>7.2}");
        if times > MOST_TIMES || trees > most_trees(format) {
            eprintln!("{format}: more than {} times, or than {} trees", MOST_TIMES, most_trees(format));
            kept = false;
        }
    }
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
