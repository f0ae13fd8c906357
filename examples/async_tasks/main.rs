//! Tasks on a multi-threaded runtime: who ran where, what was work and what was waiting, and what it all waited for.
//!
//! A task that is spawned in a span belongs to the recording of that span. One that is not belongs to that of its thread:
//! the threads of the runtime are *adopted*. In a test, `#[tracesnap::traced]` above `#[tokio::test(flavor = "multi_thread")]` does this.
//!
//! ```sh
//! cargo run --example async_tasks
//! ```

use std::hint::black_box;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::time::sleep;
use tracesnap::Tracer;
use tracing::{Instrument, info_span, instrument};

#[instrument(ret)]
async fn daily_report() -> usize {
    let stations = [("Oslo", 20), ("Lima", 25), ("Pune", 18)];
    // Their spans are made here, in the report, so they are its calls wherever they run.
    let tasks =
        stations.map(|(city, delay)| tokio::spawn(weather(city, delay).instrument(info_span!("weather", city))));
    let mut readings = Vec::new();
    for task in tasks {
        readings.extend(task.await.expect("the task does not panic"));
    }
    render(&readings).len()
}

/// Spawned on its own: it belongs to the recording by the thread it runs on.
#[instrument]
async fn tidy_cache() {
    sleep(Duration::from_millis(30)).await;
}

async fn weather(city: &'static str, delay: u64) -> Vec<f64> {
    let body = download(city, delay).await;
    parse(&body)
}

/// Comes in three parts, so the task sleeps and wakes three times.
#[instrument(skip_all)]
async fn download(city: &'static str, delay: u64) -> String {
    let mut body = String::new();
    for part in 0..3 {
        sleep(Duration::from_millis(delay)).await;
        body.push_str(&format!("{city} {part} "));
    }
    body
}

#[instrument(skip_all)]
fn parse(body: &str) -> Vec<f64> {
    work(12);
    body.split(' ').filter_map(|word| word.parse().ok()).collect()
}

#[instrument(skip_all)]
fn render(readings: &[f64]) -> String {
    work(5);
    readings.iter().map(f64::to_string).collect()
}

/// Keeps a processor busy for about so many milliseconds.
fn work(millis: u64) {
    let start = std::time::Instant::now();
    while start.elapsed() < Duration::from_millis(millis) {
        black_box(start);
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let guard = Tracer::builder().modules(["async_tasks::**"]).start()?;
    let adopter = guard.adopter();
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("worker")
        .enable_all()
        .on_thread_start(move || adopter.adopt())
        .build()?;
    let tidying = runtime.spawn(tidy_cache());
    runtime.block_on(daily_report());
    runtime.block_on(tidying)?;
    drop(runtime);
    let trace = guard.finish();

    heading("the calls; ┄ marks those that ran beside each other");
    println!("{}", trace.snapshot());

    heading("working and waiting");
    println!("{:<28} {:>10} {:>10} {:>10} {:>6}  threads", "call", "wall", "busy", "idle", "polls");
    for call in trace.tree().calls() {
        let indent = "  ".repeat(call.depth());
        let city = call.arg("city").map(|city| format!(" {city}")).unwrap_or_default();
        let mut threads: Vec<_> = call.stays().map(|(_, _, thread)| thread).collect();
        threads.sort_unstable();
        threads.dedup();
        let [wall, busy, idle] =
            [call.wall(), Some(call.busy()), call.idle()].map(|time| format!("{:.1} ms", millis(time)));
        let name = format!("{indent}{}{city}", call.name());
        println!("{name:<28} {wall:>10} {busy:>10} {idle:>10} {:>6}  {threads:?}", call.polls());
    }

    heading("what the report waited for");
    print!("{}", trace.critical_path());
    Ok(())
}

fn millis(time: Option<Duration>) -> f64 {
    time.unwrap_or_default().as_secs_f64() * 1e3
}

fn heading(text: &str) {
    println!("\n── {text} {}\n", "─".repeat(76 - text.chars().count()));
}
