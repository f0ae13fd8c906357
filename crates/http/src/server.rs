//! A recording as a server, and a proxy that records: for programs in other languages.
//!
//! Both listen on this machine only, unless they are told otherwise, and bound what they take. HTTP/1.1 and HTTP/2 without
//! TLS are spoken. What a program asks belongs to nobody in particular, or to the task that the header
//! `x-tracesnap-task` names, which is not passed on.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri};
use http_body_util::Limited;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower_service::Service;
use tracesnap_record::Player;
use tracesnap_record::task::InTask;

use crate::exchange::live::RequestHead;
use crate::http::{Address, Failure};
use crate::layer::{problem, server_head};
use crate::{Body, BoxError, Error, Http};

/// The header that names the task of a request.
pub const TASK_HEADER: &str = "x-tracesnap-task";

/// What a server takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The most bytes of a request's body: 1 GiB.
    pub body_bytes: u64,
    /// The longest time until the head of a response is there: 5 minutes.
    pub time: Duration,
    /// The longest time until the head of a request is there: 30 seconds.
    pub head_time: Duration,
    /// Connections at once; others wait: 1,024.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1 << 30,
            time: Duration::from_secs(300),
            head_time: Duration::from_secs(30),
            connections: 1_024,
        }
    }
}

impl Limits {
    /// The most bytes of a request's body.
    #[must_use]
    pub fn with_body_bytes(mut self, most: u64) -> Self {
        self.body_bytes = most;
        self
    }

    /// The longest time until the head of a response is there.
    #[must_use]
    pub fn with_time(mut self, most: Duration) -> Self {
        self.time = most;
        self
    }
}

/// Listens on a port of this machine; 0 is whatever is free.
///
/// # Errors
///
/// [`Error::Server`].
pub async fn listen(port: u16) -> Result<TcpListener, Error> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let failed = |source: std::io::Error| Error::Server { what: address.to_string(), source: source.into() };
    TcpListener::bind(address).await.map_err(failed)
}

/// Answers from the recording until `stop` is there, then lets what is under way end, for up to 5 seconds.
///
/// A request that nothing answers is told so with 501, as `application/problem+json`, which has the nearest interaction.
///
/// # Errors
///
/// [`Error::Server`], where connections cannot be taken any more.
pub async fn serve(
    http: Http,
    listener: TcpListener,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> Result<(), Error> {
    let known = Arc::new(Known::of(&http));
    run(Answerer { http, from: From::Recording(known) }, listener, limits, stop).await
}

/// Hands requests on to an upstream, and records them, or answers them, as the mode of `http` says. Otherwise as [`serve`].
///
/// What is recorded has the addresses of the upstream, so that clients that ask that themselves can be played it. Hop-by-hop
/// headers are not handed on.
///
/// # Errors
///
/// As [`serve`].
pub async fn proxy<S, B>(
    http: Http,
    upstream: Upstream<S>,
    listener: TcpListener,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> Result<(), Error>
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let ask: AskUpstream = {
        let client = upstream.client;
        Arc::new(move |request| {
            let mut client = client.clone();
            Box::pin(async move {
                std::future::poll_fn(|context| client.poll_ready(context)).await.map_err(Into::into)?;
                let response = client.call(request).await.map_err(Into::<BoxError>::into)?;
                Ok(response.map(Body::new))
            })
        })
    };
    run(Answerer { http, from: From::Upstream(upstream.base, ask) }, listener, limits, stop).await
}

/// Where a proxy hands requests on to.
#[derive(Clone)]
pub struct Upstream<S> {
    base: Base,
    client: S,
}

impl<S> Upstream<S> {
    /// An address with scheme and host, and a path if it has one, which a client reaches.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] if it is none.
    pub fn new(address: &str, client: S) -> Result<Self, Error> {
        Ok(Self { base: Base::parse(address)?, client })
    }
}

impl<S> fmt::Debug for Upstream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream").field("base", &self.base).finish_non_exhaustive()
    }
}

impl Upstream<crate::HyperClient<hyper_util::client::legacy::connect::HttpConnector>> {
    /// An `http://` address.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] if it is none.
    pub fn plain(address: &str) -> Result<Self, Error> {
        if address.starts_with("https://") {
            let expected = "an `http://` address, which this build reaches; build with the feature `tls` for others";
            return Err(Error::Setting { found: address.chars().take(100).collect(), expected });
        }
        let connector = hyper_util::client::legacy::connect::HttpConnector::new();
        let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(connector);
        Self::new(address, client)
    }
}

