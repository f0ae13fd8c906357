//! `#[traced]` on async tests: it builds the runtime, so that all of its threads belong to the recording.

use std::future::pending;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::sleep;
use tracesnap::traced;
use tracing::instrument;

#[instrument(ret, err)]
async fn process_order(items: u32) -> Result<u32, String> {
    check_availability(items).await;
    if items > 5 { Err("too many".into()) } else { Ok(items * 10) }
}

#[instrument(ret)]
async fn check_availability(items: u32) -> bool {
    tokio::task::yield_now().await;
    true
}

#[instrument]
fn pack(parcel: u32) {}

#[traced]
#[tokio::test]
async fn an_async_test_is_asserted_by_a_snapshot_of_its_name() {
    process_order(2).await.unwrap();
}

#[traced]
#[tokio::test]
async fn an_async_test_that_returns_a_result_may_use_the_question_mark() -> Result<(), String> {
    assert_eq!(process_order(2).await?, 20);
    Ok(())
}

#[traced]
#[tokio::test]
#[should_panic(expected = "called `Result::unwrap()` on an `Err` value: \"too many\"")]
async fn a_panic_goes_through_with_its_own_message() {
    process_order(6).await.unwrap();
}

#[instrument(skip(both_are_here))]
async fn deliver(parcel: u32, both_are_here: Arc<Barrier>) {
    both_are_here.wait();
    pack(parcel);
}

// Spawned without a span around it, a task is known to belong here by its thread alone. The barrier keeps two threads.
#[traced]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_on_worker_threads_are_recorded() {
    let both_are_here = Arc::new(Barrier::new(2));
    let tasks = [2, 1].map(|parcel| tokio::spawn(deliver(parcel, both_are_here.clone())));
    for task in tasks {
        task.await.unwrap();
    }
}

#[traced(no_snapshot, assert = |trace| {
    trace.calls("pack").assert_times(8);
    assert!(trace.tree().calls().all(|call| call.thread().name.as_deref() != Some("main")));
})]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn threads_for_blocking_work_are_recorded_on_a_runtime_of_many_threads() {
    let parcels: Vec<_> = (0..8).map(|parcel| tokio::task::spawn_blocking(move || pack(parcel))).collect();
    for parcel in parcels {
        parcel.await.unwrap();
    }
}

#[traced]
#[tokio::test]
async fn threads_for_blocking_work_are_recorded_on_a_runtime_of_one_thread() {
    tokio::task::spawn_blocking(|| pack(1)).await.unwrap();
}

#[instrument(ret)]
async fn retry_until_paid() -> u32 {
    let mut attempts = 0;
    while attempts < 3 {
        attempts += 1;
        sleep(Duration::from_secs(3600)).await;
    }
    attempts
}

#[traced]
#[tokio::test(start_paused = true)]
async fn hours_pass_at_once_where_time_is_paused() {
    assert_eq!(retry_until_paid().await, 3);
}

#[instrument(skip_all)]
async fn wait_for_ever(begun: oneshot::Sender<()>) {
    begun.send(()).unwrap();
    pending::<()>().await;
}

// What a task left behind was doing is over before the trace is taken, not open in some runs.
#[traced(no_snapshot, assert = |trace| {
    trace.assert_called("wait_for_ever");
    assert!(trace.tree().calls().all(|call| !call.is_open()));
})]
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn tasks_that_are_left_end_before_the_recording_does() {
    let (begun, has_begun) = oneshot::channel();
    tokio::spawn(wait_for_ever(begun));
    has_begun.await.unwrap();
}
