//! The client.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response};
use http_body_util::BodyExt;
use tower_layer::Layer;
use tower_service::Service;
use tracesnap_http::{BaseUrl, Body, BoxError, Http, Record};
use tracesnap_record::provider::{Cleanup, Summary};
use tracesnap_record::{Mode, ServiceProvider};

use super::answered::{ANSWERED_BY, AnsweredBy, SmartResponse};
use super::live::{ASKING, Live, MARK, Nonce, WasAsked};
use super::{SmartClientBuilder, SmartRequest};
use crate::{Error, Mock};

/// Asks a service, its recording or its mock, as the mode says: see [`client`](crate::client). Clones are the same client.
#[derive(Clone, Debug)]
pub struct SmartClient {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    base: BaseUrl,
    http: Http,
    record: Record<Live>,
    /// Answers where the service cannot be reached.
    mock: Option<Mock>,
    nonce: Nonce,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl SmartClient {
    /// A client of the service at this address, as in `https://api.shop.example/v1`.
    pub fn builder(base: impl Into<String>) -> SmartClientBuilder {
        SmartClientBuilder::new(base.into())
    }

    pub(super) fn new(
        base: BaseUrl,
        http: Http,
        live: Live,
        mock: Option<Mock>,
        nonce: Nonce,
        headers: Vec<(HeaderName, HeaderValue)>,
    ) -> Self {
        let record = http.layer().layer(live);
        Self { inner: Arc::new(Inner { base, http, record, mock, nonce, headers }) }
    }

    /// The mode.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.provider().mode()
    }

    /// What records and plays back.
    #[must_use]
    pub fn provider(&self) -> &ServiceProvider {
        self.inner.http.provider()
    }

    /// What was asked so far, and who answered.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.provider().summary()
    }

    /// Ends the recording, and says whether all went as the mode wants it: see [`ServiceProvider::cleanup`].
    ///
    /// # Errors
    /// [`Error::Record`].
    pub fn finish(self) -> Result<Cleanup, Error> {
        Ok(self.provider().clone().cleanup()?)
    }

    /// A request; the path is appended to the address of the service.
    pub fn request(&self, method: Method, path: &str) -> SmartRequest {
        SmartRequest::new(self.clone(), method, path, &self.inner.headers)
    }

    /// A `GET` request.
    pub fn get(&self, path: &str) -> SmartRequest {
        self.request(Method::GET, path)
    }

    /// A `POST` request.
    pub fn post(&self, path: &str) -> SmartRequest {
        self.request(Method::POST, path)
    }

    /// A `PUT` request.
    pub fn put(&self, path: &str) -> SmartRequest {
        self.request(Method::PUT, path)
    }

    /// A `PATCH` request.
    pub fn patch(&self, path: &str) -> SmartRequest {
        self.request(Method::PATCH, path)
    }

    /// A `DELETE` request.
    pub fn delete(&self, path: &str) -> SmartRequest {
        self.request(Method::DELETE, path)
    }

    pub(super) async fn send(&self, mut request: Request<Bytes>) -> Result<SmartResponse, Error> {
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let wrong = |_| Error::BaseUrl { found: target.chars().take(200).collect() };
        *request.uri_mut() = self.inner.base.join(target).map_err(wrong)?;
        let url = request.uri().to_string();
        let begun = Instant::now();
        let asked = WasAsked::default();
        let kept = request.clone();
        let mut sent = request.map(Body::from);
        sent.extensions_mut().insert(asked.clone());
        let answered = ASKING.scope(kept.clone(), self.call(sent)).await;
        let was_asked = asked.0.load(Ordering::Relaxed);
        let (mut response, answered_by) = match (answered, &self.inner.mock) {
            (Ok(response), _) => {
                let mocked =
                    response.headers().get(MARK).is_some_and(|mark| mark.as_bytes() == self.inner.nonce.0.as_bytes());
                let by = match (was_asked, mocked) {
                    (true, _) => AnsweredBy::Live,
                    (false, true) => AnsweredBy::Mock,
                    (false, false) => AnsweredBy::Recording,
                };
                (response, by)
            }
            // The service was asked, and did not answer.
            (Err(_), Some(mock)) if was_asked => (mock.answer(&kept).into_http(), AnsweredBy::Mock),
            (Err(source), _) => return Err(Error::Ask { url, source }),
        };
        let headers = response.headers_mut();
        headers.remove(MARK);
        headers.insert(ANSWERED_BY, HeaderValue::from_static(answered_by.as_str()));
        Ok(SmartResponse { url, response, answered_by, duration: begun.elapsed() })
    }

    async fn call(&self, request: Request<Body>) -> Result<Response<Bytes>, BoxError> {
        let mut record = self.inner.record.clone();
        let (parts, body) = record.call(request).await?.into_parts();
        let whole = body.collect().await?;
        Ok(Response::from_parts(parts, whole.to_bytes()))
    }
}
