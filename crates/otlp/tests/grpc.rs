//! Traces pushed over gRPC to a receiver made of the official types.

mod collector;

use collector::receiver::Wire;
use collector::scenarios;

#[test]
fn what_is_sent_arrives_with_its_parents_events_and_errors() {
    scenarios::what_is_sent_arrives_with_its_parents_events_and_errors(Wire::Grpc);
}

#[test]
fn a_large_trace_arrives_whole_in_requests_of_bounded_size() {
    scenarios::a_large_trace_arrives_whole_in_requests_of_bounded_size(Wire::Grpc);
}

#[test]
fn a_collector_that_comes_back_gets_what_waited() {
    scenarios::a_collector_that_comes_back_gets_what_waited(Wire::Grpc);
}

#[test]
fn while_it_is_away_the_queue_is_bounded_and_loss_is_counted() {
    scenarios::while_it_is_away_the_queue_is_bounded_and_loss_is_counted(Wire::Grpc);
}

#[test]
fn what_is_tried_for_too_long_is_lost_and_counted() {
    scenarios::what_is_tried_for_too_long_is_lost_and_counted(Wire::Grpc);
}

#[test]
fn a_collector_that_says_when_to_come_back_is_asked_then() {
    scenarios::a_collector_that_says_when_to_come_back_is_asked_then(Wire::Grpc);
}

#[test]
fn what_is_refused_for_good_is_not_sent_again() {
    scenarios::what_is_refused_for_good_is_not_sent_again(Wire::Grpc);
}

#[test]
fn spans_that_the_collector_rejects_are_counted() {
    scenarios::spans_that_the_collector_rejects_are_counted(Wire::Grpc);
}

#[test]
fn sending_is_not_recorded() {
    scenarios::sending_is_not_recorded(Wire::Grpc);
}
