//! The service: campaigns of a game, and a storyteller that streams.
//!
//! It knows nothing of recordings. It asks for a token, fails now and then, and changes with its releases.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response, Sse, sse::Event};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::stream;
use serde_json::{Value, json};

/// Which release of the service answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// The one that clients were written for.
    First,
    /// `players` has become a text, `theme` is gone, `rating` is new.
    Second,
}

/// A service on a port of this machine. It ends when it is dropped.
#[derive(Debug)]
pub struct Server {
    url: String,
    asked: Arc<AtomicU64>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Clone)]
struct Shop {
    release: Release,
    asked: Arc<AtomicU64>,
}

/// Who may ask.
pub(crate) const TOKEN: &str = "tok_5f3a9c1b7e2d4f60";

impl Server {
    /// Starts it, on a port of its own.
    ///
    /// # Errors
    ///
    /// If there is no port.
    pub async fn start(release: Release) -> std::io::Result<Self> {
        Self::start_at("127.0.0.1:0", release).await
    }

    /// Starts it where another one was.
    ///
    /// # Errors
    ///
    /// If somebody else listens there.
    pub async fn start_at(address: &str, release: Release) -> std::io::Result<Self> {
        let listener = tokio::net::TcpListener::bind(address).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let shop = Shop { release, asked: Arc::default() };
        let asked = Arc::clone(&shop.asked);
        let routes = Router::new()
            .route("/campaigns", get(list).post(create))
            .route("/campaigns/{id}", get(read))
            .route("/campaigns/{id}/story", post(story))
            .layer(middleware::from_fn_with_state(shop.clone(), enter))
            .with_state(shop);
        // It ends with the task; nobody waits for what it says then.
        let task = tokio::spawn(async move { drop(axum::serve(listener, routes).await) });
        Ok(Self { url, asked, task })
    }

    /// Where it listens: `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How often it was asked.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.asked.load(Relaxed)
    }

    /// Ends it, and waits until nobody listens there any more.
    pub async fn stop(mut self) {
        self.task.abort();
        let _ = (&mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Counts, and turns away who has no token.
async fn enter(State(shop): State<Shop>, request: Request, next: Next) -> Response {
    shop.asked.fetch_add(1, Relaxed);
    let token = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if token != Some(&format!("Bearer {TOKEN}")) {
        return (StatusCode::UNAUTHORIZED, Json(json!({"error": "no token"}))).into_response();
    }
    next.run(request).await
}

fn campaign(shop: &Shop, id: &str) -> Value {
    let name = if id == "a1" { "The Sunken Keep" } else { "Ruins of Hollowmere" };
    match shop.release {
        Release::First => json!({"id": id, "name": name, "players": 4, "theme": "dark"}),
        Release::Second => json!({"id": id, "name": name, "players": "4", "rating": 4.5}),
    }
}

async fn list(State(shop): State<Shop>) -> Json<Value> {
    tokio::time::sleep(Duration::from_millis(3)).await;
    // Each answer has a number of its own, as answers of services have.
    let request_id = format!("req-{}", shop.asked.load(Relaxed));
    Json(json!({"documents": [campaign(&shop, "a1"), campaign(&shop, "b2")], "request_id": request_id}))
}

async fn read(State(shop): State<Shop>, Path(id): Path<String>) -> Response {
    if !["a1", "b2"].contains(&id.as_str()) {
        return (StatusCode::NOT_FOUND, Json(json!({"error": format!("no campaign {id}")}))).into_response();
    }
    Json(campaign(&shop, &id)).into_response()
}

async fn create(State(shop): State<Shop>, Json(new): Json<Value>) -> Response {
    let mut created = campaign(&shop, "c3");
    created["name"] = new["name"].clone();
    // Such things should not be in answers, and are.
    created["invite"] = json!({"email": new["owner"], "password": "hunter2"});
    (StatusCode::CREATED, Json(created)).into_response()
}

/// Tells a story, word by word.
async fn story(Path(id): Path<String>) -> Sse<impl stream::Stream<Item = Result<Event, Infallible>>> {
    let words = ["Rain ", "falls ", "on ", "the ", "gate."];
    let words = stream::iter(words.into_iter().enumerate());
    Sse::new(stream::StreamExt::then(words, move |(at, word)| {
        let id = id.clone();
        async move {
            tokio::time::sleep(Duration::from_millis(2)).await;
            Ok(Event::default().data(json!({"campaign": id, "at": at, "text": word}).to_string()))
        }
    }))
}
