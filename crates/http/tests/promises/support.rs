//! Services to be recorded, and the way from a recording to its playback.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;

use axum::Router;
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tower::ServiceExt;
use tracesnap_http::{Body, BoxError, Http, HttpBuilder, HyperClient};
use tracesnap_record::{Mode, ServiceProvider, Session, Sets};

/// A server of these routes on a port of its own.
pub(crate) async fn serve(routes: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

/// A server that answers with this function, over HTTP/1 or HTTP/2 as it is asked.
pub(crate) async fn serve_with<F, R>(answer: F) -> SocketAddr
where
    F: Fn(Request<Incoming>) -> R + Clone + Send + 'static,
    R: Future<Output = Response<Body>> + Send + 'static,
{
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let answer = answer.clone();
            tokio::spawn(async move {
                let service = hyper::service::service_fn(move |request| {
                    let answered = answer(request);
                    async move { Ok::<_, Infallible>(answered.await) }
                });
                let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                let _ = builder.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    address
}

pub(crate) fn client() -> HyperClient<HttpConnector> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    Client::builder(TokioExecutor::new()).build(connector)
}

pub(crate) fn client_of_http2() -> HyperClient<HttpConnector> {
    Client::builder(TokioExecutor::new()).http2_only(true).build(HttpConnector::new())
}

/// All that a client saw of a response.
#[derive(Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Result<Bytes, String>,
    pub(crate) trailers: Option<HeaderMap>,
}

pub(crate) async fn see<B>(response: Response<B>) -> Seen
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let (parts, body) = response.into_parts();
    let (body, trailers) = match body.collect().await {
        Ok(collected) => {
            let trailers = collected.trailers().cloned();
            (Ok(collected.to_bytes()), trailers)
        }
        Err(error) => (Err(error.into().to_string()), None),
    };
    Seen { status: parts.status, headers: parts.headers, body, trailers }
}

/// A folder of recordings.
pub(crate) struct Recordings {
    pub(crate) dir: tempfile::TempDir,
}

impl Recordings {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a folder") }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn provider(&self, mode: Mode) -> ServiceProvider {
        let builder = ServiceProvider::builder().dir(self.path()).session("checkout").mode(mode);
        builder.build().expect("a provider")
    }

    pub(crate) fn http(&self, mode: Mode) -> Http {
        Http::new(self.provider(mode))
    }

    pub(crate) fn http_with(&self, mode: Mode, builder: HttpBuilder) -> Http {
        builder.build(self.provider(mode))
    }

    /// Ends a recording and accepts it.
    pub(crate) fn accept(&self, http: Http) -> Session {
        let finished = http.provider().save().expect("saved").expect("it recorded");
        assert_eq!(finished.stats.lost, 0, "nothing is lost");
        let sets = Sets::open(self.path()).expect("sets");
        sets.accept(&finished.pending.expect("it waits").parse().expect("an id")).expect("accepted");
        sets.accepted("checkout").expect("readable").expect("there")
    }
}

/// Asks through a client that is recorded, or played back.
pub(crate) async fn ask<S, B>(service: S, request: Request<Body>) -> Result<Response<B>, S::Error>
where
    S: tower::Service<Request<Body>, Response = Response<B>>,
{
    service.oneshot(request).await
}

pub(crate) fn get(url: impl AsRef<str>) -> Request<Body> {
    Request::get(url.as_ref()).body(Body::empty()).expect("a request")
}

pub(crate) fn post(url: impl AsRef<str>, kind: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post(url.as_ref()).header("content-type", kind).body(body.into()).expect("a request")
}
