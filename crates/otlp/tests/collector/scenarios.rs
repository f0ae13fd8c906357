//! Promises that hold over gRPC and over HTTP alike; each is a test in both files.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tracesnap::{Trace, Tracer};
use tracesnap_otlp::{Collector, CollectorBuilder, NotQueued, Protocol, Resource, Retry};
use tracing::{info_span, instrument};

use super::receiver::{Answer, Receiver, Wire};

const SOON: Duration = Duration::from_secs(20);

#[instrument(err)]
fn charge(amount: u32) -> Result<(), String> {
    tracing::info!(amount, "asking the bank");
    Err(format!("{amount} is over the limit"))
}

fn order() -> Trace {
    let guard = Tracer::start().unwrap();
    info_span!("order", customer = "ada").in_scope(|| drop(charge(300)));
    guard.finish()
}

/// A trace of so many calls, each with a text.
fn many(calls: usize) -> Trace {
    let guard = Tracer::start().unwrap();
    info_span!("batch").in_scope(|| (1..calls).for_each(|n| info_span!("item", n, text = "abc").in_scope(|| ())));
    guard.finish()
}

fn protocol(wire: Wire) -> Protocol {
    match wire {
        #[cfg(feature = "grpc")]
        Wire::Grpc => Protocol::Grpc,
        #[cfg(feature = "http")]
        Wire::Http => Protocol::Http,
        #[cfg(not(feature = "grpc"))]
        Wire::Grpc => panic!("gRPC is not built"),
        #[cfg(not(feature = "http"))]
        Wire::Http => panic!("HTTP is not built"),
    }
}

/// Retries fast, so that tests are.
fn to(endpoint: &str, wire: Wire) -> CollectorBuilder {
    let retry = Retry::default().first(Duration::from_millis(20)).longest(Duration::from_millis(50));
    Collector::builder(endpoint).protocol(protocol(wire)).resource(Resource::new("shop")).retry(retry)
}

/// Waits until it holds.
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < SOON, "not in {SOON:?}: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn what_is_sent_arrives_with_its_parents_events_and_errors(wire: Wire) {
    let receiver = Receiver::start(wire);
    let collector = to(&receiver.endpoint(), wire).header("authorization", "Bearer tok_1").start().unwrap();
    collector.send(&order()).unwrap();
    let delivery = collector.shutdown(SOON);
    assert!(delivery.is_complete() && delivery.delivered == 2, "{delivery}");

    let spans = receiver.spans();
    let [order, charge] = &spans[..] else { panic!("{spans:?}") };
    assert_eq!((&*order.name, &*charge.name), ("order", "charge"));
    assert_eq!(charge.parent_span_id, order.span_id);
    assert!(order.parent_span_id.is_empty());
    assert_eq!((order.trace_id.len(), order.span_id.len(), &order.trace_id), (16, 8, &charge.trace_id));
    assert!(order.start_time_unix_nano <= charge.start_time_unix_nano);
    assert!(charge.end_time_unix_nano <= order.end_time_unix_nano);
    let status = charge.status.as_ref().unwrap();
    assert_eq!((status.code, &*status.message), (2, "300 is over the limit"));
    let events: Vec<_> = charge.events.iter().map(|event| &*event.name).collect();
    assert_eq!(events, ["asking the bank", "exception"]);
    assert_eq!(receiver.tokens(), [Some("Bearer tok_1".to_owned())]);
    let resource = receiver.requests()[0].resource_spans[0].resource.clone().unwrap();
    assert_eq!(resource.attributes[0].key, "service.name");
}

pub(crate) fn a_large_trace_arrives_whole_in_requests_of_bounded_size(wire: Wire) {
    let receiver = Receiver::start(wire);
    let collector = to(&receiver.endpoint(), wire).start().unwrap();
    collector.send(&many(2_000)).unwrap();
    let delivery = collector.shutdown(SOON);
    assert_eq!((delivery.delivered, delivery.lost), (2_000, 0), "{delivery}");
    let spans = receiver.spans();
    let ids: HashSet<_> = spans.iter().map(|span| span.span_id.clone()).collect();
    assert_eq!((spans.len(), ids.len()), (2_000, 2_000));
    assert_eq!(receiver.requests().len(), 4, "2,000 spans are 3 full requests and a rest");
}