#[cfg(feature = "tls")]
impl Upstream<crate::HyperClient<hyper_rustls::HttpsConnector<hyper_util::client::legacy::connect::HttpConnector>>> {
    /// An `http://` or `https://` address, trusted by the roots of webpki.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] if it is none; [`Error::Server`] if TLS cannot be set up.
    pub fn with_tls(address: &str) -> Result<Self, Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = hyper_rustls::HttpsConnectorBuilder::new().with_provider_and_webpki_roots(provider);
        let failed = |source: rustls::Error| Error::Server { what: "TLS".to_owned(), source: source.into() };
        let connector = builder.map_err(failed)?.https_or_http().enable_http1().enable_http2().build();
        let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(connector);
        Self::new(address, client)
    }
}

/// `https://api.example.com/v1`.
#[derive(Clone, Debug)]
struct Base {
    scheme: http::uri::Scheme,
    authority: http::uri::Authority,
    path: String,
}

impl Base {
    fn parse(address: &str) -> Result<Self, Error> {
        let wrong = || Error::Setting {
            found: address.split('@').next_back().unwrap_or_default().chars().take(100).collect(),
            expected: "an address such as `https://api.example.com/v1`, without a user, a query or a fragment",
        };
        let uri: Uri = address.parse().map_err(|_| wrong())?;
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else { return Err(wrong()) };
        let is_web = matches!(scheme.as_str(), "http" | "https");
        if !is_web || uri.query().is_some() || authority.as_str().contains('@') {
            return Err(wrong());
        }
        let path = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { scheme: scheme.clone(), authority: authority.clone(), path })
    }

    /// The address of a request below it.
    fn join(&self, uri: &Uri) -> Result<Uri, Error> {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let whole = format!("{}://{}{}{path}", self.scheme, self.authority, self.path);
        whole.parse().map_err(|source: http::uri::InvalidUri| Error::Server {
            what: self.authority.to_string(),
            source: source.into(),
        })
    }
}

type Answered = std::pin::Pin<Box<dyn Future<Output = Result<Response<Body>, BoxError>> + Send>>;
type AskUpstream = Arc<dyn Fn(Request<Body>) -> Answered + Send + Sync>;

#[derive(Clone)]
struct Answerer {
    http: Http,
    from: From,
}

#[derive(Clone)]
enum From {
    Recording(Arc<Known>),
    Upstream(Base, AskUpstream),
}

/// Where the services of a recording were, since who asks its server knows the address of that only.
#[derive(Default)]
struct Known {
    /// By method and path: what stood before the path, and the service.
    places: HashMap<String, (String, String)>,
    /// By host.
    hosts: HashMap<String, (String, String)>,
    first: Option<(String, String)>,
}

impl Known {
    fn of(http: &Http) -> Self {
        let mut known = Self::default();
        for interaction in http.provider().player().map(Player::interactions).unwrap_or_default() {
            let text = |name: &str| interaction.request.get(name).and_then(Value::as_str);
            let (Some(method), Some(url)) = (text("method"), text("url")) else { continue };
            let from = url.find("://").map_or(0, |at| at + 3);
            let at = url[from..].find(['/', '?']).map_or(url.len(), |at| from + at);
            let path = url[at..].split(['?', '#']).next().unwrap_or_default();
            let place = (url[..at].to_owned(), interaction.service.clone());
            known.hosts.entry(url[from..at].to_owned()).or_insert_with(|| place.clone());
            known.places.entry(format!("{method} {path}")).or_insert_with(|| place.clone());
            known.first.get_or_insert(place);
        }
        known
    }

