//! How much memory a recording takes that is written to a file: measured in a process of its own.
#![cfg(all(feature = "file", target_os = "linux"))]

use std::fs;

use tracesnap::{Trace, Tracer};
use tracing::info_span;

/// Memory of this process that is no file's. **Unit:** bytes.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux says it");
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("Linux says it");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1_024
}

#[test]
fn memory_does_not_grow_with_the_length_of_a_recording() {
    const CAPACITY: usize = 4_096;
    const TEXT: usize = 65_536;
    // What the documentation of `StreamGuard` says, with the larger of two sizes wherever a buffer may have doubled.
    const STATED: usize = CAPACITY * 48 + TEXT + 2 * CAPACITY * 56 + 2 * (256 << 10);
    let dir = tempfile::tempdir().expect("a directory");
    let before = memory();
    let tracer = Tracer::builder().capacity(CAPACITY).text_capacity(TEXT);
    let guard = tracer.stream_to(dir.path().join("stream")).expect("right");
    // Open all the time.
    let whole = info_span!("whole");
    let inside = whole.enter();
    // What the process needs for a second thread and its allocations is not the recording's.
    let allowed = STATED as u64 + (1 << 20);
    let written = || fs::metadata(guard.path()).expect("it is there").len();
    let (mut most, mut made) = (0, 0_u64);
    // A busy machine gives the writer few turns, and what finds no room is lost: so it ends by what is in the file.
    while made < 1_500_000 || written() <= 5 * allowed && made < 150_000_000 {
        for n in made..made + 10_000 {
            info_span!("short", n, name = "ada").in_scope(|| ());
        }
        made += 10_000;
        most = memory().max(most);
    }
    drop(inside);
    let streamed = guard.finish().expect("it is written");
    assert_eq!(streamed.stats.recorded + streamed.stats.lost, made + 1);
    let trace = Trace::load(&streamed.path).expect("it is whole");
    assert!(trace.tree().calls().next().is_some_and(|whole| !whole.is_open()), "its end found room");
    let taken = most - before;
    assert!(taken <= allowed, "{taken} bytes, and {STATED} were stated");
    assert!(streamed.bytes > 5 * allowed, "a file of {} bytes shows nothing", streamed.bytes);
}
