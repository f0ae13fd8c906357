//! A request that the server sends to itself, since a browser could not: it would follow redirects, keep cookies to
//! itself, and send no header that it thinks its own.
//!
//! The request goes through a socket as everybody's does, so faults, limits and the log are those that everybody meets.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::net::TcpStream;

use super::{Asked, Refusal, body};

/// What is to be sent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Attempt {
    method: String,
    target: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    body: Option<String>,
    body_base64: Option<String>,
}

/// The longest that an answer is waited for: latencies end before it.
const PATIENCE: Duration = Duration::from_secs(120);
/// Bytes of an answer that are read.
const MAX_ANSWER: usize = 32 << 20;

/// What came back; a connection that was reset is an answer of its own: `{"failed": "…"}`.
pub(super) async fn send(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let attempt: Attempt = asked.json()?;
    let request = attempt.request(asked.ends.server)?;
    let begun = Instant::now();
    let answered = tokio::time::timeout(PATIENCE, ask(request, reachable(asked.ends.server))).await;
    let took = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
    let answered = answered.unwrap_or_else(|_| Err(format!("nothing came within {} s", PATIENCE.as_secs()).into()));
    Ok(match answered {
        Ok((head, bytes)) => {
            let mut told = Map::new();
            told.insert("status".to_owned(), head.status.as_u16().into());
            told.insert("reason".to_owned(), head.status.canonical_reason().into());
            told.insert("headers".to_owned(), body::headers(&head.headers));
            told.insert("took_ns".to_owned(), took.into());
            body::write(&bytes, &mut told);
            Value::Object(told)
        }
        Err(error) => {
            let mut why = error.to_string();
            let mut source = error.source();
            while let Some(cause) = source {
                why = format!("{why}: {cause}");
                source = cause.source();
            }
            json!({"failed": why, "took_ns": took})
        }
    })
}

impl Attempt {
    fn request(&self, host: SocketAddr) -> Result<Request<Full<Bytes>>, Refusal> {
        if super::route(self.target.split(['?', '#']).next().unwrap_or_default()).is_some() {
            return Err(Refusal::bad("`target` is one of the server's own routes, expected a path of the document"));
        }
        if !self.target.starts_with('/') {
            return Err(Refusal::bad(format!("`target` is `{}`, expected a path that begins with `/`", self.target)));
        }
        if self.method.eq_ignore_ascii_case("connect") {
            return Err(Refusal::bad("`CONNECT` asks for a tunnel, which a mock is not"));
        }
        let bytes = body::read(self.body.as_deref(), self.body_base64.as_deref()).map_err(Refusal::bad)?;
        let wrong = |error: http::Error| Refusal::bad(format!("this cannot be sent over HTTP: {error}"));
        let mut request = Request::builder()
            .method(self.method.as_str())
            .uri(self.target.as_str())
            .body(Full::new(bytes))
            .map_err(wrong)?;
        for (name, value) in &self.headers {
            let place = |what: &str| Refusal::bad(format!("the header `{name}` {what}"));
            let known: HeaderName = name.parse().map_err(|_| place("has a name that HTTP does not allow"))?;
            let value = HeaderValue::from_str(value).map_err(|_| place("has letters that HTTP does not allow"))?;
            if ["content-length", "transfer-encoding", "connection", "upgrade"].contains(&known.as_str()) {
                return Err(place("follows from the body; leave it out"));
            }
            request.headers_mut().append(known, value);
        }
        if !request.headers().contains_key("host") {
            let host = host.to_string().parse().map_err(|_| Refusal::bad("the server has no address"))?;
            request.headers_mut().insert("host", host);
        }
        Ok(request)
    }
}

type AskError = Box<dyn std::error::Error + Send + Sync>;

async fn ask(request: Request<Full<Bytes>>, to: SocketAddr) -> Result<(http::response::Parts, Bytes), AskError> {
    let socket = TcpStream::connect(to).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(socket)).await?;
    // The connection moves only while somebody looks at it; what it ends with, the answer says too.
    let (answered, _) = tokio::join!(
        async move {
            let (head, body) = sender.send_request(request).await?.into_parts();
            let body = Limited::new(body, MAX_ANSWER).collect().await?.to_bytes();
            Ok((head, body))
        },
        connection
    );
    answered
}

/// An address that stands for all of them is none to connect to.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