    /// The request as its service was asked, and the name of that.
    fn place(&self, parts: &http::request::Parts) -> (RequestHead, Option<String>) {
        let mut head = server_head(parts);
        let host = parts.headers.get(http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let asked = format!("{} {}", parts.method, parts.uri.path());
        let place = self.hosts.get(host).or_else(|| self.places.get(&asked)).or(self.first.as_ref());
        let Some((before, service)) = place else { return (head, None) };
        head.url = format!("{before}{}", parts.uri.path_and_query().map_or("/", |path| path.as_str())).into();
        (head, Some(service.clone()))
    }
}

/// Takes connections.
async fn run(
    answerer: Answerer,
    listener: TcpListener,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> Result<(), Error> {
    let graceful = hyper_util::server::graceful::GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(limits.connections));
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = async {
                let permit = Arc::clone(&room).acquire_owned().await;
                (listener.accept().await, permit)
            } => accepted,
        };
        let (stream, permit) = match accepted {
            (Ok((stream, _)), permit) => (stream, permit),
            // The client has gone, or there are too many files open: others may have better luck.
            (Err(error), _) => {
                tracing::warn!(target: "tracesnap_http", error = &error as &dyn std::error::Error, "no connection was taken");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let answerer = answerer.clone();
        let service = service_fn(move |request| {
            let answerer = answerer.clone();
            async move { Ok::<_, std::convert::Infallible>(answerer.answer(request, limits).await) }
        });
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.head_time);
        builder.http2().timer(TokioTimer::new());
        let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            let _permit = permit;
            if let Err(error) = connection.await {
                tracing::debug!(target: "tracesnap_http", error, "a connection ended");
            }
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(Duration::from_secs(5), graceful.shutdown()).await;
    Ok(())
}

impl Answerer {
    async fn answer(self, request: Request<Incoming>, limits: Limits) -> Response<Body> {
        let task = request.headers().get(TASK_HEADER).and_then(|task| task.to_str().ok()).map(Arc::<str>::from);
        let answered = self.ask(request, limits);
        let timed = tokio::time::timeout(limits.time, async move {
            match task {
                Some(task) => answered.in_task(task).await,
                None => answered.in_any_task().await,
            }
        });
        match timed.await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => problem(&error),
            Err(_) => {
                let mut response =
                    problem(&Error::Server { what: "the upstream".to_owned(), source: "it took too long".into() });
                *response.status_mut() = StatusCode::GATEWAY_TIMEOUT;
                response
            }
        }
    }

    async fn ask(self, request: Request<Incoming>, limits: Limits) -> Result<Response<Body>, Error> {
        let (mut parts, body) = request.into_parts();
        parts.headers.remove(TASK_HEADER);
        if body_length(&parts.headers).is_some_and(|length| length > limits.body_bytes) {
            return Err(Error::TooLarge { what: "the request", most: limits.body_bytes });
        }
        without_hops(&mut parts.headers);
        let most = usize::try_from(limits.body_bytes).unwrap_or(usize::MAX);
        let body =
            if http_body::Body::is_end_stream(&body) { Body::empty() } else { Body::new(Limited::new(body, most)) };
        let (head, service) = match &self.from {
            From::Recording(known) => known.place(&parts),
            From::Upstream(base, _) => {
                parts.uri = base.join(&parts.uri)?;
                let host = HeaderValue::from_str(base.authority.as_str())
                    .map_err(|error| Error::Server { what: base.authority.to_string(), source: error.into() })?;
                parts.headers.insert(http::header::HOST, host);
                // What it is asked in is between it and us.
                parts.version = http::Version::HTTP_11;
                let (method, headers) = (parts.method.clone(), parts.headers.clone());
                (RequestHead { method, url: parts.uri.to_string().into(), headers }, None)
            }
        };
        let known = self.http.known(&head.method, Address::Text(&head.url), &head.headers, service.as_deref());
        let from = self.from;
        let ask = move |body: Body, _: Option<&_>| async move {
            match from {
                From::Upstream(_, ask) => ask(Request::from_parts(parts, body)).await,
                From::Recording(_) => {
                    Err("this server plays recordings, and asks nobody; choose a mode that plays".into())
                }
            }
        };
        let answered = self.http.run(head, &known, body, ask).await;
        let mut response = answered.map_err(|failure| match failure {
            Failure::Ours(error) => error,
            Failure::Service(source) => Error::Server { what: "the upstream".to_owned(), source },
        })?;
        without_hops(response.headers_mut());
        *response.version_mut() = http::Version::HTTP_11;
        Ok(response)
    }
}

fn body_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(http::header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Removes what is between two neighbours only: RFC 9110, 7.6.1.
fn without_hops(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(http::header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in [
        "connection",
        "keep-alive",
        "proxy-connection",
        "transfer-encoding",
        "upgrade",
        "proxy-authenticate",
        "proxy-authorization",
    ] {
        headers.remove(name);
    }
}
