//! A middleware for `reqwest-middleware`.

use bytes::Bytes;
use http::Extensions;
use reqwest::{Request, Response, ResponseBuilderExt};
use reqwest_middleware::{Middleware, Next};

use crate::http::Begun;
use crate::{Body, Http};

/// Records what a client of reqwest asks and is answered, or answers it, as the mode of its [`Http`] says.
///
/// It stands anywhere among other middlewares; one that asks again is best put outside of it, so that every attempt is an
/// interaction. What reqwest decodes it decodes before: turn its decoding off where bytes of the wire are to be kept.
#[derive(Clone, Debug)]
pub struct RecordMiddleware {
    http: Http,
}

impl Http {
    /// A middleware for clients of reqwest.
    ///
    /// ```
    /// # fn http() -> tracesnap_http::Http {
    /// #     tracesnap_http::Http::new(tracesnap_record::ServiceProvider::from_mode(tracesnap_record::Mode::Real).unwrap())
    /// # }
    /// let client = reqwest_middleware::ClientBuilder::new(reqwest::Client::new()).with(http().middleware()).build();
    /// # let _ = client;
    /// ```
    #[must_use]
    pub fn middleware(&self) -> RecordMiddleware {
        RecordMiddleware { http: self.clone() }
    }
}

#[async_trait::async_trait]
impl Middleware for RecordMiddleware {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        if self.http.is_off() {
            return next.run(request, extensions).await;
        }
        let asked_at = crate::http::Address::Text(request.url().as_str());
        let known = self.http.known(request.method(), asked_at, request.headers(), None);
        let asked = request.url().clone();
        let body = match request.body_mut().take() {
            None => Body::empty(),
            // What is in memory stays so: middlewares within may have to send it twice.
            Some(body) => match body.as_bytes() {
                Some(bytes) => Body::from(Bytes::copy_from_slice(bytes)),
                None => Body::new(body),
            },
        };
        let begun = self.http.begin(request.method(), request.headers(), &known, body).await;
        let response = match begun.map_err(reqwest_middleware::Error::middleware)? {
            Begun::Answered(response) => response,
            Begun::Ask(watch, mut body) => {
                *request.body_mut() = match body.whole() {
                    Some(bytes) if bytes.is_empty() => None,
                    Some(bytes) => Some(bytes.into()),
                    None => Some(reqwest::Body::wrap(body)),
                };
                let answered = next.run(request, extensions).await.map(|response| {
                    let url = response.url().clone();
                    let mut response = http::Response::<reqwest::Body>::from(response);
                    response.extensions_mut().insert(Address(url));
                    response
                });
                Http::end(watch, answered)?
            }
        };
        let (mut parts, body) = response.into_parts();
        let url = parts.extensions.remove::<Address>().map_or(asked, |Address(url)| url);
        let addressed = http::Response::builder().url(url).body(reqwest::Body::wrap(body));
        let mut response = addressed.map_err(reqwest_middleware::Error::middleware)?;
        *response.status_mut() = parts.status;
        *response.version_mut() = parts.version;
        *response.headers_mut() = parts.headers;
        response.extensions_mut().extend(parts.extensions);
        Ok(response.into())
    }
}

/// Where a response came from, redirects followed.
#[derive(Clone, Debug)]
struct Address(reqwest::Url);
