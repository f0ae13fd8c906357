//! What sends a request: any service of tower, a client of reqwest, or the one that comes with the feature `tls`.

use bytes::Bytes;
use http::{Request, Response};
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;
use tower_service::Service;
use tracesnap_http::{Body, BoxError};

/// One type for all of them, so that a client is the same type whatever it is made of.
pub(crate) type Transport = BoxCloneSyncService<Request<Body>, Response<Body>, BoxError>;

/// Any service that sends requests with our bodies, as one type.
pub(crate) fn boxed<S, B>(service: S) -> Transport
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    BoxCloneSyncService::new(service.map_response(|response: Response<B>| response.map(Body::new)).map_err(Into::into))
}

/// A client of hyper over TLS with the roots of webpki, and without TLS where the address says `http://`.
#[cfg(feature = "tls")]
pub(crate) fn default_transport() -> Option<Transport> {
    let provider = rustls::crypto::ring::default_provider();
    let builder = hyper_rustls::HttpsConnectorBuilder::new().with_provider_and_webpki_roots(provider).ok()?;
    let connector = builder.https_or_http().enable_http1().enable_http2();
    let executor = hyper_util::rt::TokioExecutor::new();
    let client = hyper_util::client::legacy::Client::builder(executor).build::<_, Body>(connector.build());
    Some(boxed(client))
}

#[cfg(not(feature = "tls"))]
pub(crate) fn default_transport() -> Option<Transport> {
    None
}

/// A client of reqwest as a service that sends our requests.
#[cfg(feature = "reqwest")]
pub(crate) fn of_reqwest(client: reqwest::Client) -> Transport {
    boxed(tower::service_fn(move |request: Request<Body>| {
        let client = client.clone();
        async move {
            let request = reqwest::Request::try_from(request.map(|mut body| match body.whole() {
                // What is in memory stays so: a redirect may have to send it twice.
                Some(bytes) => reqwest::Body::from(bytes),
                None => reqwest::Body::wrap(body),
            }))?;
            Ok::<_, reqwest::Error>(Response::<reqwest::Body>::from(client.execute(request).await?))
        }
    }))
}
