//! The program: what a game asks of the service before an evening.
//!
//! It does not know whether it is recorded, or who answers.

use anyhow::{Context, Result};
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tower::ServiceExt;
use tracesnap_http::profile::{Profiles, ServiceRule};
use tracesnap_http::{Body, Http, HyperClient, Record};
use tracesnap_record::ServiceProvider;

use crate::service::TOKEN;

/// A client of the service.
#[derive(Clone)]
pub struct Campaigns {
    client: Record<HyperClient<HttpConnector>>,
    url: String,
}

impl Campaigns {
    /// A client in the mode of this provider. Calls are named by rules: `campaigns document.get`.
    ///
    /// # Errors
    ///
    /// Never, as long as the rules are ones.
    pub fn new(provider: ServiceProvider, url: &str) -> Result<Self> {
        let mut profiles = Profiles::default();
        for rule in [
            "campaigns collection.get = GET */campaigns",
            "campaigns document.create = POST */campaigns",
            "campaigns document.get = GET */campaigns/{id}",
            "storyteller generate = POST */campaigns/{id}/story",
        ] {
            profiles = profiles.with(rule.parse::<ServiceRule>()?);
        }
        let http = Http::builder().profiles(profiles).build(provider);
        let client = http.hyper(Client::builder(TokioExecutor::new()).build(HttpConnector::new()));
        Ok(Self { client, url: url.to_owned() })
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<(StatusCode, String)> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("content-type", "application/json")
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))?;
        let answered = self.client.clone().oneshot(request).await;
        let response = answered.map_err(|error| anyhow::anyhow!("{error}")).with_context(|| path.to_owned())?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(|error| anyhow::anyhow!("{error}"))?;
        Ok((status, String::from_utf8(body.to_bytes().to_vec())?))
    }
}

impl std::fmt::Debug for Campaigns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Campaigns").field("url", &self.url).finish_non_exhaustive()
    }
}

/// All that is asked before an evening; what was found, as somebody reads it.
///
/// # Errors
///
/// If nobody answers.
pub async fn prepare_evening(campaigns: &Campaigns) -> Result<Vec<String>> {
    let mut told = Vec::new();
    for _ in 0..3 {
        let (_, all) = campaigns.ask(Method::GET, "/campaigns", None).await?;
        let all: Value = serde_json::from_str(&all)?;
        told.push(format!("{} campaigns", all["documents"].as_array().map_or(0, Vec::len)));
    }
    for id in ["a1", "b2", "zz"] {
        let (status, found) = campaigns.ask(Method::GET, &format!("/campaigns/{id}"), None).await?;
        let found: Value = serde_json::from_str(&found)?;
        told.push(match status {
            StatusCode::OK => format!("{}, {} players", found["name"], found["players"]),
            status => format!("{id}: {status}"),
        });
    }
    let new = json!({"name": "Lanterns", "owner": "gm@example.com"});
    let (status, _) = campaigns.ask(Method::POST, "/campaigns", Some(&new)).await?;
    told.push(format!("Lanterns: {status}"));
    let (_, events) = campaigns.ask(Method::POST, "/campaigns/a1/story", Some(&json!({"prompt": "the gate"}))).await?;
    let data = events.lines().filter_map(|line| line.strip_prefix("data: "));
    let words = data.filter_map(|data| Some(serde_json::from_str::<Value>(data).ok()?["text"].as_str()?.to_owned()));
    told.push(words.collect());
    Ok(told)
}
