//! What is known of a run of the pipeline, and what its spans have to say for it.

use std::path::{Path, PathBuf};

use tracesnap::{MemoryReadings, Trace, Tracer, TrackingAllocator};
use tracesnap_capture::{CaptureConfig, CaptureGuard, CaptureLoader, Captures, replay};
use tracesnap_example_data_pipeline::rates::Rates;
use tracesnap_example_data_pipeline::stages::{Quality, STAGES, ingest_data};
use tracesnap_example_data_pipeline::{
    Analysis, Credentials, OutputFormat, Pipeline, PipelineError, Processed, StageFigures, generate,
};

/// Counts what each call allocates; this binary has one of its own for it.
#[global_allocator]
static ALLOCATOR: TrackingAllocator = TrackingAllocator::system();

const OWN: &str = "tracesnap_example_data_pipeline::**";

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

fn credentials() -> Credentials {
    Credentials { api_key: "k-4711".into() }
}

fn captures(folder: &Path, enabled: bool) -> CaptureGuard {
    let config = CaptureConfig::new().path(folder).enabled(enabled);
    Captures::builder().config(config).build().expect("a configuration").enter()
}

async fn run(folder: &Path, table: &str, format: OutputFormat, globs: &[&str]) -> (Processed, Trace) {
    let pipeline = Pipeline::new(folder, Rates::connect().await.expect("a service"));
    let guard =
        Tracer::builder().modules(globs.iter().copied()).memory(MemoryReadings::Allocations).start().expect("a guard");
    let processed = pipeline.process_customer_data(Path::new(table), &credentials(), format).await;
    (processed.expect("it is processed"), guard.finish())
}

/// The same without captures.
async fn traced(globs: &[&str]) -> (Processed, Trace) {
    let folder = tempfile::tempdir().expect("a folder");
    let _off = captures(folder.path(), false);
    run(&data(), "sales.csv", OutputFormat::JsonLines, globs).await
}

#[tokio::test]
async fn one_snapshot_holds_result_stages_quality_and_call_graph() {
    #[derive(serde::Serialize)]
    struct Report {
        processed_records: usize,
        first: serde_json::Value,
        quality: Quality,
        flow: Vec<String>,
        analysis: Analysis,
    }
    let (processed, trace) = traced(&[OWN]).await;
    let text = std::str::from_utf8(&processed.data).expect("JSON is text");
    let first = serde_json::from_str(text.lines().next().expect("a line")).expect("JSON");
    let mut analysis = Analysis::of(&trace);
    // How much room Arrow takes is for Arrow to say; that it takes some is promised below.
    analysis.stages.iter_mut().for_each(|stage| stage.bytes = None);
    let flow = trace.snapshot().args(false).to_string().lines().map(str::to_owned).collect();
    let Processed { processed_records, quality, .. } = processed;
    insta::assert_yaml_snapshot!(Report { processed_records, first, quality, flow, analysis });
}

#[tokio::test]
async fn each_stage_has_a_time_sizes_and_memory() {
    let (_, trace) = traced(&[OWN]).await;
    let Analysis { total, stages, bottlenecks, .. } = Analysis::of(&trace);
    assert_eq!(stages.iter().map(|stage| stage.stage).collect::<Vec<_>>(), STAGES);
    for StageFigures { stage, time, bytes, allocated, .. } in &stages {
        assert!(time.is_some_and(|time| !time.is_zero() && time <= total), "{stage}: {time:?} of {total:?}");
        assert!(bytes.is_some_and(|bytes| bytes > 100), "{stage}: {bytes:?}");
        assert!(allocated.is_some_and(|allocated| allocated > 100), "{stage}: {allocated:?}");
    }
    // What one hands on, the next one takes.
    assert!(stages.windows(2).all(|two| two[0].rows_out == Some(two[1].rows_in)), "{stages:?}");
    assert!(bottlenecks.iter().map(|(_, share)| share).sum::<f64>() <= 1.0, "{bottlenecks:?}");
}

