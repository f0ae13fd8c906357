//! Recordings of growing size, loaded and played back; and mocks of growing number, for those who have these instead.

use std::path::Path;

use anyhow::Result;
use cassetter::RecordMode;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;
use tracesnap_http::{Body, Http};
use tracesnap_record::{Mode, Player, Rule, ServiceProvider};

use crate::cassettes::{multiply_json, multiply_toml, multiply_yaml};
use crate::measure::{median, shortest};
use crate::recording::*;
use crate::service::{body, id};
use crate::times;

const CALLS: usize = 1_000;
/// Of those who look through all that there is.
const FEW_CALLS: usize = 50;
/// More mocks take minutes to be set up.
const MOST_MOCKS: usize = 10_000;

struct Row {
    name: &'static str,
    n: usize,
    load: Option<f64>,
    /// Why not, where it cannot.
    call: Result<f64, String>,
}

/// Prints the table.
pub async fn table(service: &str, large: usize) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let dir = dir.path();
    let url = |id: &str| format!("{service}/items/{id}");
    let first = url(&id(0));
    // One interaction of each, by its own hand.
    let http = Http::new(provider(dir, Mode::Record)?);
    get_with(&with_ours(&http), first.clone()).await?;
    let ours = http.provider().save()?.expect("it recorded").path;
    for name in ["one.yaml", "one.toml"] {
        let recorder = cassetter_recorder(dir.join(name), RecordMode::All)?;
        let client = cassetter::reqwest::Client::new(reqwest::Client::new(), recorder.clone());
        get_cassetter(&client, first.clone()).await?;
        recorder.finish().await?;
    }
    get_with(&with_reqwest_vcr(&dir.join("vcr.json"), reqwest_vcr::VCRMode::Record), first.clone()).await?;
    get_011(&with_rvcr(&dir.join("rvcr.json"), rvcr::VCRMode::Record), first).await?;

    let plain = reqwest::Client::new();
    let mut rows = Vec::new();
    let asked = times!(CALLS, CALLS, |id| get(&plain, url(&id)).await?);
    rows.push(Row { name: "axum over loopback, reqwest", n: 0, load: None, call: Ok(median(asked)) });
    for n in [1_000, 10_000, large] {
        let file = |name: &str| dir.join(format!("{n}-{name}"));
        let number = |value: &mut Value, n: usize| value["id"] = n.into();
        multiply_json(&ours, &file("ours.session.json"), "interactions", n, number)?;
        multiply_yaml(&dir.join("one.yaml"), &file("one.yaml"), n)?;
        multiply_toml(&dir.join("one.toml"), &file("one.toml"), n)?;
        multiply_json(&dir.join("vcr.json"), &file("vcr.json"), "http_interactions", n, |_, _| {})?;
        multiply_json(&dir.join("rvcr.json"), &file("rvcr.json"), "http_interactions", n, |_, _| {})?;

        let (load, http) = shortest(|| playback(&file("ours.session.json")));
        let service = http?.playback();
        let call = times!(n, CALLS, |id| {
            let request = http::Request::get(url(&id)).body(Body::empty())?;
            let response = service.clone().oneshot(request).await.map_err(anyhow::Error::from_boxed)?;
            response.into_body().collect().await.map_err(anyhow::Error::from_boxed)?.to_bytes()
        });
        rows.push(Row { name: "tracesnap, in process", n, load: Some(load), call: Ok(median(call)) });
        let client = with_ours(&playback(&file("ours.session.json"))?);
        let call = times!(n, CALLS, |id| get_with(&client, url(&id)).await?);
        rows.push(Row { name: "tracesnap, reqwest", n, load: None, call: Ok(median(call)) });

        for (name, from) in [("cassetter, YAML, reqwest", "one.yaml"), ("cassetter, TOML, reqwest", "one.toml")] {
            match shortest(|| cassetter_recorder(file(from), RecordMode::None)) {
                (load, Ok(recorder)) => {
                    let client = cassetter::reqwest::Client::new(reqwest::Client::new(), recorder);
                    let call = times!(n, CALLS, |id| get_cassetter(&client, url(&id)).await?);
                    rows.push(Row { name, n, load: Some(load), call: Ok(median(call)) });
                }
                (_, Err(error)) => {
                    let why = error.to_string();
                    let told = why.lines().next().unwrap_or_default().to_owned();
                    rows.push(Row { name, n, load: None, call: Err(told) });
                }
            }
        }

        let (load, client) = shortest(|| with_reqwest_vcr(&file("vcr.json"), reqwest_vcr::VCRMode::Replay));
        let call = times!(n, FEW_CALLS, |id| get_with(&client, url(&id)).await?);
        rows.push(Row { name: "reqwest-vcr, reqwest", n, load: Some(load), call: Ok(median(call)) });
        drop(client);
        let (load, client) = shortest(|| with_rvcr(&file("rvcr.json"), rvcr::VCRMode::Replay));
        let call = times!(n, FEW_CALLS, |id| get_011(&client, url(&id)).await?);
        rows.push(Row { name: "rvcr, reqwest 0.11", n, load: Some(load), call: Ok(median(call)) });
        drop(client);
        if n <= MOST_MOCKS {
            rows.push(wiremock(n).await?);
            rows.push(httpmock(n).await?);
        }
    }
    print(&rows);
    Ok(())
}

