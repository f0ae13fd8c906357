//! A span may be entered long after it was made, as that of a task that waits for its turn. That says nothing of when
//! anything else happened, or of who called whom.

use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use tracesnap::{Trace, TraceHandle, Tracer};
use tracing::{Dispatch, Span, dispatcher, info, info_span};
use tracing_subscriber::prelude::*;

fn layer() -> (Dispatch, TraceHandle) {
    let (layer, handle) = Tracer::builder().layer().unwrap();
    (tracing_subscriber::registry().with(layer).into(), handle)
}

fn parent_of(trace: &Trace, name: &str) -> Option<String> {
    let call = trace.tree().calls().find(|call| call.name() == name).unwrap_or_else(|| panic!("{name} is not there"));
    call.parent().map(|parent| parent.name().to_owned())
}

#[test]
fn an_event_has_its_own_time_when_a_span_made_before_it_is_entered_after_it() {
    let guard = Tracer::start().unwrap();
    let task = info_span!("task");
    info_span!("step").in_scope(|| info!("before"));
    thread::sleep(Duration::from_millis(5));
    task.in_scope(|| ());
    let trace = guard.finish();
    let step = trace.tree().calls().find(|call| call.name() == "step").unwrap();
    let at = step.events().next().unwrap().at().unwrap();
    assert!(step.first_enter().unwrap() <= at && at <= step.last_exit().unwrap(), "{at:?}");
}

#[test]
fn a_span_never_entered_stands_between_what_came_before_it_and_what_came_after() {
    let guard = Tracer::start().unwrap();
    let task = info_span!("task");
    info!("before");
    drop(info_span!("never"));
    info!("after");
    thread::sleep(Duration::from_millis(5));
    task.in_scope(|| ());
    let trace = guard.finish();
    let said: Vec<_> = trace.events().filter(|event| !event.is_return()).collect();
    let said: Vec<_> = said.iter().map(|event| event.message().unwrap_or(event.function())).collect();
    assert_eq!(said, ["before", "never", "after", "task"]);
}

#[test]
fn a_call_on_another_thread_finds_its_caller_when_a_span_made_before_that_is_entered_later() {
    let (subscriber, handle) = layer();
    dispatcher::with_default(&subscriber, || {
        let task = info_span!("task");
        let caller = info_span!("caller");
        let elsewhere = caller.clone();
        let subscriber = subscriber.clone();
        let on_other_thread = move || {
            dispatcher::with_default(&subscriber, || elsewhere.in_scope(|| info_span!("called").in_scope(|| ())));
        };
        thread::spawn(on_other_thread).join().unwrap();
        task.in_scope(|| ());
        caller.in_scope(|| ());
    });
    let trace = handle.trace();
    assert_eq!(parent_of(&trace, "called").as_deref(), Some("caller"));
    assert_eq!(trace.tree().calls().find(|call| call.name() == "caller").unwrap().polls(), 2);
}

#[test]
fn a_call_made_first_on_another_thread_finds_its_caller_that_is_entered_later() {
    let (subscriber, handle) = layer();
    dispatcher::with_default(&subscriber, || {
        let caller = info_span!("caller");
        let parent = caller.id();
        let subscriber = subscriber.clone();
        let on_other_thread = move || {
            dispatcher::with_default(&subscriber, || {
                info_span!(parent: parent.clone(), "called").in_scope(|| ());
                info!(parent: parent, "told");
            });
        };
        thread::spawn(on_other_thread).join().unwrap();
        caller.in_scope(|| ());
    });
    let trace = handle.trace();
    assert_eq!(parent_of(&trace, "called").as_deref(), Some("caller"));
    assert_eq!(trace.tree().root_items().count(), 1, "{:?}", trace.tree().root_items().collect::<Vec<_>>());
}

#[test]
fn a_call_made_first_thing_on_one_thread_and_entered_on_another_finds_its_caller_of_a_third() {
    let (subscriber, handle) = layer();
    dispatcher::with_default(&subscriber, || {
        let caller = info_span!("caller").entered();
        let parent = caller.id();
        let on_thread = |run: Box<dyn FnOnce() -> Span + Send>| {
            let subscriber = subscriber.clone();
            thread::spawn(move || dispatcher::with_default(&subscriber, run)).join().unwrap()
        };
        let called = on_thread(Box::new(move || info_span!(parent: parent, "called")));
        on_thread(Box::new(move || called.in_scope(Span::current)));
    });
    let trace = handle.trace();
    assert_eq!(parent_of(&trace, "called").as_deref(), Some("caller"));
    assert_eq!(trace.tree().calls().find(|call| call.name() == "called").unwrap().polls(), 1);
}

#[test]
fn fields_recorded_on_another_thread_first_thing_are_kept() {
    let (subscriber, handle) = layer();
    dispatcher::with_default(&subscriber, || {
        let call = info_span!("call", size = tracing::field::Empty, follows = true).entered();
        let (sender, receiver) = channel::<Span>();
        sender.send(Span::current()).unwrap();
        let cause = info_span!("cause");
        let subscriber = subscriber.clone();
        let on_other_thread = move || {
            dispatcher::with_default(&subscriber, || {
                let call = receiver.recv().unwrap();
                call.record("size", 7);
                call.follows_from(&cause);
            });
        };
        thread::spawn(on_other_thread).join().unwrap();
        drop(call);
    });
    let trace = handle.trace();
    let call = trace.tree().calls().find(|call| call.name() == "call").unwrap();
    assert_eq!(call.arg("size").map(|size| size.to_string()).as_deref(), Some("7"));
    assert_eq!(call.follows_from().count(), 1);
}
