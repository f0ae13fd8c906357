//! Concurrent callers of the same address get their own answers, each in its order.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use http::{Request, Response};
use tower::Service;
use tracesnap_http::{Body, BoxError, Http};
use tracesnap_record::task::InTask;
use tracesnap_record::{Mode, ServiceProvider};
use tracesnap_redact::Policy;

use crate::support::*;

const TASKS: usize = 64;
const CALLS: usize = 1_000;

/// What each task is answered, in its order.
async fn talk<S>(service: S) -> Vec<Vec<String>>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = BoxError> + Clone + Send + 'static,
    S::Future: Send,
{
    let workers: Vec<_> = (0..TASKS)
        .map(|worker| {
            let service = service.clone();
            let work = async move {
                let mut answers = Vec::with_capacity(CALLS);
                for _ in 0..CALLS {
                    let response = ask(service.clone(), get("http://queue.example/next")).await.expect("answered");
                    let seen = see(response).await.body.expect("a body");
                    answers.push(String::from_utf8_lossy(&seen).into_owned());
                }
                answers
            };
            tokio::spawn(work.in_task(format!("worker {worker}")))
        })
        .collect();
    let mut all = Vec::new();
    for worker in workers {
        all.push(worker.await.expect("it ran"));
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_that_ask_the_same_are_each_played_their_own_answers_in_order() {
    let next = Arc::new(AtomicUsize::new(0));
    let queue = tower::service_fn(move |_: Request<Body>| {
        let n = next.fetch_add(1, Relaxed);
        async move {
            tokio::task::yield_now().await;
            Ok::<_, Infallible>(Response::new(Body::from(n.to_string())))
        }
    });
    let recordings = Recordings::new();
    // Nothing here is secret, and looking takes its time in a build without optimisation.
    let http = |mode| {
        let provider = ServiceProvider::builder().dir(recordings.path()).session("checkout").mode(mode);
        Http::new(provider.policy(Policy::none()).build().expect("a provider"))
    };
    let recording = http(Mode::Record);
    let said = talk(tower::Layer::layer(&recording.layer(), queue)).await;
    let mut all: Vec<usize> = said.iter().flatten().map(|answer| answer.parse().expect("a number")).collect();
    all.sort_unstable();
    assert_eq!(all, (0..TASKS * CALLS).collect::<Vec<_>>(), "nobody was answered twice");
    recordings.accept(recording);
    let playback = http(Mode::Playback);
    assert_eq!(talk(playback.playback()).await, said);
    playback.provider().player().expect("it plays").expect_all_used().expect("all were asked for");
}
