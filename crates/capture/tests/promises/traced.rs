//! Under a tracer guard the trace says which calls were captured, and as which document.

use tracesnap::{Detail, Tracer};
use tracesnap_capture::capture;

use crate::support::folder;

// Above, so that the capture is made inside of the span.
#[capture]
#[tracing::instrument]
fn prices(amount: u32) -> u32 {
    amount * 2
}

#[tracing::instrument]
fn plain(amount: u32) -> u32 {
    prices(amount)
}

#[test]
fn a_call_in_a_trace_shows_that_it_was_captured_and_the_capture_knows_its_span() {
    let folder = folder();
    let (value, trace) = Tracer::builder().trace(|| plain(3)).expect("a trace");
    assert_eq!(value, 6);
    let document = folder.latest("prices").document;
    assert_eq!(document.metadata.span.as_deref(), Some("prices"));
    let snapshot = trace.snapshot().detail(Detail::Standard).to_string();
    insta::assert_snapshot!(snapshot, @r#"
    plain(amount: 3)
    └─ prices(amount: 3)
       └• DEBUG captured (document: [uuid], function: "prices")
    "#);
    // What joins both is the document's id.
    let events = trace.events().filter_map(|event| event.event());
    let documents: Vec<_> =
        events.flat_map(|event| event.fields().collect::<Vec<_>>()).map(|field| format!("{field:?}")).collect();
    assert!(documents.iter().any(|field| field.contains(&document.id)), "{documents:?}");
}
