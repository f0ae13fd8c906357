//! What the process has in memory is read beside the run.
//!
//! A binary of its own: tests that run beside it would move the figure.

#![cfg(target_os = "linux")]

use std::hint::black_box;
use std::thread::sleep;
use std::time::Duration;

use tracesnap::{MemoryReadings, Tracer};
use tracing::info_span;

/// Resident memory, as the system tells. **Unit:** bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

#[test]
fn a_call_begins_with_what_the_process_has_in_memory() {
    const TOUCHED: usize = 64 << 20;
    let guard = Tracer::builder().memory(MemoryReadings::Process).start().unwrap();
    // A reading is at most 10 ms old, where the system lets the thread that takes it run.
    let settle = || sleep(Duration::from_millis(200));
    settle();
    let expected = resident();
    info_span!("before").in_scope(|| ());
    let held = black_box(vec![1_u8; TOUCHED]);
    settle();
    info_span!("after").in_scope(|| ());
    drop(held);

    let trace = guard.finish();
    let at_start = |name| trace.calls(name).into_iter().next().unwrap().memory().unwrap().at_start;
    let (before, after) = (at_start("before"), at_start("after"));
    assert!(before >= expected / 2 && before <= expected * 2, "{before}, and the system says {expected}");
    assert!(after >= before + TOUCHED as u64 * 9 / 10, "{before}, then {after}");
    let memory = trace.calls("after").into_iter().next().unwrap().memory().unwrap();
    assert_eq!((memory.allocated, memory.allocations, memory.freed), (0, 0, 0));
}

#[test]
fn a_call_entered_on_another_thread_has_its_reading_too() {
    let guard = Tracer::builder().memory(MemoryReadings::Process).start().unwrap();
    let span = info_span!("elsewhere");
    std::thread::scope(|scope| scope.spawn(|| span.in_scope(|| ())).join()).unwrap();
    drop(span);
    assert!(guard.finish().calls("elsewhere").into_iter().next().unwrap().memory().is_some());
}
