//! Channels of tonic that are recorded.

use std::task::{Context, Poll};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::{Body, Http, Record};

impl Http {
    /// A channel of tonic that is recorded: what a generated client takes. Calls of all four shapes are exchanges whose
    /// bodies are streams.
    ///
    /// ```no_run
    /// # async fn connect(http: tracesnap_http::Http) -> Result<(), Box<dyn std::error::Error>> {
    /// let channel = tonic::transport::Endpoint::from_static("http://127.0.0.1:50051").connect_lazy();
    /// let channel = http.tonic(channel);
    /// // let client = ShopClient::new(channel);
    /// # let _ = channel;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn tonic<S>(&self, channel: S) -> Record<TonicService<S>> {
        self.layer().layer(TonicService { inner: channel })
    }
}

/// A service that takes bodies of tonic, as one that takes [ours](Body).
#[derive(Clone, Debug)]
pub struct TonicService<S> {
    inner: S,
}

impl<S, B> Service<Request<Body>> for TonicService<S>
where
    S: Service<Request<tonic::body::Body>, Response = Response<B>>,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> S::Future {
        self.inner.call(request.map(tonic::body::Body::new))
    }
}
