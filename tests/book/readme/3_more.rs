//~ for function in => for _function in
//~ for event in => for _event in
use tracesnap::Tracer;

#[test]
fn more_of_it() {
    let (_, trace) = Tracer::builder().trace(|| tracing::info_span!("charge").in_scope(|| ())).expect("it starts");
    /* block */
    assert_eq!(trace.events().in_function("charge").count(), 2);
}
