//! A call in which both sides speak by turns is recorded, and played back by turns.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt;
use proptest::prelude::*;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::metadata::MetadataValue;
use tonic::server::StreamingService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Status, Streaming};
use tonic_prost::ProstCodec;
use tower::ServiceExt;
use tracesnap_http::server::{self, Limits};
use tracesnap_http::{Body, BoxError, Http, HttpBuilder, Timing};
use tracesnap_leaks::everything;
use tracesnap_record::{Mode, OnMiss, ServiceProvider};
use tracesnap_redact::Policy;

use crate::grpc::{Order, Orders, Reply, descriptors, order};
use crate::support::*;

/// Answers each order with as many as it has for a count; one for `nothing` is the last.
#[derive(Clone)]
struct Talker {
    pause: Duration,
}

impl StreamingService<Order> for Talker {
    type Response = Order;
    type ResponseStream = Orders;
    type Future = Reply<Orders>;

    fn call(&mut self, request: tonic::Request<Streaming<Order>>) -> Self::Future {
        let pause = self.pause;
        let (send, receive) = mpsc::channel(16);
        tokio::spawn(async move {
            let mut asked = request.into_inner();
            while let Some(Ok(one)) = asked.next().await {
                if one.item == "nothing" {
                    let mut status = Status::not_found("there is no such item");
                    status.metadata_mut().insert("x-hint", MetadataValue::from_static("look elsewhere"));
                    let _ = send.send(Err(status)).await;
                    return;
                }
                for n in 0..one.count {
                    tokio::time::sleep(pause).await;
                    if send.send(Ok(order(&format!("{}-{n}", one.item), n))).await.is_err() {
                        return;
                    }
                }
            }
        });
        Box::pin(async move {
            let mut response = tonic::Response::new(Box::pin(ReceiverStream::new(receive)) as Orders);
            for value in ["one", "two"] {
                response.metadata_mut().append("x-many", MetadataValue::from_static(value));
            }
            response.metadata_mut().insert_bin("x-raw-bin", MetadataValue::from_bytes(&[0, 255, 7]));
            Ok(response)
        })
    }
}

async fn shop_with(pause: Duration) -> String {
    let address = serve_with(move |request: Request<hyper::body::Incoming>| async move {
        let mut grpc = tonic::server::Grpc::new(ProstCodec::<Order, Order>::default());
        grpc.streaming(Talker { pause }, request).await.map(Body::new)
    })
    .await;
    format!("http://{address}")
}

async fn shop() -> String {
    shop_with(Duration::ZERO).await
}

fn channel(url: &str) -> Channel {
    Endpoint::from_shared(url.to_owned()).expect("an address").connect_lazy()
}

fn nobody() -> Channel {
    channel("http://127.0.0.1:1")
}

