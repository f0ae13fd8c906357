//! Ending a session takes memory that does not grow with it.
//!
//! A process of its own: it looks at the peak of all of its memory.

#![cfg(target_os = "linux")]

use serde_json::json;
use tracesnap_record::{Draft, Recorder, Sets};

/// Resident memory, and the most there was since it was forgotten. **Unit:** KiB.
fn memory() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    };
    (of("VmRSS:"), of("VmHWM:"))
}

#[test]
fn a_large_session_is_ended_and_put_up_for_review_in_little_memory() {
    const BYTES: usize = 100_000;
    const COUNT: usize = 300;
    let dir = tempfile::tempdir().expect("a folder");
    let session = Recorder::builder().dir(dir.path()).session("large").expect("it begins");
    let handle = session.handle();
    let text = "0123456789".repeat(BYTES / 10);
    for n in 0..COUNT {
        // As adapters tell exchanges, which they have redacted.
        handle.ticket("shop", "get").seal_now(Draft::new(json!(n), json!(text)));
    }
    handle.flush();
    // Some systems do not let us; then the peak is that of the recording, which is as bounded.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let (before, _) = memory();
    let finished = session.finish().expect("written");
    let (_, peak) = memory();
    assert_eq!(finished.stats.recorded, COUNT as u64);
    assert!(std::fs::metadata(&finished.path).expect("there").len() > (BYTES * COUNT) as u64);
    let grew = peak.saturating_sub(before);
    assert!(grew < 12 * 1_024, "ending {} MB took {grew} KiB more", BYTES * COUNT / 1_000_000);
    let waiting = Sets::open(dir.path()).expect("a store").pending().expect("listed");
    assert_eq!(waiting[0].interactions, COUNT as u64);
}
