//~ "run.trace.stream" => dir.path().join("run.trace.stream")
use tracesnap::{Trace, Tracer};

fn serve() {
    tracing::info_span!("request").in_scope(|| ());
}

#[test]
fn a_trace_written_while_it_goes_on() -> Result<(), Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir()?;
    /* block */
    assert_eq!((trace.tree().len(), streamed.path.exists()), (1, true));
    Ok(())
}
