//! How much memory a recording takes that is written to a file: measured in a process of its own.
#![cfg(all(feature = "file", target_os = "linux"))]

use std::fs;

use tracesnap::Tracer;
use tracing::info_span;

/// The most memory that this process ever had. **Unit:** bytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux says it");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux says it");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1_024
}

#[test]
fn memory_does_not_grow_with_the_length_of_a_recording() {
    const CAPACITY: usize = 4_096;
    const TEXT: usize = 65_536;
    // What the documentation of `StreamGuard` says, with the larger of two sizes wherever a buffer may have doubled.
    const STATED: usize = CAPACITY * 48 + TEXT + 2 * CAPACITY * 56 + 2 * (256 << 10);
    let dir = tempfile::tempdir().expect("a directory");
    let before = peak();
    let guard = Tracer::builder().capacity(CAPACITY).text_capacity(TEXT).stream_to(dir.path().join("stream")).expect("right");
    // Open all the time.
    let whole = info_span!("whole");
    let inside = whole.enter();
    let spans = |range: std::ops::Range<u64>| range.for_each(|n| info_span!("short", n, name = "ada").in_scope(|| ()));
    spans(0..20_000);
    let (warm, warm_file) = (peak(), fs::metadata(guard.path()).expect("it is there").len());
    spans(20_000..3_000_000);
    let grown = peak() - warm;
    drop(inside);
    let streamed = guard.finish().expect("it is written");
    assert!(streamed.bytes > 10 * (warm_file + grown), "{} bytes of file, {grown} of memory", streamed.bytes);
    // What the process needs to have a second thread and a formatter at all is not the recording's.
    let process = 2 << 20;
    assert!(peak() - before <= STATED as u64 + process, "{} bytes, and {STATED} were stated", peak() - before);
    assert_eq!(streamed.stats.recorded + streamed.stats.lost, 3_000_001);
}
