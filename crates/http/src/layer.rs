//! Layers and services of tower.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderValue, Request, Response, StatusCode};
use tower_layer::Layer;
use tower_service::Service;
use tracesnap_record::Mode;

use crate::http::{Address, Begun, Told};
use crate::{Body, BoxError, Error, Http};

/// Records what a client asks and is answered, or answers it, as the mode of its [`Http`] says.
///
/// The service within takes requests with a [`Body`]; that around it takes any. Its error is a [`BoxError`], in which the
/// error of the service, or an [`Error`] of ours, is found by `downcast_ref`. In modes that may do without the service, that
/// is not waited for before it is asked.
#[derive(Clone, Debug)]
pub struct RecordLayer {
    http: Http,
}

impl RecordLayer {
    pub(crate) fn new(http: Http) -> Self {
        Self { http }
    }
}

impl<S> Layer<S> for RecordLayer {
    type Service = Record<S>;

    fn layer(&self, inner: S) -> Record<S> {
        Record { http: self.http.clone(), inner }
    }
}

/// A client that is recorded: see [`RecordLayer`].
#[derive(Clone, Debug)]
pub struct Record<S> {
    http: Http,
    inner: S,
}

impl<S> Record<S> {
    /// The service within.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }
}

type ResponseFuture<E> = Pin<Box<dyn Future<Output = Result<Response<Body>, E>> + Send>>;

impl<S, A, B> Service<Request<A>> for Record<S>
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    A: http_body::Body<Data = Bytes> + Send + 'static,
    A::Error: Into<BoxError>,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = ResponseFuture<BoxError>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        if always_asks(self.http.mode()) {
            self.inner.poll_ready(context).map_err(Into::into)
        } else {
            Poll::Ready(Ok(()))
        }
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        if self.http.is_off() {
            let answered = self.inner.call(request.map(Body::new));
            return Box::pin(async move { Ok(answered.await.map_err(Into::into)?.map(Body::new)) });
        }
        // The one that was waited for is the one that is called.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let http = self.http.clone();
        Box::pin(async move {
            let is_ready = always_asks(http.mode());
            let (parts, body) = request.into_parts();
            let known = http.known(&parts.method, Address::Uri(&parts.uri), &parts.headers, None);
            let (watch, body) = match http.begin(&parts.method, &parts.headers, &known, Body::new(body)).await? {
                Begun::Answered(response) => return Ok(response),
                Begun::Ask(watch, body) => (watch, body),
            };
            #[cfg_attr(not(feature = "hyper"), allow(unused_mut, reason = "only a client of hyper is told of 103"))]
            let mut request = Request::from_parts(parts, body);
            #[cfg(feature = "hyper")]
            if let Some(watch) = &watch {
                crate::hyper::note_informational(&mut request, &watch.0);
            }
            if !is_ready {
                poll_fn(|context| inner.poll_ready(context)).await.map_err(Into::into)?;
            }
            Http::end(watch, inner.call(request).await.map_err(Into::<BoxError>::into))
        })
    }
}

fn always_asks(mode: Mode) -> bool {
    matches!(mode, Mode::Real | Mode::Record | Mode::Spy | Mode::Verify)
}

/// Answers from the recording, and asks nobody: a client without a network.
///
/// In modes that would ask the service a call is an error.
#[derive(Clone, Debug)]
pub struct Playback {
    http: Http,
}

impl Playback {
    pub(crate) fn new(http: Http) -> Self {
        Self { http }
    }
}

impl<A> Service<Request<A>> for Playback
where
    A: http_body::Body<Data = Bytes> + Send + 'static,
    A::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = ResponseFuture<BoxError>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        let http = self.http.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let mut body = Body::new(body);
            let known = http.known(&parts.method, Address::Uri(&parts.uri), &parts.headers, None);
            // Boxed below, so that the short way has a small future.
            if let Some(played) = http.recall(&known, &parts.headers, &mut body) {
                return match http.ready(&played, &parts.method) {
                    Some(ready) => Ok(ready),
                    None => Ok(Box::pin(http.played(&parts.method, &played)).await?),
                };
            }
            match Box::pin(http.begin(&parts.method, &parts.headers, &known, body)).await? {
                Begun::Answered(response) => Ok(response),
                Begun::Ask(watch, _) => {
                    let source: BoxError = format!("the mode is `{}`, and this client asks nobody", http.mode()).into();
                    let error = Error::Server { what: "the service".to_owned(), source };
                    Http::end::<Body, BoxError>(watch, Err(error.into()))
                }
            }
        })
    }
}

