//~ "run.trace.json" => dir.path().join("run.trace.json")
use tracesnap::{Trace, Tracer};

#[test]
fn a_trace_on_disk() -> Result<(), Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir()?;
    let trace = Tracer::start()?.finish();
    let stats = trace.stats().clone();
    /* block */
    assert_eq!(*trace.stats(), stats);
    Ok(())
}
