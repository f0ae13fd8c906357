//! The program whose trace the viewers are shown: a bit of everything that exports have to decide about.

use std::time::Duration;

use tokio::time::sleep;
use tracesnap::{MemoryReadings, Trace, Tracer};
use tracing::{Instrument, info, info_span, instrument, warn};

/// Text that breaks what does not quote.
pub const HOSTILE: &str = "\"</script>;\n=1+1,\u{1F980}\\";

#[instrument(ret, err)]
async fn charge(amount: u32) -> Result<u32, String> {
    sleep(Duration::from_millis(2)).await;
    info!(amount, "asked the bank");
    if amount > 100 { Err(format!("{amount} is over the limit")) } else { Ok(amount) }
}

#[instrument]
fn recurse(depth: u32) {
    std::hint::black_box(vec![0_u8; 1_000]);
    if depth > 0 {
        recurse(depth - 1);
    }
}

async fn orders() {
    let mut tasks = Vec::new();
    for amount in [10, 300] {
        let order = info_span!("order", amount, note = HOSTILE);
        // Runs on any worker, moves between them, and outlives who spawned it.
        tasks.push(tokio::spawn(async move { charge(amount).await }.instrument(order)));
    }
    for task in tasks {
        let _ = task.await;
    }
}

/// Runs it under a guard: sync and async calls, errors, a panic, events, guards that overlap, an open call, one that was
/// never entered, and one that follows from another.
///
/// # Panics
///
/// If it cannot be recorded, or loses something.
#[must_use]
pub fn traced() -> Trace {
    let guard = Tracer::builder().memory(MemoryReadings::Allocations).start().expect("the defaults are right");
    let adopter = guard.adopter();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("worker")
        .on_thread_start(move || adopter.adopt())
        .enable_time()
        .build()
        .expect("a runtime");
    runtime.block_on(orders().instrument(info_span!("all orders")));
    drop(runtime);
    recurse(20);
    let first = info_span!("first");
    first.in_scope(|| warn!(note = HOSTILE, "{HOSTILE}"));
    let second = info_span!("second");
    second.follows_from(&first);
    second.in_scope(|| std::thread::sleep(Duration::from_micros(200)));
    let _ = std::panic::catch_unwind(|| info_span!("panics").in_scope(|| std::panic::resume_unwind(Box::new(()))));
    // Left in the order they were entered: one reaches over the end of the other.
    let (outer, inner) = (info_span!("left first").entered(), info_span!("left last").entered());
    std::thread::sleep(Duration::from_micros(100));
    drop(outer);
    std::thread::sleep(Duration::from_micros(100));
    drop(inner);
    let _never = info_span!("never entered");
    let open = info_span!("open").entered();
    std::thread::sleep(Duration::from_micros(100));
    info!("the end");
    let trace = guard.finish();
    drop(open);
    assert!(trace.stats().is_complete(), "{:?}", trace.stats());
    trace
}