/// Records what a server is asked and answers, or answers in its place, as the mode of its [`Http`] says.
///
/// The error is that of the service within. What is ours to refuse is answered with 501, as `application/problem+json`.
#[derive(Clone, Debug)]
pub struct ServerLayer {
    http: Http,
    service: String,
}

impl ServerLayer {
    pub(crate) fn new(http: Http, service: String) -> Self {
        Self { http, service }
    }
}

impl<S> Layer<S> for ServerLayer {
    type Service = RecordServer<S>;

    fn layer(&self, inner: S) -> RecordServer<S> {
        RecordServer { http: self.http.clone(), service: self.service.as_str().into(), inner }
    }
}

/// A server that is recorded: see [`ServerLayer`].
#[derive(Clone, Debug)]
pub struct RecordServer<S> {
    http: Http,
    service: std::sync::Arc<str>,
    inner: S,
}

impl<S, A, B> Service<Request<A>> for RecordServer<S>
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: fmt::Display + Send,
    S::Future: Send,
    A: http_body::Body<Data = Bytes> + Send + 'static,
    A::Error: Into<BoxError>,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        if always_asks(self.http.mode()) { self.inner.poll_ready(context) } else { Poll::Ready(Ok(())) }
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let (http, service) = (self.http.clone(), self.service.clone());
        Box::pin(async move {
            let is_ready = always_asks(http.mode());
            let (parts, body) = request.into_parts();
            let url = server_url(&parts);
            let known = http.known(&parts.method, Address::Text(&url), &parts.headers, Some(&service));
            let (watch, body) = match http.begin(&parts.method, &parts.headers, &known, Body::new(body)).await {
                Ok(Begun::Answered(response)) => return Ok(response),
                Ok(Begun::Ask(watch, body)) => (watch, body),
                Err(error) => return Ok(problem(&error)),
            };
            if !is_ready {
                poll_fn(|context| inner.poll_ready(context)).await?;
            }
            let answered = inner.call(Request::from_parts(parts, body)).await.map_err(Inner);
            Http::end(watch, answered).map_err(|Inner(error)| error)
        })
    }
}

/// The error of a server within.
struct Inner<E>(E);

impl<E: fmt::Display> Told for Inner<E> {
    fn told(&self) -> String {
        self.0.to_string()
    }
}

/// The address of a request as a server sees it, which has its host in a header.
pub(crate) fn server_url(parts: &http::request::Parts) -> String {
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
    match (parts.uri.authority(), host) {
        (None, Some(host)) => format!("http://{host}{}", parts.uri),
        _ => parts.uri.to_string(),
    }
}

/// What a client is told that has no answer: RFC 9457.
pub(crate) fn problem(error: &Error) -> Response<Body> {
    let (status, kind) = match error {
        Error::Refused(tracesnap_record::Error::Miss(_)) => (StatusCode::NOT_IMPLEMENTED, "miss"),
        Error::Refused(tracesnap_record::Error::Budget { .. }) => (StatusCode::TOO_MANY_REQUESTS, "budget"),
        Error::Refused(_) => (StatusCode::NOT_IMPLEMENTED, "refused"),
        Error::Recorded { .. } | Error::Cut { .. } | Error::Server { .. } => (StatusCode::BAD_GATEWAY, "failed"),
        Error::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too-large"),
        Error::Body(_) => (StatusCode::BAD_REQUEST, "body"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "unusable"),
    };
    let mut body = serde_json::json!({
        "type": format!("urn:tracesnap:{kind}"),
        "title": status.canonical_reason().unwrap_or_default(),
        "status": status.as_u16(),
        "detail": crate::exchange::tee::chain(error),
    });
    if let Error::Refused(tracesnap_record::Error::Miss(miss)) = error
        && let Some(near) = &miss.nearest
    {
        body["nearest"] = serde_json::json!({
            "id": near.id,
            "differences": near.differences.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "excluded": near.excluded.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "rule": near.rule,
        });
    }
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}
