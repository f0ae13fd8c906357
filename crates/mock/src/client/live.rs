//! The way to the service, and the marks by which it is known who answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use tower_service::Service;
use tracesnap_http::{Body, BoxError, Transport};
use tracesnap_record::provider::{Answer, Asked, Fallback};

use crate::{Error, Mock, fallback};

/// Sends requests to the service, and says so to whoever put [`WasAsked`] into them.
#[derive(Clone, Debug)]
pub(super) struct Live(pub(super) Transport);

/// Whether the service was asked: put into a request's extensions.
#[derive(Clone, Debug, Default)]
pub(super) struct WasAsked(pub(super) Arc<AtomicBool>);

impl Live {
    /// What asks where nobody says more: over TLS, if this build has that.
    pub(super) fn of_this_build() -> Result<Self, Error> {
        #[cfg(feature = "tls")]
        {
            let transport = Transport::over_tls(&tracesnap_http::Roots::webpki());
            let failed =
                |source: tracesnap_http::Error| Error::Ask { url: "https://".to_owned(), source: source.into() };
            Ok(Self(transport.map_err(failed)?))
        }
        // Modes that ask nobody need no way to the service; the others are told when they ask.
        #[cfg(not(feature = "tls"))]
        Ok(Self(Transport::plain()))
    }
}

impl Service<Request<Body>> for Live {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = <Transport as Service<Request<Body>>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if let Some(asked) = request.extensions().get::<WasAsked>() {
            asked.0.store(true, Ordering::Relaxed);
        }
        self.0.call(request)
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
