//! What a call costs that is recorded.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use cassetter::{RecordMode, Recorder};
use tracesnap_http::Http;
use tracesnap_record::{Mode, ServiceProvider};

use crate::measure::median;
use crate::service::id;
use crate::times;

const CALLS: usize = 500;

/// A session of ours.
pub fn provider(dir: &Path, mode: Mode) -> Result<ServiceProvider> {
    Ok(ServiceProvider::builder().dir(dir).session("services").mode(mode).build()?)
}

pub async fn get(client: &reqwest::Client, url: String) -> Result<Vec<u8>> {
    Ok(client.get(url).send().await?.bytes().await?.to_vec())
}

pub async fn get_with(client: &reqwest_middleware::ClientWithMiddleware, url: String) -> Result<Vec<u8>> {
    Ok(client.get(url).send().await?.bytes().await?.to_vec())
}

pub async fn get_011(client: &reqwest_middleware_02::ClientWithMiddleware, url: String) -> Result<Vec<u8>> {
    Ok(client.get(url).send().await?.bytes().await?.to_vec())
}

pub async fn get_cassetter(client: &cassetter::reqwest::Client, url: String) -> Result<Vec<u8>> {
    let request = reqwest::Request::new(reqwest::Method::GET, url.parse()?);
    Ok(client.execute(request).await?.bytes().await?.to_vec())
}

pub fn with_ours(http: &Http) -> reqwest_middleware::ClientWithMiddleware {
    reqwest_middleware::ClientBuilder::new(reqwest::Client::new()).with(http.middleware()).build()
}

pub fn with_reqwest_vcr(path: &Path, mode: reqwest_vcr::VCRMode) -> reqwest_middleware::ClientWithMiddleware {
    let middleware = reqwest_vcr::VCRMiddleware::try_from(path.to_owned()).expect("a cassette");
    let middleware = middleware.with_mode(mode).with_search(reqwest_vcr::VCRReplaySearch::SearchAll);
    reqwest_middleware::ClientBuilder::new(reqwest::Client::new()).with(middleware).build()
}

pub fn with_rvcr(path: &Path, mode: rvcr::VCRMode) -> reqwest_middleware_02::ClientWithMiddleware {
    let middleware = rvcr::VCRMiddleware::try_from(path.to_owned()).expect("a cassette");
    let middleware = middleware.with_mode(mode).with_search(rvcr::VCRReplaySearch::SearchAll);
    reqwest_middleware_02::ClientBuilder::new(reqwest_011::Client::new()).with(middleware).build()
}

pub fn cassetter_recorder(path: PathBuf, mode: RecordMode) -> Result<Recorder> {
    Ok(Recorder::builder(path).record_mode(mode).build()?)
}

/// Prints the table.
pub async fn table(service: &str) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let url = |id: &str| format!("{service}/items/{id}");
    let plain = reqwest::Client::new();
    times!(CALLS, CALLS, |id| get(&plain, url(&id)).await?);
    let bare = times!(CALLS, CALLS, |id| get(&plain, url(&id)).await?);
    let http = Http::new(provider(dir.path(), Mode::Record)?);
    let ours = with_ours(&http);
    get_with(&ours, url(&id(0))).await?;
    let ours = times!(CALLS, CALLS, |id| get_with(&ours, url(&id)).await?);
    http.provider().save()?;
    let recorder = cassetter_recorder(dir.path().join("one.yaml"), RecordMode::All)?;
    let client = cassetter::reqwest::Client::new(reqwest::Client::new(), recorder.clone());
    let theirs = times!(CALLS, CALLS, |id| get_cassetter(&client, url(&id)).await?);
    recorder.finish().await?;
    let client = with_reqwest_vcr(&dir.path().join("vcr.json"), reqwest_vcr::VCRMode::Record);
    let vcr = times!(CALLS, CALLS, |id| get_with(&client, url(&id)).await?);
    let client = with_rvcr(&dir.path().join("rvcr.json"), rvcr::VCRMode::Record);
    let rvcr = times!(CALLS, CALLS, |id| get_011(&client, url(&id)).await?);

    println!("| client | first 100 calls, µs each | last 100 of {CALLS} |\n|---|---|---|");
    let rows = [
        ("reqwest, not recorded", bare),
        ("tracesnap (reqwest-middleware)", ours),
        ("cassetter", theirs),
        ("reqwest-vcr (writes at the end)", vcr),
        ("rvcr (reqwest 0.11; writes at the end)", rvcr),
    ];
    for (name, times) in rows {
        let of = |times: &[Duration]| median(times.to_vec());
        println!("| {name} | {:.1} | {:.1} |", of(&times[..100]), of(&times[CALLS - 100..]));
    }
    Ok(())
}
