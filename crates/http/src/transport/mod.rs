//! What sends requests: any service of tower, as one type.
//!
//! What is recorded of them is a [layer](crate::RecordLayer)'s, which stands before it.

#[cfg(feature = "https")]
mod roots;

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use tower_service::Service;

#[cfg(feature = "https")]
pub use self::roots::Roots;
use crate::{Body, BoxError};

type Sending = Pin<Box<dyn Future<Output = Result<Response<Body>, BoxError>> + Send>>;

/// Any service that sends requests with our bodies, as one type. Clones share it.
///
/// ```
/// use http::{Request, Response};
/// use tower::service_fn;
/// use tracesnap_http::{Body, Transport};
///
/// let hello = service_fn(|_: Request<Body>| async { Ok::<_, std::io::Error>(Response::new(Body::from("hello"))) });
/// let transport = Transport::new(hello);
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// let response = transport.send(Request::new(Body::empty())).await?;
/// assert_eq!(response.status(), 200);
/// # Ok::<_, tracesnap_http::BoxError>(()) })?;
/// # Ok::<(), tracesnap_http::BoxError>(())
/// ```
#[derive(Clone)]
pub struct Transport(Arc<dyn Fn(Request<Body>) -> Sending + Send + Sync>);

impl Transport {
    /// This service. It is cloned for each request, and waited for until it is ready.
    pub fn new<S, B>(service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self(Arc::new(move |request| {
            let mut service = service.clone();
            Box::pin(async move {
                poll_fn(|context| service.poll_ready(context)).await.map_err(Into::into)?;
                let response = service.call(request).await.map_err(Into::<BoxError>::into)?;
                Ok(response.map(Body::new))
            })
        }))
    }

    /// A client of hyper-util for `http://` addresses. Others are an [`Error::Setting`](crate::Error::Setting).
    #[cfg(feature = "hyper")]
    #[cfg_attr(docsrs, doc(cfg(feature = "hyper")))]
    #[must_use]
    pub fn plain() -> Self {
        use hyper_util::client::legacy::{Client, connect::HttpConnector};
        use hyper_util::rt::TokioExecutor;

        let client = Self::new(Client::builder(TokioExecutor::new()).build::<_, Body>(HttpConnector::new()));
        Self(Arc::new(move |request| {
            if request.uri().scheme() == Some(&http::uri::Scheme::HTTPS) {
                let found = format!("https://{}", request.uri().host().unwrap_or_default());
                let expected = "an `http://` address, which a transport without TLS reaches; build with TLS (the feature \
                                `https` of `tracesnap-http`, `tls` of what stands on it), or give a transport that has it";
                return Box::pin(async { Err(crate::Error::Setting { found, expected }.into()) });
            }
            (client.0)(request)
        }))
    }

    /// A client of hyper-util for `https://` addresses whom these roots trust, in HTTP/2 where that is spoken, and for
    /// `http://` ones.
    ///
    /// # Errors
    ///
    /// [`Error::Server`](crate::Error::Server) if TLS cannot be set up.
    #[cfg(feature = "https")]
    #[cfg_attr(docsrs, doc(cfg(feature = "https")))]
    pub fn over_tls(roots: &Roots) -> Result<Self, crate::Error> {
        Ok(Self::new(roots.client()?))
    }

    /// Sends a request.
    ///
    /// # Errors
    ///
    /// Those of the service.
    pub async fn send(&self, request: Request<Body>) -> Result<Response<Body>, BoxError> {
        (self.0)(request).await
    }
}

impl Service<Request<Body>> for Transport {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Sending;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Sending {
        (self.0)(request)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transport")
    }
}
