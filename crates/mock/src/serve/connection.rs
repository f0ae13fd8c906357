//! One connection: requests are read within bounds, answered, written.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::admin;
use super::server::State;
use crate::engine::{self, Answer, Source};

pub(crate) type Reply = Response<Full<Bytes>>;

pub(crate) async fn serve(socket: TcpStream, state: Arc<State>, mut stopped: watch::Receiver<bool>) {
    let limits = state.limits;
    let service = service_fn(move |request| {
        let state = Arc::clone(&state);
        async move { Ok::<_, Infallible>(reply(request, &state).await) }
    });
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_headers(limits.max_headers)
        // Less is refused by hyper with a panic.
        .max_buf_size(limits.max_head.max(8_192));
    let mut connection = pin!(builder.serve_connection(TokioIo::new(socket), service));
    // What goes wrong on a connection is the caller's: broken requests were answered, and nobody listens any more.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stopped.changed() => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

async fn reply(request: http::Request<Incoming>, state: &State) -> Reply {
    let number = state.requests.fetch_add(1, Ordering::Relaxed);
    let (head, body) = request.into_parts();
    if let Some(route) = admin::route(head.uri.path()) {
        return admin::reply(route, &head, state);
    }
    let body = match read(body, state).await {
        Ok(body) => body,
        Err((status, detail)) => return refusal(status, &detail),
    };
    let fault = (!state.faults.is_none()).then(|| state.faults.of(number));
    if let Some(fault) = fault
        && !fault.wait.is_zero()
    {
        tokio::time::sleep(fault.wait).await;
    }
    let request = http::Request::from_parts(head, body);
    let answer = match fault.and_then(|fault| fault.status) {
        Some(status) => injected(status),
        // Whatever state a panic leaves behind is whole: see `state::session`.
        None => catch_unwind(AssertUnwindSafe(|| state.mock.answer(&request))).unwrap_or_else(|_| {
            state.panics.fetch_add(1, Ordering::Relaxed);
            failed()
        }),
    };
    state.journal.note(&request, &answer);
    into_reply(answer)
}

fn into_reply(answer: Answer) -> Reply {
    answer.into_http().map(Full::new)
}

/// Reads a body, neither more nor longer than is allowed.
async fn read(body: Incoming, state: &State) -> Result<Bytes, (StatusCode, String)> {
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
