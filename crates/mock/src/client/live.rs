//! The way to the service, and the marks by which it is known who answered.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use tower_service::Service;
use tracesnap_http::{Body, BoxError};
use tracesnap_record::provider::{Answer, Asked, Fallback};

use crate::{Error, Mock, fallback};

type Asking = Pin<Box<dyn Future<Output = Result<Response<Body>, BoxError>> + Send>>;

/// Sends requests to the service, and says so to whoever put [`WasAsked`] into them.
#[derive(Clone)]
pub(super) struct Live(Arc<dyn Fn(Request<Body>) -> Asking + Send + Sync>);

/// Whether the service was asked: put into a request's extensions.
#[derive(Clone, Debug, Default)]
pub(super) struct WasAsked(pub(super) Arc<AtomicBool>);

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Live")
    }
}

impl Live {
    pub(super) fn of<S, B>(service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send,
        B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
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

    /// A client of hyper for addresses with that scheme.
    pub(super) fn default_for(scheme: &str) -> Result<Self, Error> {
        use hyper_util::client::legacy::{Client, connect::HttpConnector};
        use hyper_util::rt::TokioExecutor;

        #[cfg(feature = "tls")]
        if scheme == "https" {
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let builder = hyper_rustls::HttpsConnectorBuilder::new().with_provider_and_webpki_roots(provider);
            let builder = builder.map_err(|source| Error::Ask { url: "https://".to_owned(), source: source.into() })?;
            let connector = builder.https_or_http().enable_http1().build();
            return Ok(Self::of(Client::builder(TokioExecutor::new()).build::<_, Body>(connector)));
        }
        if scheme == "https" {
            // Modes that ask nobody need no way to the service; the others are told when they ask.
            return Ok(Self(Arc::new(|_| {
                Box::pin(async {
                    let why = "this build has no TLS; build with the feature `tls`, or give the client a `transport`";
                    Err(BoxError::from(why))
                })
            })));
        }
        Ok(Self::of(Client::builder(TokioExecutor::new()).build::<_, Body>(HttpConnector::new())))
    }
}

impl Service<Request<Body>> for Live {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Asking;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Asking {
        if let Some(asked) = request.extensions().get::<WasAsked>() {
            asked.0.store(true, Ordering::Relaxed);
        }
        (self.0)(request)
    }
}

/// The header by which a client knows answers of its own mock.
pub(super) const MARK: &str = "x-tracesnap-mocked-for";

/// A text that no recording and no service has, so that nothing else passes for an answer of the mock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Nonce(pub(super) String);

impl Nonce {
    pub(super) fn new() -> Self {
        use std::hash::{BuildHasher, Hasher};
        // Keys of std's hasher are random.
        Self(format!("{:016x}", std::collections::hash_map::RandomState::new().build_hasher().finish()))
    }
}

tokio::task_local! {
    /// The request as it was sent: what reaches a fallback is redacted, and a mock would refuse what stands for an address.
    pub(super) static ASKING: Request<Bytes>;
}

/// A mock whose answers are known again.
pub(super) struct Marked {
    pub(super) mock: Mock,
    pub(super) nonce: Nonce,
}

impl Fallback for Marked {
    fn answer(&self, asked: &Asked<'_>) -> Option<Answer> {
        let answered = ASKING.try_with(|request| fallback::told(self.mock.answer(request)));
        let mut answer = answered.unwrap_or_else(|_| self.mock.answer_to(asked))?;
        if let Some(Value::Array(headers)) = answer.response.get_mut("headers") {
            headers.push(json!([MARK, self.nonce.0]));
        }
        Some(answer)
    }
}
