//! What recording and playing back cost, beside cassetter: the same interactions, the same requests, in one run.
//!
//! `cargo run --release [INTERACTIONS]`, by default 10,000. Times are the least of a few runs, since a machine can only
//! be slower than it is; what each side found is checked before it is timed.

use std::hint::black_box;
use std::time::{Duration, Instant};

use cassetter_core::cassette::Cassette;
use cassetter_core::matching::config::MatchConfig;
use cassetter_core::protocol::http::HttpRequest;
use serde_json::{Value, json};
use tracesnap_record::file::{parse, to_bytes};
use tracesnap_record::{Interaction, Player, Recorder, Rule, Session};

/// About 600 bytes of JSON, a few of which are unlike in each interaction.
fn response(at: usize) -> Value {
    let items: Vec<Value> =
        (0..6).map(|n| json!({"id": at * 10 + n, "name": "a thing of some kind", "price": 12.5})).collect();
    json!({"order": at, "items": items, "note": "x".repeat(200), "paid": at % 2 == 0})
}

fn url(at: usize) -> String {
    format!("https://api.example.com/v1/orders/{at}")
}

/// So many interactions are in one YAML file: its reader refuses documents of more than 250,000 nodes.
const YAML: usize = 2_000;

fn sessions(count: usize) -> (Session, Cassette) {
    let ours = (0..count).map(|at| {
        let request = json!({"method": "GET", "url": url(at), "headers": [["accept", "application/json"]], "body": {"type": "none"}});
        let mut one = Interaction::new(at as u64, "api.example.com", "GET /v1/orders", request);
        one.response = json!({"status": 200, "headers": [["content-type", "application/json"]],
            "body": {"type": "json", "value": response(at)}});
        one
    });
    let theirs: Vec<Value> = (0..count)
        .map(|at| {
            json!({"request": {"method": "GET", "uri": url(at), "headers": {"accept": ["application/json"]}, "body": {"type": "none"}},
                "response": {"status": 200, "headers": {"content-type": ["application/json"]}, "body": {"type": "json", "content": response(at)}}})
        })
        .collect();
    let mut cassette = Cassette::new();
    for part in theirs.chunks(YAML) {
        let read = Cassette::from_yaml(&json!({"version": 1, "interactions": part}).to_string()).expect("a cassette");
        read.interactions.into_iter().for_each(|one| cassette.add_interaction(one));
    }
    (Session::new("bench", ours.collect()), cassette)
}

fn least<T>(runs: usize, mut work: impl FnMut() -> T) -> (Duration, T) {
    let mut best: Option<(Duration, T)> = None;
    for _ in 0..runs {
        let begun = Instant::now();
        let made = work();
        let took = begun.elapsed();
        if best.as_ref().is_none_or(|(least, _)| took < *least) {
            best = Some((took, made));
        }
    }
    best.expect("at least one run")
}

fn row(what: &str, took: Duration, count: usize, against: Option<Duration>) {
    let each = took.as_secs_f64() * 1e6 / count as f64;
    let ratio = against.map_or(String::new(), |ours| format!("{:6.1} x ours", took.as_secs_f64() / ours.as_secs_f64()));
    println!("{what:<34} {:>9.1} ms {each:>9.2} us each {ratio}", took.as_secs_f64() * 1e3);
}

fn main() {
    let count = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(10_000_usize);
    let (session, cassette) = sessions(count);
    let bytes = to_bytes(&session);
    println!("{count} interactions, {:.1} MB as a session", bytes.len() as f64 / 1e6);

    println!("\nload");
    let (ours, loaded) = least(3, || parse(&bytes, "bench").expect("a session"));
    assert_eq!(loaded.interactions.len(), count);
    row("tracesnap", ours, count, None);
    let order: Vec<usize> = (0..count).collect();
    let yaml = cassette.to_yaml(&order[..YAML.min(count)]).expect("YAML");
    let toml = cassette.to_toml(&order).expect("TOML");
    let (took, read) = least(1, || Cassette::from_toml(&toml).expect("a cassette"));
    assert_eq!(read.len(), count);
    row("cassetter, TOML", took, count, Some(ours));
    let (took, read) = least(1, || Cassette::from_yaml(&yaml).expect("a cassette"));
    assert_eq!(read.len(), YAML.min(count));
    // As if so many were as many.
    row(&format!("cassetter, YAML of {}", read.len()), took, read.len(), Some(ours * read.len() as u32 / count as u32));

    println!("\nanswer, each once, from the last to the first (the request is redacted before it is matched)");
    for count in [1_000, count / 2, count] {
        let play =
            || Player::builder().rule(Rule::http()).play(Session::new("bench", session.interactions[..count].to_vec()));
        let ask = |player: &Player| {
            for at in (0..count).rev() {
                let request = json!({"method": "GET", "url": url(at), "headers": [["accept", "application/json"]], "body": {"type": "none"}});
                let found = player.answer("api.example.com", "GET /v1/orders", &request).expect("recorded");
                assert_eq!(found.id, at as u64);
                black_box(found);
            }
        };
        let ours = (0..3)
            .map(|_| {
                let player = play();
                least(1, || ask(&player)).0
            })
            .min()
            .expect("three");
        row(&format!("tracesnap, of {count}"), ours, count, None);
        let mut part = Cassette::new();
        part.set_interactions(cassette.interactions[..count].to_vec());
        let config = MatchConfig::default();
        let (took, ()) = least(1, || {
            for at in (0..count).rev() {
                let request = HttpRequest::new("GET".into(), url(at), None, None);
                let found = part.take_match(&request, &config).expect("recorded");
                assert_eq!(found.0, at);
                black_box(found);
            }
        });
        row(&format!("cassetter, of {count}"), took, count, Some(ours));
    }

    println!("\nrecord (2 KB of response; what a call is longer by)");
    let dir = tempfile::tempdir().expect("a folder");
    let session = Recorder::builder().dir(dir.path()).pending(false).session("bench").expect("it begins");
    let body = json!({"items": (0..24).map(|n| json!({"id": n, "name": "a thing of some kind", "price": 12.5})).collect::<Vec<_>>(), "note": "x".repeat(600)});
    println!("{} bytes of response", body.to_string().len());
    let mut each: Vec<Duration> = (0..20_000)
        .map(|at| {
            let request = json!({"method": "GET", "url": url(at), "headers": [["accept", "application/json"]]});
            let begun = Instant::now();
            session.interaction("api.example.com", "GET /v1/orders", &request).response(&body);
            begun.elapsed()
        })
        .collect();
    each.sort();
    let at = |share: f64| each[(each.len() as f64 * share) as usize].as_secs_f64() * 1e6;
    println!("p50 {:.1} us, p90 {:.1} us, p99 {:.1} us", at(0.5), at(0.9), at(0.99));
    let begun = Instant::now();
    let finished = session.finish();
    let took = begun.elapsed();
    println!("finish: {:.1} ms for {} interactions", took.as_secs_f64() * 1e3, 20_000);
    assert_eq!(finished.expect("written").stats.recorded, 20_000);
}
