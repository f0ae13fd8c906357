//! A server whose requests and answers are judged.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::Discovery;

/// A request, read.
pub(super) struct Asked {
    pub(super) verb: Method,
    /// Decoded, without the method after it.
    pub(super) path: String,
    /// What stands after the last `:` of the path. One that is encoded is a letter of a name.
    pub(super) method: Option<String>,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Value,
}

impl Asked {
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn parameters(&self, name: &str) -> Vec<&str> {
        self.query.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }
}

/// An error, as `google.rpc` has it.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) http: u16,
    pub(super) name: &'static str,
    pub(super) message: String,
    pub(super) details: Vec<Value>,
}

impl Failed {
    pub(super) fn new(http: u16, name: &'static str, message: impl Into<String>) -> Self {
        Self { http, name, message: message.into(), details: Vec::new() }
    }

    pub(super) fn document(&self) -> Value {
        let mut error = json!({"code": self.http, "message": self.message, "status": self.name});
        if !self.details.is_empty() {
            error["details"] = json!(self.details);
        }
        json!({"error": error})
    }
}

/// What is answered.
pub(super) enum Said {
    Document(Value),
    /// The data of events, and how long each is waited for.
    Events(Vec<(std::time::Duration, Value)>),
}

/// What a service does.
pub(super) trait Local: Send + Sync + 'static {
    fn discovery(&self) -> &Discovery;
    /// The methods that a request may be meant as.
    fn meant(&self, asked: &Asked) -> Vec<&'static str>;
    /// Who may ask.
    fn allows(&self, headers: &HeaderMap, query: &[(String, String)]) -> Result<(), Failed>;
    fn answer(&self, method: &str, asked: &Asked) -> Result<Said, Failed>;

    /// What each event but the first one waits for.
    fn gate(&self) -> Option<Arc<Semaphore>> {
        None
    }
}

/// A server that runs until it is dropped, and then tells what was broken.
pub(crate) struct Server {
    address: SocketAddr,
    broken: Arc<Mutex<Vec<String>>>,
    judged: Arc<Mutex<Judged>>,
    task: JoinHandle<()>,
}

/// How much was held against the document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Judged {
    pub(crate) requests: usize,
    pub(crate) answers: usize,
    pub(crate) errors: usize,
}

impl Server {
    pub(super) async fn start(local: Arc<impl Local>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (broken, judged) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<Mutex<Judged>>::default());
        let (noted, counted) = (Arc::clone(&broken), Arc::clone(&judged));
        let handler = move |request: Request| {
            let (local, noted, counted) = (Arc::clone(&local), Arc::clone(&noted), Arc::clone(&counted));
            async move { handle(&*local, request, &noted, &counted).await }
        };
        let routes = axum::Router::new().fallback(handler);
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, routes).await;
        });
        Self { address, broken, judged, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn judged(&self) -> Judged {
        *self.judged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was broken so far, which is then forgiven.
    pub(crate) fn take_broken(&self) -> Vec<String> {
        std::mem::take(&mut *self.broken.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
        let broken = self.take_broken();
        if !std::thread::panicking() {
            assert!(broken.is_empty(), "what was said is not what Google publishes:\n{}", broken.join("\n"));
        }
    }
}

async fn handle(local: &dyn Local, request: Request, broken: &Mutex<Vec<String>>, judged: &Mutex<Judged>) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, 64 << 20).await.unwrap_or_default();
    let query = parts.uri.query().unwrap_or_default();
    let count = |add: fn(&mut Judged)| add(&mut judged.lock().expect("whole"));
    let note = |what: Vec<String>| {
        let told = Failed::new(500, "INTERNAL", what.join("; "));
        broken.lock().expect("whole").extend(what);
        document(StatusCode::INTERNAL_SERVER_ERROR, &told.document())
    };
    let raw = parts.uri.path();
    let last = raw.rfind('/').map_or(0, |at| at + 1);
    let method = raw[last..].rsplit_once(':').map(|(_, method)| method.to_owned());
    let path = &raw[..raw.len() - method.as_ref().map_or(0, |method| method.len() + 1)];
    let asked = Asked {
        verb: parts.method.clone(),
        path: percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned(),
        method,
        query: super::discovery::pairs(query),
        body: serde_json::from_slice(&bytes).unwrap_or_default(),
    };
    let discovery = local.discovery();
    let meant = local.meant(&asked);
    count(|judged| judged.requests += 1);
    if let Err(what) = discovery.request(&meant, &parts.method, parts.uri.path(), query, &bytes) {
        return note(what);
    }
    let method = meant[0];
    let said = local.allows(&parts.headers, &asked.query).and_then(|()| local.answer(method, &asked));
    match said {
        Ok(Said::Document(value)) => {
            count(|judged| judged.answers += 1);
            match discovery.answer(method, &value) {
                Ok(()) => document(StatusCode::OK, &value),
                Err(what) => note(what),
            }
        }
        Ok(Said::Events(events)) => {
            for (_, event) in &events {
                let is_error = event.get("error").is_some();
                count(if is_error { |judged| judged.errors += 1 } else { |judged| judged.answers += 1 });
                let code = event["error"]["code"].as_u64().unwrap_or_default() as u16;
                let held = if is_error { Discovery::error(code, event) } else { discovery.event(method, event) };
                if let Err(what) = held {
                    return note(what);
                }
            }
            stream(events, local.gate())
        }
        Err(failed) => {
            count(|judged| judged.errors += 1);
            // Methods that answer in parts fail in a list of one.
            let in_list = matches!(method, "runQuery" | "batchGet" | "runAggregationQuery");
            let value = if in_list { json!([failed.document()]) } else { failed.document() };
            match Discovery::error(failed.http, &value) {
                Ok(()) => document(StatusCode::from_u16(failed.http).expect("a status"), &value),
                Err(what) => note(what),
            }
        }
    }
}

fn document(status: StatusCode, value: &Value) -> Response {
    // As Google writes it, for people.
    let text = serde_json::to_string_pretty(value).expect("JSON");
    let response = Response::builder().status(status).header(header::CONTENT_TYPE, "application/json; charset=UTF-8");
    response.body(Body::from(text + "\n")).expect("a response")
}

/// Events one by one, each cut in two on its way.
fn stream(events: Vec<(std::time::Duration, Value)>, gate: Option<Arc<Semaphore>>) -> Response {
    let (send, receive) = tokio::sync::mpsc::channel::<Bytes>(1);
    tokio::spawn(async move {
        for (at, (wait, event)) in events.into_iter().enumerate() {
            tokio::time::sleep(wait).await;
            if let (1.., Some(gate)) = (at, &gate) {
                gate.acquire().await.expect("open").forget();
            }
            let text = format!("data: {event}\r\n\r\n").into_bytes();
            let middle = text.len() / 2;
            for half in [&text[..middle], &text[middle..]] {
                if send.send(Bytes::copy_from_slice(half)).await.is_err() {
                    return;
                }
            }
        }
    });
    let body = http_body_util::StreamBody::new(Channel(receive));
    let response = Response::builder().header(header::CONTENT_TYPE, "text/event-stream");
    response.body(Body::new(body)).expect("a response")
}

/// A channel as frames of a body.
struct Channel(tokio::sync::mpsc::Receiver<Bytes>);

impl futures_core::Stream for Channel {
    type Item = Result<http_body::Frame<Bytes>, std::convert::Infallible>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|bytes| bytes.map(|bytes| Ok(http_body::Frame::data(bytes))))
    }
}
