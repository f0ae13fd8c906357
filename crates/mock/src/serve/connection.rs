//! One connection: requests are read within bounds, answered, written.

use std::fmt;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use bytes::Bytes;
#[cfg(feature = "cache")]
use futures_util::FutureExt;
use http::request::Parts;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::watch;

use tracing::{Instrument, Span};

use super::faults::{Harm, mutate};
use super::rate::Left;
use super::server::State;
use super::socket::{Line, ReplyBody, Socket};
use super::{admin, spans};
use crate::engine::{self, Answer, Source};

pub(crate) type Reply = Response<ReplyBody>;

/// The connection is given up without an answer.
#[derive(Debug)]
struct Reset;

impl fmt::Display for Reset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this connection was to be reset")
    }
}

impl std::error::Error for Reset {}

/// Both ends of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    pub(crate) server: SocketAddr,
    pub(crate) client: SocketAddr,
}

pub(crate) async fn serve(socket: TcpStream, ends: Ends, state: Arc<State>, mut stopped: watch::Receiver<bool>) {
    let limits = state.limits;
    let line = Arc::new(Line::default());
    let socket = Socket::new(socket, Arc::clone(&line));
    // Borrowed: counting references would be what connections on several threads wait for each other with.
    let (state, line) = (&*state, &*line);
    let service = service_fn(move |request| async move {
        line.begin_answer();
        let answered = reply(request, ends, state).await;
        if answered.is_err() {
            line.doom();
        }
        line.end_answer();
        answered
    });
    let mut builder = http1::Builder::new();
    builder
        // [`Line::silence`] does it.
        .header_read_timeout(None)
        .max_headers(limits.max_headers)
        // Head and body are one piece, which is sent with one call.
        .writev(false)
        // Less is refused by hyper with a panic.
        .max_buf_size(limits.max_head.max(8_192));
    let mut connection = pin!(builder.serve_connection(TokioIo::new(socket), service));
    let mut silence = pin!(line.silence(limits.head_time));
    // What goes wrong on a connection is the caller's: broken requests were answered, and nobody listens any more.
    tokio::select! {
        biased;
        _ = connection.as_mut() => return,
        () = silence.as_mut() => return,
        _ = stopped.changed() => {}
    }
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        biased;
        _ = connection => {}
        () = silence => {}
    }
}

async fn reply(request: http::Request<Incoming>, ends: Ends, state: &State) -> Result<Reply, Reset> {
    let (head, body) = request.into_parts();
    if let Some(route) = admin::route(head.uri.path()) {
        return Ok(admin::reply(route, &head, body, ends, state).await);
    }
    let span = spans::request(&head, ends.server, ends.client);
    answer(head, body, ends, state, span.clone()).instrument(span).await
}

async fn answer(head: Parts, body: Incoming, ends: Ends, state: &State, span: Span) -> Result<Reply, Reset> {
    let begun = Instant::now();
    let left = state.buckets.as_ref().map(|buckets| buckets.take(ends.client.ip()));
    if let Some(left) = left.filter(|left| left.is_refused) {
        let answer = limited(&head, left, state);
        spans::answered(&span, &head, 0, &answer, state.mock.document());
        return Ok(into_reply(answer));
    }
    let body = match read(body, state).await {
        Ok(body) => body,
        Err((status, detail)) => {
            spans::status(&span, status.as_u16());
            return Ok(refusal(status, &detail));
        }
    };
    let request = http::Request::from_parts(head, body);
    let document = state.mock.document();
    let fault = state.schedule.as_ref().map(|schedule| {
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        schedule.next(document.route(request.method().as_str(), target).found().map(|found| found.operation.index()))
    });
    if let Some(wait) = fault.as_ref().map(|fault| fault.wait).filter(|wait| !wait.is_zero()) {
        tokio::time::sleep(wait).await;
    }
    let harm = fault.as_ref().and_then(|fault| fault.harm);
    let mut answer = match harm {
        Some(Harm::Status(status)) => injected(status),
        // Whatever state a panic leaves behind is whole: see `state::session`.
        _ => made(&request, state).await.unwrap_or_else(|| {
            state.panics.fetch_add(1, Ordering::Relaxed);
            failed()
        }),
    };
    if let (Some(Harm::Mutate(mutation)), Some(fault)) = (harm, &fault) {
        answer = mutate(&state.mock, answer, mutation, fault.key);
    }
    if let Some(left) = left {
        tell_left(&mut answer, left);
    }
    state.journal.note(&request, &mut answer, begun.elapsed());
    if !span.is_disabled() {
        let (head, body) = request.into_parts();
        spans::answered(&span, &head, body.len(), &answer, document);
    }
    match harm {
        Some(Harm::Reset) => {
            span.record("mock.fault", "reset");
            Err(Reset)
        }
        Some(Harm::Truncate) => {
            span.record("mock.fault", "truncated");
            answer.set("x-mock-fault", "truncated");
            Ok(answer.into_http().map(ReplyBody::cut))
        }
        Some(Harm::Status(_)) => {
            span.record("mock.fault", "status");
            Ok(into_reply(answer))
        }
        Some(Harm::Mutate(_)) if answer.headers.contains_key("x-mock-mutation") => {
            span.record("mock.fault", "mutated");
            Ok(into_reply(answer))
        }
        _ => Ok(into_reply(answer)),
    }
}

