//! A mock over HTTP: orders are made, read, listed, changed and removed, and the mock is emptied now and then.

use std::path::Path;

use anyhow::{Result, anyhow, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tracesnap_mock::MockServer;
use tracesnap_mock::serve::ServerStats;

use crate::{Done, Until};

/// Orders that are made before the mock is emptied.
const ORDERS: u64 = 1_000;

struct Shop {
    client: Client<HttpConnector, Full<Bytes>>,
    url: String,
}

impl Shop {
    /// What is answered to this; an error if it has another status.
    async fn ask(&self, method: &str, path: &str, body: Option<Value>, status: u16) -> Result<Value> {
        let request = http::Request::builder();
        let body = body.map_or_else(Bytes::new, |body| body.to_string().into());
        let request = request
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("content-type", "application/json")
            .body(Full::new(body))?;
        let response = self.client.request(request).await?;
        let found = response.status().as_u16();
        let body = response.into_body().collect().await?.to_bytes();
        ensure!(found == status, "{method} {path}: {found}, {}", String::from_utf8_lossy(&body));
        if body.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_slice(&body)?) }
    }

    /// The life of an order.
    async fn order(&self, round: u64) -> Result<()> {
        let made = self.ask("POST", "/orders", Some(json!({"sku": "lamp", "quantity": round % 9 + 1})), 201).await?;
        let id = made["id"].as_i64().ok_or_else(|| anyhow!("an order without id: {made}"))?;
        let path = format!("/orders/{id}");
        let read = self.ask("GET", &path, None, 200).await?;
        ensure!(read == made, "{read} was made as {made}");
        let page = self.ask("GET", "/orders?limit=5", None, 200).await?;
        ensure!(page.as_array().is_some_and(|page| (1..=5).contains(&page.len())), "a page of five: {page}");
        // One in two stays.
        if round.is_multiple_of(2) {
            self.ask("DELETE", &path, None, 204).await?;
            self.ask("GET", &path, None, 404).await?;
        }
        Ok(())
    }
}

async fn start() -> Result<(MockServer, Shop)> {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("shop.yaml");
    let server = MockServer::from_openapi(&document)?.seed(7).start().await?;
    let shop = Shop { client: Client::builder(TokioExecutor::new()).build_http(), url: server.base_url() };
    Ok((server, shop))
}

pub(crate) fn run(_: &Path, until: &Until) -> Result<Done> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (server, shop) = runtime.block_on(start())?;
    let rounds = until.rounds(|round| {
        runtime.block_on(shop.order(round))?;
        if round % ORDERS == ORDERS - 1 {
            server.reset();
        }
        Ok(())
    })?;
    let ServerStats { panics, .. } = server.stats();
    ensure!(panics == 0, "{panics} requests made the server panic");
    runtime.block_on(server.stop());
    Ok(Done { job: "mock", rounds, files: 0 })
}
