//! The story of a table: processed under a tracer, each stage weighed, the steps of a library looked into, and the run
//! taken up again from its capture.
//!
//! ```sh
//! cargo run -p tracesnap-example-data-pipeline                       # the table that is committed
//! cargo run -p tracesnap-example-data-pipeline -- generate 100000    # another one, to standard output
//! ```

use std::path::Path;

use anyhow::{Context, Result};
use tracesnap::{Detail, MemoryReadings, Trace, Tracer, TrackingAllocator};
use tracesnap_capture::{CaptureConfig, Captures, replay};
use tracesnap_example_data_pipeline::rates::Rates;
use tracesnap_example_data_pipeline::{Analysis, Credentials, OutputFormat, Pipeline, Processed, generate};

/// Counts what each call allocates.
#[global_allocator]
static ALLOCATOR: TrackingAllocator = TrackingAllocator::system();

/// Our own modules.
const OWN: &str = "tracesnap_example_data_pipeline::**";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("generate") {
        let rows = arguments.next().context("how many rows?")?.parse()?;
        print!("{}", generate::sales(rows));
        return Ok(());
    }

    let home = tempfile::tempdir()?;
    // Written by a thread of its own, so that it does not stand in the pipeline's time.
    let config = CaptureConfig::new().path(home.path()).background(true);
    let captures = Captures::builder().config(config).build()?;
    let _captures = captures.enter();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data");

    heading("what the five stages did");
    let (processed, trace) = run(folder, OutputFormat::JsonLines, &[OWN]).await?;
    println!("{}\n", trace.snapshot().detail(Detail::Standard));
    println!(
        "{} rows of {} were left out: {:?}",
        left_out(&processed),
        processed.quality.read,
        processed.quality.rejected
    );
    let text = std::str::from_utf8(&processed.data)?;
    println!("{} rows came out; the first:\n{}", processed.processed_records, text.lines().next().unwrap_or_default());

    heading("what each stage cost");
    let analysis = Analysis::of(&trace);
    print!("{analysis}");

    heading("bottlenecks: functions that take much of the time for themselves");
    for (function, share) in &analysis.bottlenecks {
        println!("{:>5.1} %  {function}", 100.0 * share);
    }

    heading("who calls whom");
    analysis.call_graph.iter().for_each(|edge| println!("{edge}"));
    println!("\nand for Graphviz:\n{}", trace.graph().to_dot().without_times());

    heading("inside of the library that asks for rates, without what codes its frames and counts its windows");
    let globs = [OWN, "h2::**", "!h2::codec::**", "!h2::hpack::**", "!h2::proto::streams::**"];
    let (_, trace) = run(folder, OutputFormat::JsonLines, &globs).await?;
    println!("{:<72} {:>6} {:>12}", "function", "calls", "self time");
    for one in trace.metrics().most_called().into_iter().take(10) {
        println!("{:<72} {:>6} {:>9.1} µs", one.function.path(), one.function.calls, micros(one.function.self_time));
    }

    heading("the same table as Parquet, from the arguments that were captured");
    captures.flush();
    let pipeline = Pipeline::new(folder, Rates::connect().await?);
    let replayed = replay!(
        Pipeline::process_customer_data,
        with(credentials = credentials(), output_format = OutputFormat::Parquet),
        receiver = || pipeline.clone()
    )
    .await?
    .into_value()?;
    println!("{} rows, {} bytes of Parquet, {} of JSON", replayed.processed_records, replayed.data.len(), text.len());
    Ok(())
}

/// A run, traced. Its arguments are captured; its credentials are not.
async fn run(folder: &str, format: OutputFormat, globs: &[&str]) -> Result<(Processed, Trace)> {
    let pipeline = Pipeline::new(folder, Rates::connect().await?);
    let guard = Tracer::builder().modules(globs.iter().copied()).memory(MemoryReadings::Allocations).start()?;
    let processed = pipeline.process_customer_data(Path::new("sales.csv"), &credentials(), format).await?;
    Ok((processed, guard.finish()))
}

fn credentials() -> Credentials {
    Credentials { api_key: "k-4711".into() }
}

fn left_out(processed: &Processed) -> usize {
    processed.quality.rejected.values().sum()
}

fn micros(time: std::time::Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn heading(text: &str) {
    println!("\n── {text} {}\n", "─".repeat(96_usize.saturating_sub(text.chars().count())));
}
