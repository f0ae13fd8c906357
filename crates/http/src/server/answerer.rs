//! Answers a request of a connection: from a recording, from an upstream, or from whoever it is for.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Limited;
use hyper::body::Incoming;
use tracesnap_record::task::InTask;

use super::known::Known;
use super::{Limits, TASK_HEADER};
use crate::http::{Address, Begun};
use crate::layer::problem;
use crate::{BaseUrl, Body, Error, Http, Transport};

#[derive(Clone)]
pub(super) struct Answerer {
    pub(super) http: Http,
    pub(super) from: From,
}

#[derive(Clone)]
pub(super) enum From {
    Recording(Arc<Known>),
    Upstream(BaseUrl, Transport),
    /// Whoever a request names.
    #[cfg_attr(not(feature = "tls"), allow(dead_code, reason = "a proxy for all is one that comes between"))]
    Anybody(Transport),
}

impl Answerer {
    pub(super) async fn answer(self, request: Request<Incoming>, limits: Limits) -> Response<Body> {
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
        let (url, service) = match &self.from {
            From::Recording(known) => known.place(&parts),
            From::Upstream(base, _) => {
                parts.uri = base.join(parts.uri.path_and_query().map_or("/", |target| target.as_str()))?;
                (to_upstream(&mut parts)?, None)
            }
            From::Anybody(_) => {
                if parts.uri.authority().is_none() || parts.method == Method::CONNECT {
                    let found = parts.uri.to_string().chars().take(100).collect();
                    return Err(Error::Setting { found, expected: "a whole address, as a proxy is asked for" });
                }
                (to_upstream(&mut parts)?, None)
            }
        };
        let known = self.http.known(&parts.method, Address::Text(&url), &parts.headers, service.as_deref());
        let mut response = match self.http.begin(&parts.method, &parts.headers, &known, body).await? {
            Begun::Answered(response) => response,
            Begun::Ask(watch, body) => {
                let answered = match self.from {
                    From::Upstream(_, transport) | From::Anybody(transport) => {
                        transport.send(Request::from_parts(parts, body)).await
                    }
                    From::Recording(_) => {
                        Err("this server plays recordings, and asks nobody; choose a mode that plays".into())
                    }
                };
                let failed = |source| Error::Server { what: "the upstream".to_owned(), source };
                Http::end(watch, answered).map_err(failed)?
            }
        };
        without_hops(response.headers_mut());
        *response.version_mut() = http::Version::HTTP_11;
        Ok(response)
    }
}

/// Makes a request one between us and where it goes. Gives its address.
fn to_upstream(parts: &mut http::request::Parts) -> Result<String, Error> {
    let authority = parts.uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    let host = HeaderValue::from_str(authority)
        .map_err(|error| Error::Server { what: authority.to_owned(), source: error.into() })?;
    parts.headers.insert(http::header::HOST, host);
    // What it is asked in is between it and us.
    parts.version = http::Version::HTTP_11;
    Ok(parts.uri.to_string())
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