pub(crate) fn a_collector_that_comes_back_gets_what_waited(wire: Wire) {
    let address: SocketAddr = Receiver::nobody();
    let collector = to(&format!("http://{address}"), wire).start().unwrap();
    collector.send(&order()).unwrap();
    eventually("it was tried again", || collector.delivery().retries >= 2);
    let away = collector.delivery();
    assert_eq!((away.queued, away.delivered, away.lost), (2, 0, 0));
    assert!(away.last_error.is_some());

    let receiver = Receiver::start_at(wire, address);
    let delivery = collector.shutdown(SOON);
    assert!(delivery.is_complete() && delivery.delivered == 2, "{delivery}");
    assert_eq!(receiver.spans().len(), 2);
}

pub(crate) fn while_it_is_away_the_queue_is_bounded_and_loss_is_counted(wire: Wire) {
    let address = Receiver::nobody();
    let collector = to(&format!("http://{address}"), wire).queue(5).start().unwrap();
    collector.send(&order()).unwrap();
    collector.send(&order()).unwrap();
    let refused = collector.send(&order()).unwrap_err();
    assert!(matches!(refused, NotQueued::Full { spans: 2, queued: 4, capacity: 5, .. }), "{refused}");
    assert_eq!(collector.delivery().lost, 2);
    let began = Instant::now();
    let left = collector.flush(Duration::from_millis(100));
    assert!(began.elapsed() < SOON, "a flush ends with its limit");
    assert_eq!(left.queued, 4);
    let delivery = collector.shutdown(Duration::ZERO);
    assert_eq!((delivery.delivered, delivery.lost, delivery.queued), (0, 6, 0), "{delivery}");
}

pub(crate) fn what_is_tried_for_too_long_is_lost_and_counted(wire: Wire) {
    let address = Receiver::nobody();
    let retry = Retry::default().first(Duration::from_millis(10)).give_up_after(Duration::from_millis(60));
    let collector = to(&format!("http://{address}"), wire).retry(retry).start().unwrap();
    collector.send(&order()).unwrap();
    let delivery = collector.flush(SOON);
    assert_eq!((delivery.queued, delivery.lost), (0, 2), "{delivery}");
    assert!(delivery.retries > 0);
}

pub(crate) fn a_collector_that_says_when_to_come_back_is_asked_then(wire: Wire) {
    let receiver = Receiver::start(wire).answering([Answer::Away(Some(1)), Answer::Away(None)]);
    let collector = to(&receiver.endpoint(), wire).start().unwrap();
    let began = Instant::now();
    collector.send(&order()).unwrap();
    let delivery = collector.shutdown(SOON);
    assert!(delivery.is_complete(), "{delivery}");
    assert!(began.elapsed() >= Duration::from_secs(1), "its own pauses would have been 70 ms: {:?}", began.elapsed());
    assert_eq!((delivery.retries, receiver.asked(), receiver.spans().len()), (2, 3, 2));
}

pub(crate) fn what_is_refused_for_good_is_not_sent_again(wire: Wire) {
    let receiver = Receiver::start(wire).answering([Answer::Refuse]);
    let collector = to(&receiver.endpoint(), wire).start().unwrap();
    collector.send(&order()).unwrap();
    let delivery = collector.flush(SOON);
    assert_eq!((delivery.lost, delivery.retries, receiver.asked()), (2, 0, 1), "{delivery}");
    collector.send(&order()).unwrap();
    let delivery = collector.shutdown(SOON);
    assert_eq!((delivery.delivered, delivery.lost), (2, 2), "the next trace is not held up: {delivery}");
}

pub(crate) fn spans_that_the_collector_rejects_are_counted(wire: Wire) {
    let receiver = Receiver::start(wire).answering([Answer::Reject(1)]);
    let collector = to(&receiver.endpoint(), wire).start().unwrap();
    collector.send(&order()).unwrap();
    let delivery = collector.shutdown(SOON);
    assert_eq!((delivery.delivered, delivery.rejected, delivery.lost), (1, 1, 0), "{delivery}");
    assert_eq!(delivery.last_error.as_deref(), Some("too old"));
}

pub(crate) fn sending_is_not_recorded(wire: Wire) {
    let receiver = Receiver::start(wire);
    let collector = to(&receiver.endpoint(), wire).start().unwrap();
    let first = order();
    let guard = Tracer::builder().process_wide(tracesnap::OnBusy::Wait).start().unwrap();
    collector.send(&first).unwrap();
    assert!(collector.shutdown(SOON).is_complete());
    let trace = guard.finish();
    let names: Vec<_> =
        trace.tree().calls().filter(|call| call.thread().name.as_deref() == Some("tracesnap-otlp")).collect();
    assert!(names.is_empty(), "{names:?}");
}
