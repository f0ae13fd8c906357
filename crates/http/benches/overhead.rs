//! What recording costs a call, and how fast recordings answer: `cargo bench -p tracesnap-http --features hyper`.
//!
//! A client of hyper asks a local axum server for 2 KB of JSON, over one connection that stays. Calls are made in turn,
//! block by block, without us, with us switched off, and recorded, so that whatever else the machine does hits all alike;
//! answers are checked before anything is timed. Then the same requests are played back in process. Last, the same without
//! a network, where a service answers at once: what a call itself costs, on its own thread.

use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::json;
use tower::{Service, ServiceExt};
use tracesnap_http::{Body, BoxError, Http, HyperClient};
use tracesnap_record::{Mode, ServiceProvider, Sets};

const BLOCKS: usize = 60;
const BLOCK: usize = 200;

fn document() -> Vec<u8> {
    let item = |at: usize| json!({"sku": format!("SKU-{at:06}"), "title": "Walnut desk, oiled, 140 × 70 cm", "quantity": at, "unit_price": 19.99});
    let document =
        json!({"order_id": 4711, "currency": "EUR", "paid": true, "items": (0..19).map(item).collect::<Vec<_>>()});
    serde_json::to_vec(&document).expect("JSON")
}

async fn call<S, B>(service: &mut S, url: &str) -> Bytes
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Error: Into<BoxError>,
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let request = Request::get(url).header("accept", "application/json").body(Body::empty()).expect("a request");
    let response = service.ready().await.map_err(Into::into).expect("ready").call(request).await.map_err(Into::into);
    response.expect("answered").into_body().collect().await.map_err(Into::into).expect("a body").to_bytes()
}

async fn block<S, B>(service: &mut S, url: &str, times: &mut Vec<Duration>)
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Error: Into<BoxError>,
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    for _ in 0..BLOCK {
        let begun = Instant::now();
        std::hint::black_box(call(service, url).await);
        times.push(begun.elapsed());
    }
}

fn percentile(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    times[times.len() * percent / 100].as_secs_f64() * 1e6
}

fn client() -> HyperClient<HttpConnector> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    Client::builder(TokioExecutor::new()).build(connector)
}

fn provider(dir: &std::path::Path, mode: Mode) -> ServiceProvider {
    ServiceProvider::builder().dir(dir).session("bench").mode(mode).build().expect("a provider")
}

fn main() {
    let dir = tempfile::tempdir().expect("a folder");
    let body = document();
    println!("a response of {} bytes of JSON, {} calls each", body.len(), BLOCKS * BLOCK);
    // The server has a thread of its own, as a service has a machine.
    let (send, receive) = std::sync::mpsc::channel();
    let served = Bytes::from(body.clone());
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let routes = Router::new().route(
                "/orders/{id}",
                get(move || {
                    let body = served.clone();
                    async move { ([("content-type", "application/json")], body) }
                }),
            );
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            send.send(listener.local_addr().expect("an address")).expect("told");
            let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
                let _ = stream.set_nodelay(true);
            });
            axum::serve(listener, routes).await.expect("served");
        });
    });
    let url = format!("http://{}/orders/4711", receive.recv().expect("an address"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (mut plain, off, on) =
            (client(), Http::new(provider(dir.path(), Mode::Real)), Http::new(provider(dir.path(), Mode::Record)));
        let (mut off, mut recorded) = (off.hyper(client()), on.hyper(client()));
        for _ in 0..500 {
            assert_eq!(call(&mut plain, &url).await, body);
            assert_eq!(call(&mut off, &url).await, body);
            assert_eq!(call(&mut recorded, &url).await, body);
        }
        let mut times = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..BLOCKS {
            block(&mut plain, &url, &mut times[0]).await;
            block(&mut off, &url, &mut times[1]).await;
            block(&mut recorded, &url, &mut times[2]).await;
            // What was recorded is written by a thread; on a machine without an idle processor that would be counted to
            // whoever comes next.
            on.provider().flush();
        }
        let base = percentile(&mut times[0], 50);
        for (name, times) in ["without us", "mode real", "mode record"].into_iter().zip(&mut times) {
            let (p50, p90, p99) = (percentile(times, 50), percentile(times, 90), percentile(times, 99));
            let (more, percent) = (p50 - base, (p50 / base - 1.0) * 100.0);
            println!(
                "{name:12} p50 {p50:7.1} µs  p90 {p90:7.1} µs  p99 {p99:7.1} µs   {more:+6.1} µs  {percent:+5.1} %"
            );
        }

        let finished = on.provider().save().expect("saved").expect("recorded");
        assert_eq!(finished.stats.lost, 0);
        let sets = Sets::open(dir.path()).expect("sets");
        sets.accept(&finished.pending.expect("it waits").parse().expect("an id")).expect("accepted");
        let mut playback = Http::new(provider(dir.path(), Mode::Playback)).playback();
        assert_eq!(call(&mut playback, &url).await, body);
        // The same calls, in turn: one after the other, as a test makes them.
        let (mut served, mut played) = (Vec::new(), Vec::new());
        for _ in 0..BLOCKS {
            block(&mut plain, &url, &mut served).await;
            block(&mut playback, &url, &mut played).await;
        }
        let rate = |times: &[Duration]| times.len() as f64 / times.iter().sum::<Duration>().as_secs_f64();
        let (served_rate, played_rate) = (rate(&served), rate(&played));
        println!(
            "played back, calls a second: axum {served_rate:.0}, playback {played_rate:.0}: {:.1} ×",
            played_rate / served_rate
        );
        let (served, played) = (percentile(&mut served, 50), percentile(&mut played, 50));
        println!(
            "played back, p50: axum {served:.1} µs a call, playback {played:.2} µs a call: {:.1} ×",
            served / played
        );

        // Without a network.
        let other = tempfile::tempdir().expect("a folder");
        let said = Bytes::from(body.clone());
        let answer = tower::service_fn(move |_: Request<Body>| {
            let mut response = Response::new(Body::from(said.clone()));
            response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
            std::future::ready(Ok::<_, std::convert::Infallible>(response))
        });
        let http = |mode| Http::new(provider(other.path(), mode));
        let (off, on) = (http(Mode::Real), http(Mode::Record));
        let layered = |http: &Http| tower::Layer::layer(&http.layer(), answer.clone());
        let (mut plain, mut off, mut recorded) = (answer.clone(), layered(&off), layered(&on));
        let mut times = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..BLOCKS {
            block(&mut plain, &url, &mut times[0]).await;
            block(&mut off, &url, &mut times[1]).await;
            block(&mut recorded, &url, &mut times[2]).await;
            on.provider().flush();
        }
        let [plain, off, recorded] = times.each_mut().map(|times| percentile(times, 50));
        println!("without a network, p50: {plain:.2} µs, mode real {off:.2} µs, mode record {recorded:.2} µs a call");
    });
}
