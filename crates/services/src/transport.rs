//! What sends requests where a client was not given anything else, or a client of reqwest.

#[cfg(feature = "reqwest")]
use http::{Request, Response};
#[cfg(feature = "reqwest")]
use tracesnap_http::Body;
use tracesnap_http::Transport;

/// That over TLS with the roots of webpki, where this build has TLS.
#[cfg(feature = "tls")]
pub(crate) fn default_transport() -> Option<Transport> {
    Transport::over_tls(&tracesnap_http::Roots::webpki()).ok()
}

#[cfg(not(feature = "tls"))]
pub(crate) fn default_transport() -> Option<Transport> {
    None
}

/// A client of reqwest as a transport.
#[cfg(feature = "reqwest")]
pub(crate) fn of_reqwest(client: reqwest::Client) -> Transport {
    Transport::new(tower::service_fn(move |request: Request<Body>| {
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
