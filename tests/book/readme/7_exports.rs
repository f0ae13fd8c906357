//~ "run.chrome.json" => dir.path().join("run.chrome.json")
//~ "diff.svg" => dir.path().join("diff.svg")
use std::fs::File;

use tracesnap::Tracer;
use tracesnap::export::{Format, diff_flame_graph};

#[test]
fn files_for_viewers() -> Result<(), Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir()?;
    let record = || Tracer::builder().trace(|| tracing::info_span!("order").in_scope(|| ()));
    let ((_, before), (_, after)) = (record()?, record()?);
    let trace = &after;
    /* block */
    assert!(dir.path().join("diff.svg").exists());
    Ok(())
}