fn playback(file: &Path) -> Result<Http> {
    // What the others compare where nothing else is said.
    let rule: Rule = "method, path, query, body".parse()?;
    let player = Player::builder().rule(rule);
    let dir = file.parent().expect("a folder");
    let provider = ServiceProvider::builder().recording(file).dir(dir).session("play").mode(Mode::Playback);
    Ok(Http::new(provider.matching(player).build()?))
}

async fn wiremock(n: usize) -> Result<Row> {
    use wiremock::matchers::{method, path};
    let begun = std::time::Instant::now();
    let server = wiremock::MockServer::start().await;
    for n in 0..n {
        let answer = wiremock::ResponseTemplate::new(200).set_body_raw(body(&id(n)), "application/json");
        let mock = wiremock::Mock::given(method("GET")).and(path(format!("/items/{}", id(n)))).respond_with(answer);
        server.register(mock).await;
    }
    let load = begun.elapsed().as_secs_f64();
    let client = reqwest::Client::new();
    let call = times!(n, FEW_CALLS, |id| get(&client, format!("{}/items/{id}", server.uri())).await?);
    Ok(Row { name: "wiremock, mocks over loopback", n, load: Some(load), call: Ok(median(call)) })
}

async fn httpmock(n: usize) -> Result<Row> {
    let begun = std::time::Instant::now();
    let server = httpmock::MockServer::start_async().await;
    for n in 0..n {
        let mock = |when: httpmock::When, then: httpmock::Then| {
            when.method(httpmock::Method::GET).path(format!("/items/{}", id(n)));
            then.status(200).header("content-type", "application/json").body(body(&id(n)));
        };
        server.mock_async(mock).await;
    }
    let load = begun.elapsed().as_secs_f64();
    let client = reqwest::Client::new();
    let call = times!(n, FEW_CALLS, |id| get(&client, server.url(format!("/items/{id}"))).await?);
    Ok(Row { name: "httpmock, mocks over loopback", n, load: Some(load), call: Ok(median(call)) })
}

fn print(rows: &[Row]) {
    println!("| who answers | interactions | ready after | of these a second | a call, µs |\n|---|---|---|---|---|");
    for Row { name, n, load, call } in rows {
        let size = if *n == 0 { String::new() } else { n.to_string() };
        let (load, rate) = match load {
            Some(load) => (format!("{:.1} ms", load * 1e3), format!("{:.0}", *n as f64 / load)),
            None => (String::new(), String::new()),
        };
        let call = call.as_ref().map_or_else(|why| format!("refused: {why}"), |call| format!("{call:.1}"));
        println!("| {name} | {size} | {load} | {rate} | {call} |");
    }
}
