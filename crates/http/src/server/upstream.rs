//! Where a proxy hands requests on to.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::{Request, Response, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tower_service::Service;

use crate::{Body, BoxError, Error, HyperClient};

/// A client that was given a request.
type Answered = Pin<Box<dyn Future<Output = Result<Response<Body>, BoxError>> + Send>>;
/// A client that is shared.
pub(super) type AskUpstream = Arc<dyn Fn(Request<Body>) -> Answered + Send + Sync>;

/// Any client as one.
pub(super) fn ask_with<S, B>(client: S) -> AskUpstream
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    Arc::new(move |request| {
        let mut client = client.clone();
        Box::pin(async move {
            std::future::poll_fn(|context| client.poll_ready(context)).await.map_err(Into::into)?;
            let response = client.call(request).await.map_err(Into::<BoxError>::into)?;
            Ok(response.map(Body::new))
        })
    })
}

/// Where a proxy hands requests on to.
#[derive(Clone)]
pub struct Upstream<S> {
    pub(super) base: Base,
    pub(super) client: S,
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

impl Upstream<HyperClient<HttpConnector>> {
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
        Self::new(address, Client::builder(TokioExecutor::new()).build(HttpConnector::new()))
    }
}

#[cfg(feature = "tls")]
#[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
impl Upstream<HyperClient<hyper_rustls::HttpsConnector<HttpConnector>>> {
    /// An `http://` or `https://` address, trusted by the roots of webpki.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] if it is none; [`Error::Server`] if TLS cannot be set up.
    pub fn with_tls(address: &str) -> Result<Self, Error> {
        Self::with_roots(address, &super::Roots::webpki())
    }

    /// An `http://` or `https://` address, trusted by these roots.
    ///
    /// # Errors
    ///
    /// As [`with_tls`](Self::with_tls).
    pub fn with_roots(address: &str, roots: &super::Roots) -> Result<Self, Error> {
        Self::new(address, roots.client()?)
    }
}

/// `https://api.example.com/v1`.
#[derive(Clone, Debug)]
pub(super) struct Base {
    pub(super) scheme: http::uri::Scheme,
    pub(super) authority: http::uri::Authority,
    pub(super) path: String,
}

impl Base {
    pub(super) fn parse(address: &str) -> Result<Self, Error> {
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
    pub(super) fn join(&self, uri: &Uri) -> Result<Uri, Error> {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let whole = format!("{}://{}{}{path}", self.scheme, self.authority, self.path);
        whole.parse().map_err(|source: http::uri::InvalidUri| Error::Server {
            what: self.authority.to_string(),
            source: source.into(),
        })
    }
}