/// Orders that are sent one after the other; then all is read that they are answered.
type Turn<'t> = &'t [(&'t str, u32)];

/// Speaks by turns, and tells what was answered.
async fn converse<S, B>(service: S, turns: &[Turn<'_>]) -> Result<Vec<String>, Status>
where
    S: tower::Service<Request<tonic::body::Body>, Response = Response<B>, Error: Into<BoxError>>,
    B: http_body::Body<Data = bytes::Bytes, Error: Into<BoxError>> + Send + 'static,
{
    let mut client = tonic::client::Grpc::new(service);
    client.ready().await.map_err(|error| Status::from_error(error.into()))?;
    let (send, receive) = mpsc::channel(1);
    let path = http::uri::PathAndQuery::from_static("/shop.Orders/Talk");
    let codec = ProstCodec::<Order, Order>::default();
    let response = client.streaming(tonic::Request::new(ReceiverStream::new(receive)), path, codec).await?;
    let mut seen = vec![format!("{:?}", response.metadata().get_all("x-many").iter().collect::<Vec<_>>())];
    let mut answers = response.into_inner();
    for turn in turns {
        let mut awaited = 0;
        for (item, count) in *turn {
            // Whoever does not read yet is not kept from asking: the channel holds one, and there are more.
            send.send(order(item, *count)).await.map_err(|_| Status::aborted("nobody listens"))?;
            awaited += if *item == "nothing" { 1 } else { *count };
        }
        for _ in 0..awaited {
            let answer = answers.message().await?.ok_or_else(|| Status::aborted("it ended"))?;
            seen.push(format!("{} {} {}", answer.item, answer.count, answer.api_key.len()));
        }
    }
    drop(send);
    while let Some(answer) = answers.message().await? {
        seen.push(format!("late {}", answer.item));
    }
    seen.push(format!("trailers: {:?}", answers.trailers().await?.map(tonic::metadata::MetadataMap::into_headers)));
    Ok(seen)
}

const TALK: [Turn<'static>; 5] =
    [&[("desk", 2)], &[("lamp", 1)], &[("rug", 0), ("chair", 1), ("shelf", 0), ("sofa", 2)], &[], &[("bed", 1)]];

fn names(seen: &[String]) -> Vec<&str> {
    seen.iter()
        .filter_map(|line| line.split_once(' ').map(|(name, _)| name))
        .filter(|name| name.contains('-'))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dialogue_is_played_back_by_turns() {
    for is_described in [false, true] {
        let builder = || {
            let builder = Http::builder();
            if is_described { builder.descriptors(descriptors()) } else { builder }
        };
        let recordings = Recordings::new();
        let recording = recordings.http_with(Mode::Record, builder());
        let said = converse(recording.tonic(channel(&shop().await)), &TALK).await.expect("answered");
        assert_eq!(names(&said), ["desk-0", "desk-1", "lamp-0", "chair-0", "sofa-0", "sofa-1", "bed-0"]);
        let session = recordings.accept(recording);
        assert!(session.interactions[0].stream.as_ref().expect("parts").is_dialogue());
        let folder = String::from_utf8_lossy(&everything(recordings.path())).into_owned();
        // Without its name nothing says that it is a secret.
        let is_told =
            ["hunter2", "aHVudGVyMi1r", "h1bnRlcjIta", "odW50ZXIyLW"].iter().any(|mark| folder.contains(mark));
        assert!(!is_described || !is_told, "as text, and in Base64");
        let playback = || recordings.http_with(Mode::Playback, builder());
        let through_a_channel = converse(playback().tonic(nobody()), &TALK).await.expect("played");
        let without = converse(playback().playback(), &TALK).await.expect("played");
        assert_eq!((names(&through_a_channel), names(&without)), (names(&said), names(&said)));
        assert_eq!(through_a_channel, without);
        // As a server, for programs in other languages.
        let listener = server::listen(0).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let serving = tokio::spawn(server::serve(playback(), listener, Limits::default(), std::future::pending()));
        let served = converse(channel(&url), &TALK).await.expect("served");
        assert_eq!(served, without);
        serving.abort();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_that_was_not_recorded_is_a_miss_that_names_it() {
    let recordings = Recordings::new();
    let builder = || Http::builder().descriptors(descriptors());
    let recording = recordings.http_with(Mode::Record, builder());
    converse(recording.tonic(channel(&shop().await)), &[&[("desk", 1)], &[("lamp", 1)]]).await.expect("answered");
    recordings.accept(recording);
    let ask = async |turns: &[Turn<'_>]| {
        let playback = recordings.http_with(Mode::Playback, builder());
        converse(playback.playback(), turns).await.expect_err("a miss").message().to_owned()
    };
    let error = ask(&[&[("desk", 1)], &[("lamb", 1)]]).await;
    assert!(error.contains("nothing in the recording") && error.contains("nearest is interaction 0"), "{error}");
    assert!(error.contains("$.body.messages[1].value.item: \"lamp\" recorded, \"lamb\" asked"), "{error}");
    // At once where nothing begins like this, and where it ends too soon or goes on.
    assert!(ask(&[&[("bed", 1)]]).await.contains("\"desk\" recorded, \"bed\" asked"));
    assert!(ask(&[&[("desk", 1)]]).await.contains("$.body.messages[1]"));
    assert!(ask(&[&[("desk", 1)], &[("lamp", 1)], &[("bed", 1)]]).await.contains("$.body.messages[2]"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_dialogues_that_begin_alike_the_one_that_was_meant_goes_on() {
    let recordings = Recordings::new();
    let recording = recordings.http(Mode::Record);
    let url = shop().await;
    let with = |item: &'static str| [&[("desk", 1)][..], Box::leak(Box::new([(item, 2)])), &[("bed", 1)]];
    let mut said = Vec::new();
    for item in ["lamp", "sofa", "chair", "sofa"] {
        said.push(converse(recording.tonic(channel(&url)), &with(item)).await.expect("answered"));
    }
    recordings.accept(recording);
    let playback = recordings.http(Mode::Playback);
    for at in [2, 1, 0, 3] {
        let item = ["lamp", "sofa", "chair", "sofa"][at];
        let played = converse(playback.playback(), &with(item)).await.expect("played");
        assert_eq!(names(&played), names(&said[at]), "{item}");
    }
    playback.provider().clone().cleanup().expect("each answered once");
    let error = converse(playback.playback(), &with("lamp")).await.expect_err("all have answered");
    assert!(error.message().contains("it has answered already"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_that_speak_at_once_are_each_played_their_own() {
    const TASKS: usize = 8;
    let recordings = Recordings::new();
    let url = shop().await;
    let all = async |http: &Http, service: Option<&str>| {
        let tasks = (0..TASKS).map(|task| {
            let (http, url) = (http.clone(), service.map(str::to_owned));
            let speaking = async move {
                let mut all = Vec::new();
                for round in 0..4 {
                    let own = format!("task-{task}-{round}");
                    let turns: [Turn<'_>; 3] = [&[("desk", 1)], &[(&own, 2)], &[("bed", 1)]];
                    let channel = url.as_deref().map_or_else(nobody, channel);
                    all.push(converse(http.tonic(channel), &turns).await.expect("answered"));
                }
                all
            };
            tokio::spawn(tracesnap_record::task::InTask::in_task(speaking, format!("worker {task}")))
        });
        futures_util::future::join_all(tasks).await.into_iter().map(|told| told.expect("it ran")).collect::<Vec<_>>()
    };
    let recording = recordings.http(Mode::Record);
    let said = all(&recording, Some(&url)).await;
    recordings.accept(recording);
    let played = all(&recordings.http(Mode::Playback), None).await;
    let names = |all: &[Vec<Vec<String>>]| {
        let flat = all.iter().flatten().map(|seen| names(seen).join(" "));
        flat.collect::<Vec<_>>()
    };
    assert_eq!(names(&played), names(&said));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hybrid_and_verify_let_a_dialogue_pass_to_the_service() {
    let recordings = Recordings::new();
    let url = shop().await;
    let hybrid = recordings.http(Mode::Hybrid(OnMiss::Record));
    let said = converse(hybrid.tonic(channel(&url)), &TALK).await.expect("answered by the service");
    recordings.accept(hybrid);
    // From now on nobody is asked, but for what is new; and that is told by how it begins.
    let hybrid = recordings.http(Mode::Hybrid(OnMiss::Record));
    let played = converse(hybrid.tonic(nobody()), &TALK).await.expect("played");
    assert_eq!(names(&played), names(&said));
    let other = [&[("stool", 1)][..], &[("lamp", 1)]];
    let asked = converse(hybrid.tonic(channel(&url)), &other).await.expect("answered by the service");
    assert_eq!(names(&asked), ["stool-0", "lamp-0"]);
    let session = recordings.accept(hybrid);
    assert_eq!(session.interactions.len(), 2);
    let verify = recordings.http(Mode::Verify);
    let verified = converse(verify.tonic(channel(&url)), &TALK).await.expect("answered by the service");
    assert_eq!(names(&verified), names(&said));
    verify.provider().flush();
    let drift = verify.provider().drift();
    assert_eq!((drift.compared(), drift.interactions(), drift.is_error()), (1, 0, false), "{drift}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dialogue_has_its_pace() {
    const PAUSE: Duration = Duration::from_millis(120);
    let recordings = Recordings::new();
    let recording = recordings.http(Mode::Record);
    let turns: [Turn<'_>; 2] = [&[("desk", 2)], &[("lamp", 2)]];
    converse(recording.tonic(channel(&shop_with(PAUSE).await)), &turns).await.expect("answered");
    recordings.accept(recording);
    let play = async |timing| {
        let playback = recordings.http_with(Mode::Playback, Http::builder().timing(timing));
        let begun = Instant::now();
        converse(playback.playback(), &turns).await.expect("played");
        begun.elapsed()
    };
    assert!(play(Timing::Recorded).await >= 4 * PAUSE - PAUSE / 10);
    assert!(play(Timing::Scaled(2.0)).await >= 8 * PAUSE - PAUSE / 5);
    // Not a promise of speed: it only must not wait for what was recorded.
    let without = (play(Timing::None).await, play(Timing::None).await);
    assert!(without.0.min(without.1) < 4 * PAUSE, "{without:?}");
}

/// What passed of a response.
#[derive(Clone, Debug, Default, PartialEq)]
struct Wire {
    headers: Vec<(String, Vec<u8>)>,
    bytes: Vec<u8>,
    trailers: Option<HeaderMap>,
}

/// A service of which all that it answers is kept.
fn tapped<S>(
    service: S,
    wire: &Arc<Mutex<Wire>>,
) -> impl tower::Service<Request<tonic::body::Body>, Response = Response<Body>, Error = BoxError>
where
    S: tower::Service<Request<tonic::body::Body>, Response = Response<Body>, Error = BoxError>,
{
    let wire = Arc::clone(wire);
    service.map_response(move |response: Response<Body>| {
        let (parts, body) = response.into_parts();
        let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
        wire.lock().expect("no panic").headers = headers.collect();
        let body = body.map_frame(move |frame| {
            let mut wire = wire.lock().expect("no panic");
            wire.bytes.extend(frame.data_ref().into_iter().flatten());
            wire.trailers = frame.trailers_ref().cloned().or_else(|| wire.trailers.take());
            frame
        });
        Response::from_parts(parts, Body::new(body))
    })
}

#[test]
fn any_dialogue_is_played_back_byte_for_byte() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 12,
        failure_persistence: None,
        ..Default::default()
    });
    let item = prop_oneof![4 => "[a-z\u{e4} ]{0,12}", 1 => "[a-z]{20000}", 1 => Just("nothing".to_owned())];
    let turn = prop::collection::vec((item, 0_u32..4), 0..4);
    let dialogues = prop::collection::vec(prop::collection::vec(turn, 0..4), 1..4);
    // Small ones, so that bodies go to files and are played from there.
    let kept = prop::sample::select(vec![64, 1 << 20]);
    let checked = runner.run(&(dialogues, kept, any::<bool>()), |(dialogues, kept_bytes, is_described)| {
        let builder = || -> HttpBuilder {
            let builder = Http::builder().kept_bytes(kept_bytes);
            if is_described { builder.descriptors(descriptors()) } else { builder }
        };
        let recordings = Recordings::new();
        let http = |mode| {
            // Whatever looks like a secret by chance is to stay, so that bytes can be compared.
            let provider = ServiceProvider::builder().dir(recordings.path()).session("checkout").policy(Policy::none());
            builder().build(provider.mode(mode).build().expect("a provider"))
        };
        let speak = async |http: &Http, channel: &Channel| {
            let mut all = Vec::new();
            for dialogue in &dialogues {
                // Nothing is asked after it has ended.
                let mut is_over = false;
                let mut turns: Vec<Vec<(&str, u32)>> = Vec::new();
                for turn in dialogue {
                    let mut asked = Vec::new();
                    for (item, count) in turn.iter().filter(|_| !is_over) {
                        asked.push((item.as_str(), *count));
                        if item == "nothing" {
                            is_over = true;
                            break;
                        }
                    }
                    turns.push(asked);
                }
                let turns: Vec<Turn<'_>> = turns.iter().map(Vec::as_slice).collect();
                let wire = Arc::default();
                let told = converse(tapped(http.tonic(channel.clone()), &wire), &turns).await;
                let told = told.map_err(|status| format!("{status:?}"));
                all.push((told, wire.lock().expect("no panic").clone()));
            }
            all
        };
        runtime.block_on(async {
            let recording = http(Mode::Record);
            let said = speak(&recording, &channel(&shop().await)).await;
            recordings.accept(recording);
            let played = speak(&http(Mode::Playback), &nobody()).await;
            for (played, said) in played.iter().zip(&said) {
                assert_eq!(played, said);
            }
        });
        Ok(())
    });
    checked.expect("the same");
}
