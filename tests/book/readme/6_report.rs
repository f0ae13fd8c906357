//~ "checkout.html" => dir.path().join("checkout.html")
//~ "changes.html" => dir.path().join("changes.html")
use tracesnap::Tracer;

#[test]
fn a_page() -> Result<(), Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir()?;
    let (older, trace) = (Tracer::start()?.finish(), Tracer::start()?.finish());
    /* block */
    assert!(dir.path().join("changes.html").exists());
    Ok(())
}