/// What the mock answers; `None` where making it panicked.
async fn made(request: &engine::Request, state: &State) -> Option<Answer> {
    #[cfg(feature = "cache")]
    if let Some(responder) = &state.responder {
        return AssertUnwindSafe(responder.answer(request)).catch_unwind().await.ok();
    }
    catch_unwind(AssertUnwindSafe(|| state.mock.answer(request))).ok()
}

fn into_reply(answer: Answer) -> Reply {
    answer.into_http().map(ReplyBody::new)
}

/// 429, as the operation documents it, if it does.
fn limited(head: &Parts, left: Left, state: &State) -> Answer {
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    let found = state.mock.document().route(head.method.as_str(), target).found();
    let documents = found.filter(|found| {
        let is_429 =
            |response: &tracesnap_openapi::Response<'_>| response.status() == tracesnap_openapi::Status::Code(429);
        found.operation.responses().iter().any(is_429)
    });
    let documented = documents.and_then(|found| state.mock.sample(found.operation.index(), Some(429), 0));
    let mut answer = documented.unwrap_or_else(|| {
        let mut answer = Answer::new(StatusCode::TOO_MANY_REQUESTS, Source::Request);
        answer.set("content-type", "application/problem+json");
        let detail = format!("at most {} requests at once; wait {} s", left.limit, left.seconds());
        answer.body = engine::json(&problem(StatusCode::TOO_MANY_REQUESTS, &detail));
        answer
    });
    answer.set("x-mock-source", Source::Request.as_str());
    answer.set("retry-after", left.seconds().to_string());
    tell_left(&mut answer, left);
    answer
}

fn tell_left(answer: &mut Answer, left: Left) {
    answer.set("ratelimit-limit", left.limit.to_string());
    answer.set("ratelimit-remaining", left.remaining.to_string());
    answer.set("ratelimit-reset", left.seconds().to_string());
}

/// Reads a body, neither more nor longer than is allowed.
pub(super) async fn read(body: Incoming, state: &State) -> Result<Bytes, (StatusCode, String)> {
    let limits = state.limits;
    let too_large = || {
        let detail = format!("the body has more than {} bytes", limits.max_body);
        (StatusCode::PAYLOAD_TOO_LARGE, detail)
    };
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    if body.size_hint().lower() > limits.max_body as u64 {
        return Err(too_large());
    }
    let whole = Limited::new(body, limits.max_body).collect();
    match tokio::time::timeout(limits.body_time, whole).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(error)) => Err((StatusCode::BAD_REQUEST, format!("the body cannot be read: {error}"))),
        Err(_) => {
            let detail = format!("the body took longer than {} s", limits.body_time.as_secs_f64());
            Err((StatusCode::REQUEST_TIMEOUT, detail))
        }
    }
}

fn problem(status: StatusCode, detail: &str) -> Value {
    json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or("Error"),
        "status": status.as_u16(),
        "detail": detail,
    })
}

/// What the rest of a refused request would say is not read, so the connection ends.
fn refusal(status: StatusCode, detail: &str) -> Reply {
    let mut answer = Answer::new(status, Source::Request);
    answer.set("content-type", "application/problem+json");
    answer.set("connection", "close");
    answer.set("x-mock-source", Source::Request.as_str());
    answer.body = engine::json(&problem(status, detail));
    into_reply(answer)
}

fn injected(status: u16) -> Answer {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let mut answer = Answer::new(status, Source::Request);
    answer.set("content-type", "application/problem+json");
    answer.set("x-mock-source", Source::Request.as_str());
    answer.set("x-mock-fault", "injected");
    answer.body = engine::json(&problem(status, "this fault was asked for"));
    answer
}

fn failed() -> Answer {
    let mut answer = Answer::new(StatusCode::INTERNAL_SERVER_ERROR, Source::Request);
    answer.set("content-type", "application/problem+json");
    answer.set("x-mock-source", Source::Request.as_str());
    let detail = "the mock itself failed on this request; that is a fault of it, please report it";
    answer.body = engine::json(&problem(StatusCode::INTERNAL_SERVER_ERROR, detail));
    answer
}
