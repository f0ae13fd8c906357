//! What sessions cost that are large: a million small interactions, and a gigabyte of large ones. They are recorded, ended,
//! analysed, listed and loaded; of each step this prints the time and the most memory that there was.
//!
//! `cargo bench --package tracesnap-record --bench large [-- SHARE]` needs 5 GB of disk and 4 GB of memory, and Linux to know
//! the memory; a share of 10 makes all of it a tenth. It fails where a step that streams takes more than is promised. Only
//! whoever loads a session has all of it: that row says how many bytes an interaction is then.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};
use tracesnap_record::analysis::Analyzer;
use tracesnap_record::file::{load, read_each};
use tracesnap_record::{Draft, Recorder};

/// So much may be resident while a session is recorded, ended, analysed or listed, whatever its size: what is read at once of
/// a file, and room for the rest. **Unit:** MiB.
const MOST: u64 = 256 + 64;

/// Resident now, and the most there was since it was forgotten. **Unit:** MiB.
fn memory() -> Option<(u64, u64)> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? / 1_024)
    };
    Some((of("VmRSS:")?, of("VmHWM:")?))
}

/// Does a step, and prints its row; the most memory there was.
fn step<T>(name: &str, count: u64, work: impl FnOnce() -> T) -> (T, Option<u64>) {
    // Some systems do not let us; then the peak is that of all steps so far.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let began = Instant::now();
    let made = work();
    let took = began.elapsed();
    let peak = memory().map(|(_, peak)| peak);
    let shown = peak.map_or("unknown".to_owned(), |mib| format!("{mib} MiB"));
    let each = took.as_secs_f64() * 1e6 / count as f64;
    println!("  {name:<10} {:>8.2} s {each:>10.2} µs each   most memory {shown}", took.as_secs_f64());
    (made, peak)
}

fn bounded<T>((made, peak): (T, Option<u64>)) -> T {
    assert!(peak.is_none_or(|peak| peak <= MOST), "more than {MOST} MiB were resident");
    made
}

fn run(name: &str, count: u64, response: impl Fn(u64) -> Value) {
    let dir = tempfile::tempdir().expect("a folder");
    println!("{name}: {count} interactions");
    let session = Recorder::builder().dir(dir.path()).session(name).expect("it begins");
    let handle = session.handle();
    bounded(step("recorded", count, || {
        for n in 0..count {
            handle.ticket("shop", "get").seal_now(Draft::new(json!({"n": n}), response(n)));
        }
    }));
    let finished = bounded(step("ended", count, || session.finish().expect("written")));
    assert_eq!(finished.stats.recorded, count);
    let bytes = std::fs::metadata(&finished.path).expect("there").len();
    println!("  a file of {} MB", bytes / 1_000_000);
    let analysis = bounded(step("analysed", count, || analysed(&finished.path)));
    assert_eq!(analysis, count);
    let listed = bounded(step("listed", count, || {
        let mut seen = 0;
        read_each(&finished.path, |_| {
            seen += 1;
            ControlFlow::Continue(())
        })
        .expect("read");
        seen
    }));
    assert_eq!(listed, count);
    let before = memory().map(|(now, _)| now);
    let (session, _) = step("loaded", count, || load(&finished.path).expect("read"));
    assert_eq!(session.interactions.len() as u64, count);
    if let (Some(before), Some((after, _))) = (before, memory()) {
        println!("  in memory {} bytes an interaction", (after.saturating_sub(before) << 20) / count);
    }
}

fn analysed(path: &Path) -> u64 {
    let mut analyzer = Analyzer::default();
    analyzer.add_file(path).expect("read");
    analyzer.finish().total.count
}

fn main() {
    let share = std::env::args().filter_map(|word| word.parse::<u64>().ok()).next().unwrap_or(1).max(1);
    run("small", 1_000_000 / share, |n| json!({"found": n, "name": "The Sunken Keep"}));
    let text = "0123456789".repeat(100_000);
    run("large", 1_000 / share, |_| json!(text));
}