#[tokio::test]
async fn globs_choose_what_is_seen_of_a_library_that_tells_its_steps() {
    let modules = |trace: &Trace| {
        let functions = trace.metrics().functions;
        functions.iter().map(|one| one.function.module.to_string()).collect::<std::collections::BTreeSet<_>>()
    };
    let (_, own) = traced(&[OWN]).await;
    assert!(modules(&own).iter().all(|module| module.starts_with("tracesnap_example_data_pipeline")));

    let (_, without) = traced(&[OWN, "h2::**", "!h2::codec::**", "!h2::hpack::**"]).await;
    let seen = modules(&without);
    assert!(seen.contains("h2::proto::connection"), "{seen:?}");
    assert!(!seen.iter().any(|module| module.starts_with("h2::codec") || module.starts_with("h2::hpack")), "{seen:?}");

    let (_, all) = traced(&["h2::**"]).await;
    assert!(modules(&all).iter().any(|module| module.starts_with("h2::codec")), "it is there where it is wanted");
    all.assert_not_called("ingest_data");
}

#[tokio::test]
async fn a_captured_run_is_taken_up_again_without_its_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let _captures = captures(folder.path(), true);
    let (first, _) = run(&data(), "sales.csv", OutputFormat::JsonLines, &[OWN]).await;
    let document = CaptureLoader::current().expect("a folder").latest("process_customer_data").expect("one").document;
    assert_eq!(document.kwargs["raw_data_path"], "sales.csv");
    assert!(!document.to_json().contains("k-4711"));

    let pipeline = Pipeline::new(data(), Rates::connect().await.expect("a service"));
    let again =
        replay!(Pipeline::process_customer_data, with(credentials = credentials()), receiver = || pipeline.clone());
    let again = again.await.expect("it does what it did").into_value().expect("it is processed");
    assert_eq!(again.data, first.data);
}

#[tokio::test]
async fn what_is_written_as_parquet_is_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let _off = captures(folder.path(), false);
    let (processed, trace) = run(&data(), "sales.csv", OutputFormat::Parquet, &[OWN]).await;
    let path = folder.path().join("sales.parquet");
    std::fs::write(&path, &processed.data).expect("it is written");
    let table = ingest_data(&path, &credentials()).expect("it is a table");
    assert_eq!(table.num_rows(), processed.processed_records);
    trace.assert_called("parquet");
    trace.assert_not_called("json_lines");
}

#[tokio::test]
async fn what_fails_is_named_by_its_stage() {
    let folder = tempfile::tempdir().expect("a folder");
    let _off = captures(folder.path(), false);
    let pipeline = Pipeline::new(data(), Rates::connect().await.expect("a service"));
    let guard = Tracer::builder().modules([OWN]).start().expect("a guard");
    let nobody = Credentials::default();
    let denied = pipeline.process_customer_data(Path::new("sales.csv"), &nobody, OutputFormat::JsonLines).await;
    let missing = pipeline.process_customer_data(Path::new("gone.csv"), &credentials(), OutputFormat::JsonLines).await;
    let trace = guard.finish();
    assert!(matches!(denied, Err(PipelineError::Denied)) && matches!(missing, Err(PipelineError::Read { .. })));
    let failed: Vec<_> = trace.events().filter(|event| event.error().is_some()).map(|event| event.function()).collect();
    assert_eq!(failed, ["ingest_data", "process_customer_data", "ingest_data", "process_customer_data"]);
    trace.assert_not_called("validate_and_clean");
}

#[test]
fn the_table_that_is_committed_is_the_one_that_is_generated() {
    let committed = std::fs::read_to_string(data().join("sales.csv")).expect("it is there");
    // A checkout may have put other ends to the lines.
    assert_eq!(committed.replace("\r\n", "\n"), generate::sales(600));
}
